//===- LocalSearch.cpp - Better plans by small changes --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LocalSearch.h"

#include "Moves.h"

#include <algorithm>
#include <array>
#include <tuple>

using namespace onnx_split::placement;

namespace {

/// Smaller is better: first what is forbidden, then the objective, then a
/// measure that falls on the way there.
struct Score {
  Wide broken = 0, excess = 0;
  int64_t value = 0;
  double energy = 0;
  /// Among plans of equal value: latency or time between items, devices, wires.
  std::array<int64_t, 3> ties = {};
  bool operator<(const Score &other) const {
    return std::tie(broken, excess, value, energy, ties) <
           std::tie(other.broken, other.excess, other.value, other.energy,
                    other.ties);
  }
  bool isFeasible() const { return broken == 0 && excess == 0; }
};

class LocalSearch {
public:
  LocalSearch(SearchState &searchState, bool breaksTies, uint64_t seed,
              int64_t mostTrials);
  /// From the plan that begin() chose, after so many random moves.
  void run(int32_t randomMoves = 0);

private:
  void begin();
  void kick(int32_t randomMoves);
  Score score();
  double energy();
  std::vector<int32_t> busyStages();
  bool improve();
  void descend();
  void mergeNeighbours();
  bool isOver();

  SearchState &search;
  const Problem &p;
  /// Nothing is better than the best plan's value, and ties decide.
  const bool breaksTies;
  const bool forLatency;
  Loads loads;
  Moves moves;
  Score now;
  /// On all devices, while ties are broken: a hundredth more than before.
  Wide weightsAllowed = 0;
  /// Trials of moves that are left. More of them seldom help.
  int64_t trials;
  double scale = 1;
};

} // namespace

LocalSearch::LocalSearch(SearchState &searchState, bool byTies, uint64_t seed,
                         int64_t mostTrials)
    : search(searchState), p(search.problem), breaksTies(byTies),
      forLatency(search.options.objective == Objective::Latency), loads(p),
      moves(loads, search.scope == SolutionClass::FixedOrder, seed),
      trials(std::min(
          mostTrials,
          static_cast<int64_t>(500 * (p.tasks.size() + p.devices.size())))) {
  // Each trial walks all tasks, to know the latency.
  constexpr int64_t steps = 2000000;
  if (breaksTies || p.sequences > 0 || search.isLimited())
    trials = std::min(trials, steps / static_cast<int64_t>(p.tasks.size()));
}

/// The best plan so far, or all on the device that suits best.
void LocalSearch::begin() {
  if (search.result.found && search.result.placement.replicas.empty()) {
    loads.assign(search.result.placement);
    now = score();
    return;
  }
  Placement single, best;
  single.stageOf.assign(p.tasks.size(), 0);
  constexpr size_t most = 64;
  for (size_t d = 0;
       d < std::min(most, p.devices.size()) && (d == 0 || !search.outOfTime());
       ++d) {
    single.deviceOf.assign(1, static_cast<int32_t>(d));
    loads.assign(single);
    Score candidate = score();
    if (best.deviceOf.empty() || candidate < now) {
      now = candidate;
      best = single;
    }
  }
  loads.assign(best);
}

/// Sum of the squares of all loads: of two plans with equal bottlenecks, the
/// one with fewer loads near it is closer to a better one.
double LocalSearch::energy() {
  double sum = 0;
  auto add = [&](Wide ns) {
    double load = static_cast<double>(ns) / scale;
    sum += load * load;
  };
  for (size_t d = 0; d < p.devices.size(); ++d)
    add(loads.compute(static_cast<int32_t>(d)));
  for (const Loads::LinkSlot &slot : loads.links())
    add(slot.ns);
  for (size_t m = 0; m < p.media.size(); ++m)
    add(loads.medium(static_cast<int32_t>(m)));
  return sum;
}

Score LocalSearch::score() {
  Score result;
  result.broken = loads.numBroken();
  result.excess = loads.excessBytes();
  // Others are compared by what is forbidden alone.
  if (result.broken > now.broken)
    return result;
  if (search.isLimited())
    result.excess += search.overrun(loads.intervalNs(), loads.latencyNs());
  if (breaksTies) {
    // No copies of large weights for some microseconds of latency.
    result.excess += std::max(Wide(0), loads.allWeightBytes() - weightsAllowed);
    int64_t latency = loads.latencyNs(), interval = loads.intervalNs();
    result.value = std::max(search.upper(), forLatency ? latency : interval);
    result.ties = {forLatency ? interval : latency, loads.numDevices(),
                   loads.numWires()};
  } else if (forLatency) {
    result.value = loads.latencyNs();
    result.energy = static_cast<double>(loads.bottleneckNs());
  } else {
    result.value = loads.intervalNs();
    result.energy = energy();
  }
  return result;
}

