//===- Rematerialize.h - Nodes that several stages compute ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Small arithmetic on shapes is not sent from stage to stage where the
/// receiver can do it again from tensors that it has anyway; nor is what a
/// DequantizeLinear makes (SharedDequantize.h). This is decided
/// when stages and devices are: each node keeps the stage that owns it, and
/// `split.copies` lists the others that compute it as well.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_REMATERIALIZE_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_REMATERIALIZE_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::split {

/// Of each task the stages that compute it again, ascending and without its
/// own; empty for most.
using Copies = std::vector<std::vector<int32_t>>;

/// A placement of a problem that has a task for each copy, too.
struct Rematerialized {
  ModelProblem problem;
  placement::Placement placement;
};

/// What the stages of a placement can compute instead of receiving it: small
/// arithmetic on shapes, and a DequantizeLinear whose integers they have.
/// O(stages * (tasks + reads)).
Copies findCopies(graph::ModelOp model, const ModelProblem &problem,
                  const placement::Placement &placement);

/// The copies that the `split.copies` of the nodes list. Fails, with an error
/// at the node, where one is no other stage of the placement.
mlir::FailureOr<Copies> readCopies(const ModelProblem &problem,
                                   const placement::Placement &placement);

/// Writes or removes `split.copies` on every node.
void writeCopies(const ModelProblem &problem, const Copies &copies);

/// True where any task has one.
bool hasCopies(const Copies &copies);

/// Each copy follows its original in the order of the tasks, and readers in its
/// stage read it instead of the original.
Rematerialized addCopies(const ModelProblem &problem,
                         const placement::Placement &placement,
                         const Copies &copies);

/// By stage: true where something that it makes leaves it. A part without
/// outputs does not run.
std::vector<bool> findSenders(const placement::Problem &problem,
                              const placement::Placement &placement);

/// Computes small values again where that spares sending them, unless the plan
/// gets worse: the time between items, its latency where that is the objective,
/// or a limit or a memory that it no longer fits. All stages do at once or,
/// where that is too much, one after another. The plan must be valid with the
/// copies that are `decided` already, which stay. Writes `split.copies`, and
/// evaluation and bound of the result. Nothing where there are no copies.
std::optional<Rematerialized>
rematerialize(graph::ModelOp model, const ModelProblem &problem,
              const placement::SolveOptions &options, const Copies &decided,
              placement::Result &result);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_REMATERIALIZE_H
