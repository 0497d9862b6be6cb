//===- Search.cpp - Smallest bottleneck over all orders -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"

#include "Decision.h"

#include "../Tables/Between.h"

using namespace onnx_split::placement;

namespace {

class LatticeSearch {
public:
  LatticeSearch(SearchState &searchState, Lattice &preparedLattice)
      : search(searchState), lattice(preparedLattice),
        tracking(lattice, /*keepsNearest=*/true) {}
  void run();

private:
  using Outcome = LatticeDecision::Outcome;
  Outcome decide(int64_t threshold);

  SearchState &search;
  Lattice &lattice;
  Tracking tracking;
  /// The last decision made so many labels that few more should follow.
  bool isCostly = false;
};

} // namespace

LatticeSearch::Outcome LatticeSearch::decide(int64_t threshold) {
  LatticeDecision decision(lattice, tracking, {threshold}, Wanted::Any, search);
  Outcome outcome = decision.run();
  isCostly = decision.numLabels() > 20000;
  if (outcome == Outcome::Feasible) {
    search.offer(decision.placement());
    // Loads that the labels leave out made the plan worse than it looked.
    if (search.upper() > threshold)
      outcome = Outcome::Unknown;
  } else if (outcome == Outcome::Infeasible) {
    int64_t bound = std::min(decision.lowestRejected(), search.upper());
    search.raiseBound(std::max(bound, threshold + 1), BoundKind::IdealSearch,
                      SolutionClass::Contiguous);
  }
  search.report();
  return outcome;
}

/// Thresholds climb from the lower bound, because few labels survive there and
/// the optimum mostly is near. Just below the best plan once the bounds are
/// close, since that plan is often optimal. Smaller ones where larger ones were
/// not decided.
void LatticeSearch::run() {
  int64_t undecided = Unlimited;
  double share = 1.0 / 64;
  while (!search.closed() && !search.outOfTime()) {
    int64_t high = std::min(search.upper(), undecided);
    int64_t low = std::max<int64_t>(search.lower(), 1);
    if (low >= high)
      return;
    int64_t threshold = high - 1;
    if (high != Unlimited && high - low > high / 64)
      threshold = between(low, high, share);
    switch (decide(threshold)) {
    case Outcome::Feasible:
      break;
    case Outcome::Infeasible:
      // Steps that are too long make many labels; where all do, the proof that
      // the best plan is optimal is the shortest way.
      share = isCostly ? 1 : std::min(0.25, 2 * share);
      break;
    case Outcome::Unknown:
      undecided = threshold;
      share = 1.0 / 64;
      break;
    }
  }
}

bool onnx_split::placement::searchContiguous(SearchState &search) {
  Lattice lattice(search.problem, search.upper(), MaxIdeals, search);
  if (!lattice.usable())
    return false;
  LatticeSearch(search, lattice).run();
  return true;
}
