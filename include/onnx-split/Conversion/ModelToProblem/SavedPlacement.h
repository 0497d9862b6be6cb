//===- SavedPlacement.h - The placement that a saved plan asks for *- C++
//-*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Relates a plan.json to the model and cluster that it is given back with.
/// Nodes are known by their position in the source graph.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_SAVEDPLACEMENT_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_SAVEDPLACEMENT_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "onnx-split/Placement/Placement.h"
#include "onnx-split/Plan/PlanFile.h"

namespace onnx_split::split {

/// Writes `split.index` on every node of the main graph: its position in the
/// source, or, of a node of a folded branch, that of its If.
void setIndices(graph::GraphOp graph);

/// Where a node with an index is in the source: that, and the path from a
/// folded If.
PlanFile::Node getPlace(graph::NodeOp node);

/// The placement that the plan.json at `path` asks for. The figures in it are
/// not read. The nodes must have indices. Fails, with errors at the model or
/// the node, where the plan is of another model, names what is not there, or
/// cuts where the model cannot be cut.
mlir::FailureOr<placement::Placement>
readSavedPlacement(graph::ModelOp model, const ModelProblem &problem,
                   const Cluster &cluster, llvm::StringRef path);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_SAVEDPLACEMENT_H
