//===- Quantisation.cpp - Cost of quantised elementwise operators ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Quantising is divide, round, saturate, and add the zero point if there is
/// one; dequantising is multiply, and subtract the zero point. An 8-bit
/// operator of com.microsoft does both around its own step.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

static constexpr int64_t QuantiseOps = 4;
static constexpr int64_t DequantiseOps = 2;

/// (x, y_scale, y_zero_point), in the type of x.
static void quantizeLinear(Estimate &estimate, int64_t) {
  bool shifted = estimate.hasInput(2);
  estimate.addOps(estimate.inputElements(0) *
                  (shifted ? QuantiseOps : QuantiseOps - 1));
}

/// (x, x_scale, x_zero_point), in the type of the result.
static void dequantizeLinear(Estimate &estimate, int64_t) {
  bool shifted = estimate.hasInput(2);
  estimate.addOps(estimate.inputElements(0) *
                  (shifted ? DequantiseOps : DequantiseOps - 1));
  if (isFloatingPoint(estimate.output(0).elementType))
    estimate.setComputeType(estimate.output(0).elementType);
}

/// The smallest and the largest element come first.
static void dynamicQuantizeLinear(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.inputElements(0) * (2 + QuantiseOps));
}

/// (A, A_scale, A_zero_point, B, ...): `factor` is the own step.
static void qLinearBinary(Estimate &estimate, int64_t factor) {
  estimate.addOps((estimate.inputElements(0) + estimate.inputElements(3)) *
                      DequantiseOps +
                  estimate.outputElements(0) * (factor + QuantiseOps));
  estimate.setComputeType(Int8);
}

/// (X, X_scale, X_zero_point, Y_scale, Y_zero_point).
static void qLinearUnary(Estimate &estimate, int64_t factor) {
  estimate.addOps(estimate.inputElements(0) * (DequantiseOps + factor) +
                  estimate.outputElements(0) * QuantiseOps);
  estimate.setComputeType(Int8);
}

/// Sums 8-bit values as they are, and scales once per result.
static void qLinearAveragePool(Estimate &estimate, int64_t) {
  auto kernel = estimate.attributes().getInts("kernel_shape");
  Count window = kernel ? product(*kernel) : Count::atLeast(1);
  estimate.addOps(estimate.outputElements(0) * (window + QuantiseOps));
  estimate.setComputeType(Int8);
}

static void qLinearGlobalAveragePool(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.inputElements(0) +
                  estimate.outputElements(0) * QuantiseOps);
  estimate.setComputeType(Int8);
}

/// (condition, X, x_scale, x_zero_point, Y, ...) and QLinearConcat: every
/// element of the result is brought from one scale to another.
static void rescale(Estimate &estimate, int64_t) {
  perResultCost(estimate, DequantiseOps + QuantiseOps);
  estimate.setComputeType(Int8);
}

llvm::ArrayRef<OpEntry> opcost::quantisationOps() {
  static constexpr OpEntry table[] = {
      {Standard, "DequantizeLinear", dequantizeLinear},
      {Standard, "DynamicQuantizeLinear", dynamicQuantizeLinear},
      {Standard, "QuantizeLinear", quantizeLinear},
      {Microsoft, "DequantizeLinear", dequantizeLinear},
      {Microsoft, "QLinearAdd", qLinearBinary, 1},
      {Microsoft, "QLinearAveragePool", qLinearAveragePool},
      {Microsoft, "QLinearConcat", rescale},
      {Microsoft, "QLinearGlobalAveragePool", qLinearGlobalAveragePool},
      {Microsoft, "QLinearLeakyRelu", qLinearUnary, 2},
      {Microsoft, "QLinearMul", qLinearBinary, 1},
      {Microsoft, "QLinearReduceMean", qLinearGlobalAveragePool},
      {Microsoft, "QLinearSigmoid", qLinearUnary, 1},
      {Microsoft, "QLinearSoftmax", qLinearUnary, 5},
      {Microsoft, "QLinearWhere", rescale},
      {Microsoft, "QuantizeLinear", quantizeLinear},
  };
  return table;
}
