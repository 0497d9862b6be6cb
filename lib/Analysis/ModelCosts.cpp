//===- ModelCosts.cpp - The costs of a model, computed once ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/ModelCosts.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// What a table says of nodes that it does not have.
static const OpCost NoCost;

static const OpCost &lookUp(const llvm::DenseMap<Operation *, OpCost> &table,
                            NodeOp node) {
  auto it = table.find(node);
  return it == table.end() ? NoCost : it->second;
}

GraphCosts::GraphCosts(ModelOp source)
    : model(source), constants(source.getGraph()),
      costs(compute(ExtentsUse::time(), &reasons)),
      pointCosts(countPoints(source)) {}

/// In the order of the graph, because calls of functions share a budget.
GraphCosts::CostTable
GraphCosts::compute(ExtentsUse use,
                    llvm::DenseMap<Operation *, std::string> *whys) const {
  CostAnalysis analysis(model, constants, use);
  CostTable table;
  ModelOp source = model;
  for (auto node : source.getGraph().getBody().getOps<NodeOp>()) {
    std::string why;
    OpCost cost = analysis.getCost(node, whys ? &why : nullptr);
    if (whys && cost.unknown)
      (*whys)[node] = std::move(why);
    table[node] = cost;
  }
  return table;
}

const OpCost &GraphCosts::getCost(NodeOp node) const {
  return lookUp(costs, node);
}

StringRef GraphCosts::getReason(NodeOp node) const {
  auto it = reasons.find(node);
  return it == reasons.end() ? StringRef() : StringRef(it->second);
}

const OpCost &GraphCosts::getCost(NodeOp node, unsigned point) const {
  std::unique_ptr<CostTable> &table = pointCosts[point];
  if (!table)
    table =
        std::make_unique<CostTable>(compute(ExtentsUse::point(point), nullptr));
  return lookUp(*table, node);
}

ModelCosts::ModelCosts(Operation *) {}

const GraphCosts &ModelCosts::of(ModelOp model) {
  std::unique_ptr<GraphCosts> &costs = graphs[model];
  if (!costs)
    costs = std::make_unique<GraphCosts>(model);
  return *costs;
}
