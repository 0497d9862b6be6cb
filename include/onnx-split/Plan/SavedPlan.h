//===- SavedPlan.h - Reading plan.json --------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part of a plan.json that decides: which device runs which nodes. All
/// figures are computed anew when it is applied.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_SAVEDPLAN_H
#define ONNX_SPLIT_PLAN_SAVEDPLAN_H

#include "onnx-split/Plan/PlanFile.h"

namespace onnx_split {

/// What a plan.json decides, and what it was made with.
struct SavedPlan {
  using Node = PlanFile::Node;
  using Options = PlanFile::Options;
  /// The devices and the nodes of a stage, by their names and by their places
  /// in the source.
  struct Stage {
    std::string device;
    /// Further devices that run the stage in turn.
    std::vector<std::string> replicas;
    std::vector<Node> nodes;
  };
  std::string sourceDigest;
  Options options;
  std::vector<Stage> stages;
};

/// Reads the text of a plan.json. The error says where in the text it is, after
/// `name`.
llvm::Expected<SavedPlan> parsePlan(llvm::StringRef text, llvm::StringRef name);

/// The same for a file.
llvm::Expected<SavedPlan> readPlan(llvm::StringRef path);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_SAVEDPLAN_H
