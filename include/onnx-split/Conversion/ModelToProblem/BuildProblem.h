//===- BuildProblem.h - Model and cluster to problem ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Translates a model and a cluster to the flat arrays of the planner, and
/// remembers which node and value each index stands for.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_BUILDPROBLEM_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_BUILDPROBLEM_H

#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Analysis/ModelCosts.h"
#include "onnx-split/Analysis/States.h"
#include "onnx-split/Conversion/ModelToProblem/DeviceTimes.h"
#include "onnx-split/Placement/Problem.h"

#include "mlir/IR/BuiltinOps.h"

namespace onnx_split::split {

/// What the user demands of a plan.
struct Constraints {
  /// PATTERN=DEVICE, see docs/Planner.md; tensors that must cross; tensors that
  /// must not.
  std::vector<std::string> pins, cuts, noCuts;
  /// 0: as many as there are devices; at least so many.
  unsigned maxStages = 0, minStages = 0;
  /// Decides which types can be wires; Io takes the most.
  Boundary boundary = Boundary::Io;
  /// Cut also tensors of unknown size: where a plan is given.
  bool cutUnknownSizes = false;
  /// A device may hold several stages; a stage may run on several devices.
  bool revisit = false, replicate = false;
  /// Both ends of each stay in one stage, and cross nothing.
  std::vector<StatePair> states;
  /// As placement::Problem::sequences.
  unsigned sequences = 0;
};

/// The one reason not to cut that nobody needs to be told of.
inline constexpr llvm::StringLiteral KeptByQuantisation =
    "quantisation keeps it inside: the small integers travel";

/// The same for an end of a state that stays.
inline constexpr llvm::StringLiteral KeptAsState =
    "it is state, which stays with its stage";

/// The user does not want it.
inline constexpr llvm::StringLiteral KeptByUser = "--no-cut names it";

/// A state that stays with its stage.
struct KeptState {
  std::string input, output;
  /// A task of that stage.
  int32_t task = 0;
  /// The input, for each sequence, and the output, for the one that runs; at
  /// the operating point where they are largest.
  int64_t bytes = 0;
  /// See findInPlaceNode().
  bool isInPlace = false;
};

/// A problem, and what its indices stand for. Lists are by task or by tensor,
/// as those of `problem`.
struct ModelProblem {
  placement::Problem problem;
  /// The node of each task; null for the one task of a model without nodes.
  std::vector<graph::NodeOp> tasks;
  /// The value of each tensor; the original's for what a copy of a node makes.
  std::vector<mlir::Value> tensors;
  /// Why each tensor cannot be cut, to follow "because"; empty where it can.
  std::vector<std::string> whyNoCut;
  /// The cost of each task at the first operating point.
  std::vector<OpCost> costs;
  /// For each further operating point: times of the tasks by speed class, as in
  /// `problem`, and bytes of the tensors.
  struct Point {
    std::vector<int64_t> taskTime, bytes;
  };
  std::vector<Point> points;
  /// Those of the constraints that can be kept.
  std::vector<KeptState> states;

  /// The problem at an operating point.
  placement::Problem atPoint(const Point &point) const;
  /// The problem with the largest size that each tensor has in memory at any
  /// operating point: what fits there fits at each.
  placement::Problem withLargestSizes() const;
};

/// Every node that is no constant is a task. All readers of a state's input and
/// the maker of its output are tied to one stage, where the tensor of the input
/// stands for the tie: it has no bytes, and the first of these tasks as its
/// producer. What memory both ends take is a weight of that task. States that
/// cannot stay together are an error where the user named them; otherwise they
/// are tensors like others, with a warning. Fails, with errors at the model or
/// the node, also where a constraint names nothing.
mlir::FailureOr<ModelProblem> buildProblem(graph::ModelOp model,
                                           const MeasuredCluster &cluster,
                                           const Constraints &constraints,
                                           const GraphCosts &costs);

/// The devices and links of a cluster, without any tasks. Devices are of one
/// speed class and have no limits.
placement::Problem makeEmptyProblem(const MeasuredCluster &cluster);

/// The module's one model, or null after an error.
graph::ModelOp getOnlyModel(mlir::ModuleOp module);

/// Emits an error for each violated constraint, up to a limit.
void reportViolations(graph::ModelOp model,
                      llvm::ArrayRef<std::string> violations);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_BUILDPROBLEM_H
