//===- Sorting.cpp - Cost of operators that select by value ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// A pass over X, then the k that remain are ordered: k log2 k comparisons per
/// row.
static void topK(Estimate &estimate, int64_t) {
  int64_t axis = estimate.getInt("axis", -1);
  const TensorInfo &values = estimate.output(0);
  Count kept = values.present ? extent(values, axis) : Count::atLeast(1);
  Count rows = elementsBesides(estimate.input(0), axis);
  // Version 1 has k as an attribute; the result knows it anyway.
  estimate.addOps(estimate.inputElements(0));
  if (estimate.getInt("sorted", 1))
    estimate.addOps(rows * kept * kept.log2());
}

/// n log2 n comparisons to sort. The extent of the result is data.
static void unique(Estimate &estimate, int64_t) {
  Count size = estimate.inputElements(0);
  estimate.addOps(size * size.log2());
}

llvm::ArrayRef<OpEntry> opcost::sortingOps() {
  static constexpr OpEntry table[] = {
      {Standard, "NonZero", perOperandCost, 1},
      {Standard, "TopK", topK},
      {Standard, "Unique", unique},
      {Microsoft, "Unique", unique},
  };
  return table;
}
