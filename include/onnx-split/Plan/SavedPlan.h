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

#include "llvm/Support/Error.h"

#include <string>
#include <tuple>
#include <vector>

namespace onnx_split {

struct SavedPlan {
  /// A node by its position in the source graph and, in the branch of an If
  /// that was folded, the way from there.
  struct Node {
    int64_t index = 0;
    /// Another stage owns it.
    bool copied = false;
    std::vector<std::string> path;
    friend bool operator<(const Node &a, const Node &b) {
      return std::tie(a.index, a.path) < std::tie(b.index, b.path);
    }
  };
  struct Stage {
    std::string device;
    /// Further devices that run the stage in turn.
    std::vector<std::string> replicas;
    std::vector<Node> nodes;
  };
  /// What it was made with, as on the command line; empty in version 1.
  struct Options {
    std::vector<std::string> dim, shape, assume, also, set;
  };
  std::string sourceDigest;
  std::string objective, strategy;
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
