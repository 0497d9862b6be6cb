//===- Auto.cpp - What suits the size of the problem ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exact.h"
#include "Rounds.h"
#include "Strategies.h"

#include "../Bounds/Bounds.h"
#include "../Bounds/Relaxation.h"
#include "../FixedOrder/Search.h"
#include "../Heuristics/Heuristics.h"
#include "../Ideals/Lattice.h"
#include "../LocalSearch/LocalSearch.h"

#include <optional>

using namespace onnx_split::placement;

namespace {

/// When `auto` runs what, and how long. Shares are of the time that is left.
struct AutoPolicy {
  /// From so many devices on, proofs may take the whole time; probing and
  /// greedy give a plan first, in milliseconds.
  size_t manyDevices = 9;
  /// Beyond these, figures of each task on each device, or of each position and
  /// set of devices, take gigabytes: probing and moves are all that is tried.
  size_t largeTable = 500000, largeGraph = 60000;
  /// The first exact run. What it has not proven by then, it mostly will not in
  /// twice the time, while a better plan makes the second run shorter.
  double firstProof = 0.15;
  /// The same over an order of our own: first where weights are read again and
  /// again, otherwise where the first run proved nothing.
  double otherOrder = 0.15;
  /// Counts of devices and domains of tasks settle in a moment what they can
  /// settle at all.
  double counts = 0.15, domains = 0.15;
  /// Small programmes for pairs of devices.
  double ends = 0.2;
  /// A linear programme takes a second or more, and its domains settle more.
  double relaxation = 0.35;
  /// The same with flows, which takes longer and sees which links are slow.
  double flows = 0.35;
  /// The search over ideals once more, where they are few. Where devices are
  /// few, too, and so many seconds are left for it, it asks whether any plan is
  /// better than the best one, since one answer may take them all.
  double quickIdeals = 0.5, oneAnswer = 0.75, secondsForAnswer = 3;
  /// One case after another: what it does not settle soon it mostly never will.
  double branching = 0.2;
  /// An exact search of what is left without the small tasks.
  double core = 0.7;
  /// Of what is left in the end, for the core where it had too little.
  double again = 0.5;
  /// Moves and swaps find what they find early.
  double neighbours = 0.15;
  /// Beam probing: where links are missing, and elsewhere if the plan of
  /// probing is so far from its bound.
  double beamProbes = 0.3, farFromBound = 0.2;
  /// The beam, where sets of devices are too many for an exact run.
  double beam = 0.4;
};

/// Which bounds more time may raise, and whether the few ideals are still to be
/// searched.
struct Unfinished {
  bool relaxation = false, core = false, ideals = true;
  OpenCases cases;
};

} // namespace

static constexpr AutoPolicy Policy;

static bool isLarge(const Problem &p) {
  return p.tasks.size() * p.devices.size() > Policy.largeTable ||
         p.tasks.size() > Policy.largeGraph;
}

static void probe(SearchState &search) {
  search.improve({"probing"}, [&] { searchProbes(search); });
}

static void moveAndSwap(SearchState &search) {
  search.improve({"local search"}, [&] { searchLocally(search); });
}

static void goGreedy(SearchState &search) {
  search.improve({"greedy"}, [&] { searchGreedy(search); });
}

void onnx_split::placement::searchNeighbours(SearchState &search) {
  probe(search);
  if (search.scope > SolutionClass::FixedOrder) {
    OtherOrder other(search.problem);
    if (other.repeatsWeights())
      search.improve({"other order"},
                     [&] { other.search(search, /*isExact=*/false); });
  }
  moveAndSwap(search);
}

static void probeWider(SearchState &search) {
  bool isGood = lacksLinks(search.problem)
                    ? isAsGoodAsProven(search)
                    : isWithin(search, Policy.farFromBound);
  if (!isGood)
    search.within(Policy.beamProbes, [&] { probeOrders(search); });
}