/// The stages whose change can relieve the bottleneck; some of all of them
/// where the plan is infeasible or latency counts.
std::vector<int32_t> LocalSearch::busyStages() {
  const std::vector<int32_t> &all = loads.order();
  constexpr size_t most = 12;
  std::vector<int32_t> stages;
  auto add = [&](int32_t device) {
    for (int32_t stage : loads.stagesOn(device))
      stages.push_back(stage);
  };
  Wide peak = loads.bottleneckNs();
  if (now.isFeasible() && !forLatency && !breaksTies && p.sequences == 0 &&
      !search.isLimited()) {
    for (size_t d = 0; d < p.devices.size(); ++d)
      if (loads.compute(static_cast<int32_t>(d)) == peak)
        add(static_cast<int32_t>(d));
    for (const Loads::LinkSlot &slot : loads.links()) {
      int32_t medium = p.medium(slot.from, slot.to);
      if (slot.ns == peak || (medium != None && loads.medium(medium) == peak)) {
        add(slot.from);
        add(slot.to);
      }
    }
  } else if (all.size() <= most) {
    stages = all;
  } else {
    // A stretch of the order, another one each time.
    size_t begin = static_cast<size_t>(trials) % all.size();
    for (size_t i = 0; i < most; ++i)
      stages.push_back(all[(begin + i) % all.size()]);
  }
  std::sort(stages.begin(), stages.end());
  stages.erase(std::unique(stages.begin(), stages.end()), stages.end());
  if (stages.size() > most)
    stages.resize(most);
  return stages;
}

bool LocalSearch::isOver() {
  // A trial of a large problem can take as long as thousands of small ones.
  constexpr size_t large = 10000;
  bool looksAtClock = trials % 8 == 0 || p.tasks.size() > large;
  return trials <= 0 || (looksAtClock && search.outOfTime());
}

/// The best of the moves around the bottleneck, if it is better than none.
bool LocalSearch::improve() {
  constexpr size_t limit = 400;
  std::vector<Move> candidates = moves.around(busyStages(), limit);
  const Move *best = nullptr;
  Score bestScore = now;
  for (const Move &move : candidates) {
    --trials;
    if (isOver())
      break;
    size_t mark = loads.mark();
    moves.apply(move);
    Score candidate = score();
    loads.undo(mark);
    if (candidate < bestScore) {
      bestScore = candidate;
      best = &move;
    }
  }
  if (!best)
    return false;
  moves.apply(*best);
  now = bestScore;
  return true;
}

void LocalSearch::descend() {
  while (!isOver() && improve())
    ;
}

/// Two stages in a row on one device are one, where that does no harm.
void LocalSearch::mergeNeighbours() {
  for (size_t i = 0; i + 1 < loads.order().size() && !search.outOfTime();) {
    int32_t first = loads.order()[i], second = loads.order()[i + 1];
    int32_t size = static_cast<int32_t>(loads.tasksOf(first).size());
    size_t mark = loads.mark();
    if (loads.deviceOf(first) == loads.deviceOf(second)) {
      moves.apply({Move::Kind::Shift, first, second, size, None});
      Score merged = score();
      if (std::tie(merged.broken, merged.excess, merged.value, merged.ties) <=
          std::tie(now.broken, now.excess, now.value, now.ties)) {
        now = merged;
        continue;
      }
      loads.undo(mark);
    }
    ++i;
  }
}

/// What is forbidden for a moment may be repaired.
void LocalSearch::kick(int32_t randomMoves) {
  for (int32_t i = 0; i < randomMoves; ++i)
    moves.apply(moves.any());
  now.broken = Unlimited;
  now = score();
  // A kick takes about as long as several trials.
  constexpr int64_t asTrials = 8;
  trials -= asTrials;
}

void LocalSearch::run(int32_t randomMoves) {
  begin();
  constexpr int64_t hundred = 100;
  weightsAllowed = loads.allWeightBytes() + loads.allWeightBytes() / hundred;
  scale = std::max<double>(1, static_cast<double>(loads.bottleneckNs()));
  now = score();
  if (randomMoves > 0)
    kick(randomMoves);
  descend();
  mergeNeighbours();
  Score best = now;
  size_t bestMark = loads.mark();
  auto offer = [&] {
    if (best.isFeasible())
      search.offer(loads.placement());
    search.report();
  };
  offer();
  auto isEnough = [&] {
    return breaksTies ? search.lower() >= search.upper() : search.closed();
  };
  for (int round = 0; !isOver() && !isEnough(); ++round) {
    kick(1 + round % 4);
    descend();
    if (now < best)
      mergeNeighbours();
    if (now < best) {
      best = now;
      bestMark = loads.mark();
      offer();
    } else {
      loads.undo(bestMark);
      now = best;
    }
  }
}

static constexpr int64_t MostTrials = 200000;

void onnx_split::placement::searchLocally(SearchState &search) {
  LocalSearch(search, /*breaksTies=*/false, search.options.seed, MostTrials)
      .run();
}

void onnx_split::placement::restartLocally(SearchState &search,
                                           Restart restart) {
  // Mixed, so that seeds of users that are near each other share no restart.
  constexpr uint64_t golden = 0x9e3779b97f4a7c15;
  constexpr int64_t share = 10;
  LocalSearch(search, /*breaksTies=*/false,
              search.options.seed + golden * (restart.seed + 1),
              MostTrials / share)
      .run(restart.randomMoves);
}

void onnx_split::placement::breakTiesLocally(SearchState &search) {
  LocalSearch(search, /*breaksTies=*/true, search.options.seed, MostTrials)
      .run();
}
