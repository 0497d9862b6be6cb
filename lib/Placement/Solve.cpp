//===- Solve.cpp - Choice of a strategy -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"

#include "FixedOrder.h"

#include <cmath>

using namespace onnx_split::placement;

Search::Search(const Problem &searchProblem, const SolveOptions &solveOptions)
    : problem(searchProblem), options(solveOptions),
      start(std::chrono::steady_clock::now()) {
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
  if (ns <= result.lowerBoundNs && !result.boundName.empty())
    return;
  result.lowerBoundNs = std::max(ns, result.lowerBoundNs);
  result.boundName = name;
  result.boundClass = boundClass;
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

/// Exact where it can be expected to end, and what else there is where it does
/// not.
static void searchAuto(Search &search) {
  bool fewSets = hasFewDeviceSets(FixedOrder(search.problem));
  search.result.strategy = Strategy::Exact;
  auto improve = [&](Strategy strategy, auto &&run) {
    if (search.closed() || search.result.provenInfeasible || search.outOfTime())
      return;
    int64_t before = search.upper();
    run();
    if (search.upper() < before)
      search.result.strategy = strategy;
    search.report();
  };
  // Greedy takes little time, and has a placement if the time ends early.
  if (search.problem.devices.size() > 10)
    improve(Strategy::Greedy, [&] { searchGreedy(search); });
  improve(Strategy::Exact, [&] { searchFixedOrder(search, !fewSets); });
  improve(Strategy::KPath, [&] { searchKPath(search); });
  improve(Strategy::Greedy, [&] { searchGreedy(search); });
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
      searchFixedOrder(search, /*beam=*/false);
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
  search.result.seconds = search.secondsSinceStart();
  return std::move(search.result);
}
