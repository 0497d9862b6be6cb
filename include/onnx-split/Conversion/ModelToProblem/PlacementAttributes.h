//===- PlacementAttributes.h - A placement in the IR ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What was decided about a model, as the attributes that the passes after
/// planning read, and back.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLACEMENTATTRIBUTES_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLACEMENTATTRIBUTES_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Placement/Placement.h"

namespace onnx_split::split {

/// What was decided about a model.
struct Decision {
  /// With a task for each node that has a stage, and once more with one for
  /// each copy as well.
  const ModelProblem &problem, &complete;
  /// Of the complete problem.
  const placement::Placement &placement;
  const placement::Result &result;
  const placement::SolveOptions &options;
  const Constraints &constraints;
  const GraphCosts &costs;
  /// What made the plan, as it is written in the IR.
  llvm::StringRef strategy;
};

/// Writes the cluster, the placement, what crosses and the constraints to the
/// module, and stages to nodes, with the reason where a cost is not known.
void writePlacement(mlir::ModuleOp module, const MeasuredCluster &cluster,
                    const Decision &decision);

/// What the module says of the constraints. Where it says nothing, what its
/// placement does in the way of devices counts as allowed.
Constraints readConstraints(mlir::ModuleOp module, PlacementAttr placement);

/// The placement that attributes of module and nodes state. Fails, with an
/// error there, where a node has no stage.
mlir::FailureOr<placement::Placement> readPlacement(const ModelProblem &problem,
                                                    PlacementAttr placement);

/// Fails, with errors at the model, where the module lists what crosses and the
/// evaluation found something else.
mlir::LogicalResult checkCrossings(graph::ModelOp model,
                                   const ModelProblem &problem,
                                   const placement::Evaluation &evaluation);

/// The same for messages and for the loads of links and media.
mlir::LogicalResult checkTraffic(graph::ModelOp model,
                                 const ModelProblem &problem,
                                 const placement::Placement &placement,
                                 const placement::Evaluation &evaluation);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLACEMENTATTRIBUTES_H
