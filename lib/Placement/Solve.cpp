//===- Solve.cpp - Choice of a strategy -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"

#include "StageWindows.h"

#include <algorithm>
#include <cmath>

using namespace onnx_split::placement;

Search::Search(const Problem &searchProblem, const SolveOptions &solveOptions)
    : problem(searchProblem), options(solveOptions),
      start(std::chrono::steady_clock::now()), scope(solveOptions.searchClass) {
  // A year stands for ever, so that the clock cannot overflow.
  double seconds = std::isfinite(options.timeLimitSeconds)
                       ? std::min(options.timeLimitSeconds, 3.15e7)
                       : 3.15e7;
  deadline = start + std::chrono::duration_cast<std::chrono::nanoseconds>(
                         std::chrono::duration<double>(seconds));
}

bool Search::offer(const Placement &placement, bool evenIfEqual) {
  Evaluation evaluation = evaluate(problem, placement);
  // A time beyond the range is as good as impossible.
  if (!evaluation.violations.empty() || evaluation.bottleneckNs == Unlimited)
    return false;
  if (evaluation.bottleneckNs < upper() ||
      (evenIfEqual && evaluation.bottleneckNs == upper())) {
    result.found = true;
    result.placement = placement;
    result.evaluation = std::move(evaluation);
  }
  return true;
}

void Search::raiseBound(int64_t ns, const char *name,
                        SolutionClass boundClass) {
  Bound &bound = bounds[static_cast<int>(boundClass)];
  if (ns > bound.ns || !*bound.name)
    bound = {std::max(ns, bound.ns), name};
}

void Search::widenBound(SolutionClass from, SolutionClass to) {
  const Bound &bound = bounds[static_cast<int>(from)];
  if (*bound.name)
    raiseBound(bound.ns, bound.name, to);
}

int64_t Search::lower(SolutionClass ofClass) const {
  int64_t best = 0;
  for (int c = static_cast<int>(ofClass); c < 3; ++c)
    best = std::max(best, bounds[c].ns);
  return best;
}

const char *Search::boundName() const {
  // The widest class that has the bound says most.
  for (int c = 2; c >= static_cast<int>(scope); --c)
    if (*bounds[c].name && bounds[c].ns == lower())
      return bounds[c].name;
  return "";
}

