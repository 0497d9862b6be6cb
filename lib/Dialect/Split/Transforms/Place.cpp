//===- Place.cpp - Stages for nodes and devices for stages ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Planning as a pass. Cluster file, measured times and model become a problem;
/// the planner, or a saved plan, places it, so that it fits at further
/// operating points as well; copies of small nodes are added; all that was
/// decided becomes attributes.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "onnx-split/Conversion/ModelToProblem/Certainty.h"
#include "onnx-split/Conversion/ModelToProblem/ClusterFile.h"
#include "onnx-split/Conversion/ModelToProblem/ExplainPlan.h"
#include "onnx-split/Conversion/ModelToProblem/MeasuredTimes.h"
#include "onnx-split/Conversion/ModelToProblem/Outlook.h"
#include "onnx-split/Conversion/ModelToProblem/Picture.h"
#include "onnx-split/Conversion/ModelToProblem/PlacementAttributes.h"
#include "onnx-split/Conversion/ModelToProblem/PlanMessages.h"
#include "onnx-split/Conversion/ModelToProblem/Rematerialize.h"
#include "onnx-split/Conversion/ModelToProblem/SavedPlacement.h"
#include "onnx-split/Conversion/ModelToProblem/SharedDequantize.h"
#include "onnx-split/Conversion/ModelToProblem/WhyCut.h"
#include "onnx-split/Conversion/ModelToProblem/WrittenProblem.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Interrupt.h"
#include "onnx-split/Support/Progress.h"
#include "onnx-split/Support/Quantity/Format.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSwitch.h"

#include <chrono>

namespace onnx_split::split {
#define GEN_PASS_DEF_PLACEPASS
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"
} // namespace onnx_split::split

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

/// Training information names initializers and values of the whole graph.
static LogicalResult refuseTraining(ModelOp model) {
  onnx::ModelProto rest;
  if (model.getRest() && rest.ParseFromString(model.getRest()->str()) &&
      rest.training_info_size() > 0)
    return model.emitError("the model has training_info, which cannot be "
                           "split; remove it");
  return success();
}

namespace {
struct PlacePass : public split::impl::PlacePassBase<PlacePass> {
  using PlacePassBase::PlacePassBase;

  LogicalResult place();
  LogicalResult checkStages(ModelOp model, const Cluster &cluster);
  FailureOr<placement::SolveOptions> readOptions(ModelOp model);
  placement::Result search(ModelOp model, const placement::Problem &problem,
                           placement::SolveOptions options);
  LogicalResult solve(ModelOp model, const ModelProblem &problem,
                      placement::SolveOptions options,
                      placement::Result &result);
  LogicalResult fitPoints(ModelOp model, const ModelProblem &problem,
                          const placement::SolveOptions &options,
                          placement::Result &result);
  LogicalResult assess(ModelOp model, const ModelProblem &problem,
                       const Cluster &cluster,
                       const placement::SolveOptions &options,
                       placement::Result &result);
  LogicalResult decideOnce(ModelOp model, const ModelProblem &problem,
                           const Cluster &cluster,
                           const placement::SolveOptions &options,
                           placement::Result &result);
  FailureOr<Constraints> readDemands(ModelOp model);
  DictionaryAttr lookAround(const ModelProblem &problem,
                            const placement::Result &result,
                            const placement::SolveOptions &options,
                            bool hasCopies);
  void answerQuestions(ModelOp model, const PlanToExplain &decided,
                       ArrayRef<WhatIfProblem> changed,
                       const placement::SolveOptions &options);
  DictionaryAttr findFront(DictionaryAttr outlook, const ModelProblem &problem,
                           bool hasCopies, placement::SolveOptions options);
  FailureOr<Copies> decide(ModelOp model, const ModelProblem &problem,
                           const Cluster &cluster,
                           const placement::SolveOptions &options,
                           placement::Result &result);
  /// What searches have taken of the time limit, and whether one was ended.
  double searchedSeconds = 0;
  bool wasInterrupted = false;
  void runOnOperation() override {
    searchedSeconds = 0;
    wasInterrupted = false;
    if (failed(place()))
      signalPassFailure();
    markAnalysesPreserved<ModelCosts>();
  }
};
} // namespace

