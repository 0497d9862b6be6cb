//===- ModelCosts.h - The costs of a model, computed once -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the cost model says of every node of a main graph. Several passes ask
/// for it, and calls of functions are expanded for it, so that it is an
/// analysis: it stays as long as passes preserve it.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_MODELCOSTS_H
#define ONNX_SPLIT_ANALYSIS_MODELCOSTS_H

#include "onnx-split/Analysis/Cost.h"

#include <memory>

namespace onnx_split {

/// The costs of the nodes of one main graph, in its order. They hold as long as
/// nodes, types and extents stay as they are; other attributes may change.
class GraphCosts {
public:
  /// Linear in the graph and in what its calls of functions expand to.
  explicit GraphCosts(graph::ModelOp model);
  GraphCosts(const GraphCosts &) = delete;

  const ConstantAnalysis &getConstants() const { return constants; }

  /// Cost of one execution of a node of the main graph; see CostAnalysis.
  const OpCost &getCost(graph::NodeOp node) const;
  /// Why the cost of a node is unknown; empty where it is known.
  llvm::StringRef getReason(graph::NodeOp node) const;
  /// The cost at a further operating point of the model. Those of a point are
  /// computed when the first one is asked for.
  const OpCost &getCost(graph::NodeOp node, unsigned point) const;

private:
  using CostTable = llvm::DenseMap<mlir::Operation *, OpCost>;
  CostTable compute(ExtentsUse use,
                    llvm::DenseMap<mlir::Operation *, std::string> *whys) const;

  graph::ModelOp model;
  ConstantAnalysis constants;
  /// Before the costs, with which it is filled.
  llvm::DenseMap<mlir::Operation *, std::string> reasons;
  CostTable costs;
  mutable std::vector<std::unique_ptr<CostTable>> pointCosts;
};

/// The analysis that passes over a module ask for.
class ModelCosts {
public:
  explicit ModelCosts(mlir::Operation *module);

  /// Of a model of the module; computed when it is first asked for.
  const GraphCosts &of(graph::ModelOp model);

private:
  llvm::DenseMap<mlir::Operation *, std::unique_ptr<GraphCosts>> graphs;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_MODELCOSTS_H
