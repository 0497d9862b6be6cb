//===- Reduction.cpp - Cost of reductions ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A reduction combines every element of X once, and may transform each element
/// before or each result after.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Opset 18: without axes the operator may be asked to do nothing.
static bool isNoop(Estimate &estimate) {
  return !estimate.hasInput(1) && !estimate.attributes().getInts("axes") &&
         estimate.getInt("noop_with_empty_axes", 0);
}

/// `factor` results per element of X.
static void reduce(Estimate &estimate, int64_t factor) {
  if (!isNoop(estimate))
    perOperandCost(estimate, factor);
}

/// One more per element of Y.
static void reduceAndFinish(Estimate &estimate, int64_t factor) {
  if (isNoop(estimate))
    return;
  perOperandCost(estimate, factor);
  perResultCost(estimate, 1);
}

llvm::ArrayRef<OpEntry> opcost::reductionOps() {
  static constexpr OpEntry table[] = {
      {Standard, "ArgMax", perOperandCost, 1},
      {Standard, "ArgMin", perOperandCost, 1},
      {Standard, "CumProd", perOperandCost, 1},
      {Standard, "CumSum", perOperandCost, 1},
      {Standard, "ReduceL1", reduce, 2},                 // magnitude, sum
      {Standard, "ReduceL2", reduceAndFinish, 2},        // square, sum; root
      {Standard, "ReduceLogSum", reduceAndFinish, 1},    // sum; logarithm
      {Standard, "ReduceLogSumExp", reduceAndFinish, 2}, // exp, sum; logarithm
      {Standard, "ReduceMax", reduce, 1},
      {Standard, "ReduceMean", reduceAndFinish, 1}, // sum; division
      {Standard, "ReduceMin", reduce, 1},
      {Standard, "ReduceProd", reduce, 1},
      {Standard, "ReduceSum", reduce, 1},
      {Standard, "ReduceSumSquare", reduce, 2}, // square, sum
      {Microsoft, "ReduceSumInteger", perOperandCost, 1},
  };
  return table;
}