/// The options of the pass as the planner takes them, after a check of those
/// that only go together.
FailureOr<placement::SolveOptions> PlacePass::readOptions(ModelOp model) {
  using placement::Objective, placement::SolutionClass;
  placement::SolveOptions options;
  if (!(targetRate >= 0))
    return model.emitError("--target-rate takes a number of items/s above 0");
  options.strategy = strategy;
  options.objective = objective;
  // The rate is reached by a bottleneck of at most so many whole ns.
  if (targetRate > 0 && 1e9 / targetRate < 9e18)
    options.targetNs = static_cast<int64_t>(1e9 / targetRate);
  if (maxLatencyNs > 0)
    options.maxLatencyNs = maxLatencyNs;
  options.searchClass = replicate ? SolutionClass::Replicating
                        : revisit ? SolutionClass::Revisiting
                                  : SolutionClass::Contiguous;
  options.timeLimitSeconds = timeLimit;
  options.gap = gap;
  options.seed = seed;
  return options;
}

/// Runs the planner, with progress on a terminal; an interrupt takes the best
/// plan so far. All runs together have the time limit; one that begins after it
/// has a tenth of it, for a first plan.
placement::Result PlacePass::search(ModelOp model,
                                    const placement::Problem &problem,
                                    placement::SolveOptions options) {
  Progress progress("planning");
  InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  options.progress = [&](int64_t upper, int64_t lower) {
    progress.show(describeProgress(options.objective, upper, lower));
  };
  auto start = std::chrono::steady_clock::now();
  options.timeLimitSeconds =
      std::max(options.timeLimitSeconds - searchedSeconds,
               options.timeLimitSeconds / 10);
  placement::Result result = placement::solve(problem, options);
  searchedSeconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  wasInterrupted |= interrupt.flag();
  if (interrupt.flag())
    model.emitWarning("interrupted: the plan is the best one so far");
  return result;
}

