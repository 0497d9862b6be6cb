//===- ExplainPlan.cpp - Remarks on why a plan is as it is ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/ExplainPlan.h"

#include "WhatIf.h"

#include "onnx-split/Conversion/ModelToProblem/SharedDequantize.h"
#include "onnx-split/Placement/Advice.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/DiagnosticPrinter.h"
#include "onnx-split/Support/Interrupt.h"
#include "onnx-split/Support/Progress.h"
#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using placement::Objective;

int64_t split::objectiveOf(const placement::Evaluation &evaluation,
                           Objective objective) {
  return objective == Objective::Latency   ? evaluation.latencyNs
         : objective == Objective::Devices ? int64_t(evaluation.devices.size())
                                           : evaluation.intervalNs;
}

/// "35.1 ms (28.5 items/s)", "103 ms for one item", "3 devices".
static std::string describeValue(int64_t value, Objective objective) {
  if (objective == Objective::Devices)
    return counted(value, "device");
  if (objective == Objective::Latency)
    return formatTime(value) + " for one item";
  if (value == 0)
    return "no time";
  return formatTime(value) + " (" + formatRate(value) + ")";
}

InFlightDiagnostic split::explain(ModelOp model) {
  InFlightDiagnostic remark = model.emitRemark();
  remark.getUnderlyingDiagnostic()->getMetadata().push_back(
      DiagnosticArgument(ExplanationMark));
  return remark;
}

void split::explainMethod(ModelOp model, const placement::Result &result,
                          Objective objective) {
  // Whether it did prove something, and under which conditions, is for the
  // summary to say.
  explain(model) << "the plan was found by " << result.method.name
                 << (result.method.isExact
                         ? ", which can prove that no plan of its class is "
                           "better"
                         : ", which proves nothing by itself")
                 << "; strategy '" << placement::toString(result.strategy)
                 << "' was asked for";
  if (result.bound.value > 0)
    explain(model) << "the bound of "
                   << describeValue(result.bound.value, objective) << " is "
                   << placement::toString(result.bound) << ", for any "
                   << placement::toString(result.bound.ofClass)
                   << " plan that is allowed; this plan is "
                   << placement::toString(result.planClass);
}

/// One remark for each step of the way of an item.
static void explainPath(ModelOp model, const placement::Problem &problem,
                        const placement::Placement &placement) {
  for (const placement::PathStep &step :
       placement::longestPath(problem, placement)) {
    if (step.stage != None) {
      explain(model) << formatTime(step.timeNs) << ": stage " << step.stage
                     << " computes on '" << problem.devices[step.device].name
                     << "'";
      continue;
    }
    const placement::Message &message = step.message;
    int64_t latency = message.deliveryNs - message.timeNs;
    explain(model) << formatTime(step.timeNs) << ": "
                   << formatBytes(message.bytes, problem.byteUnits) << " from '"
                   << problem.devices[step.from].name << "' to '"
                   << problem.devices[step.to].name << "'"
                   << (latency > 0
                           ? ", " + formatTime(latency) + " of it latency"
                           : "");
  }
}

/// Nobody buys anything for half a per cent.
static bool isTheSame(double factor) {
  return factor > 0.995 && factor < 1.005;
}

/// "with CHANGE: 35.1 ms (28.5 items/s), 1.40 times as fast". What a search
/// found without proof may be better still.
static std::string describeAnswer(StringRef change, const Advice &answer,
                                  Objective objective) {
  int64_t value = *answer.value, now = answer.now;
  std::string text = (change + ": " + describeValue(value, objective)).str();
  double factor = double(now) / std::max<double>(1, double(value));
  if (value == now || isTheSame(factor))
    return text + ", as now";
  StringRef reservation =
      answer.countsIntegers
          ? " if shared DequantizeLinear nodes can all be copied"
          : "";
  // There is no multiple of no time.
  if (objective == Objective::Devices || now == 0 || value == 0)
    return text + reservation.str();
  text +=
      llvm::formatv(", {0:F2} times as {1}", factor > 1 ? factor : 1 / factor,
                    factor > 1 ? "fast" : "slow");
  if (answer.countsIntegers || (answer.isProven && answer.isNowProven))
    return text + reservation.str();
  // Without the change there may be a better one, too.
  if (!answer.isNowProven && !answer.change.empty())
    return text + " as the best plan found without it";
  if (answer.isProven)
    return text;
  return text + (factor > 1 ? " at least" : " at most");
}

