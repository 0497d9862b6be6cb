//===- Throughput.cpp - Smallest bottleneck -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include "../Bounds/Bounds.h"
#include "../Enumeration/EveryPlan.h"
#include "../LocalSearch/LocalSearch.h"
#include "../Strategies/Strategies.h"

using namespace onnx_split::placement;

ProofStep onnx_split::placement::listPlanSearch() {
  auto run = [](SearchState &search) {
    search.improve({"plan search", /*isExact=*/true},
                   [&] { searchEveryPlan(search); });
  };
  auto applies = [](const SearchState &search) {
    return search.scope > SolutionClass::Contiguous &&
           canSearchEveryPlan(search);
  };
  return {1, run, applies};
}

void onnx_split::placement::searchAllPlans(SearchState &search) {
  ProofStep every = listPlanSearch();
  if (every.applies(search))
    every.run(search);
}

/// The strategies place contiguous stages. What else is allowed starts from
/// their plan.
void onnx_split::placement::searchThroughput(SearchState &search) {
  boundByWork(search);
  boundByConnection(search);
  boundInterval(search);
  // The baselines know nothing of items that wait, nor of limits.
  bool waits = (search.problem.sequences > 0 || search.isLimited()) &&
               !search.isBaseline();
  auto runContiguous = [&] {
    waits ? searchInterval(search) : runStrategy(search);
  };
  if (search.scope <= SolutionClass::Contiguous) {
    runContiguous();
    return;
  }
  // What is proven of contiguous stages, even that there are none, says nothing
  // about wider classes.
  search.inScope(SolutionClass::Contiguous,
                 [&] { search.within(0.5, runContiguous); });
  bool isProvable =
      search.scope == SolutionClass::Revisiting && !search.isBaseline();
  auto bound = [](SearchState &fork) {
    boundByDomains(fork);
    boundByRelaxation(fork);
    OpenCases cases;
    boundByBranching(fork, cases);
  };
  bool isAuto = search.options.strategy == Strategy::Auto;
  if (isProvable && !isAuto && !search.closed())
    search.within(0.4, [&] { bound(search); });
  if (search.problem.revisit)
    search.improve({"local search"}, [&] { searchLocally(search); });
  if (search.problem.replicate)
    search.improve({"replication"}, [&] { searchReplicas(search); });
  if (search.options.strategy == Strategy::Exact)
    searchAllPlans(search);
  if (isAuto)
    searchInRounds(search,
                   {listPlanSearch(), {0.8, bound, [&](const SearchState &) {
                                         return isProvable;
                                       }}});
}

void onnx_split::placement::boundForAll(SearchState &search) {
  switch (search.options.objective) {
  case Objective::Throughput:
    boundByWork(search);
    boundByConnection(search);
    boundInterval(search);
    break;
  case Objective::Latency:
    boundLatency(search);
    break;
  case Objective::Devices:
    boundDevices(search);
    break;
  }
}
