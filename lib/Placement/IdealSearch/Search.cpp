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
#include "../Tables/Wide.h"

using namespace onnx_split::placement;

namespace {

class LatticeSearch {
public:
  LatticeSearch(SearchState &searchState, Lattice &preparedLattice,
                SolutionClass searchedClass)
      : search(searchState), lattice(preparedLattice), ofClass(searchedClass),
        tracking(lattice, /*keepsNearest=*/true) {}
  void run(Climb climb);

private:
  using Outcome = LatticeDecision::Outcome;
  Outcome decide(int64_t threshold);
  Limits limitsAt(int64_t threshold) const {
    Limits limits;
    limits.bottleneckNs = threshold;
    limits.latencyNs = search.options.maxLatencyNs;
    return limits;
  }
  Outcome ask(Limits limits);
  Outcome askRoundTrips(int64_t threshold);

  SearchState &search;
  Lattice &lattice;
  const SolutionClass ofClass;
  Tracking tracking;
  /// Of what is left, where decisions take long.
  static constexpr double LongStep = 2.0 / 3;
  /// The last decision took so many steps, or made so many labels, that few
  /// more should follow.
  bool isLong = false, isCostly = false;
  /// Of the last decision that excluded its threshold: so are all below this.
  int64_t lowestRejected = 0;
};

} // namespace

/// Whether there is a plan within the limits, which is then offered.
LatticeSearch::Outcome LatticeSearch::ask(Limits limits) {
  LatticeDecision decision(lattice, tracking, limits, Wanted::Any, search);
  Outcome outcome = decision.run();
  constexpr size_t manySteps = 1000000, manyLabels = 20000;
  isLong |= decision.numSteps() > manySteps || decision.hasTable();
  isCostly |= decision.numLabels() > manyLabels;
  if (outcome == Outcome::Feasible)
    search.offer(decision.placement());
  else if (outcome == Outcome::Infeasible && search.problem.sequences == 0 &&
           limits.latencyNs == Unlimited)
    lowestRejected = decision.lowestRejected();
  return outcome;
}

/// The same where items wait for their predecessors: the way back depends on
/// the device of the first stage, so that each group of them is asked for.
LatticeSearch::Outcome LatticeSearch::askRoundTrips(int64_t threshold) {
  Wide trip = Wide(threshold) * search.problem.sequences;
  Limits limits = limitsAt(threshold);
  limits.roundTripNs = saturate(trip);
  Outcome all = Outcome::Infeasible;
  for (size_t group = 0; group < lattice.devices().size(); ++group) {
    limits.firstGroup = static_cast<int32_t>(group);
    Outcome outcome = ask(limits);
    if (outcome == Outcome::Feasible)
      return outcome;
    if (outcome == Outcome::Unknown)
      all = outcome;
  }
  return all;
}

LatticeSearch::Outcome LatticeSearch::decide(int64_t threshold) {
  isLong = isCostly = false;
  lowestRejected = 0;
  Outcome outcome = search.problem.sequences > 0 ? askRoundTrips(threshold)
                                                 : ask(limitsAt(threshold));
  // The labels know all loads; should one be missing, nothing is proven.
  if (outcome == Outcome::Feasible && search.upper() > threshold)
    outcome = Outcome::Unknown;
  if (outcome == Outcome::Infeasible)
    search.raiseBound(
        std::max(std::min(lowestRejected, search.upper()), threshold + 1),
        BoundKind::IdealSearch, ofClass);
  search.report();
  return outcome;
}

/// A bound that took long to prove is not far above labels without number: the
/// search goes on from there with long steps.
static bool isProvenHard(BoundKind kind) {
  return kind == BoundKind::IdealSearch || kind == BoundKind::Relaxation ||
         kind == BoundKind::Branching || kind == BoundKind::Core ||
         kind == BoundKind::EndStages;
}

/// Thresholds climb from the lower bound, because few labels survive there and
/// the optimum mostly is near. Just below the best plan once the bounds are
/// close, since that plan is often optimal. Smaller ones where larger ones were
/// not decided.
void LatticeSearch::run(Climb climb) {
  int64_t undecided = Unlimited;
  double share = climb == Climb::AtOnce                     ? 1
                 : isProvenHard(search.bound(ofClass).kind) ? LongStep
                                                            : 1.0 / 64;
  while (!search.closed() && !search.outOfTime()) {
    int64_t high = std::min(search.upper(), undecided);
    int64_t low = search.lower();
    if (low >= high)
      return;
    int64_t threshold = high - 1;
    if (high != Unlimited && high - low > high / 64)
      threshold = between(low, high, share);
    switch (decide(threshold)) {
    case Outcome::Feasible:
      share = std::min(share, LongStep);
      break;
    case Outcome::Infeasible:
      // Steps that are too long make many labels; where all do, the proof that
      // the best plan is optimal is the shortest way.
      share = isCostly ? 1 : isLong ? LongStep : std::min(0.25, 2 * share);
      break;
    case Outcome::Unknown:
      undecided = threshold;
      share = 1.0 / 64;
      break;
    }
  }
}

bool onnx_split::placement::searchContiguous(SearchState &search,
                                             bool givenOrder, Climb climb) {
  Lattice lattice(search.problem, search.upper(), MaxIdeals, search,
                  givenOrder);
  if (!lattice.usable())
    return false;
  LatticeSearch(search, lattice,
                givenOrder ? SolutionClass::FixedOrder
                           : SolutionClass::Contiguous)
      .run(climb);
  return true;
}
