//===- Pooling.cpp - Cost of pooling --------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A window of k elements takes k - 1 comparisons or sums; an average also a
/// division, a p-norm also k powers and a root. Padding is counted.
///
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

static Count windowSize(Estimate &estimate) {
  auto kernel = estimate.attributes().getInts("kernel_shape");
  return kernel ? product(*kernel) : Count::atLeast(1);
}

static void maxPool(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.outputElements(0) * windowSize(estimate).minus(1));
}

static void averagePool(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.outputElements(0) * windowSize(estimate));
}

static void lpPool(Estimate &estimate, int64_t) {
  estimate.addOps(estimate.outputElements(0) * windowSize(estimate) * 2);
}

llvm::ArrayRef<OpEntry> opcost::poolingOps() {
  static constexpr OpEntry table[] = {
      {Standard, "AveragePool", averagePool},
      {Standard, "GlobalAveragePool", perOperandCost, 1},
      {Standard, "GlobalLpPool", perOperandCost, 2},
      {Standard, "GlobalMaxPool", perOperandCost, 1},
      {Standard, "LpPool", lpPool},
      {Standard, "MaxPool", maxPool},
      {Standard, "MaxUnpool", copyCost},
      {Microsoft, "MaxpoolWithMask", maxPool},
      {Microsoft, "NhwcMaxPool", maxPool},
      {MicrosoftNchwc, "AveragePool", averagePool},
      {MicrosoftNchwc, "GlobalAveragePool", perOperandCost, 1},
      {MicrosoftNchwc, "GlobalMaxPool", perOperandCost, 1},
      {MicrosoftNchwc, "MaxPool", maxPool},
  };
  return table;
}
