//===- Advice.h - Why a plan is no faster, and what would help --*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What limits a plan, and how much faster plans would be if one device or link
/// were better.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLACEMENT_ADVICE_H
#define ONNX_SPLIT_PLACEMENT_ADVICE_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

/// What takes longest in a feasible plan, as one sentence with names, its time
/// in milliseconds, and the task or tensor with the largest share.
std::string describeBottleneck(const Problem &problem, const Placement &plan);

/// A change of one thing, and the plan that it makes possible.
struct WhatIf {
  /// Such as "device 'box' twice as fast".
  std::string change;
  /// Of the best plan found for the changed problem, in ns; Unlimited: none.
  int64_t bottleneckNs = Unlimited;
  /// No plan of the class that was searched is better.
  bool proven = false;
};

/// Solves the problem again for each of these changes: one device of each kind
/// twice as fast, with twice the memory, or once more; each link between two
/// kinds, and each medium, twice as fast. Devices are of one kind if exchanging
/// them changes nothing; a change to one of a kind stands for all. At most
/// `maxChanges` changes, those of devices first; `options.timeLimitSeconds` is
/// for all of them together. Sorted by bottleneck, then in the order above.
std::vector<WhatIf> whatHelps(const Problem &problem,
                              const SolveOptions &options,
                              size_t maxChanges = 64);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_PLACEMENT_ADVICE_H
