//===- VerifyPlacement.cpp - A second look at a placement -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Builds the planner's problem again, from the model and from what the
/// attributes say of the cluster and the constraints, and evaluates the
/// placement anew. Nothing of the planner's result is used, so that edited IR
/// is checked just like planned IR.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Conversion/ModelToProblem/Certainty.h"
#include "onnx-split/Conversion/ModelToProblem/PlacementAttributes.h"
#include "onnx-split/Conversion/ModelToProblem/Rematerialize.h"
#include "onnx-split/Conversion/ModelToProblem/Topology.h"
#include "onnx-split/Placement/Placement.h"

namespace onnx_split::split {
#define GEN_PASS_DEF_VERIFYPLACEMENTPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

namespace {
struct VerifyPlacementPass
    : public split::impl::VerifyPlacementPassBase<VerifyPlacementPass> {
  LogicalResult verifyPlacement();
  void runOnOperation() override {
    if (failed(verifyPlacement()))
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace

LogicalResult VerifyPlacementPass::verifyPlacement() {
  ModelOp model = getOnlyModel(getOperation());
  if (!model)
    return failure();
  auto topology = getOperation()->getAttrOfType<TopologyAttr>(TopologyAttrName);
  auto attribute =
      getOperation()->getAttrOfType<PlacementAttr>(PlacementAttrName);
  if (!topology || !attribute)
    return getOperation().emitError("has no placement; run split-place first");
  MeasuredCluster cluster = toCluster(topology);
  FailureOr<ModelProblem> problem =
      buildProblem(model, cluster, readConstraints(getOperation(), attribute),
                   getAnalysis<ModelCosts>().of(model));
  if (failed(problem))
    return failure();
  FailureOr<placement::Placement> stated = readPlacement(*problem, attribute);
  if (failed(stated))
    return failure();
  placement::Placement placement = std::move(*stated);
  FailureOr<Copies> copies = readCopies(*problem, placement);
  if (failed(copies))
    return failure();
  // What the placement states is about the plan with its copies.
  if (hasCopies(*copies)) {
    Rematerialized complete = addCopies(*problem, placement, *copies);
    problem = std::move(complete.problem);
    placement = std::move(complete.placement);
  }
  placement::Evaluation evaluation =
      placement::evaluate(problem->problem, placement);
  if (!evaluation.violations.empty()) {
    reportViolations(model, evaluation.violations);
    return failure();
  }
  if (evaluation.bottleneckNs != attribute.getBottleneckNs() ||
      evaluation.latencyNs != attribute.getLatencyNs())
    return model.emitError("the placement states a bottleneck of ")
           << attribute.getBottleneckNs() << " ns and a latency of "
           << attribute.getLatencyNs() << " ns, but they are "
           << evaluation.bottleneckNs << " ns and " << evaluation.latencyNs
           << " ns";
  if (evaluation.roundTripNs != attribute.getRoundTripNs())
    return model.emitError("the placement states a round trip of ")
           << attribute.getRoundTripNs() << " ns, but it takes "
           << evaluation.roundTripNs << " ns";
  int64_t target = attribute.getTargetNs();
  if (target > 0 && evaluation.intervalNs > target)
    return model.emitError("the placement has a bottleneck of ")
           << evaluation.intervalNs
           << " ns, but the target rate asks for at most " << target << " ns";
  int64_t maxLatency = attribute.getMaxLatencyNs();
  if (maxLatency > 0 && evaluation.latencyNs > maxLatency)
    return model.emitError("the placement takes ")
           << evaluation.latencyNs << " ns for one item, but at most "
           << maxLatency << " ns are allowed";
  if (std::string why = findMisfit(model, *problem, placement); !why.empty())
    return model.emitError("the placement does not fit ") << why;
  if (failed(checkTraffic(model, *problem, placement, evaluation)))
    return failure();
  return checkCrossings(model, *problem, evaluation);
}
