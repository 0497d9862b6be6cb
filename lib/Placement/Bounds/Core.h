//===- Core.h - The problem without its small tasks -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB10: hundreds of small tasks beside each other have more ideals than
/// anybody can list, and hardly any work. Without them a plan of contiguous
/// stages stays one, and nothing takes longer, so that a bound of what is left
/// is one of the whole.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_CORE_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_CORE_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

class Core {
public:
  /// Without tasks that together have at most `permyriad` ten thousandths of
  /// the work, each on its best device: those that take least for the tasks
  /// that may be before or behind them. O(tasks^2).
  Core(const Problem &problem, int64_t permyriad);

  /// Tasks that are left in their order, what they make and read, and a tensor
  /// of no bytes where one led to another through tasks that are gone.
  /// Activations take no memory here, and no weight is streamed.
  const Problem &problem() const { return core; }
  /// What is left of a plan.
  Placement of(const Placement &plan) const;
  /// Whether a tensor of no bytes costs nothing wherever it goes. If not, those
  /// in place of tasks can cost what they did not.
  bool hasFreeOrder() const;

private:
  void listEdges(const Problem &problem);

  Problem core;
  /// By task of the whole; None for those that are gone.
  std::vector<int32_t> numberOf;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_CORE_H
