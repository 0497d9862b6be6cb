//===- FirstPlan.h - Is there a plan within the limits? ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_FIRSTPLAN_H
#define ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_FIRSTPLAN_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

/// What a plan must keep to be of use: as in SolveOptions.
struct Limits {
  int64_t targetNs = Unlimited, maxLatencyNs = Unlimited;
  bool areSet() const {
    return targetNs != Unlimited || maxLatencyNs != Unlimited;
  }
  /// "plan", or "plan within 8 ns for one item".
  std::string describePlan() const;
};

enum class Answer { Yes, No, Unknown };

/// Whether a plan of the widest class that the problem allows keeps the limits;
/// the first one will do, and `result` then has it. No is only said of what is
/// proven.
Answer askForPlan(const Problem &problem, const Limits &limits, double seconds,
                  const std::atomic<bool> *stop, Result &result);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_FIRSTPLAN_H
