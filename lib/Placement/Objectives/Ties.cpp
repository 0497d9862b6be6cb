//===- Ties.cpp - Which of the plans that are equally good ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include "../IdealSearch/Search.h"
#include "../LocalSearch/LocalSearch.h"

#include <algorithm>

using namespace onnx_split::placement;

/// Takes replicas away as long as the plan gets better by that.
static void dropReplicas(SearchState &search) {
  bool isBetter = true;
  while (isBetter && !search.outOfTime()) {
    isBetter = false;
    const Placement best = search.result.placement;
    SearchState::Rank before = search.rankOf(search.result.evaluation);
    for (size_t s = 0; s < best.replicas.size(); ++s)
      for (size_t r = 0; r < best.replicas[s].size() && !search.outOfTime();
           ++r) {
        Placement fewer = best;
        fewer.replicas[s].erase(fewer.replicas[s].begin() +
                                static_cast<std::ptrdiff_t>(r));
        search.offer(fewer);
      }
    isBetter = search.rankOf(search.result.evaluation) < before;
  }
}

/// The stages are in the order of the tasks.
static bool keepsOrder(const Placement &plan) {
  return std::is_sorted(plan.stageOf.begin(), plan.stageOf.end());
}

static void breakTiesExactly(SearchState &search) {
  // Tables of each task on each device would take longer than they are worth.
  constexpr size_t largeTable = 100000;
  const Problem &p = search.problem;
  if (search.lower() < search.upper() || search.outOfTime() ||
      p.tasks.size() * p.devices.size() > largeTable)
    return;
  if (search.scope >= SolutionClass::Contiguous) {
    SearchState::Rank before = search.rankOf(search.result.evaluation);
    if (chooseAmongBest(search, /*givenOrder=*/false) ||
        search.rankOf(search.result.evaluation) < before)
      return;
  }
  // One order alone is much less to search.
  if (keepsOrder(search.result.placement))
    chooseAmongBest(search, /*givenOrder=*/true);
}

void onnx_split::placement::breakTies(SearchState &search) {
  // Among plans on equally few devices, a search for throughput has decided.
  Strategy strategy = search.options.strategy;
  bool mayImprove = strategy == Strategy::Auto || strategy == Strategy::Exact ||
                    strategy == Strategy::LocalSearch;
  if (!search.result.found || !mayImprove ||
      search.options.objective == Objective::Devices || search.outOfTime())
    return;
  const Placement &plan = search.result.placement;
  if (std::any_of(plan.replicas.begin(), plan.replicas.end(),
                  [](const auto &others) { return !others.empty(); })) {
    dropReplicas(search);
    return;
  }
  if (plan.deviceOf.size() > 1 || search.problem.devices.size() > 1)
    search.by({"local search"}, [&] { breakTiesLocally(search); });
  breakTiesExactly(search);
}
