//===- SearchState.cpp - Best plan and best bound of a search -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SearchState.h"

#include <algorithm>
#include <cmath>

using namespace onnx_split::placement;

SearchState::SearchState(const Problem &searchProblem,
                         const SolveOptions &solveOptions)
    : problem(searchProblem), options(solveOptions),
      start(std::chrono::steady_clock::now()), scope(solveOptions.searchClass) {
  // A year stands for ever, so that the clock cannot overflow.
  double seconds = std::isfinite(options.timeLimitSeconds)
                       ? std::min(options.timeLimitSeconds, 3.15e7)
                       : 3.15e7;
  deadline = start + std::chrono::duration_cast<std::chrono::nanoseconds>(
                         std::chrono::duration<double>(seconds));
}

int64_t SearchState::value(const Evaluation &evaluation) const {
  switch (options.objective) {
  case Objective::Throughput:
    return evaluation.bottleneckNs;
  case Objective::Latency:
    return evaluation.latencyNs;
  case Objective::Devices:
    return static_cast<int64_t>(evaluation.devices.size());
  }
  return Unlimited;
}

bool SearchState::isBetter(const Evaluation &evaluation) const {
  int64_t mine = value(evaluation), best = upper();
  if (mine != best || !result.found ||
      options.objective == Objective::Throughput)
    return mine < best;
  return evaluation.bottleneckNs < result.evaluation.bottleneckNs;
}

bool SearchState::offer(const Placement &placement, bool evenIfEqual) {
  Evaluation evaluation = evaluate(problem, placement);
  // A time beyond the range is as good as impossible.
  if (!evaluation.violations.empty() || evaluation.bottleneckNs == Unlimited ||
      value(evaluation) == Unlimited)
    return false;
  if (options.objective == Objective::Devices &&
      evaluation.bottleneckNs > options.targetNs)
    return false;
  if (isBetter(evaluation) || (evenIfEqual && value(evaluation) == upper())) {
    result.found = true;
    result.placement = placement;
    result.evaluation = std::move(evaluation);
  }
  return true;
}

void SearchState::raiseBound(int64_t least, const char *name,
                             SolutionClass boundClass) {
  Bound &bound = bounds[static_cast<int>(boundClass)];
  if (least > bound.value || !*bound.name)
    bound = {std::max(least, bound.value), name};
}

void SearchState::widenBound(SolutionClass from, SolutionClass to) {
  const Bound &bound = bounds[static_cast<int>(from)];
  if (*bound.name)
    raiseBound(bound.value, bound.name, to);
}

int64_t SearchState::lower(SolutionClass ofClass) const {
  int64_t best = 0;
  for (int c = static_cast<int>(ofClass); c < NumClasses; ++c)
    best = std::max(best, bounds[c].value);
  return best;
}

const char *SearchState::boundName() const {
  // The widest class that has the bound says most.
  for (int c = NumClasses - 1; c >= static_cast<int>(scope); --c)
    if (*bounds[c].name && bounds[c].value == lower())
      return bounds[c].name;
  return "";
}

void SearchState::finish() {
  scope = options.searchClass;
  int64_t bound = std::min(lower(), upper());
  if (options.objective == Objective::Devices)
    result.lowerBoundDevices = static_cast<int32_t>(bound);
  else
    result.lowerBoundNs = bound;
  result.boundName = boundName();
  result.boundClass = scope;
  for (int c = NumClasses - 1; c >= static_cast<int>(scope); --c)
    if (*bounds[c].name && bounds[c].value == lower()) {
      result.boundClass = static_cast<SolutionClass>(c);
      break;
    }
  bool isWork = result.boundName.compare(0, 2, "LB") == 0;
  if (result.found && lower() >= upper() && !isWork)
    result.boundName = "exact";
  if (!result.found)
    return;
  const std::vector<int32_t> &stageOf = result.placement.stageOf;
  std::vector<int32_t> devices = result.placement.deviceOf;
  std::sort(devices.begin(), devices.end());
  bool replicates = std::any_of(
      result.placement.replicas.begin(), result.placement.replicas.end(),
      [](const auto &others) { return !others.empty(); });
  if (replicates)
    result.planClass = SolutionClass::Replicating;
  else if (std::adjacent_find(devices.begin(), devices.end()) != devices.end())
    result.planClass = SolutionClass::Revisiting;
  else
    result.planClass = std::is_sorted(stageOf.begin(), stageOf.end())
                           ? SolutionClass::FixedOrder
                           : SolutionClass::Contiguous;
}

bool SearchState::closed() const {
  if (goodEnoughNs != None && lower() > goodEnoughNs)
    return true;
  if (!result.found)
    return false;
  if (goodEnoughNs != None && upper() <= goodEnoughNs)
    return true;
  double open = static_cast<double>(upper()) - static_cast<double>(lower());
  return upper() <= lower() ||
         open <= options.gap * static_cast<double>(upper());
}

double SearchState::secondsSinceStart() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

void SearchState::report() const {
  if (options.progress)
    options.progress(upper(), lower());
}
