//===- ExecutionPlan.h - What a plan.json says to a runtime -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part of a plan.json that is needed to run it and to compare with what it
/// predicts. `SavedPlan` is the part that decides.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_EXECUTIONPLAN_H
#define ONNX_SPLIT_PLAN_EXECUTIONPLAN_H

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace onnx_split {

/// Times in nanoseconds, sizes in bytes.
struct ExecutionPlan {
  struct Node {
    int64_t index = 0;
    std::string name;
  };
  struct Stage {
    std::string file;
    /// The devices that run the stage in turn, and their ranks: of r, number
    /// i mod r runs item i.
    std::vector<std::string> devices;
    std::vector<int> ranks;
    std::vector<std::string> inputs, outputs;
    std::vector<Node> nodes;
    int64_t computeNs = 0;
    /// Weights, activations and buffers.
    int64_t memoryBytes = 0;
  };
  struct Wire {
    std::string name, tensor, dtype;
    /// Not empty where the value is a sequence or an optional.
    std::string container;
    int from = 0, to = 0, tag = 0;
    /// -1 where open.
    std::vector<int64_t> shape;
    int64_t bytes = 0, timeNs = 0;
  };
  /// What a rank runs: replica `replica` of stage `stage`.
  struct Role {
    int stage = 0, replica = 0;
  };

  std::string sourceDigest;
  /// "x=1x3": what the plan was made for, for each input where that is known.
  std::vector<std::string> inputShapes;
  /// SHA-256 of the text: all ranks must have read the same.
  std::string digest;
  std::vector<std::string> inputs, outputs;
  int64_t bottleneckNs = 0, latencyNs = 0;
  std::vector<Stage> stages;
  std::vector<Wire> wires;
  /// By rank.
  std::vector<Role> roles;

  int countRanks() const { return roles.size(); }
  const std::string &deviceOf(Role role) const {
    return stages[role.stage].devices[role.replica];
  }
};

/// Reads a plan.json. The error names the file and what is wrong.
llvm::Expected<ExecutionPlan> readExecutionPlan(llvm::StringRef path);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_EXECUTIONPLAN_H
