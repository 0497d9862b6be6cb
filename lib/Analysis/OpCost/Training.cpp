//===- Training.cpp - Cost of optimisers (ai.onnx.preview.training) -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Results per element of the optimised tensors. The operands are R, T, then n
/// tensors each of values, gradients and one or two kinds of state.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// `kinds` operands per optimised tensor, of which the values come first.
static void optimise(Estimate &estimate, size_t kinds, int64_t perElement) {
  size_t tensors =
      estimate.inputCount() < 2 ? 0 : (estimate.inputCount() - 2) / kinds;
  if (tensors == 0)
    estimate.contradict();
  for (size_t i = 0; i < tensors; ++i)
    estimate.addOps(estimate.inputElements(2 + i) * perElement);
}

/// Regularise (2), square and accumulate (2), root, epsilon, step (3).
static void adagrad(Estimate &estimate, int64_t) { optimise(estimate, 3, 9); }

/// Regularise (2), both averages (3 and 4), root, epsilon, step (3).
static void adam(Estimate &estimate, int64_t) { optimise(estimate, 4, 14); }

/// Regularise (2), average (3), step (2), and look ahead (2).
static void momentum(Estimate &estimate, int64_t) {
  optimise(estimate, 3, estimate.getString("mode") == "nesterov" ? 9 : 7);
}

llvm::ArrayRef<OpEntry> opcost::trainingOps() {
  static constexpr OpEntry table[] = {
      {Training, "Adagrad", adagrad},
      {Training, "Adam", adam},
      {Training, "Gradient", unknownCost},
      {Training, "Momentum", momentum},
  };
  return table;
}
