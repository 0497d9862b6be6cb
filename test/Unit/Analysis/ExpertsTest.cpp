//===- ExpertsTest.cpp - Cost of mixtures of experts ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostExperts, InFloatingPoint) {
  // 3 tokens of 8, each to 2 of 16 experts of inner size 5.
  OpCost mixture = msCost(
      "MoE",
      {tensor({3, 8}), tensor({3, 16}), tensor({16, 5, 8}), tensor({16, 5}),
       tensor({16, 8, 5}), tensor({16, 8})},
      {tensor({3, 8})}, {{"k", int64_t(2)}, {"activation_type", "relu"}});
  // Biases 5 and 8, activation 5, sum 2 * 8; 6 per score of the router.
  expectWork(mixture, 6 * 2 * 40, 6 * (13 + 5 + 16) + 48 * 6);
  // At most 6 of 16 experts are read.
  expectBytes(mixture, 4 * (24 + 48 + 2 * 6 * 40 + 80 + 128), 4 * 24);
}

TEST(OpCostExperts, ThreeProductsOfManyTokens) {
  // Of 100 tokens all 4 experts are asked. The gate is a product of its own.
  OpCost mixture =
      msCost("MoE",
             {tensor({1, 100, 8}), tensor({100, 4}), tensor({4, 5, 8}),
              omitted(), tensor({4, 8, 5}), omitted(), tensor({4, 5, 8})},
             {tensor({1, 100, 8})}, {{"activation_type", "silu"}});
  expectWork(mixture, 100 * 3 * 40, 100 * (2 * 5 + 16) + 400 * 6);
  expectBytes(mixture, 4 * (800 + 400 + 3 * 160), 4 * 800);
}

TEST(OpCostExperts, Quantised) {
  // The same with 4-bit weights: half the bytes, all of them scaled.
  OpCost mixture = msCost(
      "QMoE",
      {tensor({3, 8}), tensor({3, 16}), tensor({16, 6, 4}, U8), tensor({16, 6}),
       omitted(), tensor({16, 8, 3}, U8), tensor({16, 8})},
      {tensor({3, 8})}, {{"k", int64_t(2)}, {"activation_type", "identity"}});
  expectWork(mixture, 6 * 2 * 48, 6 * 16 + 48 * 6 + 2 * 6 * 48);
  expectBytes(mixture, 4 * (24 + 48 + 96 + 128) + 2 * 6 * 24, 4 * 24);
}
