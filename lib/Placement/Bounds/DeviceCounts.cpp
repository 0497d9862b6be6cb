//===- DeviceCounts.cpp - How far so many devices of each kind get --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB7: without messages, devices of one kind are equal, and a stage that
/// begins later than another one and ends where that ends does less. So of the
/// ideals that so many devices of each kind can reach, those within others need
/// no look: a dynamic programme over these counts, whose values are sets of
/// ideals of which none contains another.
///
//===----------------------------------------------------------------------===//

#include "Bounds.h"

#include "../Ideals/Lattice.h"

#include <array>
#include <map>
#include <unordered_map>

using namespace onnx_split::placement;

namespace {

class DeviceCounts {
public:
  DeviceCounts(const SearchState &searchState, const Lattice &preparedLattice)
      : search(searchState), lattice(preparedLattice), p(lattice.problem()) {
    listKinds();
  }
  /// False: too many counts of devices.
  bool usable() const { return numStates <= MaxStates; }
  /// False: no contiguous plan is within the threshold.
  bool isPossible(int64_t threshold);
  /// After false: also impossible for every smaller threshold than this.
  int64_t lowestRejected() const { return rejected; }

private:
  /// Devices that differ in links and overheads alone.
  struct Kind {
    /// One of them, and its group in the lattice.
    int32_t device, group;
    int64_t count, stride;
  };
  static constexpr int64_t MaxStates = 200000;
  /// Pairs of ideals and pairs of reached ideals that one question may look at:
  /// some seconds at most.
  static constexpr size_t MaxSteps = 50000000;

  void listKinds();
  bool extend(int64_t state, int64_t maxStages);
  bool add(int64_t state, int32_t ideal);
  bool canFinish(int32_t ideal, Wide supply);
  const std::vector<int32_t> &furthest(int32_t from, size_t kind);
  bool fits(const Kind &kind, int32_t from, int32_t to);
  bool outOfEffort() {
    isStopped |=
        ++steps > MaxSteps || (steps % 4096 == 0 && search.outOfTime());
    return isStopped;
  }
  bool passes(int64_t time) {
    if (time <= threshold)
      return true;
    rejected = std::min(rejected, time);
    return false;
  }

  const SearchState &search;
  const Lattice &lattice;
  const Problem &p;
  std::vector<Kind> kinds;
  int64_t numStates = 1;

  // For one threshold.
  int64_t threshold = 0, rejected = Unlimited;
  size_t steps = 0;
  bool isStopped = false;
  /// By state: ideals that are reached, none within another.
  std::vector<std::vector<int32_t>> reached;
  /// By ideal and kind.
  std::unordered_map<int64_t, std::vector<int32_t>> known;
};

} // namespace

void DeviceCounts::listKinds() {
  std::vector<char> isPinned(p.devices.size(), 0);
  for (const Task &task : p.tasks)
    if (task.pin != None)
      isPinned[task.pin] = 1;
  // The fastest first, by speed class, memory and the device where it has pins.
  std::map<std::array<int64_t, 4>, Kind> sorted;
  for (size_t d = 0; d < p.devices.size(); ++d) {
    int32_t device = static_cast<int32_t>(d);
    std::array<int64_t, 4> key = {-lattice.price(device),
                                  p.devices[d].speedClass, -p.devices[d].room(),
                                  isPinned[d] ? device : None};
    Kind kind{device, lattice.devices().groupOf(device), 0, 0};
    ++sorted.try_emplace(key, kind).first->second.count;
  }
  for (auto &[key, kind] : sorted) {
    kind.stride = numStates;
    kinds.push_back(kind);
    if (numStates <= MaxStates)
      numStates *= kind.count + 1;
  }
}

/// Whether a device can do what lies between: whatever part of it a stage has,
/// it is no more.
bool DeviceCounts::fits(const Kind &kind, int32_t from, int32_t to) {
  if (!passes(lattice.compute(kind.device, from, to)))
    return false;
  int64_t room = p.devices[kind.device].room();
  return (room == Unlimited || lattice.ownWeights(from, to) <= room) &&
         lattice.allows(kind.group, from, to);
}

