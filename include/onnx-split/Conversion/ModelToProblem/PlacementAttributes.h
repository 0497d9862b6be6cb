//===- PlacementAttributes.h - A placement in the IR ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes what was decided about a model to the attributes that the passes
/// after planning read.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLACEMENTATTRIBUTES_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLACEMENTATTRIBUTES_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

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
  /// What made the plan, as it is written in the IR.
  llvm::StringRef strategy;
};

/// Writes the cluster and the placement to the module, and stages to nodes.
void writePlacement(mlir::ModuleOp module, const Cluster &cluster,
                    const Decision &decision);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLACEMENTATTRIBUTES_H
