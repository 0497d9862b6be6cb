//===- PlacementAttributes.cpp - A placement in the IR --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/PlacementAttributes.h"

#include "onnx-split/Conversion/ModelToProblem/Topology.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

/// Sums what the evaluation does not: counts and bytes of each stage's nodes.
static SmallVector<LoadAttr> getLoads(const Decision &decision,
                                      MLIRContext *context) {
  SmallVector<OpCost> costs(decision.placement.deviceOf.size());
  for (auto [stage, cost] :
       llvm::zip(decision.placement.stageOf, decision.complete.costs))
    accumulate(costs[stage], cost);
  SmallVector<LoadAttr> loads;
  for (auto [cost, load] : llvm::zip(costs, decision.result.evaluation.stages))
    loads.push_back(LoadAttr::get(
        context, cost.macs, cost.flops,
        placement::addSaturating(cost.bytesRead, cost.bytesWritten),
        load.weightBytes, load.peakActivationBytes, load.bufferBytes,
        load.computeNs, load.overheadNs));
  return loads;
}

static PlacementAttr toAttribute(const Decision &decision,
                                 MLIRContext *context) {
  Builder builder(context);
  const placement::Result &result = decision.result;
  const placement::SolveOptions &options = decision.options;
  SmallVector<DenseI32ArrayAttr> replicas;
  if (result.planClass == placement::SolutionClass::Replicating)
    for (const std::vector<int32_t> &others : result.placement.replicas)
      replicas.push_back(builder.getDenseI32ArrayAttr(others));
  bool hasTarget = options.objective == placement::Objective::Devices &&
                   options.targetNs != placement::Unlimited;
  return PlacementAttr::get(
      context, result.placement.deviceOf, getLoads(decision, context),
      builder.getStringAttr(placement::toString(options.objective)),
      builder.getStringAttr(decision.strategy),
      builder.getStringAttr(placement::toString(result.planClass)),
      options.seed, result.evaluation.bottleneckNs, result.lowerBoundNs,
      builder.getStringAttr(result.boundName),
      builder.getStringAttr(placement::toString(result.boundClass)),
      result.evaluation.latencyNs, replicas, result.lowerBoundDevices,
      hasTarget ? options.targetNs : 0);
}

void split::writePlacement(ModuleOp module, const Cluster &cluster,
                           const Decision &decision) {
  MLIRContext *context = module.getContext();
  Builder builder(context);
  for (auto [node, stage] :
       llvm::zip(decision.problem.tasks, decision.result.placement.stageOf))
    if (node)
      node->setAttr(StageAttrName, builder.getI64IntegerAttr(stage));
  module->setAttr(TopologyAttrName, toAttribute(cluster, context));
  module->setAttr(PlacementAttrName, ::toAttribute(decision, context));
}