/// The ideals that a stage from there can reach, without those within others;
/// the first one itself if no other.
const std::vector<int32_t> &DeviceCounts::furthest(int32_t from, size_t kind) {
  auto [it, isNew] =
      known.try_emplace(static_cast<int64_t>(kind) * lattice.size() + from);
  std::vector<int32_t> &ends = it->second;
  if (!isNew)
    return ends;
  const std::vector<int32_t> &byWork = lattice.byWork();
  int64_t before = lattice.leastWork(from);
  // The last one within the threshold on the fastest device of each task.
  auto last =
      std::partition_point(byWork.begin(), byWork.end(), [&](int32_t ideal) {
        return lattice.leastWork(ideal) - before <= threshold;
      });
  if (last != byWork.end())
    passes(lattice.leastWork(*last) - before);
  while (last != byWork.begin() && !outOfEffort()) {
    int32_t to = *--last;
    if (lattice.leastWork(to) < before)
      break;
    if (lattice.compute(kinds[kind].device, from, to) > threshold) {
      passes(lattice.compute(kinds[kind].device, from, to));
      continue;
    }
    if (!lattice.ideals().isSubset(from, to) || !passes(lattice.floor(to)) ||
        std::any_of(ends.begin(), ends.end(), [&](int32_t end) {
          return lattice.ideals().isSubset(to, end);
        }))
      continue;
    if (fits(kinds[kind], from, to))
      ends.push_back(to);
  }
  return ends;
}

/// LB1 for what is left, on the devices that are left.
bool DeviceCounts::canFinish(int32_t ideal, Wide supply) {
  Wide needed = lattice.pricedRest(ideal);
  if (needed <= supply * threshold)
    return true;
  if (supply > 0)
    rejected = std::min(rejected, saturate((needed + supply - 1) / supply));
  return false;
}

/// True if the ideal is the whole graph.
bool DeviceCounts::add(int64_t state, int32_t ideal) {
  std::vector<int32_t> &here = reached[state];
  for (int32_t other : here) {
    if (outOfEffort())
      return true;
    if (lattice.ideals().isSubset(ideal, other))
      return false;
  }
  here.erase(std::remove_if(here.begin(), here.end(),
                            [&](int32_t other) {
                              return lattice.ideals().isSubset(other, ideal);
                            }),
             here.end());
  here.push_back(ideal);
  return ideal == lattice.size() - 1;
}

/// One more device of each kind. True if the whole graph is reached.
bool DeviceCounts::extend(int64_t state, int64_t maxStages) {
  if (reached[state].empty())
    return false;
  Wide supply = 0;
  int64_t numStages = 0;
  std::vector<int64_t> used;
  for (const Kind &kind : kinds) {
    used.push_back(state / kind.stride % (kind.count + 1));
    numStages += used.back();
    supply += Wide(kind.count - used.back()) * lattice.price(kind.device);
  }
  if (numStages == maxStages)
    return false;
  std::vector<int32_t> here = std::move(reached[state]);
  reached[state].clear();
  here.erase(
      std::remove_if(here.begin(), here.end(),
                     [&](int32_t ideal) { return !canFinish(ideal, supply); }),
      here.end());
  for (size_t k = 0; k < kinds.size(); ++k) {
    if (used[k] == kinds[k].count)
      continue;
    for (int32_t from : here)
      for (int32_t to : furthest(from, k))
        if (add(state + kinds[k].stride, to))
          return true;
  }
  return isStopped;
}

bool DeviceCounts::isPossible(int64_t bottleneck) {
  threshold = bottleneck;
  rejected = Unlimited;
  steps = 0;
  isStopped = false;
  known.clear();
  reached.assign(numStates, {});
  reached[0].push_back(0);
  int64_t maxStages = lattice.devices().maxStages();
  for (int64_t state = 0; state < numStates; ++state)
    if (extend(state, maxStages))
      return true;
  return false;
}

void onnx_split::placement::boundByDeviceCounts(SearchState &search) {
  if (search.problem.tasks.empty() || search.outOfTime() ||
      search.scope > SolutionClass::Contiguous)
    return;
  Lattice lattice(search.problem, search.upper(), MaxIdeals, search);
  if (!lattice.usable())
    return;
  DeviceCounts counts(search, lattice);
  if (!counts.usable())
    return;
  raiseByBisection(search, BoundKind::DeviceCounts, SolutionClass::Contiguous,
                   [&](int64_t threshold) {
                     return counts.isPossible(threshold)
                                ? threshold
                                : std::max(threshold + 1,
                                           counts.lowestRejected());
                   });
}
