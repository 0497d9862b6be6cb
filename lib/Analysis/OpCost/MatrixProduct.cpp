//===- MatrixProduct.cpp - Cost of matrix products ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A matrix product does K multiply-accumulates per element of its result,
/// where K is the extent summed over. |Y| already accounts for batch
/// broadcasting and for 1-D operands.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Results per value from 32-bit sums to 8 bits: multiply by the scale, round,
/// add the zero point, saturate.
static constexpr int64_t RequantiseOps = 4;
/// Results per value of DynamicQuantizeLinear: smallest, largest, divide,
/// round, add the zero point, saturate.
static constexpr int64_t DynamicQuantiseOps = 6;

/// The summed extent, which both operands have; reports where they differ.
static Count summedExtent(Estimate &estimate, const TensorInfo &a,
                          int64_t axisOfA, const TensorInfo &b,
                          int64_t axisOfB) {
  Count fromA = extent(a, axisOfA), fromB = extent(b, axisOfB);
  if (!fromA.isExact())
    return fromB;
  if (fromB.isExact() && fromA.value() != fromB.value())
    estimate.contradict();
  return fromA;
}

/// Axis of B that a matrix product sums over: a vector has only one.
static int64_t rowAxis(const TensorInfo &b) {
  return b.hasRank && b.dims.size() == 1 ? -1 : -2;
}

static void addMatMul(Estimate &estimate, size_t a, size_t b) {
  const TensorInfo &left = estimate.input(a), &right = estimate.input(b);
  estimate.addMacs(estimate.outputElements(0) *
                   summedExtent(estimate, left, -1, right, rowAxis(right)));
}

static void matMul(Estimate &estimate, int64_t) { addMatMul(estimate, 0, 1); }

static void matMulInteger(Estimate &estimate, int64_t) {
  addMatMul(estimate, 0, 1);
  estimate.setComputeType(Int8);
}

/// (a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point).
static void qLinearMatMul(Estimate &estimate, int64_t) {
  addMatMul(estimate, 0, 3);
  estimate.addOps(estimate.outputElements(0) * RequantiseOps);
  estimate.setComputeType(Int8);
}

/// com.microsoft FusedMatMul and FusedMatMulActivation, whose activation is one
/// result. transA/transB swap the last two axes; transBatchA makes the first
/// axis of A the one before the last.
static void fusedMatMul(Estimate &estimate, int64_t) {
  const TensorInfo &a = estimate.input(0), &b = estimate.input(1);
  bool vectorA = a.hasRank && a.dims.size() == 1;
  bool vectorB = b.hasRank && b.dims.size() == 1;
  int64_t axisOfA = -1, axisOfB = rowAxis(b);
  if (estimate.getInt("transA", 0) && !vectorA)
    axisOfA = estimate.getInt("transBatchA", 0) ? 0 : -2;
  if (!vectorB && estimate.getInt("transB", 0))
    axisOfB = -1;
  else if (!vectorB && estimate.getInt("transBatchB", 0))
    axisOfB = 0;
  Count summed = summedExtent(estimate, a, axisOfA, b, axisOfB);
  estimate.addMacs(estimate.outputElements(0) * summed);
  if (estimate.getFloat("alpha", 1) != 1)
    estimate.addOps(estimate.outputElements(0));
  if (!estimate.getString("activation").empty())
    estimate.addOps(estimate.outputElements(0));
}

/// alpha * A' * B' + beta * C: what is not 1 or absent counts one per result.
static void addGemm(Estimate &estimate, size_t a, size_t b, size_t c) {
  int64_t axisOfA = estimate.getInt("transA", 0) ? 0 : 1;
  int64_t axisOfB = estimate.getInt("transB", 0) ? 1 : 0;
  Count summed = summedExtent(estimate, estimate.input(a), axisOfA,
                              estimate.input(b), axisOfB);
  Count results = estimate.outputElements(0);
  estimate.addMacs(results * summed);
  if (estimate.getFloat("alpha", 1) != 1)
    estimate.addOps(results);
  if (!estimate.hasInput(c))
    return;
  estimate.addOps(results);
  if (estimate.getFloat("beta", 1) != 1)
    estimate.addOps(results);
}

/// Gemm and FusedGemm(A, B, C): the activation of the latter counts 1.
static void gemm(Estimate &estimate, int64_t) {
  addGemm(estimate, 0, 1, 2);
  if (!estimate.getString("activation").empty())
    estimate.addOps(estimate.outputElements(0));
}

