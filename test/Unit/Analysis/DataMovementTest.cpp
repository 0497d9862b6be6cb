//===- DataMovementTest.cpp - Cost of operators that only move data -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostDataMovement, GatherReadsWhatItWrites) {
  // A table of 50 000 rows, of which 6 are read, and 6 indices.
  OpCost gather = cost("Gather", {tensor({50000, 64}), tensor({2, 3}, I64)},
                       {tensor({2, 3, 64})});
  expectWork(gather, 0, 0, 0);
  expectBytes(gather, 4 * 384 + 48, 4 * 384);
}

TEST(OpCostDataMovement, PartsAreReadAsWritten) {
  expectBytes(cost("Slice",
                   {tensor({100, 8}), values({0}), values({5}), values({0})},
                   {tensor({5, 8})}),
              4 * 40 + 3 * 8, 4 * 40);
  expectBytes(cost("Split", {tensor({6, 8}), values({4, 2})},
                   {tensor({4, 8}), tensor({2, 8})}),
              4 * 48 + 16, 4 * 48);
  // A part that nobody asked for.
  expectBytes(cost("Split", {tensor({6, 8})}, {omitted(), tensor({2, 8})}),
              4 * 16, 4 * 16);
  expectBytes(cost("Pad", {tensor({4}), values({1, 1})}, {tensor({6})}),
              16 + 16, 24);
  expectBytes(cost("CenterCropPad", {tensor({10}), values({4})}, {tensor({4})}),
              16 + 8, 16);
}

TEST(OpCostDataMovement, Copies) {
  expectBytes(cost("Transpose", {tensor({3, 5})}, {tensor({5, 3})}), 60, 60);
  expectBytes(cost("Concat", {tensor({3}), tensor({4})}, {tensor({7})}), 28,
              28);
  expectBytes(
      cost("Expand", {tensor({1, 5}), values({3, 5})}, {tensor({3, 5})}),
      20 + 16, 60);
  expectBytes(cost("Tile", {tensor({5}), values({3})}, {tensor({15})}), 20 + 8,
              60);
  expectBytes(cost("Where", {tensor({5}, Bool), tensor({5}), tensor({5})},
                   {tensor({5})}),
              5 + 40, 20);
  // 9 packed 4-bit numbers.
  expectBytes(cost("Transpose", {tensor({3, 3}, I4)}, {tensor({3, 3}, I4)}), 5,
              5);
}

TEST(OpCostDataMovement, AliasesAndMetadataAreFree) {
  for (const char *opType :
       {"Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "BitCast"}) {
    EXPECT_TRUE(isAliasOp("", opType));
    EXPECT_TRUE(isAliasOp("ai.onnx", opType));
    EXPECT_FALSE(isAliasOp("com.microsoft", opType));
    OpCost alias = cost(opType, {tensor({3, 5})}, {tensor({15})});
    expectWork(alias, 0, 0, 0);
    expectBytes(alias, 0, 0);
  }
  for (const char *opType : {"Shape", "Size", "Constant"})
    expectBytes(cost(opType, {tensor({3, 5})}, {tensor({2}, I64)}), 0, 0);
  for (const char *opType : {"Dropout", "Transpose", "Cast"})
    EXPECT_FALSE(isAliasOp("", opType));
  expectBytes(cost("EyeLike", {tensor({3, 3})}, {tensor({3, 3})}), 0, 36);
}

TEST(OpCostDataMovement, OpenExtentsAreFlaggedWithoutArithmetic) {
  OpCost copy = cost("Transpose", {tensor({-1, 5})}, {tensor({5, -1})});
  EXPECT_TRUE(copy.unknown);
  expectBytes(copy, 20, 20);
  EXPECT_TRUE(cost("Concat", {unranked()}, {tensor({5})}).unknown);
  EXPECT_TRUE(cost("Concat", {tensor({5}, 0)}, {tensor({5})}).unknown);
  EXPECT_TRUE(cost("Concat", {tensor({5}, Str)}, {tensor({5})}).unknown);
}

TEST(OpCostDataMovement, ScatterWithReduction) {
  std::vector<TensorInfo> operands = {tensor({10}), tensor({3}, I64),
                                      tensor({3})};
  OpCost scatter = cost("ScatterElements", operands, {tensor({10})});
  expectWork(scatter, 0, 0, 0);
  expectBytes(scatter, 40 + 24 + 12, 40);
  expectWork(
      cost("ScatterElements", operands, {tensor({10})}, {{"reduction", "add"}}),
      0, 3);
}

TEST(OpCostDataMovement, Dropout) {
  TensorInfo data = tensor({10});
  expectWork(cost("Dropout", {data}, {data}), 0, 0, 0);
  expectWork(cost("Dropout", {data, tensor({}), values({0})}, {data}), 0, 0, 0);
  expectWork(cost("Dropout", {data, tensor({}), values({1})}, {data}), 0, 30);
  expectWork(cost("Dropout", {data, tensor({}), tensor({}, Bool)}, {data}), 0,
             30);
  expectWork(cost("Dropout", {data}, {data}, {}, {"", 7, {}}), 0, 0, 0);
}

TEST(OpCostDataMovement, ColumnsAreSummed) {
  expectWork(cost("Col2Im",
                  {tensor({1, 12, 9}), values({4, 4}), values({2, 2})},
                  {tensor({1, 3, 4, 4})}),
             0, 108);
  expectWork(
      cost("Range", {tensor({}), tensor({}), tensor({})}, {tensor({10})}), 0,
      20);
}

TEST(OpCostDataMovement, GatherOfQuantisedBlocks) {
  // 3 rows of 64 from a table of 100: 192 numbers, a scale for each 32.
  TensorInfo indices = tensor({3}, I64), rows = tensor({3, 64}, F16);
  OpCost packed =
      msCost("GatherBlockQuantized",
             {tensor({100, 32}, U8), indices, tensor({100, 2}, F16)}, {rows},
             {{"bits", int64_t(4)}, {"block_size", int64_t(32)}});
  expectWork(packed, 0, 192, F16);
  expectBytes(packed, 96 + 24 + 2 * 6, 2 * 192);
  OpCost shifted = msCost("GatherBlockQuantized",
                          {tensor({100, 64}, I4), indices,
                           tensor({100, 2}, F16), tensor({100, 2}, I4)},
                          {rows}, {{"block_size", int64_t(32)}});
  expectWork(shifted, 0, 2 * 192, F16);
  expectBytes(shifted, 96 + 24 + 2 * 6 + 3, 2 * 192);
}
