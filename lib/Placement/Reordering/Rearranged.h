//===- Rearranged.h - The problem in another order --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_REORDERING_REARRANGED_H
#define ONNX_SPLIT_LIB_PLACEMENT_REORDERING_REARRANGED_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

/// What an order of our own makes small: the bytes that are open between
/// neighbours, or how long tensors stay open where branches are parallel.
enum class OrderKind { Narrow, Levels };

/// The problem in an order of its own, with the readers of a weight together
/// where that is useful. Its plans are plans of the problem, apart from
/// memory: a stage runs its tasks in the problem's order, and another one has
/// another peak. What is proven of it says nothing of the problem.
class Rearranged {
public:
  explicit Rearranged(const Problem &given, OrderKind kind = OrderKind::Narrow);

  /// Readers that must be together share a tensor of no bytes that is not cut.
  const Problem &problem() const { return other; }
  /// Whether some weight has several readers that were put together.
  bool tiesWeights() const { return numTied > 0; }

  /// A plan of the given problem as one of this one, and the other way.
  Placement here(const Placement &ofGiven) const;
  Placement there(const Placement &ofThis) const;

private:
  Problem other;
  size_t numTied = 0;
  /// The given task at each place.
  std::vector<int32_t> given;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_REORDERING_REARRANGED_H
