//===- StageWindows.cpp - Where stages can begin and end ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StageWindows.h"

using namespace onnx_split::placement;

DeviceSets::DeviceSets(const DeviceGroups &groups) {
  for (const std::vector<int32_t> &group : groups.groups()) {
    strides.push_back(numSets);
    radices.push_back(static_cast<int32_t>(group.size()) + 1);
    isMask &= radices.back() == 2;
    if (numSets > Limit / radices.back()) {
      numSets = Unlimited;
      return;
    }
    numSets *= radices.back();
  }
}

StageWindows::StageWindows(FixedOrder &fixedOrder, int64_t bottleneck,
                           const std::vector<int32_t> &subset,
                           const DeviceSets *sets,
                           std::function<bool()> isTimeOver)
    : order(fixedOrder), threshold(bottleneck), isOver(std::move(isTimeOver)) {
  keepCheapCuts(subset);
  findReaches();
  if (!sets || isStopped)
    return;
  findWindows(*sets);
  if (isFeasible)
    dropUnusedCuts(*sets);
}

void StageWindows::keepCheapCuts(const std::vector<int32_t> &subset) {
  for (int32_t cut : subset) {
    int64_t floor = order.cutFloor(cut);
    if (floor <= threshold)
      kept.push_back(cut);
    else
      rejected = std::min(rejected, floor);
  }
}

/// Two pointers per group: what limits a stage is monotone in both ends, except
/// for memory, which is looked up.
void StageWindows::findReaches() {
  int32_t last = numCuts() - 1;
  // Largest kept cut at or before each cut of the table.
  std::vector<int32_t> atOrBefore(order.table().cuts().size(), 0);
  for (int32_t k = 0; k <= last; ++k)
    atOrBefore[kept[k]] = k;
  for (size_t cut = 1; cut < atOrBefore.size(); ++cut)
    atOrBefore[cut] = std::max(atOrBefore[cut], atOrBefore[cut - 1]);

  // Where weights are streamed, each step walks the tasks of a stage.
  constexpr int64_t seldom = 64;
  int64_t steps = 0;
  for (const std::vector<int32_t> &group : order.devices().groups()) {
    int32_t device = group.front();
    std::vector<int32_t> reach(numCuts());
    int32_t end = 0;
    for (int32_t k = 0; k <= last; ++k) {
      int32_t begin = position(k);
      int32_t structural = order.structuralEnd(device, begin);
      for (end = std::max(end, k); end < last; ++end) {
        int32_t next = position(end + 1);
        if (next > structural)
          break;
        isStopped = ++steps % seldom == 0 && isOver && isOver();
        if (isStopped)
          return;
        int64_t time =
            std::max(saturate(order.leastTime(device, begin, next, threshold)),
                     order.egressTime(device, begin, next));
        if (time > threshold) {
          rejected = std::min(rejected, time);
          break;
        }
      }
      int32_t within = end;
      if (within > k && order.hasMemoryLimit(device))
        within =
            std::min(within, atOrBefore[order.memoryReach(device, kept[k])]);
      reach[k] = std::max(within, k);
    }
    reaches.push_back(std::move(reach));
  }
}

/// The furthest that a set can have come follows from the furthest of the sets
/// with one device less, because a later start never reaches less far once
/// `reach` is replaced by its running maximum. Likewise backward, for the
/// devices that are left.
void StageWindows::findWindows(const DeviceSets &sets) {
  int32_t last = numCuts() - 1, never = last + 1;
  int32_t numGroups = static_cast<int32_t>(order.devices().groups().size());
  int64_t numSets = sets.size();
  int32_t maxStages = order.devices().maxStages();
  std::vector<std::vector<int32_t>> furthest, earliest;
  for (int32_t g = 0; g < numGroups; ++g) {
    std::vector<int32_t> far(numCuts()), early(numCuts() + 1, never);
    int32_t best = 0;
    for (int32_t k = 0; k <= last; ++k) {
      if (reaches[g][k] > std::max(best, k))
        for (int32_t j = std::max(best, k) + 1; j <= reaches[g][k]; ++j)
          early[j] = k;
      best = std::max(best, reaches[g][k]);
      far[k] = best;
    }
    furthest.push_back(std::move(far));
    earliest.push_back(std::move(early));
  }

  sizes.assign(numSets, 0);
  lastCuts.assign(numSets, 0);
  for (int64_t set = 1; set < numSets; ++set)
    for (int32_t g = 0; g < numGroups; ++g) {
      if (sets.used(set, g) == 0)
        continue;
      int64_t before = set - sets.stride(g);
      sizes[set] = sizes[before] + 1;
      lastCuts[set] = std::max(lastCuts[set], furthest[g][lastCuts[before]]);
    }

  // start[set]: from where a part of the set, at most `round` devices, can do
  // the rest of the tasks.
  std::vector<int32_t> start(numSets, last);
  bool limited = maxStages < sizes[sets.full()];
  firstCuts.assign(numSets, never);
  auto prepend = [&](int64_t left) {
    for (int32_t g = 0; g < numGroups; ++g)
      if (sets.used(left, g) > 0) {
        int32_t without = start[left - sets.stride(g)];
        start[left] = std::min({start[left], without, earliest[g][without]});
      }
  };
  auto place = [&](int64_t left, int64_t set) { firstCuts[set] = start[left]; };
  if (!limited) {
    for (int64_t left = 1; left < numSets; ++left)
      prepend(left);
    for (int64_t set = 0; set < numSets; ++set)
      place(sets.full() - set, set);
  } else {
    // Descending, so that each round reads the round before.
    for (int32_t round = 0; round <= maxStages; ++round) {
      if (round > 0)
        for (int64_t left = numSets - 1; left > 0; --left)
          prepend(left);
      for (int64_t set = 0; set < numSets; ++set)
        if (sizes[set] == maxStages - round)
          place(sets.full() - set, set);
    }
  }
  isFeasible = firstCuts[0] == 0;
}

void StageWindows::dropUnusedCuts(const DeviceSets &sets) {
  std::vector<int32_t> change(numCuts() + 1, 0);
  for (int64_t set = 0; set < sets.size(); ++set)
    if (firstCuts[set] <= lastCuts[set]) {
      ++change[firstCuts[set]];
      --change[lastCuts[set] + 1];
    }
  std::vector<int32_t> remaining, before(numCuts() + 1, 0);
  int32_t cover = 0;
  for (int32_t k = 0; k < numCuts(); ++k) {
    cover += change[k];
    before[k] = static_cast<int32_t>(remaining.size());
    if (cover > 0 || k == 0 || k + 1 == numCuts())
      remaining.push_back(kept[k]);
  }
  before[numCuts()] = static_cast<int32_t>(remaining.size());
  // before[k]: first remaining cut at or after k; before[k + 1] - 1: last at
  // or before k.
  for (std::vector<int32_t> &reach : reaches) {
    std::vector<int32_t> mapped(remaining.size());
    for (int32_t k = 0; k < numCuts(); ++k)
      if (before[k + 1] > before[k])
        mapped[before[k]] = before[reach[k] + 1] - 1;
    reach = std::move(mapped);
  }
  for (int64_t set = 0; set < sets.size(); ++set) {
    bool empty = firstCuts[set] > lastCuts[set];
    firstCuts[set] = empty ? 1 : before[firstCuts[set]];
    lastCuts[set] = empty ? 0 : before[lastCuts[set] + 1] - 1;
  }
  kept = std::move(remaining);
}
