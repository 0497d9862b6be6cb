//===- PoolingTest.cpp - Cost of pooling ----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostPooling, Windows) {
  TensorInfo data = tensor({1, 2, 6, 6}), result = tensor({1, 2, 2, 2});
  Attributes kernel = {{"kernel_shape", std::vector<int64_t>{3, 3}}};
  expectWork(cost("MaxPool", {data}, {result}, kernel), 0, 8 * 8);
  expectWork(cost("AveragePool", {data}, {result}, kernel), 0, 8 * 9);
  expectWork(cost("LpPool", {data}, {result}, kernel), 0, 8 * 18);
  // 1-D and 3-D.
  expectWork(cost("MaxPool", {tensor({1, 2, 6})}, {tensor({1, 2, 3})},
                  {{"kernel_shape", std::vector<int64_t>{2}}}),
             0, 6);
  expectWork(cost("MaxPool", {tensor({1, 2, 4, 4, 4})},
                  {tensor({1, 2, 2, 2, 2})},
                  {{"kernel_shape", std::vector<int64_t>{2, 2, 2}}}),
             0, 16 * 7);
  EXPECT_TRUE(cost("MaxPool", {data}, {result}).unknown);
  EXPECT_TRUE(cost("AveragePool", {data}, {result},
                   {{"kernel_shape", std::vector<int64_t>{-3, 3}}})
                  .unknown);
}

TEST(OpCostPooling, Global) {
  TensorInfo data = tensor({1, 2, 6, 6}), result = tensor({1, 2, 1, 1});
  expectWork(cost("GlobalMaxPool", {data}, {result}), 0, 72);
  expectWork(cost("GlobalAveragePool", {data}, {result}), 0, 72);
  expectWork(cost("GlobalLpPool", {data}, {result}), 0, 144);
}

TEST(OpCostPooling, UnpoolingMovesData) {
  OpCost unpool =
      cost("MaxUnpool", {tensor({1, 1, 2, 2}), tensor({1, 1, 2, 2}, I64)},
           {tensor({1, 1, 4, 4})});
  expectWork(unpool, 0, 0, 0);
  expectBytes(unpool, 16 + 32, 64);
}

TEST(OpCostPooling, Blocked) {
  Options options = {"com.microsoft.nchwc", 1, {}};
  TensorInfo data = tensor({1, 16, 8, 8}), small = tensor({1, 16, 4, 4}),
             one = tensor({1, 16, 1, 1});
  Attributes window = {{"kernel_shape", std::vector<int64_t>{2, 2}}};
  expectWork(cost("MaxPool", {data}, {small}, window, options), 0, 256 * 3);
  expectWork(cost("AveragePool", {data}, {small}, window, options), 0, 256 * 4);
  expectWork(cost("GlobalMaxPool", {data}, {one}, {}, options), 0, 1024);
  expectWork(cost("GlobalAveragePool", {data}, {one}, {}, options), 0, 1024);
}
