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
#include "onnx-split/Analysis/Functions.h"
#include "onnx-split/Analysis/IntegerGroups.h"

namespace onnx_split {

/// The costs of a model's nodes for one use of its extents. Calls are costed by
/// what they expand to, up to a budget over all of them, so that the order in
/// which nodes are asked for can matter in models beyond it.
class CostAnalysis {
public:
  /// The graph may be in any model; its opset imports and functions decide.
  CostAnalysis(graph::ModelOp model, const ConstantAnalysis &modelConstants,
               ExtentsUse extentsUse = ExtentsUse::time())
      : CostAnalysis(model, modelConstants, extentsUse, MaxExpandedNodes) {}

  /// Cost of one execution of a node, its bodies and the function that it calls
  /// included. A constant node costs nothing. Where the cost is unknown, and
  /// `reason` is given, a clause in it says why, by the names in the model:
  /// "extent 1 of 'x' is open". For what a body or a function does it is that
  /// of the first inner node.
  OpCost getCost(graph::NodeOp node, std::string *reason = nullptr);

private:
  /// When the calls costed so far expand to more nodes than this in all, the
  /// cost of further calls is unknown.
  static constexpr int64_t MaxExpandedNodes =
      graph::FunctionTable::MaxExpansion;

  CostAnalysis(graph::ModelOp model, const ConstantAnalysis &modelConstants,
               ExtentsUse extentsUse, int64_t expandable)
      : source(model), constants(modelConstants), use(extentsUse),
        functions(model), integerGroups(model.getGraph()), budget(expandable) {}

  /// Adds to `nodes` the cost of each node that runs whenever the body does.
  OpCost getBodyCost(graph::GraphOp body, std::vector<OpCost> &nodes,
                     std::string &reason);
  OpCost getCallCost(graph::FunctionOp function, graph::NodeOp node,
                     std::vector<OpCost> &nodes, std::string &reason);

  graph::ModelOp source;
  const ConstantAnalysis &constants;
  ExtentsUse use;
  graph::FunctionTable functions;
  IntegerGroups integerGroups;
  int64_t budget;
};

/// Adds up costs one after another; the element type is that of the costliest,
/// and the cause that of the first unknown one.
void accumulate(OpCost &total, const OpCost &cost);

/// The cause in words, without a full stop, for a node that has it.
std::string explainUnknown(const UnknownCause &cause, graph::NodeOp node);

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_COST_H
