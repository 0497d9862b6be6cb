//===- Cost.h - Cost of the nodes of a model --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Asks the cost functions of OpCost.h about the nodes of the IR. Passes that
/// write costs into the IR do it for people and tests; whoever needs a cost
/// asks this analysis.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_COST_H
#define ONNX_SPLIT_ANALYSIS_COST_H

#include "onnx-split/Analysis/Constants.h"

namespace onnx_split {

class CostAnalysis {
public:
  /// The graph may be in any model; its opset imports and functions decide.
  CostAnalysis(graph::ModelOp model, const ConstantAnalysis &modelConstants)
      : source(model), constants(modelConstants) {}

  /// Cost of one execution of a node, its bodies included. A constant node
  /// costs nothing.
  OpCost getCost(graph::NodeOp node) const;

private:
  OpCost getCost(graph::GraphOp body) const;

  graph::ModelOp source;
  const ConstantAnalysis &constants;
};

/// Adds up costs one after another; the element type is that of the costliest.
void accumulate(OpCost &total, const OpCost &cost);

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_COST_H
