//===- ProblemFile.h - What problem.json says -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// problem.json (docs/problem.schema.json): the planner's problem in full, so
/// that another planner can be run on what this one was given, and this one on
/// what another was. The one place that knows the names of its keys.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_PROBLEMFILE_H
#define ONNX_SPLIT_INSTANCES_PROBLEMFILE_H

#include "onnx-split/Placement/Placement.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace onnx_split::instances {

/// A problem, what is asked of a plan, and which nodes of a model the tasks
/// are.
struct ProblemFile {
  /// Where a task's node is in the source graph, as in plan.json.
  struct Node {
    /// -1: the task is no node.
    int64_t index = -1;
    /// From a folded If to a node of its branch; empty for other nodes.
    std::vector<std::string> path;

    bool operator==(const Node &other) const {
      return index == other.index && path == other.path;
    }
  };

  /// For people, and for rows of onnx-split-bench.
  std::string name;
  /// `source.digest` of the model's plan.json; empty for no model.
  std::string sourceDigest;
  /// With the permissions to revisit and to replicate, which are the class of
  /// plans that is asked for.
  placement::Problem problem;
  /// By task; empty for no model.
  std::vector<Node> nodes;
  placement::Objective objective = placement::Objective::Throughput;
  /// As in placement::SolveOptions.
  int64_t targetNs = placement::Unlimited;
  int64_t maxLatencyNs = placement::Unlimited;
};

/// The class of plans that the problem's permissions stand for.
inline placement::SolutionClass classOf(const placement::Problem &problem) {
  return problem.replicate ? placement::SolutionClass::Replicating
         : problem.revisit ? placement::SolutionClass::Revisiting
                           : placement::SolutionClass::Contiguous;
}

/// Writes a problem.json: one line for each task, tensor, weight and device.
/// The order of keys and all figures are deterministic.
void writeProblem(const ProblemFile &file, llvm::raw_ostream &os);

/// Reads a problem.json. What is wrong is reported at its place, and nothing
/// returned; a problem that is returned passes check(). Takes memory for eight
/// million values at most, about a gigabyte.
std::optional<ProblemFile> readProblem(llvm::MemoryBufferRef buffer,
                                       llvm::SourceMgr &sourceMgr);

/// Writes the member `stages` of a placement. `parts` are what each task is
/// made of, and become `names` of the stages; or it is empty.
void writeStages(const placement::Placement &placement, const ProblemFile &file,
                 llvm::ArrayRef<std::vector<std::string>> parts,
                 llvm::json::OStream &json);

/// Writes a placement of the problem (docs/placement.schema.json). Where the
/// problem is a model's, `onnx-split --plan` takes the file as well.
void writePlacement(const placement::Placement &placement,
                    const ProblemFile &file, llvm::raw_ostream &os);

/// Reads a placement of the problem, or a plan.json of its model. Every task is
/// in exactly one stage, and every device is the problem's; what else is wrong
/// with it, evaluate() says. Errors as above.
std::optional<placement::Placement> readPlacement(llvm::MemoryBufferRef buffer,
                                                  const ProblemFile &file,
                                                  llvm::SourceMgr &sourceMgr);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_PROBLEMFILE_H
