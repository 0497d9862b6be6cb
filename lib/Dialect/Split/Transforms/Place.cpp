//===- Place.cpp - Stages for nodes and devices for stages ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "BuildProblem.h"

#include "onnx-split/Dialect/Split/Transforms/Topology.h"
#include "onnx-split/Placement/Advice.h"
#include "onnx-split/Plan/SavedPlan.h"
#include "onnx-split/Support/Interrupt.h"
#include "onnx-split/Support/Progress.h"

#include "mlir/IR/Builders.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

namespace onnx_split::split {
#define GEN_PASS_DEF_PLACEPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Passes the parser's messages on as diagnostics of the context, so that they
/// reach whoever listens there.
static void forwardDiagnostic(const llvm::SMDiagnostic &diagnostic,
                              void *opaque) {
  auto *context = static_cast<MLIRContext *>(opaque);
  Location loc = FileLineColLoc::get(context, diagnostic.getFilename(),
                                     std::max(diagnostic.getLineNo(), 0),
                                     std::max(diagnostic.getColumnNo() + 1, 0));
  switch (diagnostic.getKind()) {
  case llvm::SourceMgr::DK_Error:
    emitError(loc) << diagnostic.getMessage();
    break;
  case llvm::SourceMgr::DK_Warning:
    emitWarning(loc) << diagnostic.getMessage();
    break;
  default:
    emitRemark(loc) << diagnostic.getMessage();
    break;
  }
}

static FailureOr<Cluster> readCluster(ModuleOp module, StringRef path) {
  if (path.empty())
    return module.emitError("no cluster file is given; pass --devices "
                            "CLUSTER.yaml");
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return emitError(FileLineColLoc::get(module.getContext(), path, 0, 0))
           << "cannot read the cluster file: " << buffer.getError().message();
  llvm::SourceMgr sourceMgr;
  sourceMgr.setDiagHandler(forwardDiagnostic, module.getContext());
  std::optional<Cluster> cluster = parseCluster(**buffer, sourceMgr);
  if (!cluster)
    return failure();
  return std::move(*cluster);
}

/// Training information names initializers and values of the whole graph.
static LogicalResult refuseTraining(ModelOp model) {
  onnx::ModelProto rest;
  if (model.getRest() && rest.ParseFromString(model.getRest()->str()) &&
      rest.training_info_size() > 0)
    return model.emitError("the model has training_info, which cannot be "
                           "split; remove it");
  return success();
}

//===----------------------------------------------------------------------===//
// A saved plan
//===----------------------------------------------------------------------===//

/// Position in the source graph of each node of the main graph.
static void setIndices(GraphOp graph) {
  Builder builder(graph.getContext());
  for (auto [index, node] : llvm::enumerate(graph.getBody().getOps<NodeOp>()))
    node->setAttr(IndexAttrName, builder.getI64IntegerAttr(index));
}

static int64_t getIndex(NodeOp node) {
  return node->getAttrOfType<IntegerAttr>(IndexAttrName).getInt();
}

/// The placement that a plan.json asks for. The figures in it are not read.
static FailureOr<placement::Placement> applyPlan(ModelOp model,
                                                 const ModelProblem &problem,
                                                 const Cluster &cluster,
                                                 StringRef path) {
  llvm::Expected<SavedPlan> plan = readPlan(path);
  if (!plan)
    return model.emitError(llvm::toString(plan.takeError()));
  if (plan->sourceDigest != model.getDigest().value_or(""))
    return model.emitError("the plan '")
           << path << "' is stale: it was made for a model with the digest "
           << plan->sourceDigest << ", but this model has "
           << model.getDigest().value_or("none");
  llvm::DenseMap<int64_t, int32_t> taskOf;
  for (auto [task, node] : llvm::enumerate(problem.tasks))
    if (node)
      taskOf[getIndex(node)] = task;
  auto nodes = model.getGraph().getBody().getOps<NodeOp>();
  int64_t nodeCount = std::distance(nodes.begin(), nodes.end());

  placement::Placement placement;
  placement.stageOf.assign(problem.tasks.size(), placement::None);
  for (auto [index, stage] : llvm::enumerate(plan->stages)) {
    int32_t device = cluster.findDevice(stage.device);
    if (device < 0)
      return model.emitError("the plan's stage ")
             << index << " runs on '" << stage.device
             << "', which the cluster does not have";
    placement.deviceOf.push_back(device);
    for (int64_t node : stage.nodes) {
      if (node < 0 || node >= nodeCount)
        return model.emitError("the plan's stage ")
               << index << " has node " << node << ", but the model's last is "
               << nodeCount - 1;
      // Constants follow their users, wherever the plan lists them.
      auto task = taskOf.find(node);
      if (task == taskOf.end())
        continue;
      int32_t &stageOf = placement.stageOf[task->second];
      if (stageOf != placement::None)
        return emitError(problem.tasks[task->second]->getLoc())
               << "is in the plan's stages " << stageOf << " and " << index;
      stageOf = index;
    }
  }
  if (problem.tasks.size() == 1 && !problem.tasks.front())
    placement.stageOf[0] = 0;
  for (auto [task, stage] : llvm::enumerate(placement.stageOf))
    if (stage == placement::None)
      return emitError(problem.tasks[task]->getLoc())
             << "is in no stage of the plan";
  return placement;
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// Names the tensors that cannot be cut because nothing is known of their rank.
static void noteUnknownRanks(InFlightDiagnostic &error,
                             const ModelProblem &problem) {
  constexpr unsigned MaxReported = 3;
  unsigned unknown = 0;
  for (auto [tensor, value] :
       llvm::zip(problem.problem.tensors, problem.tensors)) {
    TensorInfo info = getTensorInfo(value);
    if (tensor.producer == placement::None ||
        (info.elementType != 0 && info.hasRank))
      continue;
    if (++unknown <= MaxReported)
      error.attachNote(value.getLoc())
          << "the type or rank of '" << tensor.name
          << "' is unknown, so the model is not cut there; giving the shapes "
             "of the model's inputs with --shape may help";
  }
  if (unknown > MaxReported)
    error.attachNote() << "the same holds for " << unknown - MaxReported
                       << " more tensors";
}

static void reportNoPlan(ModelOp model, const ModelProblem &problem,
                         const placement::Result &result) {
  InFlightDiagnostic error = model.emitError();
  if (result.provenInfeasible)
    error << "no plan exists for this model on this cluster";
  else
    error << "strategy '" << placement::toString(result.strategy)
          << "' found no plan within "
          << llvm::formatv("{0:F1}", result.seconds).str()
          << " s; one may exist";
  for (const std::string &reason :
       placement::explainInfeasible(problem.problem))
    error.attachNote() << reason;
  noteUnknownRanks(error, problem);
}

//===----------------------------------------------------------------------===//
// The passes
//===----------------------------------------------------------------------===//

/// Sums what the evaluation does not: counts and bytes of each stage's nodes.
static SmallVector<LoadAttr> getLoads(const ModelProblem &problem,
                                      const placement::Placement &placement,
                                      const placement::Evaluation &evaluation,
                                      MLIRContext *context) {
  SmallVector<OpCost> costs(placement.deviceOf.size());
  for (auto [stage, cost] : llvm::zip(placement.stageOf, problem.costs))
    accumulate(costs[stage], cost);
  SmallVector<LoadAttr> loads;
  for (auto [cost, load] : llvm::zip(costs, evaluation.stages))
    loads.push_back(LoadAttr::get(
        context, cost.macs, cost.flops,
        placement::addSaturating(cost.bytesRead, cost.bytesWritten),
        load.weightBytes, load.peakActivationBytes, load.bufferBytes,
        load.computeNs));
  return loads;
}

/// Writes a placement to the IR.
static void annotate(ModuleOp module, const ModelProblem &problem,
                     const Cluster &cluster, const placement::Result &result,
                     StringRef strategy, uint64_t seed) {
  MLIRContext *context = module.getContext();
  Builder builder(context);
  for (auto [node, stage] : llvm::zip(problem.tasks, result.placement.stageOf))
    if (node)
      node->setAttr(StageAttrName, builder.getI64IntegerAttr(stage));
  module->setAttr(TopologyAttrName, toAttribute(cluster, context));
  module->setAttr(
      PlacementAttrName,
      PlacementAttr::get(
          context, result.placement.deviceOf,
          getLoads(problem, result.placement, result.evaluation, context),
          builder.getStringAttr("throughput"), builder.getStringAttr(strategy),
          builder.getStringAttr(placement::toString(result.planClass)), seed,
          result.evaluation.bottleneckNs, result.lowerBoundNs,
          builder.getStringAttr(result.boundName),
          builder.getStringAttr(placement::toString(result.boundClass)),
          result.evaluation.latencyNs));
}

namespace {
struct PlacePass : public split::impl::PlacePassBase<PlacePass> {
  using PlacePassBase::PlacePassBase;

  LogicalResult place();
  LogicalResult solve(ModelOp model, const ModelProblem &problem,
                      placement::Result &result);
  void explainPlan(ModelOp model, const placement::Problem &problem,
                   const placement::Result &result);
  void runOnOperation() override {
    if (failed(place()))
      signalPassFailure();
  }
};
} // namespace

LogicalResult PlacePass::solve(ModelOp model, const ModelProblem &problem,
                               placement::Result &result) {
  auto kind = llvm::StringSwitch<std::optional<placement::Strategy>>(strategy)
                  .Case("auto", placement::Strategy::Auto)
                  .Case("exact", placement::Strategy::Exact)
                  .Case("k-path", placement::Strategy::KPath)
                  .Case("greedy", placement::Strategy::Greedy)
                  .Case("random", placement::Strategy::Random)
                  .Default(std::nullopt);
  if (!kind)
    return model.emitError("--strategy takes auto, exact, k-path, greedy or "
                           "random, not '")
           << strategy.getValue() << "'";
  Progress progress;
  InterruptFlag interrupt;
  placement::SolveOptions options;
  options.stop = &interrupt.flag();
  options.strategy = *kind;
  options.timeLimitSeconds = timeLimit;
  options.gap = gap;
  options.seed = seed;
  options.progress = [&](int64_t upper, int64_t lower) {
    progress.show("planning: best " +
                  (upper == placement::Unlimited ? std::string("none yet")
                                                 : formatTime(upper)) +
                  ", bound " + formatTime(lower) +
                  (upper == placement::Unlimited || upper == 0
                       ? std::string()
                       : llvm::formatv(", gap {0:F1} %",
                                       100.0 * double(upper - lower) / upper)
                             .str()));
  };
  result = placement::solve(problem.problem, options);
  if (interrupt.flag())
    model.emitWarning("interrupted: the plan is the best one so far");
  if (result.found)
    return success();
  getOperation()->setAttr(InfeasibleAttrName, UnitAttr::get(&getContext()));
  reportNoPlan(model, problem, result);
  return failure();
}

/// Remarks on what limits the plan and what would help. Takes as long as
/// planning may take.
void PlacePass::explainPlan(ModelOp model, const placement::Problem &problem,
                            const placement::Result &result) {
  int64_t now = result.evaluation.bottleneckNs;
  model.emitRemark() << placement::describeBottleneck(problem,
                                                      result.placement);
  if (now == 0)
    return;
  Progress progress;
  progress.show("asking what would help");
  InterruptFlag interrupt;
  placement::SolveOptions options;
  options.timeLimitSeconds = timeLimit;
  options.seed = seed;
  options.stop = &interrupt.flag();
  unsigned without = 0;
  for (const placement::WhatIf &answer :
       placement::whatHelps(problem, options)) {
    if (answer.bottleneckNs >= now) {
      ++without;
      continue;
    }
    double factor = double(now) / std::max<double>(1, answer.bottleneckNs);
    model.emitRemark() << "with " << answer.change << ": "
                       << formatTime(answer.bottleneckNs)
                       << llvm::formatv(
                              " ({0:F1} items/s), {1:F2} times as fast",
                              1e9 / std::max<double>(1, answer.bottleneckNs),
                              factor)
                              .str()
                       << (answer.proven ? "" : " at least");
  }
  if (without > 0)
    model.emitRemark() << without
                       << " other changes were tried and do not help";
}

LogicalResult PlacePass::place() {
  ModelOp model = getOnlyModel(getOperation());
  if (!model || failed(refuseTraining(model)))
    return failure();
  FailureOr<Cluster> cluster = readCluster(getOperation(), devices);
  if (failed(cluster))
    return failure();
  setIndices(model.getGraph());
  FailureOr<ModelProblem> problem =
      buildProblem(model, *cluster, {pins, cuts, noCuts, maxStages});
  if (failed(problem))
    return failure();

  placement::Result result;
  if (plan.empty()) {
    if (failed(solve(model, *problem, result)))
      return failure();
  } else {
    FailureOr<placement::Placement> saved =
        applyPlan(model, *problem, *cluster, plan);
    if (failed(saved))
      return failure();
    result = placement::assess(problem->problem, *saved);
    if (!result.found) {
      reportViolations(model, result.evaluation.violations);
      return failure();
    }
  }
  if (explain)
    explainPlan(model, problem->problem, result);
  annotate(getOperation(), *problem, *cluster, result,
           plan.empty() ? placement::toString(result.strategy) : "plan", seed);
  return success();
}
