//===- ShapeArithmetic.cpp - Nodes that compute with shapes ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/ShapeArithmetic.h"

#include "onnx-split/Analysis/Functions.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// As many elements as inference evaluates of a value; 8 bytes each.
static constexpr int64_t MaxBytes = int64_t(4096) * 8;

/// Results that are small whatever extents are assumed, at most, or observed.
static bool hasSmallResults(NodeOp node) {
  for (Value result : node.getResults()) {
    if (isa<OnnxOmittedType>(result.getType()))
      continue;
    std::optional<int64_t> bytes =
        getTensorInfo(result, ExtentsUse::memory()).bytes();
    if (!bytes || *bytes > MaxBytes)
      return false;
  }
  return node.getNumResults() > 0;
}

ShapeArithmetic::ShapeArithmetic(GraphOp graph,
                                 const ConstantAnalysis &constants) {
  FunctionTable functions(graph->getParentOfType<ModelOp>());
  for (auto node : graph.getBody().getOps<NodeOp>()) {
    if (constants.isConstant(node) || !node.getBodies().empty() ||
        !node.getCanonicalDomain().empty() || functions.lookup(node) ||
        isNondeterministicOp("", node.getOpType()))
      continue;
    bool asks = node.isStandardOp("Shape") || node.isStandardOp("Size");
    auto isShapeOrConstant = [&](Value value) {
      return constants.isConstant(value) ||
             nodes.contains(value.getDefiningOp());
    };
    if ((asks || llvm::all_of(node.getInputs(), isShapeOrConstant)) &&
        hasSmallResults(node))
      nodes.insert(node);
  }
}
