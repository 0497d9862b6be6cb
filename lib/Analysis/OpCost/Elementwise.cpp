//===- Elementwise.cpp - Cost of elementwise operators --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One result per element for what ONNX defines as one step: arithmetic,
/// comparison, logic, and elementary functions (exp, erf, sigmoid ...) alike.
/// Operators that ONNX defines by a function body count the steps of the body.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Sum, Max, Min, Mean of n operands: n - 1 steps, and `factor` more.
static void variadic(Estimate &estimate, int64_t factor) {
  Count steps = Count(estimate.inputCount()).minus(1) + Count(factor);
  estimate.addOps(estimate.outputElements(0) * steps);
}

/// One comparison per bound; before opset 11 both are attributes.
static void clip(Estimate &estimate, int64_t) {
  int64_t bounds = estimate.opset() >= 11 ? (estimate.hasInput(1) ? 1 : 0) +
                                                (estimate.hasInput(2) ? 1 : 0)
                                          : 2;
  estimate.addOps(estimate.outputElements(0) * bounds);
}

/// A conversion is one step, in the floating-point type of either side. To the
/// type it already has, nothing moves.
static void cast(Estimate &estimate, int64_t) {
  int32_t from = estimate.input(0).elementType;
  int32_t to = estimate.output(0).elementType;
  if (from && from == to) {
    estimate.setNoTraffic();
    return;
  }
  perResultCost(estimate, 1);
  if (!isFloatingPoint(from) && isFloatingPoint(to))
    estimate.setComputeType(to);
}

/// 0.5 x (1 + erf(x / sqrt 2)): five steps; the approximation by tanh of
/// x + c x^3 takes nine.
static void gelu(Estimate &estimate, int64_t) {
  perResultCost(estimate, estimate.getString("approximate") == "tanh" ? 9 : 5);
}

/// com.microsoft (X, bias).
static void fastGelu(Estimate &estimate, int64_t) {
  perResultCost(estimate, estimate.hasInput(1) ? 10 : 9);
}

/// com.microsoft (X[..., 2 d], bias): one half times the Gelu of the other.
static void biasSplitGelu(Estimate &estimate, int64_t) {
  perResultCost(estimate, 6);
  estimate.addOps(estimate.inputElements(0));
}

/// x * sigmoid(alpha * x): `factor` is for alpha = 1.
static void swish(Estimate &estimate, int64_t factor) {
  bool scaled = estimate.getFloat("alpha", 1) != 1;
  perResultCost(estimate, factor + (scaled ? 1 : 0));
}

/// com.microsoft, whose alpha is 1.702 unless given.
static void quickGelu(Estimate &estimate, int64_t) {
  bool scaled = estimate.getFloat("alpha", 1.702f) != 1;
  perResultCost(estimate, scaled ? 3 : 2);
}

/// Y is [N, ..., d], and each of its elements the product of a row of theta,
/// d + 1 numbers, and a point of the unit grid: a matrix product.
static void affineGrid(Estimate &estimate, int64_t) {
  estimate.addMacs(estimate.outputElements(0) *
                   (extent(estimate.output(0), -1) + Count(1)));
}

