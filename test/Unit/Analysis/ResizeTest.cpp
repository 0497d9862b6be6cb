//===- ResizeTest.cpp - Cost of resampling --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostResize, Modes) {
  TensorInfo small = tensor({1, 3, 4, 4}), large = tensor({1, 3, 8, 8});
  auto resize = [](TensorInfo from, TensorInfo to, Attributes attributes) {
    return cost("Resize", {from, omitted(), tensor({4})}, {to}, attributes);
  };
  OpCost nearest = resize(large, small, {});
  expectWork(nearest, 0, 0, 0);
  expectBytes(nearest, 4 * 48 + 16, 4 * 48); // 48 of 192 elements are read
  // Two axes change: 4 taps, 7 steps; cubic 16 taps, 31 steps.
  expectWork(resize(small, large, {{"mode", "linear"}}), 0, 192 * 7);
  expectWork(resize(small, large, {{"mode", "cubic"}}), 0, 192 * 31);
  // One axis: 2 taps, 3 steps.
  expectWork(resize(small, tensor({1, 3, 4, 8}), {{"mode", "linear"}}), 0,
             96 * 3);
  // Antialiasing by 2 doubles the taps of either axis: 16.
  expectWork(
      resize(large, small, {{"mode", "linear"}, {"antialias", int64_t(1)}}), 0,
      48 * 31);
  EXPECT_TRUE(
      resize(tensor({1, 3, -1, 4}), large, {{"mode", "linear"}}).unknown);
  EXPECT_TRUE(resize(unranked(), large, {{"mode", "linear"}}).unknown);
  EXPECT_TRUE(resize(tensor({1, 3, 8}), large, {{"mode", "cubic"}}).unknown);
}

TEST(OpCostResize, GridSample) {
  // 1 * 5 * 5 positions in 2-D, 3 channels.
  auto sample = [](Attributes attributes) {
    return cost("GridSample", {tensor({1, 3, 9, 9}), tensor({1, 5, 5, 2})},
                {tensor({1, 3, 5, 5})}, attributes);
  };
  // Position: 2 * (4 + 2) + 4 products; value: 4 products and 3 sums.
  expectWork(sample({}), 0, 25 * 16 + 75 * 7);
  expectWork(sample({{"mode", "bilinear"}}), 0, 25 * 16 + 75 * 7);
  expectWork(sample({{"mode", "nearest"}}), 0, 25 * 8);
  // 2 * (4 + 20) + 16 products; 16 products and 15 sums.
  expectWork(sample({{"mode", "cubic"}}), 0, 25 * 64 + 75 * 31);
}