/// Without a plan it marks the module (`split.infeasible`), reports the reasons
/// and fails.
LogicalResult PlacePass::solve(ModelOp model, const ModelProblem &problem,
                               placement::SolveOptions options,
                               placement::Result &result) {
  result = search(model, problem.problem, options);
  // A plan for throughput is as fast as there is one, whether that is enough or
  // not.
  bool isEnough =
      result.found && result.evaluation.intervalNs <= options.targetNs;
  if (isEnough)
    return success();
  getOperation()->setAttr(InfeasibleAttrName, UnitAttr::get(&getContext()));
  bool isProven = result.found ? result.bound.value > options.targetNs
                               : result.provenInfeasible();
  // Perhaps a limit is all that is too much.
  placement::SolveOptions free = options;
  free.targetNs = free.maxLatencyNs = placement::Unlimited;
  for (auto [figure, limit] :
       {std::pair(placement::Objective::Throughput, options.targetNs),
        std::pair(placement::Objective::Latency, options.maxLatencyNs)}) {
    if (limit == placement::Unlimited || wasInterrupted)
      continue;
    free.objective = figure;
    placement::Result best = search(model, problem.problem, free);
    if (best.found) {
      reportLimitMissed(model, figure, options, isProven, best);
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
  placement::Result fitting =
      search(model, problem.withLargestSizes(), options);
  if (!fitting.found) {
    getOperation()->setAttr(InfeasibleAttrName, UnitAttr::get(&getContext()));
    return model.emitError("no plan was found that fits the memory at every "
                           "operating point: the best plan without it does not "
                           "fit ")
           << why;
  }
  if (fitting.evaluation.intervalNs > options.targetNs) {
    getOperation()->setAttr(InfeasibleAttrName, UnitAttr::get(&getContext()));
    // Perhaps another plan fits, for this is more than is needed; nor does what
    // is proven of it bound those that fit.
    fitting.bound = {};
    reportLimitMissed(model, placement::Objective::Throughput, options,
                      /*isProven=*/false, fitting);
    return failure();
  }
  // The bound of the wider problem, for the plan of the narrower one.
  result.placement = std::move(fitting.placement);
  result.planClass = fitting.planClass;
  result.method = fitting.method;
  result.stoppedByClock |= fitting.stoppedByClock;
  result.evaluation = placement::evaluate(problem.problem, result.placement);
  return success();
}

/// Takes the saved plan instead of planning.
LogicalResult PlacePass::assess(ModelOp model, const ModelProblem &problem,
                                const Cluster &cluster,
                                const placement::SolveOptions &options,
                                placement::Result &result) {
  FailureOr<placement::Placement> saved =
      readSavedPlacement(model, problem, cluster, plan);
  if (failed(saved))
    return failure();
  result = placement::assess(problem.problem, *saved, options);
  if (!result.found) {
    reportViolations(model, result.evaluation.violations);
    return failure();
  }
  if (std::string why = findMisfit(model, problem, result.placement);
      !why.empty())
    return model.emitError("the plan does not fit ") << why;
  const placement::Evaluation &figures = result.evaluation;
  if (figures.intervalNs > options.targetNs)
    return model.emitError("the plan takes ")
           << formatTime(figures.intervalNs)
           << " from item to item, but --target-rate allows "
           << formatTime(options.targetNs);
  if (figures.latencyNs > options.maxLatencyNs)
    return model.emitError("the plan takes ")
           << formatTime(figures.latencyNs)
           << " for one item, but --max-latency allows "
           << formatTime(options.maxLatencyNs);
  return success();
}

/// A plan, or the saved one.
LogicalResult PlacePass::decideOnce(ModelOp model, const ModelProblem &problem,
                                    const Cluster &cluster,
                                    const placement::SolveOptions &options,
                                    placement::Result &result) {
  if (!plan.empty())
    return assess(model, problem, cluster, options, result);
  return failure(failed(solve(model, problem, options, result)) ||
                 failed(fitPoints(model, problem, options, result)));
}

/// Decides with copies of each DequantizeLinear that several stages read or,
/// where no such plan is allowed, without. Returns the copies.
FailureOr<Copies> PlacePass::decide(ModelOp model, const ModelProblem &problem,
                                    const Cluster &cluster,
                                    const placement::SolveOptions &options,
                                    placement::Result &result) {
  std::vector<SharedDequantize> shared = findSharedDequantizes(problem);
  if (!shared.empty()) {
    ModelProblem withIntegers =
        sendIntegers(problem, shared, /*alsoInMemory=*/!plan.empty());
    if (failed(decideOnce(model, withIntegers, cluster, options, result)))
      return failure();
    if (std::optional<Copies> copies = copyDequantizes(
            model, problem, shared, options, result.placement)) {
      result.evaluation =
          placement::evaluate(problem.problem, result.placement);
      return *copies;
    }
  }
  if (failed(decideOnce(model, problem, cluster, options, result)))
    return failure();
  return Copies(problem.tasks.size());
}

/// With progress on a terminal; an interrupt takes what there is.
DictionaryAttr PlacePass::findFront(DictionaryAttr outlook,
                                    const ModelProblem &problem, bool hasCopies,
                                    placement::SolveOptions options) {
  Progress progress("planning between rate and latency");
  InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  return addFront(outlook, problem.withLargestSizes(), options,
                  /*isWhole=*/!hasCopies && problem.points.empty() &&
                      findSharedDequantizes(problem).empty());
}

/// What no plan can satisfy, whatever the model.
LogicalResult PlacePass::checkStages(ModelOp model, const Cluster &cluster) {
  if (maxStages > 0 && stages > maxStages)
    return model.emitError("--stages asks for ")
           << unsigned(stages) << " stages, but --max-stages allows "
           << unsigned(maxStages);
  if (stages > cluster.devices.size() && !revisit)
    return model.emitError("--stages asks for ")
           << unsigned(stages) << " stages, but the cluster has "
           << counted(cluster.devices.size(), "device")
           << "; with --revisit a device may hold several stages";
  return success();
}

/// Copies, and a search for a wider problem, have changed the plan: whether it
/// reaches the bound is asked of what is left.
static void settleBound(placement::Result &result,
                        placement::Objective objective) {
  result.bound.isReached =
      result.bound.value >= objectiveOf(result.evaluation, objective);
}

/// Writes what the planner is given, for planners of others.
static void noteProblem(ModelOp model, const ModelProblem &problem,
                        const placement::SolveOptions &options,
                        StringRef name) {
  instances::ProblemFile file = describeProblem(model, problem);
  file.name = name.str();
  file.objective = options.objective;
  file.targetNs = options.targetNs;
  file.maxLatencyNs = options.maxLatencyNs;
  std::string text;
  llvm::raw_string_ostream os(text);
  instances::writeProblem(file, os);
  model->getParentOfType<ModuleOp>()->setAttr(
      ProblemAttrName, StringAttr::get(model.getContext(), text));
}

/// What the options ask of a plan, with the states that the model has. Sizes
/// that are not known are cut where a saved plan has decided that.
FailureOr<Constraints> PlacePass::readDemands(ModelOp model) {
  Constraints constraints = {{pins.begin(), pins.end()},
                             {cuts.begin(), cuts.end()},
                             {noCuts.begin(), noCuts.end()},
                             stages > 0 ? stages : maxStages,
                             stages,
                             boundary,
                             /*cutUnknownSizes=*/!plan.empty(),
                             revisit,
                             replicate,
                             /*states=*/{},
                             sequences};
  std::vector<std::string> asked(states.begin(), states.end());
  FailureOr<std::vector<StatePair>> pairs = findStates(model, asked);
  if (failed(pairs))
    return failure();
  constraints.states = std::move(*pairs);
  if (sequences == 0 && generatesTokens(model))
    constraints.sequences = 1;
  return constraints;
}

/// What the plan compares with. A part of the time limit goes to plans of other
/// kinds; none for who is in a hurry. Small problems end by themselves, the
/// smallest at once even where the machine is busy, and others seldom do.
DictionaryAttr PlacePass::lookAround(const ModelProblem &problem,
                                     const placement::Result &result,
                                     const placement::SolveOptions &options,
                                     bool hasCopies) {
  bool mayHint = suggest && plan.empty() && !wasInterrupted;
  size_t size = problem.tasks.size() * problem.problem.devices.size();
  double most = size <= 200 ? 2 : size <= 2000 ? 0.5 : 0.1;
  DictionaryAttr outlook = describeOutlook(
      problem, result, options, mayHint ? std::min(most, timeLimit / 5) : 0,
      &getContext());
  return pareto ? findFront(outlook, problem, hasCopies, options) : outlook;
}

/// --explain, --what-if and --why; a report shows what the first two find.
void PlacePass::answerQuestions(ModelOp model, const PlanToExplain &decided,
                                ArrayRef<WhatIfProblem> changed,
                                const placement::SolveOptions &options) {
  if (explain && plan.empty())
    explainMethod(model, decided.result, options.objective);
  std::vector<Advice> advice;
  if (explain || report)
    advice = askWhatHelps(decided.complete, decided.placement, decided.result,
                          options);
  if (explain) {
    explainLimit(model, decided.complete, decided.placement, options.objective);
    explainAdvice(model, advice, options.objective);
  }
  std::vector<Advice> answers =
      askWhatIfs(decided.problem, changed, decided.result, options);
  explainAdvice(model, answers, options.objective);
  std::vector<std::string> tensors(whys.begin(), whys.end());
  explainCuts(model, tensors, decided, options);
  if (report) {
    llvm::append_range(advice, answers);
    writePicture(model, decided.complete, decided.placement, advice);
  }
}

LogicalResult PlacePass::place() {
  ModelOp model = getOnlyModel(getOperation());
  if (!model || failed(refuseTraining(model)))
    return failure();
  FailureOr<Cluster> stated = readCluster(getOperation(), devices);
  if (failed(stated) || failed(checkStages(model, *stated)))
    return failure();
  // Saved plans and profiles know nodes by their position.
  setIndices(model.getGraph());
  const GraphCosts &costs = getAnalysis<ModelCosts>().of(model);
  FailureOr<MeasuredCluster> cluster = resolveProfiles(model, *stated, costs);
  if (failed(cluster))
    return failure();
  FailureOr<Constraints> constraints = readDemands(model);
  if (failed(constraints))
    return failure();
  // Errors of both are reported in one run.
  FailureOr<ModelProblem> problem =
      buildProblem(model, *cluster, *constraints, costs);
  FailureOr<placement::SolveOptions> options = readOptions(model);
  if (failed(problem) || failed(options))
    return failure();

  // What cannot be kept together has been said once.
  llvm::erase_if(constraints->states, [&](const StatePair &pair) {
    return llvm::none_of(problem->states, [&](const KeptState &state) {
      return state.input == pair.input;
    });
  });

  if (!problemName.empty())
    noteProblem(model, *problem, *options, problemName);

  // What cannot be asked is refused before anything takes long.
  std::vector<std::string> changes(whatIfs.begin(), whatIfs.end());
  FailureOr<std::vector<WhatIfProblem>> changed =
      buildWhatIfs(model, changes, *cluster, *constraints, costs);
  std::vector<std::string> questions(whys.begin(), whys.end());
  if (failed(changed) || failed(checkTensorNames(model, questions)))
    return failure();

  placement::Result result;
  FailureOr<Copies> copies =
      decide(model, *problem, *cluster, *options, result);
  if (failed(copies))
    return failure();
  // The planner knows no copies; they are added to whatever plan there is, a
  // saved one included.
  std::optional<Rematerialized> withCopies =
      rematerialize(model, *problem, *options, *copies, result);
  const ModelProblem &complete = withCopies ? withCopies->problem : *problem;
  const placement::Placement &placement =
      withCopies ? withCopies->placement : result.placement;
  settleBound(result, options->objective);
  getOperation()->setAttr(
      CertaintyAttrName,
      describeCertainty(model, complete, placement, *cluster));
  warnOfRoundTrips(model, complete.problem, placement, result.evaluation);
  getOperation()->setAttr(
      OutlookAttrName,
      lookAround(*problem, result, *options, withCopies.has_value()));
  answerQuestions(model,
                  {*problem, complete, placement, result, costs.getConstants()},
                  *changed, *options);
  writePlacement(
      getOperation(), *cluster,
      {*problem, complete, placement, result, *options, *constraints, costs,
       plan.empty() ? placement::toString(result.strategy) : "plan"});
  return success();
}