/// com.microsoft (A, a_scale, a_zero_point, B, b_scale, b_zero_point, C, ...).
static void qGemm(Estimate &estimate, int64_t) {
  addGemm(estimate, 0, 3, 6);
  // Without a scale for it the result stays in floating point.
  estimate.addOps(estimate.outputElements(0) *
                  (estimate.hasInput(7) ? RequantiseOps : 1));
  estimate.setComputeType(Int8);
}

/// com.microsoft (X, W, bias): FastGelu, of nine results, of the product.
static void gemmFastGelu(Estimate &estimate, int64_t) {
  addMatMul(estimate, 0, 1);
  estimate.addOps(estimate.outputElements(0) * (estimate.hasInput(2) ? 10 : 9));
}

/// com.microsoft (A, B packed, scales, zero_points, g_idx, bias): B is K * N
/// numbers of a few bits, each scaled (and shifted) once, then multiplied in
/// the type of A; with accuracy_level 4 ONNX Runtime multiplies in 8 bits.
/// `factor` is the operand that holds the bias.
static void matMulPacked(Estimate &estimate, int64_t factor) {
  Count results = estimate.outputElements(0);
  Count rows = estimate.getInt("K", -1), columns = estimate.getInt("N", -1);
  estimate.addMacs(results * rows);
  estimate.addOps(rows * columns);
  if (estimate.getInt("accuracy_level", 0) == 4)
    estimate.setComputeType(Int8);
  if (!factor)
    return;
  if (estimate.hasInput(3))
    estimate.addOps(rows * columns);
  if (estimate.hasInput(factor))
    estimate.addOps(results);
}

/// com.microsoft (A float, B 8-bit, b_scale, b_zero_point, bias): A is
/// quantised first, the sums are scaled back.
static void dynamicQuantizeMatMul(Estimate &estimate, int64_t) {
  addMatMul(estimate, 0, 1);
  Count results = estimate.outputElements(0);
  estimate.addOps(estimate.inputElements(0) * DynamicQuantiseOps + results);
  if (estimate.hasInput(4))
    estimate.addOps(results);
  estimate.setComputeType(Int8);
}

/// com.microsoft (A, B, a_scale, b_scale, a_zero_point, b_zero_point, bias).
static void matMulIntegerToFloat(Estimate &estimate, int64_t) {
  addMatMul(estimate, 0, 1);
  Count results = estimate.outputElements(0);
  estimate.addOps(results);
  if (estimate.hasInput(6))
    estimate.addOps(results);
  estimate.setComputeType(Int8);
}

/// Elimination of an n x n matrix: 2/3 n^3 results, in any order of pivots.
static void determinant(Estimate &estimate, int64_t) {
  const TensorInfo &matrices = estimate.input(0);
  Count size = extent(matrices, -1);
  if (!matrices.hasRank || matrices.dims.size() < 2)
    estimate.markUnknown();
  estimate.addOps(estimate.outputElements(0) *
                  (size * size * size * 2).dividedBy(3));
}

llvm::ArrayRef<OpEntry> opcost::matrixProductOps() {
  static constexpr OpEntry table[] = {
      {Standard, "Det", determinant},
      {Standard, "Gemm", gemm},
      {Standard, "MatMul", matMul},
      {Standard, "MatMulInteger", matMulInteger},
      {Standard, "QLinearMatMul", qLinearMatMul},
      {Microsoft, "DynamicQuantizeMatMul", dynamicQuantizeMatMul},
      {Microsoft, "FusedGemm", gemm},
      {Microsoft, "FusedMatMul", fusedMatMul},
      {Microsoft, "FusedMatMulActivation", fusedMatMul},
      {Microsoft, "GemmFastGelu", gemmFastGelu},
      {Microsoft, "GemmFloat8", gemm},
      {Microsoft, "MatMulBnb4", matMulPacked},
      {Microsoft, "MatMulInteger16", matMul},
      {Microsoft, "MatMulIntegerToFloat", matMulIntegerToFloat},
      {Microsoft, "MatMulNBits", matMulPacked, 5},
      {Microsoft, "QGemm", qGemm},
      {Microsoft, "QLinearMatMul", qLinearMatMul},
      {Microsoft, "TransposeMatMul", fusedMatMul},
  };
  return table;
}
