//===- Place.cpp - Stages for nodes and devices for stages ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Conversion/ModelToProblem/Certainty.h"
#include "onnx-split/Conversion/ModelToProblem/MeasuredTimes.h"
#include "onnx-split/Conversion/ModelToProblem/Rematerialize.h"

#include "onnx-split/Conversion/ModelToProblem/Topology.h"
#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Placement/Advice.h"
#include "onnx-split/Plan/SavedPlan.h"
#include "onnx-split/Support/Interrupt.h"
#include "onnx-split/Support/Progress.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/ReadAtMost.h"

#include "mlir/IR/Builders.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <map>

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
  // One byte more than allowed is enough for the reader to say so.
  auto buffer = readAtMost(path, maxClusterBytes + 1);
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

/// Position in the source graph of each node of the main graph; of a node of a
/// folded branch that of its If.
static void setIndices(GraphOp graph) {
  Builder builder(graph.getContext());
  for (auto [index, node] : llvm::enumerate(graph.getBody().getOps<NodeOp>())) {
    auto source = node->getAttrOfType<IntegerAttr>(SourceIndexAttrName);
    node->setAttr(IndexAttrName,
                  source ? source : builder.getI64IntegerAttr(index));
  }
}

/// Where a node is in the source: its index and the path from a folded If.
static SavedPlan::Node getPlace(NodeOp node) {
  SavedPlan::Node place;
  place.index = node->getAttrOfType<IntegerAttr>(IndexAttrName).getInt();
  if (auto path = node->getAttrOfType<ArrayAttr>(PathAttrName))
    for (auto step : path.getAsRange<StringAttr>())
      place.path.push_back(step.str());
  return place;
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
  std::map<SavedPlan::Node, int32_t> taskOf;
  for (auto [task, node] : llvm::enumerate(problem.tasks))
    if (node)
      taskOf[getPlace(node)] = task;
  int64_t nodeCount = 0;
  for (auto node : model.getGraph().getBody().getOps<NodeOp>())
    nodeCount = std::max(nodeCount, getPlace(node).index + 1);

  placement::Placement placement;
  placement.stageOf.assign(problem.tasks.size(), placement::None);
  for (auto [index, stage] : llvm::enumerate(plan->stages)) {
    int32_t device = cluster.findDevice(stage.device);
    if (device < 0)
      return model.emitError("the plan's stage ")
             << index << " runs on '" << stage.device
             << "', which the cluster does not have";
    placement.deviceOf.push_back(device);
    for (const SavedPlan::Node &node : stage.nodes) {
      if (node.index < 0 || node.index >= nodeCount)
        return model.emitError("the plan's stage ")
               << index << " has node " << node.index
               << ", but the model's last is " << nodeCount - 1;
      // Constants follow their users, wherever the plan lists them, and
      // copies what they spare.
      auto task = taskOf.find(node);
      if (task == taskOf.end() || node.copied)
        continue;
      int32_t &stageOf = placement.stageOf[task->second];
      if (stageOf != placement::None)
        return emitError(problem.tasks[task->second]->getLoc())
               << "is in the plan's stages " << stageOf << " and " << index;
      stageOf = index;
    }
  }
  for (auto [index, stage] : llvm::enumerate(plan->stages)) {
    std::vector<int32_t> &others = placement.replicas.emplace_back();
    for (const std::string &name : stage.replicas) {
      others.push_back(cluster.findDevice(name));
      if (others.back() < 0)
        return model.emitError("the plan's stage ")
               << index << " has a replica on '" << name
               << "', which the cluster does not have";
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

/// Refuses a saved plan that cuts where the model cannot be cut.
static LogicalResult checkCuts(const ModelProblem &problem,
                               const placement::Placement &placement) {
  constexpr unsigned MaxReported = 10;
  unsigned reported = 0;
  for (auto [tensor, value, why] :
       llvm::zip(problem.problem.tensors, problem.tensors, problem.whyNoCut)) {
    if (tensor.producer == placement::None || why.empty())
      continue;
    int32_t from = placement.stageOf[tensor.producer];
    for (int32_t consumer : tensor.consumers) {
      int32_t to = placement.stageOf[consumer];
      if (to == from)
        continue;
      if (++reported <= MaxReported)
        emitError(value.getLoc())
            << "the plan cuts '" << tensor.name << "' between stages " << from
            << " and " << to << ", which cannot be because " << why;
      break;
    }
  }
  return success(reported == 0);
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// Names tensors at which the model is not cut. Many are inside quantised
/// operators, where nobody expects a cut; those are left out.
static void noteUncut(InFlightDiagnostic &error, const ModelProblem &problem) {
  constexpr unsigned MaxReported = 3;
  unsigned uncut = 0;
  for (auto [tensor, value, why] :
       llvm::zip(problem.problem.tensors, problem.tensors, problem.whyNoCut)) {
    if (tensor.producer == placement::None || why.empty() ||
        why == KeptByQuantisation)
      continue;
    if (++uncut <= MaxReported)
      error.attachNote(value.getLoc())
          << "the model is not cut at '" << tensor.name << "' because " << why;
  }
  if (uncut > MaxReported)
    error.attachNote() << "nor at " << uncut - MaxReported << " more tensors";
}

/// Names tensors that count with upper bounds of extents that depend on data.
static void noteAtMost(InFlightDiagnostic &error, const ModelProblem &problem) {
  constexpr unsigned MaxReported = 3;
  unsigned found = 0;
  for (Value value : problem.tensors)
    if (ExtentsAttr extents = getExtents(value);
        extents && extents.getAtMost() && ++found <= MaxReported)
      error.attachNote(value.getLoc())
          << "'" << getValueName(value) << "' counts as at most "
          << getItemBytes(value, ExtentsUse::memory())
          << " B, because its extents depend on data";
  if (found > MaxReported)
    error.attachNote() << "so do " << found - MaxReported << " more tensors";
}

static void reportNoPlan(ModelOp model, const ModelProblem &problem,
                         const placement::Result &result,
                         const placement::SolveOptions &options) {
  InFlightDiagnostic error = model.emitError();
  if (result.provenInfeasible)
    error << "no plan exists for this model on this cluster";
  else
    error << "strategy '" << placement::toString(result.strategy)
          << "' found no plan within "
          << llvm::formatv("{0:F1}", result.seconds).str()
          << " s; one may exist";
  for (const std::string &reason : placement::explainInfeasible(
           problem.problem, std::min(2.0, options.timeLimitSeconds),
           options.stop))
    error.attachNote() << reason;
  noteUncut(error, problem);
  noteAtMost(error, problem);
}

/// There are plans, but none, or none that was found, is fast enough.
static void reportTargetMissed(ModelOp model, int64_t targetNs, bool isProven,
                               const placement::Result &fastest) {
  auto rate = [](int64_t ns) {
    return llvm::formatv("{0:F3} items/s", 1e9 / std::max<double>(1, ns)).str();
  };
  InFlightDiagnostic error = model.emitError();
  error << (isProven ? "no plan reaches" : "no plan was found that reaches")
        << " the target rate, which asks for a bottleneck of at most "
        << formatTime(targetNs);
  error.attachNote() << "the fastest plan found has a bottleneck of "
                     << formatTime(fastest.evaluation.bottleneckNs) << ", "
                     << rate(fastest.evaluation.bottleneckNs);
  if (fastest.lowerBoundNs > 0)
    error.attachNote() << "no " << placement::toString(fastest.boundClass)
                       << " plan has a bottleneck below "
                       << formatTime(fastest.lowerBoundNs) << ", "
                       << rate(fastest.lowerBoundNs);
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
        load.computeNs, load.overheadNs));
  return loads;
}

/// Writes a placement to the IR.
static void annotate(ModuleOp module, const ModelProblem &problem,
                     ArrayRef<LoadAttr> loads, const Cluster &cluster,
                     const placement::Result &result,
                     const placement::SolveOptions &options,
                     StringRef strategy) {
  MLIRContext *context = module.getContext();
  Builder builder(context);
  for (auto [node, stage] : llvm::zip(problem.tasks, result.placement.stageOf))
    if (node)
      node->setAttr(StageAttrName, builder.getI64IntegerAttr(stage));
  module->setAttr(TopologyAttrName, toAttribute(cluster, context));
  SmallVector<DenseI32ArrayAttr> replicas;
  if (result.planClass == placement::SolutionClass::Replicating)
    for (const std::vector<int32_t> &others : result.placement.replicas)
      replicas.push_back(builder.getDenseI32ArrayAttr(others));
  bool hasTarget = options.objective == placement::Objective::Devices &&
                   options.targetNs != placement::Unlimited;
  module->setAttr(
      PlacementAttrName,
      PlacementAttr::get(
          context, result.placement.deviceOf, loads,
          builder.getStringAttr(placement::toString(options.objective)),
          builder.getStringAttr(strategy),
          builder.getStringAttr(placement::toString(result.planClass)),
          options.seed, result.evaluation.bottleneckNs, result.lowerBoundNs,
          builder.getStringAttr(result.boundName),
          builder.getStringAttr(placement::toString(result.boundClass)),
          result.evaluation.latencyNs, replicas, result.lowerBoundDevices,
          hasTarget ? options.targetNs : 0));
}

namespace {
struct PlacePass : public split::impl::PlacePassBase<PlacePass> {
  using PlacePassBase::PlacePassBase;

  LogicalResult place();
  FailureOr<placement::SolveOptions> readOptions(ModelOp model);
  LogicalResult solve(ModelOp model, const ModelProblem &problem,
                      placement::SolveOptions options,
                      placement::Result &result);
  LogicalResult fitPoints(ModelOp model, const ModelProblem &problem,
                          const placement::SolveOptions &options,
                          placement::Result &result);
  void explainPlan(ModelOp model, const placement::Problem &problem,
                   const placement::Placement &placement,
                   placement::SolveOptions options,
                   const placement::Result &result);
  void runOnOperation() override {
    if (failed(place()))
      signalPassFailure();
  }
};
} // namespace

FailureOr<placement::SolveOptions> PlacePass::readOptions(ModelOp model) {
  using placement::Objective, placement::SolutionClass, placement::Strategy;
  placement::SolveOptions options;
  auto kind = llvm::StringSwitch<std::optional<Strategy>>(strategy)
                  .Case("auto", Strategy::Auto)
                  .Case("exact", Strategy::Exact)
                  .Case("local-search", Strategy::LocalSearch)
                  .Case("k-path", Strategy::KPath)
                  .Case("greedy", Strategy::Greedy)
                  .Case("random", Strategy::Random)
                  .Default(std::nullopt);
  if (!kind)
    return model.emitError(
               "--strategy takes auto, exact, local-search, k-path, "
               "greedy or random, not '")
           << strategy.getValue() << "'";
  auto goal = llvm::StringSwitch<std::optional<Objective>>(objective)
                  .Case("throughput", Objective::Throughput)
                  .Case("latency", Objective::Latency)
                  .Case("devices", Objective::Devices)
                  .Default(std::nullopt);
  if (!goal)
    return model.emitError("--objective takes throughput, latency or devices, "
                           "not '")
           << objective.getValue() << "'";
  if (targetRate != 0 && goal != Objective::Devices)
    return model.emitError("--target-rate goes with --objective=devices alone");
  if (!(targetRate >= 0))
    return model.emitError("--target-rate takes a number of items/s above 0");
  options.strategy = *kind;
  options.objective = *goal;
  // The rate is reached by a bottleneck of at most so many whole ns.
  if (targetRate > 0 && 1e9 / targetRate < 9e18)
    options.targetNs = static_cast<int64_t>(1e9 / targetRate);
  options.searchClass = replicate ? SolutionClass::Replicating
                        : revisit ? SolutionClass::Revisiting
                                  : SolutionClass::Contiguous;
  options.timeLimitSeconds = timeLimit;
  options.gap = gap;
  options.seed = seed;
  return options;
}

/// What is shown while planning.
static std::string progressText(placement::Objective objective, int64_t upper,
                                int64_t lower) {
  auto text = [&](int64_t value) {
    return objective == placement::Objective::Devices
               ? std::to_string(value) + " devices"
               : formatTime(value);
  };
  if (upper == placement::Unlimited)
    return "planning: best none yet, bound " + text(lower);
  std::string line = "planning: best " + text(upper) + ", bound " + text(lower);
  if (upper > 0)
    line +=
        llvm::formatv(", gap {0:F1} %", 100.0 * double(upper - lower) / upper)
            .str();
  return line;
}

LogicalResult PlacePass::solve(ModelOp model, const ModelProblem &problem,
                               placement::SolveOptions options,
                               placement::Result &result) {
  Progress progress;
  InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  options.progress = [&](int64_t upper, int64_t lower) {
    progress.show(progressText(options.objective, upper, lower));
  };
  result = placement::solve(problem.problem, options);
  if (interrupt.flag())
    model.emitWarning("interrupted: the plan is the best one so far");
  if (result.found)
    return success();
  getOperation()->setAttr(InfeasibleAttrName, UnitAttr::get(&getContext()));
  if (options.targetNs != placement::Unlimited && !interrupt.flag()) {
    // Perhaps the rate is all that is too much.
    options.objective = placement::Objective::Throughput;
    placement::Result fastest = placement::solve(problem.problem, options);
    if (fastest.found) {
      reportTargetMissed(model, options.targetNs, result.provenInfeasible,
                         fastest);
      return failure();
    }
  }
  reportNoPlan(model, problem, result, options);
  return failure();
}

/// Where the plan does not fit the memory at a further operating point, plans
/// anew with the largest size that each tensor has at any of them: enough for
/// all, and perhaps more than is needed. What was proven of all plans that fit
/// at the first point holds of those that fit at every one.
LogicalResult PlacePass::fitPoints(ModelOp model, const ModelProblem &problem,
                                   const placement::SolveOptions &options,
                                   placement::Result &result) {
  std::string why = findMisfit(model, problem, result.placement);
  if (why.empty())
    return success();
  ModelProblem largest = problem;
  for (auto [index, tensor] : llvm::enumerate(largest.problem.tensors)) {
    tensor.messageBytes = tensor.sent();
    for (const ModelProblem::Point &point : problem.points)
      tensor.bytes = std::max(tensor.bytes, point.bytes[index]);
  }
  placement::Result fitting = placement::solve(largest.problem, options);
  if (!fitting.found) {
    getOperation()->setAttr(InfeasibleAttrName, UnitAttr::get(&getContext()));
    return model.emitError("no plan was found that fits the memory at every "
                           "operating point: the best plan without it does not "
                           "fit ")
           << why;
  }
  // The bound of the wider problem, for the plan of the narrower one.
  result.placement = std::move(fitting.placement);
  result.planClass = fitting.planClass;
  result.strategy = fitting.strategy;
  result.evaluation = placement::evaluate(problem.problem, result.placement);
  return success();
}

/// Remarks on what limits the plan and what would help. Takes as long as
/// planning may take.
void PlacePass::explainPlan(ModelOp model, const placement::Problem &problem,
                            const placement::Placement &placement,
                            placement::SolveOptions options,
                            const placement::Result &result) {
  // Whatever the objective, this is about the rate.
  options.objective = placement::Objective::Throughput;
  int64_t now = result.evaluation.bottleneckNs;
  model.emitRemark() << placement::describeBottleneck(problem, placement);
  if (now == 0)
    return;
  Progress progress;
  progress.show("asking what would help");
  InterruptFlag interrupt;
  options.strategy = placement::Strategy::Auto;
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
  std::optional<Boundary> wires = parseBoundary(boundary);
  if (!wires)
    return model.emitError("--boundary takes ops, io or opaque, not '")
           << boundary.getValue() << "'";
  setIndices(model.getGraph());
  if (failed(resolveProfiles(model, *cluster)))
    return failure();
  FailureOr<ModelProblem> problem =
      buildProblem(model, *cluster,
                   {pins, cuts, noCuts, maxStages, *wires,
                    /*cutUnknownSizes=*/!plan.empty()});
  FailureOr<placement::SolveOptions> options = readOptions(model);
  if (failed(problem) || failed(options))
    return failure();
  problem->problem.revisit = revisit;
  problem->problem.replicate = replicate;

  placement::Result result;
  if (plan.empty()) {
    if (failed(solve(model, *problem, *options, result)) ||
        failed(fitPoints(model, *problem, *options, result)))
      return failure();
  } else {
    FailureOr<placement::Placement> saved =
        applyPlan(model, *problem, *cluster, plan);
    if (failed(saved) || failed(checkCuts(*problem, *saved)))
      return failure();
    result = placement::assess(problem->problem, *saved, *options);
    if (!result.found) {
      reportViolations(model, result.evaluation.violations);
      return failure();
    }
    if (std::string why = findMisfit(model, *problem, result.placement);
        !why.empty())
      return model.emitError("the plan does not fit ") << why;
  }
  std::optional<Rematerialized> withCopies =
      rematerialize(model, *problem, options->objective, result);
  const ModelProblem &complete = withCopies ? withCopies->problem : *problem;
  const placement::Placement &placement =
      withCopies ? withCopies->placement : result.placement;
  getOperation()->setAttr(CertaintyAttrName,
                          describeCertainty(model, complete, placement));
  if (explain)
    explainPlan(model, complete.problem, placement, *options, result);
  annotate(getOperation(), *problem,
           getLoads(complete, placement, result.evaluation, &getContext()),
           *cluster, result, *options,
           plan.empty() ? placement::toString(result.strategy) : "plan");
  return success();
}