/// What proves where the first attempt left a gap, the quickest ones first, and
/// once more with what is left of the time. Both runs note what they leave.
static std::vector<ProofStep> listProofs(Unfinished &left, bool oneOrder) {
  auto isOpen = [](const SearchState &search) {
    return !isAsGoodAsProven(search);
  };
  auto canBranch = [isOpen](const SearchState &search) {
    return isOpen(search) && canRelax(search);
  };
  auto canSearch = [oneOrder](const SearchState &search) {
    return oneOrder || hasIdeals(search);
  };
  auto isQuick = [isOpen, &left](const SearchState &search) {
    return left.ideals && isOpen(search) && hasQuickIdeals(search);
  };
  auto hasAnswer = [isQuick](const SearchState &search) {
    return Policy.oneAnswer * search.secondsLeft() >= Policy.secondsForAnswer &&
           isQuick(search) && hasFewDevices(search.problem);
  };
  auto hasCore = [isOpen](const SearchState &search) {
    return isOpen(search) && !hasQuickIdeals(search);
  };
  auto relax = [&left](SearchState &search) {
    left.relaxation = !boundByRelaxation(search);
  };
  auto relaxByFlows = [](SearchState &search) { boundByFlows(search); };
  auto boundCore = [&left](SearchState &search) {
    left.core = !boundByCore(search);
  };
  auto branch = [&left](SearchState &search) {
    boundByBranching(search, left.cases);
  };
  auto search = [oneOrder](SearchState &fork) {
    if (oneOrder)
      proveContiguous(fork);
    searchEveryOrder(fork);
  };
  auto answer = [&left](SearchState &fork) {
    left.ideals = false;
    provePlanBest(fork);
  };
  return {{Policy.ends, boundByEndStages, canBranch},
          {Policy.oneAnswer, answer, hasAnswer},
          {Policy.core, boundCore, hasCore},
          {Policy.relaxation, relax, canBranch},
          {Policy.quickIdeals, searchEveryOrder, isQuick},
          {Policy.flows, relaxByFlows, canBranch},
          {Policy.branching, branch, canBranch},
          {1, search, canSearch},
          {Policy.again, boundCore,
           [&left](const SearchState &) { return left.core; }},
          {Policy.again, relax,
           [&left](const SearchState &) { return left.relaxation; }},
          {1, branch, canBranch}};
}

/// Exact search in two runs, a short one that most problems need no more than,
/// and a long one. What is not proven by the first may have a better plan
/// nearby, and a better plan leaves the second less to do.
void onnx_split::placement::searchAuto(SearchState &search) {
  bool manyDevices = search.problem.devices.size() >= Policy.manyDevices;
  bool large = isLarge(search.problem);
  if (manyDevices || large)
    probe(search);
  // Where sets of devices are few, the first proof may make it needless.
  bool proofFirst =
      manyDevices && !large && hasFewDeviceSets(DeviceGroups(search.problem));
  if ((manyDevices || large) && !proofFirst)
    probeWider(search);
  if (large && search.result.found) {
    searchInRounds(search, {});
    return;
  }
  if (manyDevices)
    goGreedy(search);
  bool oneOrder =
      search.scope == SolutionClass::FixedOrder || hasOneOrder(search.problem);
  std::optional<OtherOrder> other;
  if (!oneOrder)
    other.emplace(search.problem);
  auto tryOtherOrder = [&](bool repeatsWeights) {
    if (other && other->repeatsWeights() == repeatsWeights)
      search.within(Policy.otherOrder, [&] {
        search.improve({"other order"},
                       [&] { other->search(search, /*isExact=*/true); });
      });
  };
  tryOtherOrder(/*repeatsWeights=*/true);
  bool fewSets = hasFewDeviceSets(DeviceGroups(search.problem));
  search.within(Policy.firstProof, [&] {
    if (fewSets)
      proveContiguous(search);
    else
      searchEveryOrder(search);
  });
  if (proofFirst)
    probeWider(search);
  tryOtherOrder(/*repeatsWeights=*/false);
  if (!search.closed() && !search.outOfTime())
    search.within(Policy.domains, [&] { boundByDomains(search); });
  if (!search.closed())
    search.within(Policy.counts, [&] { boundByDeviceCounts(search); });
  if (!isAsGoodAsProven(search)) {
    search.within(Policy.neighbours, [&] { moveAndSwap(search); });
    if (!fewSets)
      search.within(Policy.beam,
                    [&] { searchGivenOrder(search, /*beam=*/true); });
    search.improve({"k-path"}, [&] { searchKPath(search); });
    goGreedy(search);
  }
  Unfinished left;
  searchInRounds(search, listProofs(left, fewSets && oneOrder));
}