/// Notes in which case the figures rest on more than the plan could keep to.
static std::vector<Advice> withReservations(const ModelProblem &problem,
                                            std::vector<Advice> advice) {
  if (!findSharedDequantizes(problem).empty())
    for (Advice &entry : advice) {
      entry.countsIntegers = true;
      entry.isProven = false;
    }
  return advice;
}

namespace {
/// What a plan for the unchanged cluster is worth.
struct Anew {
  int64_t value = 0;
  bool isProven = false;
  /// What it took to find that out.
  double seconds = 0;
};
} // namespace

/// Plans anew for the unchanged cluster, so that changes are not given credit
/// for what planning does, unless the plan is proven to be the best one.
/// `share` of the time limit is for that where the same search is repeated.
static Anew planAnew(const placement::Problem &problem, int64_t planned,
                     const placement::Result &result, bool isComparable,
                     placement::SolveOptions options, double share) {
  // Of a saved plan nobody knows how it was made.
  bool isAlike = isComparable && result.method.name != StringRef("plan") &&
                 options.strategy == placement::Strategy::Auto;
  if (isAlike && result.bound.isReached)
    return {planned, true, 0};
  if (isAlike)
    options.timeLimitSeconds *= share;
  options.strategy = placement::Strategy::Auto;
  placement::Result found = placement::solve(problem, options);
  if (!found.found)
    return {planned, false, found.seconds};
  int64_t value = split::objectiveOf(found.evaluation, options.objective);
  if (isComparable && planned <= value)
    return {planned, found.bound.value >= planned, found.seconds};
  return {value, found.bound.isReached, found.seconds};
}

/// Takes for the unchanged cluster the best that any search found of it, those
/// for a changed one included, and says so first, where that is not the plan's
/// own value.
static void compareWithAnew(Anew anew, ArrayRef<int64_t> unchanged,
                            int64_t planned, std::vector<Advice> &advice) {
  for (int64_t value : unchanged)
    if (value < anew.value)
      anew = {value, false, 0};
  for (Advice &entry : advice) {
    entry.now = anew.value;
    entry.isNowProven = anew.isProven;
    // What was found for the changed cluster is no worse than what it still
    // has, unless a change was asked for that may take something away.
    if (entry.value && !entry.isAsked)
      entry.value = std::min(*entry.value, anew.value);
  }
  if (anew.value == planned)
    return;
  Advice entry;
  entry.value = anew.value;
  entry.now = planned;
  entry.isProven = anew.isProven;
  advice.insert(advice.begin(), std::move(entry));
}

void split::explainLimit(ModelOp model, const ModelProblem &complete,
                         const placement::Placement &placement,
                         Objective objective) {
  placement::Evaluation evaluation =
      placement::evaluate(complete.problem, placement);
  bool waits = evaluation.intervalNs > evaluation.bottleneckNs &&
               objective != Objective::Latency;
  if (waits)
    explain(model) << "the round trip of "
                   << counted(complete.problem.sequences, "sequence")
                   << " limits, " << formatTime(evaluation.roundTripNs)
                   << ", of which the way back to the first stage takes "
                   << formatTime(evaluation.roundTripNs - evaluation.latencyNs);
  if (objective == Objective::Latency || waits)
    explainPath(model, complete.problem, placement);
  else
    explain(model) << placement::describeBottleneck(complete.problem,
                                                    placement);
}

std::vector<Advice> split::askWhatHelps(const ModelProblem &complete,
                                        const placement::Placement &placement,
                                        const placement::Result &result,
                                        placement::SolveOptions options) {
  std::vector<Advice> advice;
  int64_t now = objectiveOf(placement::evaluate(complete.problem, placement),
                            options.objective);
  // Nothing makes that any better.
  if (now == 0 || (options.objective == Objective::Devices && now == 1))
    return advice;
  Progress progress("asking what would help");
  InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  placement::Problem problem = complete.withLargestSizes();
  // As much for that as for two or three changes.
  constexpr double share = 0.2;
  Anew anew =
      planAnew(problem, now, result, /*isComparable=*/true, options, share);
  options.timeLimitSeconds -=
      std::min(anew.seconds, share * options.timeLimitSeconds);
  SmallVector<int64_t> unchanged;
  // What-ifs ask for the best plan of a changed cluster, whatever strategy made
  // this one.
  options.strategy = placement::Strategy::Auto;
  for (placement::WhatIf &answer :
       placement::whatHelps(problem, placement, options)) {
    Advice &entry = advice.emplace_back();
    entry.change = std::move(answer.change);
    if (!answer.isTried) {
      entry.whyNone = "not tried in the time limit";
      continue;
    }
    entry.value = answer.value;
    entry.isProven = answer.proven;
    unchanged.push_back(answer.unchanged);
  }
  compareWithAnew(anew, unchanged, now, advice);
  return withReservations(complete, std::move(advice));
}

