//===- MatrixProductTest.cpp - Cost of matrix products --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostMatrixProduct, MatMul) {
  expectWork(cost("MatMul", {tensor({3, 5}), tensor({5, 7})}, {tensor({3, 7})}),
             105, 0);
  // Batches broadcast: [2, 1] with [4] makes [2, 4].
  OpCost batched = cost("MatMul", {tensor({2, 1, 3, 5}), tensor({4, 5, 7})},
                        {tensor({2, 4, 3, 7})});
  expectWork(batched, 8 * 105, 0);
  expectBytes(batched, 4 * (30 + 140), 4 * 168);
}

TEST(OpCostMatrixProduct, MatMulOfVectors) {
  expectWork(cost("MatMul", {tensor({5}), tensor({5})}, {tensor({})}), 5, 0);
  expectWork(cost("MatMul", {tensor({5}), tensor({2, 5, 7})}, {tensor({2, 7})}),
             70, 0);
  expectWork(cost("MatMul", {tensor({2, 3, 5}), tensor({5})}, {tensor({2, 3})}),
             30, 0);
  expectWork(cost("MatMul", {tensor({3, 0}), tensor({0, 7})}, {tensor({3, 7})}),
             0, 0);
}

TEST(OpCostMatrixProduct, MatMulWithGaps) {
  // K from B where A leaves it open.
  OpCost gap =
      cost("MatMul", {tensor({3, -1}), tensor({5, 7})}, {tensor({3, 7})});
  EXPECT_EQ(gap.macs, 105);
  EXPECT_TRUE(gap.unknown); // the bytes of A
  EXPECT_TRUE(cost("MatMul", {tensor({3, 4}), tensor({5, 7})}, {tensor({3, 7})})
                  .unknown);
}

TEST(OpCostMatrixProduct, Gemm) {
  auto gemm = [](TensorInfo a, TensorInfo b, TensorInfo c, Attributes list) {
    return cost("Gemm", {a, b, c}, {tensor({3, 7})}, list);
  };
  expectWork(gemm(tensor({3, 5}), tensor({5, 7}), omitted(), {}), 105, 0);
  // C is added to 21 results.
  expectWork(gemm(tensor({5, 3}), tensor({7, 5}), tensor({7}),
                  {{"transA", int64_t(1)}, {"transB", int64_t(1)}}),
             105, 21);
  // alpha, beta and C.
  expectWork(gemm(tensor({3, 5}), tensor({5, 7}), tensor({7}),
                  {{"alpha", 0.5f}, {"beta", 2.0f}}),
             105, 63);
  expectWork(gemm(tensor({3, 5}), tensor({5, 7}), omitted(), {{"beta", 2.0f}}),
             105, 0);
}

TEST(OpCostMatrixProduct, Integers) {
  expectWork(cost("MatMulInteger", {tensor({3, 5}, U8), tensor({5, 7}, I8)},
                  {tensor({3, 7}, I32)}),
             105, 0, I8);
  std::vector<TensorInfo> operands = {
      tensor({3, 5}, U8), tensor({}),     tensor({}, U8), tensor({5, 7}, U8),
      tensor({}),         tensor({}, U8), tensor({}),     tensor({}, U8)};
  OpCost quantised = cost("QLinearMatMul", operands, {tensor({3, 7}, U8)});
  expectWork(quantised, 105, 4 * 21, I8);
  expectBytes(quantised, 15 + 35 + 3 * 4 + 3, 21);
}

TEST(OpCostMatrixProduct, OnnxRuntime) {
  expectWork(
      msCost(
          "FusedMatMul", {tensor({2, 5, 3}), tensor({2, 7, 5})},
          {tensor({2, 3, 7})},
          {{"transA", int64_t(1)}, {"transB", int64_t(1)}, {"alpha", 0.125f}}),
      210, 42);
  // A is [m, batch, k] with transBatchA; the last axis is summed all the same.
  expectWork(msCost("FusedMatMul", {tensor({3, 2, 5}), tensor({2, 5, 7})},
                    {tensor({2, 3, 7})}, {{"transBatchA", int64_t(1)}}),
             210, 0);
  // 4-bit weights: 32 * 16 numbers are scaled and shifted once; bias.
  OpCost packed =
      msCost("MatMulNBits",
             {tensor({2, 32}, F16), tensor({16, 1, 16}, U8), tensor({16}, F16),
              tensor({8}, U8), omitted(), tensor({16}, F16)},
             {tensor({2, 16}, F16)},
             {{"K", int64_t(32)}, {"N", int64_t(16)}, {"bits", int64_t(4)}});
  expectWork(packed, 2 * 16 * 32, 2 * 512 + 32, F16);
  expectBytes(packed, 128 + 256 + 32 + 8 + 32, 64);
  EXPECT_TRUE(
      msCost("MatMulNBits", {tensor({2, 32})}, {tensor({2, 16})}).unknown);
  expectWork(msCost("FusedGemm", {tensor({3, 5}), tensor({5, 7}), tensor({7})},
                    {tensor({3, 7})}, {{"activation", "Relu"}}),
             105, 42);
}