void Search::finish() {
  scope = options.searchClass;
  result.lowerBoundNs = std::min(lower(), upper());
  result.boundName = boundName();
  result.boundClass = scope;
  for (int c = 2; c >= static_cast<int>(scope); --c)
    if (*bounds[c].name && bounds[c].ns == lower()) {
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
  if (std::adjacent_find(devices.begin(), devices.end()) != devices.end())
    result.planClass = SolutionClass::Revisiting;
  else
    result.planClass = std::is_sorted(stageOf.begin(), stageOf.end())
                           ? SolutionClass::FixedOrder
                           : SolutionClass::Contiguous;
}

bool Search::closed() const {
  if (!result.found)
    return false;
  double open = static_cast<double>(upper()) - static_cast<double>(lower());
  return upper() <= lower() ||
         open <= options.gap * static_cast<double>(upper());
}

double Search::secondsSinceStart() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

void Search::report() const {
  if (options.progress)
    options.progress(upper(), lower());
}

/// Runs a strategy if there is still something to gain, and remembers it if it
/// gained.
template <typename Run>
static void improve(Search &search, Strategy strategy, const char *tier,
                    Run run) {
  if (search.closed() || search.result.provenInfeasible || search.outOfTime())
    return;
  int64_t before = search.upper();
  run();
  if (search.upper() < before) {
    search.result.strategy = strategy;
    search.result.tier = tier;
  }
  search.report();
}

/// Runs with a part of the time.
template <typename Run>
static void within(Search &search, double share, Run run) {
  auto deadline = search.deadline;
  search.deadline = std::min(
      deadline, std::chrono::steady_clock::now() +
                    std::chrono::duration_cast<std::chrono::nanoseconds>(
                        (deadline - std::chrono::steady_clock::now()) * share));
  run();
  search.deadline = deadline;
}

/// The given order alone: a bound for this class only, unless the graph has no
/// other order.
static void searchGivenOrder(Search &search, bool oneOrder) {
  search.scope = SolutionClass::FixedOrder;
  improve(search, Strategy::Exact, "fixed-order search",
          [&] { searchFixedOrder(search, /*beam=*/false); });
  search.scope = search.options.searchClass;
  if (search.scope == SolutionClass::FixedOrder)
    return;
  if (oneOrder)
    search.widenBound(SolutionClass::FixedOrder, SolutionClass::Contiguous);
  else
    // Another order may succeed where the given one cannot.
    search.result.provenInfeasible = false;
}

/// The given order is a quick way to good placements and, where the graph has
/// no other, the whole truth. The search over ideals needs no sets of devices,
/// so it comes first where they are many.
static void searchExact(Search &search) {
  if (search.options.searchClass == SolutionClass::FixedOrder) {
    searchGivenOrder(search, /*oneOrder=*/true);
    return;
  }
  FixedOrder order(search.problem);
  bool oneOrder = hasOneOrder(search.problem);
  // With one order, sets of few types of devices are still quick.
  bool manySets = DeviceSets(order).size() > 4096 &&
                  (!oneOrder || order.groups().size() > 12);
  auto searchIdeals = [&] {
    improve(search, Strategy::Exact, "ideal search",
            [&] { searchContiguous(search); });
  };
  if (manySets)
    within(search, 0.7, searchIdeals);
  within(search,
         manySets   ? 1.0
         : oneOrder ? 0.8
                    : 0.4,
         [&] { searchGivenOrder(search, oneOrder); });
  if (!manySets)
    searchIdeals();
}

/// Exact where it can be expected to end, and what else there is where it does
/// not.
static void searchAuto(Search &search) {
  search.result.strategy = Strategy::Exact;
  // The other searches prepare figures for each task and device.
  constexpr size_t large = 500000;
  size_t figures = search.problem.tasks.size() * search.problem.devices.size();
  if (search.problem.devices.size() > 10)
    improve(search, Strategy::Exact, "probing", [&] { searchProbes(search); });
  if (figures > large && search.result.found)
    return;
  bool fewSets = hasFewDeviceSets(FixedOrder(search.problem));
  // Greedy takes little time, and has a placement if the time ends early.
  if (search.problem.devices.size() > 10)
    improve(search, Strategy::Greedy, "greedy", [&] { searchGreedy(search); });
  if (fewSets)
    searchExact(search);
  else
    within(search, 0.6, [&] {
      improve(search, Strategy::Exact, "ideal search",
              [&] { searchContiguous(search); });
    });
  if (!fewSets)
    improve(search, Strategy::Exact, "beam search",
            [&] { searchFixedOrder(search, /*beam=*/true); });
  improve(search, Strategy::KPath, "k-path", [&] { searchKPath(search); });
  improve(search, Strategy::Greedy, "greedy", [&] { searchGreedy(search); });
}

Result onnx_split::placement::solve(const Problem &problem,
                                    const SolveOptions &options) {
  Search search(problem, options);
  search.result.strategy = options.strategy;
  boundByWork(search);
  if (problem.tasks.empty()) {
    // No stage at all.
    search.offer(Placement());
  } else {
    switch (options.strategy) {
    case Strategy::Auto:
      searchAuto(search);
      break;
    case Strategy::LocalSearch:
    case Strategy::Exact:
      searchExact(search);
      break;
    case Strategy::KPath:
      searchKPath(search);
      break;
    case Strategy::Greedy:
      searchGreedy(search);
      break;
    case Strategy::Random:
      searchRandom(search);
      break;
    }
  }
  search.report();
  search.finish();
  if (search.result.tier.empty())
    search.result.tier = toString(search.result.strategy);
  search.result.seconds = search.secondsSinceStart();
  return std::move(search.result);
}
