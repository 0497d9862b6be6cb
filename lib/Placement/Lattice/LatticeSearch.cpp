//===- LatticeSearch.cpp - Smallest bottleneck over all orders ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LatticeDecision.h"

using namespace onnx_split::placement;

static constexpr size_t MaxIdeals = 40000;

namespace {

class LatticeSearch {
public:
  LatticeSearch(Search &searchState, Lattice &preparedLattice)
      : search(searchState), lattice(preparedLattice), tracking(lattice) {}
  void run();

private:
  using Outcome = LatticeDecision::Outcome;
  Outcome decide(int64_t threshold, size_t maxLabels);

  Search &search;
  Lattice &lattice;
  Tracking tracking;
};

} // namespace

LatticeSearch::Outcome LatticeSearch::decide(int64_t threshold,
                                             size_t maxLabels) {
  LatticeDecision decision(lattice, tracking, threshold, search, maxLabels);
  Outcome outcome = decision.run();
  if (outcome == Outcome::Feasible) {
    int64_t before = search.upper();
    search.offer(decision.placement());
    if (search.upper() < before)
      search.result.tier = "ideal search";
    // Loads that the labels leave out made the plan worse than it looked.
    if (search.upper() > threshold)
      outcome = Outcome::Unknown;
  } else if (outcome == Outcome::Infeasible) {
    int64_t bound = std::min(decision.lowestRejected(), search.upper());
    if (bound == Unlimited)
      search.result.provenInfeasible = true;
    else
      search.raiseBound(std::max(bound, threshold + 1), "ideal search, stopped",
                        SolutionClass::Contiguous);
  }
  search.report();
  return outcome;
}

/// Just below the best plan first, because that one is often optimal. Then
/// thresholds between the bounds, smaller ones where larger ones were not
/// decided.
void LatticeSearch::run() {
  int64_t undecided = Unlimited;
  bool first = true;
  while (!search.closed() && !search.outOfTime() &&
         !search.result.provenInfeasible) {
    int64_t high = std::min(search.upper(), undecided);
    int64_t low = std::max<int64_t>(search.lower(), 0);
    if (low >= high)
      return;
    int64_t threshold = high - 1;
    if (!first && high < Unlimited)
      threshold = std::min(high - 1, low + (high - low) / 2);
    if (!first && high < Unlimited && high / 4 > low)
      threshold = std::max<int64_t>(low, high / 4);
    // All tensors that a plan below the upper bound can cut are in the
    // lattice, so the last step proves the bound.
    first = false;
    if (decide(threshold, 3000000) == Outcome::Unknown)
      undecided = threshold;
  }
}

bool onnx_split::placement::searchContiguous(Search &search) {
  FixedOrder order(search.problem);
  Lattice lattice(order, search.upper(), MaxIdeals);
  if (!lattice.usable())
    return false;
  LatticeSearch(search, lattice).run();
  return true;
}

bool onnx_split::placement::hasOneOrder(const FixedOrder &order) {
  Lattice lattice(order, Unlimited, order.problem().tasks.size() + 1);
  return lattice.usable() && lattice.isFixedOrder();
}
