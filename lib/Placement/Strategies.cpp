//===- Strategies.cpp - Choice of a strategy ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Strategies.h"

#include "Bounds/Bounds.h"
#include "FixedOrder/Search.h"
#include "FixedOrder/StageWindows.h"
#include "Heuristics/Heuristics.h"
#include "Ideals/Search.h"
#include "LocalSearch/LocalSearch.h"

using namespace onnx_split::placement;

/// The given order alone: a bound for this class only, unless the graph has no
/// other order.
static void searchGivenOrder(SearchState &search, bool oneOrder) {
  SolutionClass scope = search.scope;
  search.scope = SolutionClass::FixedOrder;
  boundBySuperDevice(search);
  search.improve(Strategy::Exact, "fixed-order search",
                 [&] { searchFixedOrder(search, /*beam=*/false); });
  search.scope = scope;
  if (scope == SolutionClass::FixedOrder)
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
static void searchExact(SearchState &search) {
  if (search.scope == SolutionClass::FixedOrder) {
    searchGivenOrder(search, /*oneOrder=*/true);
    return;
  }
  FixedOrder order(search.problem);
  bool oneOrder = hasOneOrder(search.problem);
  // With one order, sets of few types of devices are still quick.
  bool manySets = DeviceSets(order).size() > 4096 &&
                  (!oneOrder || order.groups().size() > 12);
  auto searchIdeals = [&] {
    search.improve(Strategy::Exact, "ideal search",
                   [&] { searchContiguous(search); });
  };
  if (manySets)
    search.within(0.7, searchIdeals);
  search.within(manySets   ? 1.0
                : oneOrder ? 0.8
                           : 0.4,
                [&] { searchGivenOrder(search, oneOrder); });
  if (!manySets)
    searchIdeals();
}

static void searchIdeals(SearchState &search) {
  if (search.scope >= SolutionClass::Contiguous)
    search.improve(Strategy::Exact, "ideal search",
                   [&] { searchContiguous(search); });
}

static void searchNearby(SearchState &search) {
  search.improve(Strategy::LocalSearch, "local search",
                 [&] { searchLocally(search); });
}

static void searchBaselines(SearchState &search) {
  search.improve(Strategy::KPath, "k-path", [&] { searchKPath(search); });
  search.improve(Strategy::Greedy, "greedy", [&] { searchGreedy(search); });
}

/// Too many tasks for figures of each one on each device, or of each position
/// and set of devices.
static bool isLarge(const Problem &p) {
  return p.tasks.size() * p.devices.size() > 500000 || p.tasks.size() > 60000;
}

/// Exact search in two runs, a short one that most problems need no more than,
/// and a long one. What is not proven by the first may have a better plan
/// nearby, and a better plan leaves the second less to do.
static void searchAuto(SearchState &search) {
  search.result.strategy = Strategy::Exact;
  bool manyDevices = search.problem.devices.size() > 8;
  if (manyDevices || isLarge(search.problem))
    search.improve(Strategy::Exact, "probing", [&] { searchProbes(search); });
  if (isLarge(search.problem) && search.result.found) {
    // Within 5 % is near enough.
    if (search.upper() - search.upper() / 20 > search.lower())
      searchNearby(search);
    return;
  }
  // Greedy takes little time, and has a placement if the time ends early.
  if (manyDevices)
    search.improve(Strategy::Greedy, "greedy", [&] { searchGreedy(search); });
  bool fewSets = hasFewDeviceSets(FixedOrder(search.problem));
  bool oneOrder =
      search.scope == SolutionClass::FixedOrder || hasOneOrder(search.problem);
  search.within(0.15, [&] {
    if (fewSets)
      searchExact(search);
    else
      searchIdeals(search);
  });
  search.within(0.2, [&] { searchNearby(search); });
  if (!fewSets)
    search.within(0.4, [&] {
      search.improve(Strategy::Exact, "beam search",
                     [&] { searchFixedOrder(search, /*beam=*/true); });
    });
  searchBaselines(search);
  if (fewSets && oneOrder)
    searchExact(search);
  searchIdeals(search);
}

void onnx_split::placement::runStrategy(SearchState &search) {
  switch (search.options.strategy) {
  case Strategy::Auto:
    searchAuto(search);
    break;
  case Strategy::LocalSearch:
    search.improve(Strategy::LocalSearch, "probing",
                   [&] { searchProbes(search); });
    search.improve(Strategy::LocalSearch, "local search",
                   [&] { searchLocally(search); });
    break;
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
