//===- ExecutionPlan.h - What a plan.json says to a runtime -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A plan.json that can be run: what `PlanFile` holds, checked so that a
/// runtime can rely on it, and what each process has to do. `SavedPlan` is the
/// part that decides.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_EXECUTIONPLAN_H
#define ONNX_SPLIT_PLAN_EXECUTIONPLAN_H

#include "onnx-split/Plan/PlanFile.h"

namespace onnx_split {

/// Stage and wire indices, tags and ranks fit 16 bits; ranks are 0 to one below
/// their number, each once; a wire goes to a later stage, is an output of the
/// one and an input of the other, and has a tag of its own; files are names in
/// the plan's folder.
struct ExecutionPlan : PlanFile {
  /// What a rank runs: of the r devices of stage `stage`, number `replica`,
  /// which runs item i where i mod r is that number.
  struct Role {
    int stage = 0, replica = 0;
  };
  /// The wires of a pair of stages, which travel as one message for each item.
  struct WireGroup {
    int64_t from = 0, to = 0;
    /// Indices in `wires`, in the order of `seq`; one at least.
    std::vector<int> wires = {};
    /// Sums over the wires, at most what fits. Their times are shares of the
    /// message's.
    int64_t bytes = 0, timeNs = 0;
    /// How much longer than that the message is on its way; 0 where the file
    /// does not say.
    int64_t latencyNs = 0;

    /// From the hand-over to the arrival, as a receiver measures it.
    int64_t deliveryNs() const {
      return timeNs > INT64_MAX - latencyNs ? INT64_MAX : timeNs + latencyNs;
    }
  };

  /// SHA-256 of the text: all ranks must have read the same.
  std::string digest;
  /// By rank.
  std::vector<Role> roles;
  /// By (from, to).
  std::vector<WireGroup> groups;

  int countRanks() const { return static_cast<int>(roles.size()); }
  const std::string &deviceOf(Role role) const {
    return stages[role.stage].deviceOf(role.replica);
  }
  /// The tag of a group's messages: that of its first wire, which no other wire
  /// has.
  int tagOf(const WireGroup &group) const {
    return static_cast<int>(wires[group.wires.front()].tag);
  }
};

/// Reads a plan.json. The error names the file and what is wrong.
llvm::Expected<ExecutionPlan> readExecutionPlan(llvm::StringRef path);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_EXECUTIONPLAN_H
