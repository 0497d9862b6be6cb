//===- ExplainPlan.cpp - Remarks on why a plan is as it is ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/ExplainPlan.h"

#include "WhatIf.h"

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
  return formatTime(value) + " (" + formatRate(value) + ")";
}

/// A remark that a summary may take instead of a message.
static InFlightDiagnostic explain(ModelOp model) {
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
                   << " plan; this plan is "
                   << placement::toString(result.planClass);
}

/// One remark for each step of the way of an item.
static void explainPath(ModelOp model, const placement::Problem &problem,
                        const placement::Placement &placement) {
  auto device = [&](int32_t stage, int32_t boundary) {
    return problem.devices[stage == None ? boundary : placement.deviceOf[stage]]
        .name;
  };
  for (const placement::PathStep &step :
       placement::longestPath(problem, placement)) {
    if (step.stage != None) {
      explain(model) << formatTime(step.timeNs) << ": stage " << step.stage
                     << " computes on '"
                     << problem.devices[placement.deviceOf[step.stage]].name
                     << "'";
      continue;
    }
    const placement::Message &message = step.message;
    int64_t latency = message.deliveryNs - message.timeNs;
    explain(model) << formatTime(step.timeNs) << ": "
                   << formatBytes(message.bytes) << " from '"
                   << device(message.from, problem.ingress) << "' to '"
                   << device(message.to, problem.egress) << "'"
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
static std::string describeAnswer(StringRef change, int64_t value, int64_t now,
                                  bool isProven, Objective objective) {
  std::string text = (change + ": " + describeValue(value, objective)).str();
  double factor = double(now) / std::max<double>(1, double(value));
  if (value == now || isTheSame(factor))
    return text + ", as now";
  if (objective == Objective::Devices)
    return text;
  text +=
      llvm::formatv(", {0:F2} times as {1}", factor > 1 ? factor : 1 / factor,
                    factor > 1 ? "fast" : "slow");
  if (isProven)
    return text;
  return text + (factor > 1 ? " at least" : " at most");
}

/// What a plan made anew for the unchanged cluster is worth, so that changes
/// are not given credit for what planning does. A remark, where that is not the
/// plan's own value.
static int64_t planAnew(ModelOp model, const placement::Problem &problem,
                        int64_t planned, bool isComparable,
                        const placement::SolveOptions &options) {
  if (isComparable && options.strategy == placement::Strategy::Auto)
    return planned;
  placement::SolveOptions anew = options;
  anew.strategy = placement::Strategy::Auto;
  placement::Result result = placement::solve(problem, anew);
  if (!result.found)
    return planned;
  int64_t value = split::objectiveOf(result.evaluation, options.objective);
  if (isComparable)
    value = std::min(value, planned);
  if (value != planned)
    explain(model) << describeAnswer("planned anew, without any change", value,
                                     planned, result.bound.isReached,
                                     options.objective);
  return value;
}

void split::explainPlan(ModelOp model, const ModelProblem &complete,
                        const placement::Placement &placement,
                        placement::SolveOptions options) {
  placement::Evaluation evaluation =
      placement::evaluate(complete.problem, placement);
  int64_t now = objectiveOf(evaluation, options.objective);
  bool waits = evaluation.intervalNs > evaluation.bottleneckNs &&
               options.objective != Objective::Latency;
  if (waits)
    explain(model) << "the round trip of "
                   << counted(complete.problem.sequences, "sequence")
                   << " limits, " << formatTime(evaluation.roundTripNs)
                   << ", of which the way back to the first stage takes "
                   << formatTime(evaluation.roundTripNs - evaluation.latencyNs);
  if (options.objective == Objective::Latency || waits)
    explainPath(model, complete.problem, placement);
  else
    explain(model) << placement::describeBottleneck(complete.problem,
                                                    placement);
  // Nothing makes that any better.
  if (now == 0 || (options.objective == Objective::Devices && now == 1))
    return;
  Progress progress;
  progress.show("asking what would help");
  InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  placement::Problem problem = complete.withLargestSizes();
  now = planAnew(model, problem, now, /*isComparable=*/true, options);
  // What-ifs ask for the best plan of a changed cluster, whatever strategy made
  // this one.
  options.strategy = placement::Strategy::Auto;
  unsigned without = 0;
  for (const placement::WhatIf &answer :
       placement::whatHelps(problem, placement, options)) {
    if (answer.value < now &&
        !isTheSame(double(now) / std::max<double>(1, double(answer.value))))
      explain(model) << describeAnswer("with " + answer.change, answer.value,
                                       now, answer.proven, options.objective);
    else
      ++without;
  }
  if (without > 0)
    explain(model) << "for " << counted(without, "other change")
                   << " no better plan was found";
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

void split::answerWhatIfs(ModelOp model, const ModelProblem &unchanged,
                          ArrayRef<WhatIfProblem> changes,
                          const placement::Result &result,
                          placement::SolveOptions options) {
  if (changes.empty())
    return;
  Progress progress;
  InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  // Changed clusters are planned for without copies of nodes.
  placement::Problem problem = unchanged.withLargestSizes();
  int64_t planned = objectiveOf(result.evaluation, options.objective);
  placement::Evaluation same = placement::evaluate(problem, result.placement);
  bool isComparable = same.violations.empty() &&
                      objectiveOf(same, options.objective) == planned;
  int64_t now = planAnew(model, problem, planned, isComparable, options);
  options.strategy = placement::Strategy::Auto;
  for (const WhatIfProblem &changed : changes) {
    progress.show("planning with " + changed.change);
    placement::Result answer = placement::solve(changed.problem, options);
    if (answer.found)
      explain(model) << describeAnswer(
          "with " + changed.change,
          objectiveOf(answer.evaluation, options.objective), now,
          answer.bound.isReached, options.objective);
    else
      explain(model) << "with " << changed.change << ": "
                     << (answer.provenInfeasible() ? "there is no plan"
                         : interrupt.flag()
                             ? "interrupted before a plan was found"
                             : "no plan was found in the time limit");
  }
}
