//===- DetectionTest.cpp - Cost of boxes, sorting, spectra and random numbers
//===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostDetection, NonMaxSuppression) {
  // 2 classes of 8 boxes: 3 comparisons each to sort, 5 overlaps of 16 steps.
  auto suppress = [](TensorInfo most) {
    return cost("NonMaxSuppression",
                {tensor({1, 8, 4}), tensor({1, 2, 8}), most},
                {tensor({10, 3}, I64)});
  };
  expectWork(suppress(values({5})), 0, 16 * (3 + 5 * 16));
  expectWork(suppress(values({100})), 0, 16 * (3 + 8 * 16));
  expectWork(suppress(omitted()), 0, 16 * 3); // selects nothing
  EXPECT_TRUE(suppress(tensor({}, I64)).unknown);
}

TEST(OpCostDetection, RoiAlign) {
  // 3 regions, 2 channels, 2 x 2 results of 2 x 2 samples.
  auto align = [](int64_t ratio) {
    return cost("RoiAlign",
                {tensor({1, 2, 9, 9}), tensor({3, 4}), tensor({3}, I64)},
                {tensor({3, 2, 2, 2})}, {{"sampling_ratio", ratio}});
  };
  expectWork(align(2), 0, 48 * 16 + 24 * 4 * 8);
  OpCost adaptive = align(0);
  EXPECT_TRUE(adaptive.unknown);
  EXPECT_EQ(adaptive.flops, 12 * 16 + 24 * 8);
  EXPECT_TRUE(cost("MaxRoiPool", {tensor({1, 2, 9, 9}), tensor({3, 5})},
                   {tensor({3, 2, 2, 2})})
                  .unknown);
}

TEST(OpCostSorting, TopK) {
  // 3 rows of 100: a pass, then 8 * 3 comparisons to order 8.
  std::vector<TensorInfo> operands = {tensor({3, 100}), values({8})};
  std::vector<TensorInfo> results = {tensor({3, 8}), tensor({3, 8}, I64)};
  expectWork(cost("TopK", operands, results), 0, 300 + 3 * 24);
  expectWork(cost("TopK", operands, results, {{"sorted", int64_t(0)}}), 0, 300);
}

TEST(OpCostSorting, DataDependentResults) {
  OpCost unique = cost("Unique", {tensor({16})}, {tensor({-1})});
  EXPECT_EQ(unique.flops, 64);
  EXPECT_TRUE(unique.unknown);
  EXPECT_TRUE(cost("NonZero", {tensor({16})}, {tensor({1, -1}, I64)}).unknown);
}

TEST(OpCostSignal, FourierTransforms) {
  // 3 signals of 16: 5 * 16 * 4. Of 12: 8 * 144.
  expectWork(cost("DFT", {tensor({3, 16, 1})}, {tensor({3, 16, 2})}), 0,
             3 * 320);
  expectWork(cost("DFT", {tensor({3, 12, 2})}, {tensor({3, 12, 2})}), 0,
             3 * 1152);
  // Cut or filled to 16; version 17 with its axis as an attribute.
  expectWork(cost("DFT", {tensor({12, 3, 1}), values({16})},
                  {tensor({16, 3, 2})}, {{"axis", int64_t(0)}}, {"", 17, {}}),
             0, 3 * 320);
  expectWork(cost("DFT", {tensor({12, 3, 1}), values({16}), values({0})},
                  {tensor({16, 3, 2})}),
             0, 3 * 320);
  // 2 * 5 frames of 16 with a window.
  expectWork(cost("STFT",
                  {tensor({2, 48, 1}), values({8}), tensor({16}), values({16})},
                  {tensor({2, 5, 9, 2})}),
             0, 10 * (320 + 16));
  expectWork(cost("HannWindow", {values({10})}, {tensor({10})}), 0, 80);
}

TEST(OpCostRandom, Generators) {
  OpCost like = cost("RandomNormalLike", {tensor({100})}, {tensor({100}, F16)});
  expectWork(like, 0, 300, F16);
  expectBytes(like, 0, 200);
  for (const char *opType :
       {"RandomNormal", "RandomNormalLike", "RandomUniform",
        "RandomUniformLike", "Bernoulli", "Multinomial", "Dropout"}) {
    EXPECT_TRUE(isNondeterministicOp("", opType));
    EXPECT_TRUE(isNondeterministicOp("ai.onnx", opType));
    EXPECT_FALSE(isNondeterministicOp("my.domain", opType));
  }
  for (const char *opType : {"Conv", "Constant", "Identity"})
    EXPECT_FALSE(isNondeterministicOp("", opType));
}