void split::explainAdvice(ModelOp model, ArrayRef<Advice> advice,
                          Objective objective) {
  unsigned without = 0, untried = 0;
  for (const Advice &entry : advice) {
    std::string change = entry.change.empty()
                             ? "planned anew, without any change"
                             : "with " + entry.change;
    if (!entry.value && !entry.isAsked)
      ++untried;
    else if (!entry.value)
      explain(model) << change << ": " << entry.whyNone;
    else if (entry.isAsked || entry.change.empty() || entry.isBetter())
      explain(model) << describeAnswer(change, entry, objective);
    else
      ++without;
  }
  if (without > 0)
    explain(model) << "for " << counted(without, "other change")
                   << " no better plan was found";
  if (untried > 0)
    explain(model) << counted(untried, "change")
                   << (untried == 1 ? " was" : " were")
                   << " not tried in the time limit";
}

bool Advice::isBetter() const {
  return value && *value < now &&
         !isTheSame(double(now) / std::max<double>(1, double(*value)));
}

FailureOr<std::vector<split::WhatIfProblem>>
split::buildWhatIfs(ModelOp model, ArrayRef<std::string> changes,
                    const MeasuredCluster &cluster,
                    const Constraints &constraints, const GraphCosts &costs) {
  std::vector<WhatIfProblem> problems;
  for (const std::string &change : changes) {
    FailureOr<MeasuredCluster> changed =
        applyChange(cluster, change, [&] { return model.emitError(); });
    if (failed(changed))
      return failure();
    FailureOr<ModelProblem> problem =
        buildProblem(model, *changed, constraints, costs);
    if (failed(problem))
      return model.emitError("--what-if '")
             << change << "' leaves a cluster that this cannot be asked of";
    problems.push_back({change, problem->withLargestSizes()});
  }
  return problems;
}

std::vector<Advice> split::askWhatIfs(const ModelProblem &unchanged,
                                      ArrayRef<WhatIfProblem> changes,
                                      const placement::Result &result,
                                      placement::SolveOptions options) {
  std::vector<Advice> advice;
  if (changes.empty())
    return advice;
  InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  // Changed clusters are planned for without copies of nodes.
  placement::Problem problem = unchanged.withLargestSizes();
  int64_t planned = objectiveOf(result.evaluation, options.objective);
  placement::Evaluation same = placement::evaluate(problem, result.placement);
  bool isComparable = same.violations.empty() &&
                      objectiveOf(same, options.objective) == planned;
  Anew anew = planAnew(problem, planned, result, isComparable, options,
                       /*share=*/1);
  SmallVector<int64_t> unchangedValues;
  options.strategy = placement::Strategy::Auto;
  for (const WhatIfProblem &changed : changes) {
    Progress progress("planning with " + changed.change);
    placement::Result answer = placement::solve(changed.problem, options);
    Advice &entry = advice.emplace_back();
    entry.change = changed.change;
    entry.isAsked = true;
    if (answer.found) {
      entry.value = objectiveOf(answer.evaluation, options.objective);
      entry.isProven = answer.bound.isReached;
      unchangedValues.push_back(placement::valueUnchanged(
          problem, changed.problem, answer.placement, options));
    } else {
      entry.whyNone = answer.provenInfeasible() ? "there is no plan"
                      : interrupt.flag() ? "interrupted before a plan was found"
                      : answer.stoppedByClock
                          ? "no plan was found in the time limit"
                          : "no plan was found";
    }
  }
  compareWithAnew(anew, unchangedValues, planned, advice);
  return withReservations(unchanged, std::move(advice));
}