static constexpr OpEntry Table[] = {
    {Standard, "Abs", perResultCost, 1},
    {Standard, "Acos", perResultCost, 1},
    {Standard, "Acosh", perResultCost, 1},
    {Standard, "Add", perResultCost, 1},
    {Standard, "And", perResultCost, 1},
    {Standard, "Asin", perResultCost, 1},
    {Standard, "Asinh", perResultCost, 1},
    {Standard, "Atan", perResultCost, 1},
    {Standard, "Atanh", perResultCost, 1},
    {Standard, "BitShift", perResultCost, 1},
    {Standard, "BitwiseAnd", perResultCost, 1},
    {Standard, "BitwiseNot", perResultCost, 1},
    {Standard, "BitwiseOr", perResultCost, 1},
    {Standard, "BitwiseXor", perResultCost, 1},
    {Standard, "Ceil", perResultCost, 1},
    {Standard, "Cos", perResultCost, 1},
    {Standard, "Cosh", perResultCost, 1},
    {Standard, "Div", perResultCost, 1},
    {Standard, "Equal", perResultCost, 1},
    {Standard, "Erf", perResultCost, 1},
    {Standard, "Exp", perResultCost, 1},
    {Standard, "Floor", perResultCost, 1},
    {Standard, "Greater", perResultCost, 1},
    {Standard, "GreaterOrEqual", perResultCost, 1},
    {Standard, "IsInf", perResultCost, 1},
    {Standard, "IsNaN", perResultCost, 1},
    {Standard, "Less", perResultCost, 1},
    {Standard, "LessOrEqual", perResultCost, 1},
    {Standard, "Log", perResultCost, 1},
    {Standard, "Mod", perResultCost, 1},
    {Standard, "Mul", perResultCost, 1},
    {Standard, "Neg", perResultCost, 1},
    {Standard, "Not", perResultCost, 1},
    {Standard, "Or", perResultCost, 1},
    {Standard, "Pow", perResultCost, 1},
    {Standard, "Reciprocal", perResultCost, 1},
    {Standard, "Relu", perResultCost, 1},
    {Standard, "Round", perResultCost, 1},
    {Standard, "Sigmoid", perResultCost, 1},
    {Standard, "Sign", perResultCost, 1},
    {Standard, "Sin", perResultCost, 1},
    {Standard, "Sinh", perResultCost, 1},
    {Standard, "Sqrt", perResultCost, 1},
    {Standard, "Sub", perResultCost, 1},
    {Standard, "Tan", perResultCost, 1},
    {Standard, "Tanh", perResultCost, 1},
    {Standard, "ThresholdedRelu", perResultCost, 1},
    {Standard, "Xor", perResultCost, 1},
    // By function body.
    {Standard, "Celu", perResultCost, 6}, // x / a, Elu, product
    {Standard, "Elu", perResultCost, 4},  // compare, exp, - 1, product
    {Standard, "HardSigmoid", perResultCost, 4},
    {Standard, "HardSwish", perResultCost, 5}, // HardSigmoid, product
    {Standard, "LeakyRelu", perResultCost, 2},
    {Standard, "Mish", perResultCost, 5}, // Softplus, tanh, product
    {Standard, "PRelu", perResultCost, 2},
    {Standard, "Selu", perResultCost, 5},     // compare, exp, three more
    {Standard, "Shrink", perResultCost, 3},   // two comparisons, shift
    {Standard, "Softplus", perResultCost, 3}, // exp, + 1, logarithm
    {Standard, "Softsign", perResultCost, 3}, // magnitude, + 1, division
    // By attributes and operands.
    {Standard, "AffineGrid", affineGrid},
    {Standard, "Cast", cast},
    {Standard, "CastLike", cast},
    {Standard, "Clip", clip},
    {Standard, "Gelu", gelu},
    {Standard, "Max", variadic, 0},
    {Standard, "Mean", variadic, 1},
    {Standard, "Min", variadic, 0},
    {Standard, "Sum", variadic, 0},
    {Standard, "SwiGLU", swish, 3},
    {Standard, "Swish", swish, 2},
    {Microsoft, "BiasAdd", perResultCost, 2}, // X + bias + skip
    {Microsoft, "BiasGelu", perResultCost, 6},
    {Microsoft, "BiasSplitGelu", biasSplitGelu},
    {Microsoft, "ComplexMul", perResultCost, 3}, // 6 per pair of numbers
    {Microsoft, "ComplexMulConj", perResultCost, 3},
    {Microsoft, "FastGelu", fastGelu},
    {Microsoft, "Gelu", perResultCost, 5},
    {Microsoft, "IsAllFinite", perOperandCost, 1},
    {Microsoft, "MulInteger", perResultCost, 1},
    {Microsoft, "QuickGelu", quickGelu},
};

llvm::ArrayRef<OpEntry> opcost::elementwiseOps() { return Table; }
