//===- Random.cpp - Cost of random generators -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A draw counts as one step, its scale and shift as two more.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

static void randomTensor(Estimate &estimate, int64_t) {
  perResultCost(estimate, 3);
  estimate.setComputeType(estimate.output(0).elementType);
  // The ...Like forms look at the type of their operand alone.
  estimate.setRead(0, 0);
}

/// (input[B, classes]): running sums of exp, then a draw and a binary search
/// per sample.
static void multinomial(Estimate &estimate, int64_t) {
  Count classes = extent(estimate.input(0), 1);
  estimate.addOps(estimate.inputElements(0) * 2 +
                  estimate.outputElements(0) * (classes.log2() + Count(1)));
}

llvm::ArrayRef<OpEntry> opcost::randomOps() {
  static constexpr OpEntry table[] = {
      {Standard, "Bernoulli", perResultCost, 2}, // draw, compare
      {Standard, "Multinomial", multinomial},
      {Standard, "RandomNormal", randomTensor},
      {Standard, "RandomNormalLike", randomTensor},
      {Standard, "RandomUniform", randomTensor},
      {Standard, "RandomUniformLike", randomTensor},
  };
  return table;
}