TEST(OpCostMatrixProduct, Determinant) {
  // 4 matrices of 3 x 3: 2/3 * 27 = 18 steps each.
  expectWork(cost("Det", {tensor({4, 3, 3})}, {tensor({4})}), 0, 72);
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

static OpCost einsum(std::string equation,
                     std::vector<std::vector<int64_t>> shapes,
                     std::vector<int64_t> result) {
  std::vector<TensorInfo> operands;
  for (auto &shape : shapes)
    operands.push_back(tensor(shape));
  return cost("Einsum", operands, {tensor(result)},
              {{"equation", std::move(equation)}});
}

TEST(OpCostEinsum, AgreesWithMatMul) {
  expectWork(einsum("ij,jk->ik", {{3, 5}, {5, 7}}, {3, 7}), 105, 0);
  expectWork(einsum(" i j , j k ", {{3, 5}, {5, 7}}, {3, 7}), 105, 0);
  expectWork(einsum("bij,bjk->bik", {{2, 3, 5}, {2, 5, 7}}, {2, 3, 7}), 210, 0);
}

TEST(OpCostEinsum, Ellipsis) {
  // [2, 1] and [4] broadcast to [2, 4].
  expectWork(
      einsum("...ij,...jk->...ik", {{2, 1, 3, 5}, {4, 5, 7}}, {2, 4, 3, 7}),
      8 * 105, 0);
  // In the implicit result "..." stands first and j, which is repeated, not.
  expectWork(einsum("...ij,jk", {{2, 3, 5}, {5, 7}}, {2, 3, 7}), 210, 0);
  // "..." that stands for no axis.
  expectWork(einsum("...ij,jk...->...ik", {{3, 5}, {5, 7}}, {3, 7}), 105, 0);
}

TEST(OpCostEinsum, OneOperand) {
  expectWork(einsum("ii", {{5, 5}}, {}), 0, 5);            // trace
  expectWork(einsum("ij->i", {{3, 5}}, {3}), 0, 15);       // sum
  expectWork(einsum("ij->ji", {{3, 5}}, {5, 3}), 0, 0, 0); // transposition
  expectWork(einsum("ii->i", {{5, 5}}, {5}), 0, 0, 0);     // diagonal
}

TEST(OpCostEinsum, ProductsWithoutSum) {
  expectWork(einsum("i,j->ij", {{3}, {5}}, {3, 5}), 0, 15);
  expectWork(einsum("ij,ij->ij", {{3, 5}, {3, 5}}, {3, 5}), 0, 15);
  expectWork(einsum(",i->i", {{}, {5}}, {5}), 0, 5);
}

TEST(OpCostEinsum, PrivateLabelsAreSummedFirst) {
  // x: 3 * 5 * 2 sums; then 3 * 5 * 7.
  expectWork(einsum("ijx,jk->ik", {{3, 5, 2}, {5, 7}}, {3, 7}), 105, 30);
}

TEST(OpCostEinsum, CheapestOrder) {
  // (2 x 100)(100 x 3)(3 x 50): left first 600 + 300; right first 15000 + ...
  expectWork(einsum("ab,bc,cd->ad", {{2, 100}, {100, 3}, {3, 50}}, {2, 50}),
             600 + 300, 0);
  // The other way round it is the right pair that goes first.
  expectWork(einsum("ab,bc,cd->ad", {{50, 3}, {3, 100}, {100, 2}}, {50, 2}),
             600 + 300, 0);
}

TEST(OpCostEinsum, ManyOperandsGoLeftToRight) {
  // Eight 2 x 2 matrices: seven products of 8.
  expectWork(einsum("ab,bc,cd,de,ef,fg,gh,hi->ai",
                    std::vector<std::vector<int64_t>>(8, {2, 2}), {2, 2}),
             7 * 8, 0);
}

TEST(OpCostEinsum, WhatDoesNotFitIsUnknown) {
  for (std::string equation :
       {"", "ij", "ij,jk,kl->il", "ijk,jk->ik", "i1,jk->ik", "ij,jk->iz",
        "ij,jk->i.k", "....ij,jk->ik", "->", ",", "ij,jk->ik->ik"}) {
    OpCost bad = einsum(equation, {{3, 5}, {5, 7}}, {3, 7});
    EXPECT_TRUE(bad.unknown) << equation;
    EXPECT_EQ(bad.bytesRead, 4 * (15 + 35)) << equation;
  }
  EXPECT_TRUE(cost("Einsum", {tensor({3})}, {tensor({3})}).unknown);
  // Open extents: what is known of b is 5.
  OpCost open = einsum("ab,bc->ac", {{-1, -1}, {5, 7}}, {-1, 7});
  EXPECT_TRUE(open.unknown);
  EXPECT_EQ(open.macs, 35);
}

TEST(OpCostMatrixProduct, PackedWeights) {
  // 16 x 4 weights of 4 bits in 4 x 1 x 8 bytes. ONNX Runtime multiplies in
  // 8 bits where the model allows it.
  for (int64_t level : {0, 4}) {
    OpCost product = msCost(
        "MatMulNBits", {tensor({2, 16}), tensor({4, 1, 8}, U8), tensor({4, 1})},
        {tensor({2, 4})},
        {{"K", int64_t(16)}, {"N", int64_t(4)}, {"accuracy_level", level}});
    expectWork(product, 8 * 16, 64, level == 4 ? I8 : F32);
    expectBytes(product, 128 + 32 + 16, 32);
  }
}

TEST(OpCostMatrixProduct, OfOnnxRuntime) {
  // Without a scale for the result, QGemm leaves it in floating point.
  TensorInfo scale = tensor({}), zero = tensor({}, U8);
  expectWork(msCost("QGemm",
                    {tensor({2, 3}, U8), scale, zero, tensor({3, 5}, I8), scale,
                     tensor({}, I8)},
                    {tensor({2, 5})}),
             30, 10, I8);
  expectWork(msCost("GemmFastGelu",
                    {tensor({2, 3}), tensor({3, 5}), tensor({5})},
                    {tensor({2, 5})}),
             30, 10 * 10);
  expectWork(msCost("FusedMatMulActivation", {tensor({2, 3}), tensor({3, 5})},
                    {tensor({2, 5})}, {{"activation", "Relu"}}),
             30, 10);
}
