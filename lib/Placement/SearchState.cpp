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
    return evaluation.intervalNs;
  case Objective::Latency:
    return evaluation.latencyNs;
  case Objective::Devices:
    return static_cast<int64_t>(evaluation.devices.size());
  }
  return Unlimited;
}

bool SearchState::isBaseline() const {
  return options.objective == Objective::Throughput &&
         (options.strategy == Strategy::KPath ||
          options.strategy == Strategy::Greedy ||
          options.strategy == Strategy::Random);
}

SearchState::Rank SearchState::rankOf(const Evaluation &evaluation) const {
  if (isBaseline())
    return {evaluation.intervalNs, 0, 0, 0};
  Rank rank = {evaluation.intervalNs, evaluation.latencyNs,
               static_cast<int64_t>(evaluation.devices.size()),
               static_cast<int64_t>(evaluation.wires.size())};
  // What is made small comes first, the others in the same order behind it.
  if (options.objective == Objective::Latency)
    std::rotate(rank.begin(), rank.begin() + 1, rank.begin() + 2);
  else if (options.objective == Objective::Devices)
    std::rotate(rank.begin(), rank.begin() + 2, rank.begin() + 3);
  return rank;
}

int64_t SearchState::overrun(int64_t intervalNs, int64_t latencyNs) const {
  int64_t target =
      options.objective == Objective::Throughput ? Unlimited : options.targetNs;
  return addSaturating(std::max<int64_t>(0, intervalNs - target),
                       std::max<int64_t>(0, latencyNs - options.maxLatencyNs));
}

SearchState SearchState::part(const Problem &ofProblem) const {
  SolveOptions ofPart = options;
  ofPart.objective = Objective::Throughput;
  ofPart.searchClass = std::min(scope, SolutionClass::Contiguous);
  ofPart.progress = nullptr;
  SearchState made(ofProblem, ofPart);
  made.deadline = deadline;
  made.whole = this;
  made.cancelled = cancelled;
  return made;
}

SearchState SearchState::fork(const std::atomic<bool> &isCancelled) const {
  SearchState made = *this;
  made.options.progress = nullptr;
  made.onImprovement = nullptr;
  made.whole = nullptr;
  made.clockStruck = false;
  made.cancelled = &isCancelled;
  return made;
}

void SearchState::join(const SearchState &fork) {
  for (const Bound &known : fork.bounds)
    if (known.kind != BoundKind::Nothing)
      raiseBound(known.value, known.kind, known.ofClass);
  offerPlanOf(fork);
  if (fork.clockStruck)
    strikeClock();
}

bool SearchState::offer(const Placement &placement, bool evenIfEqual) {
  Evaluation evaluation = evaluate(problem, placement);
  // A time beyond the range is as good as impossible.
  if (!evaluation.violations.empty() || evaluation.bottleneckNs == Unlimited ||
      value(evaluation) == Unlimited)
    return false;
  if (overrun(evaluation.intervalNs, evaluation.latencyNs) > 0)
    return false;
  if (result.found) {
    Rank mine = rankOf(evaluation), best = rankOf(result.evaluation);
    if (mine > best || (mine == best && !evenIfEqual))
      return true;
  }
  if (value(evaluation) < upper())
    result.method = method;
  result.found = true;
  result.placement = placement;
  result.evaluation = std::move(evaluation);
  if (onImprovement)
    onImprovement(placement);
  return true;
}

void SearchState::offerPlanOf(const SearchState &part) {
  if (!part.result.found)
    return;
  Method outer = method;
  method = part.result.method;
  offer(part.result.placement);
  method = outer;
}

void SearchState::raiseBound(int64_t least, BoundKind kind,
                             SolutionClass ofClass) {
  Bound &bound = bounds[static_cast<int>(ofClass)];
  if (least > bound.value || bound.kind == BoundKind::Nothing)
    bound = {kind, ofClass, std::max(least, bound.value)};
}

void SearchState::widenBound(SolutionClass from, SolutionClass to) {
  const Bound &bound = bounds[static_cast<int>(from)];
  if (bound.kind != BoundKind::Nothing)
    raiseBound(bound.value, bound.kind, to);
}

static bool contains(SolutionClass wide, SolutionClass narrow) {
  return narrow <= wide && !(narrow == SolutionClass::Revisiting &&
                             wide == SolutionClass::Replicated);
}

Bound SearchState::bound(SolutionClass ofClass) const {
  Bound best;
  best.ofClass = ofClass;
  for (int c = static_cast<int>(ofClass); c < NumClasses; ++c)
    if (contains(static_cast<SolutionClass>(c), ofClass) &&
        bounds[c].kind != BoundKind::Nothing && bounds[c].value >= best.value)
      best = bounds[c];
  return best;
}

/// The narrowest class that the placement belongs to.
static SolutionClass classOf(const Placement &placement) {
  if (std::any_of(placement.replicas.begin(), placement.replicas.end(),
                  [](const auto &others) { return !others.empty(); }))
    return SolutionClass::Replicating;
  std::vector<int32_t> devices = placement.deviceOf;
  std::sort(devices.begin(), devices.end());
  if (std::adjacent_find(devices.begin(), devices.end()) != devices.end())
    return SolutionClass::Revisiting;
  return std::is_sorted(placement.stageOf.begin(), placement.stageOf.end())
             ? SolutionClass::FixedOrder
             : SolutionClass::Contiguous;
}

void SearchState::finish() {
  scope = options.searchClass;
  result.stoppedByClock = clockStruck;
  result.bound = bound(scope);
  result.bound.isReached = result.found && result.bound.value >= upper();
  result.bound.value = std::min(result.bound.value, upper());
  if (result.found)
    result.planClass = classOf(result.placement);
}

bool SearchState::closed() const {
  if (goodEnoughNs != None && lower() > goodEnoughNs)
    return true;
  if (!result.found)
    return lower() == Unlimited;
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

double SearchState::secondsLeft() const {
  return std::chrono::duration<double>(deadline -
                                       std::chrono::steady_clock::now())
      .count();
}

void SearchState::report() const {
  if (options.progress)
    options.progress(upper(), lower());
}
