//===- ShapeArithmetic.h - Nodes that compute with shapes -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_SHAPEARITHMETIC_H
#define ONNX_SPLIT_ANALYSIS_SHAPEARITHMETIC_H

#include "onnx-split/Analysis/Constants.h"

namespace onnx_split {

/// The nodes of a main graph that compute with shapes: Shape and Size, and
/// small deterministic arithmetic on nothing but their results and constants.
/// Without fixed extents their results are not known before running, but any
/// stage can compute them from the tensors whose shapes they ask for. Linear in
/// the graph.
class ShapeArithmetic {
public:
  ShapeArithmetic(graph::GraphOp graph, const ConstantAnalysis &constants);

  bool contains(graph::NodeOp node) const { return nodes.contains(node); }

private:
  llvm::DenseSet<mlir::Operation *> nodes;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_SHAPEARITHMETIC_H
