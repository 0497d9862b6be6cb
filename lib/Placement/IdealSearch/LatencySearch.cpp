//===- LatencySearch.cpp - Least latency, alone or among the best ---------===//
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

#include <numeric>

using namespace onnx_split::placement;

/// Each pass gives a bound, which rises as labels remember more.
void onnx_split::placement::searchContiguousLatency(SearchState &search,
                                                    bool givenOrder) {
  SolutionClass ofClass =
      givenOrder ? SolutionClass::FixedOrder : SolutionClass::Contiguous;
  Lattice lattice(search.problem, search.upper(), MaxIdeals, search,
                  givenOrder);
  if (!lattice.usable())
    return;
  Tracking tracking(lattice, /*keepsNearest=*/false);
  int64_t target = search.options.targetNs;
  // With any device first, or, where the way back to it counts, in each group
  // of them.
  std::vector<int32_t> firsts = {None};
  if (search.problem.sequences > 0) {
    firsts.resize(lattice.devices().size());
    std::iota(firsts.begin(), firsts.end(), 0);
  }
  int64_t least = Unlimited;
  for (int32_t first : firsts) {
    Limits better;
    better.latencyNs =
        std::min(search.upper() - 1, search.options.maxLatencyNs);
    better.bottleneckNs = target;
    better.firstGroup = first;
    if (first != None && target != Unlimited)
      better.roundTripNs = saturate(Wide(target) * search.problem.sequences);
    LatticeDecision decision(lattice, tracking, better, Wanted::LeastLatency,
                             search);
    LatticeDecision::Outcome outcome = decision.run();
    int64_t ofGroup = outcome == LatticeDecision::Outcome::Infeasible
                          ? search.upper()
                          : decision.leastLatency();
    least = std::min(least, ofGroup);
    if (outcome == LatticeDecision::Outcome::Feasible)
      search.offer(decision.placement());
  }
  if (least > 0)
    search.raiseBound(least, BoundKind::LatencySearch, ofClass);
}

namespace {

/// Looks among the plans that are as good as the best one.
class TieSearch {
public:
  TieSearch(SearchState &searchState, Lattice &preparedLattice)
      : search(searchState), lattice(preparedLattice),
        tracking(lattice, /*keepsNearest=*/true) {}
  bool run();

private:
  using Outcome = LatticeDecision::Outcome;
  Outcome ask(Limits limits, Wanted wanted);
  Limits limitsOfBest() const {
    return {search.result.evaluation.intervalNs,
            search.result.evaluation.latencyNs};
  }
  bool lowerBottleneck();

  SearchState &search;
  Lattice &lattice;
  Tracking tracking;
};

} // namespace

TieSearch::Outcome TieSearch::ask(Limits limits, Wanted wanted) {
  // Some tenths of a second, in which a table of completions would be half.
  Effort effort;
  effort.labels = 60000;
  effort.steps = 200000;
  effort.beforeCompletion = Effort::Never;
  LatticeDecision decision(lattice, tracking, limits, wanted, search, effort);
  Outcome outcome = decision.run();
  if (outcome != Outcome::Feasible)
    return outcome;
  // The way back to the first stage can make the plan worse than it looked; the
  // best one may then be another, which was not looked for.
  Evaluation found = evaluate(search.problem, decision.placement());
  if (!search.offer(decision.placement(), /*evenIfEqual=*/true) ||
      found.intervalNs > limits.bottleneckNs ||
      found.latencyNs > limits.latencyNs)
    return Outcome::Unknown;
  return outcome;
}

/// The smallest bottleneck of the plans of least latency.
bool TieSearch::lowerBottleneck() {
  Limits limits = limitsOfBest();
  for (int64_t low = 0; low < limits.bottleneckNs;) {
    int64_t middle = between(low, limits.bottleneckNs, 0.5);
    switch (ask({middle, limits.latencyNs}, Wanted::Any)) {
    case Outcome::Feasible:
      limits.bottleneckNs = search.result.evaluation.intervalNs;
      break;
    case Outcome::Infeasible:
      low = middle + 1;
      break;
    case Outcome::Unknown:
      return false;
    }
  }
  return true;
}

/// The best plan so far is within all limits, so that each question has an
/// answer.
bool TieSearch::run() {
  bool isLatency = search.options.objective == Objective::Latency;
  bool isKnown = isLatency ? lowerBottleneck()
                           : ask(limitsOfBest(), Wanted::LeastLatency) ==
                                 Outcome::Feasible;
  return isKnown && ask(limitsOfBest(), Wanted::Tidiest) == Outcome::Feasible;
}

bool onnx_split::placement::chooseAmongBest(SearchState &search,
                                            bool givenOrder) {
  // Merges no task that a plan as good as the best one may tear apart.
  int64_t upper = addSaturating(search.result.evaluation.intervalNs, 1);
  constexpr size_t fewIdeals = MaxIdeals / 16;
  Lattice lattice(search.problem, upper, fewIdeals, search, givenOrder);
  return lattice.usable() && TieSearch(search, lattice).run();
}
