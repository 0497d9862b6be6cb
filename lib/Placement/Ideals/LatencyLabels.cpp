//===- LatencyLabels.cpp - Smallest latency by label setting --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LatencyLabels.h"

#include <algorithm>

using namespace onnx_split::placement;

/// Memory that cannot reach its cap any more, less the cap.
static constexpr int64_t Harmless = -Unlimited;

LatencyLabels::LatencyLabels(Lattice &preparedLattice,
                             const Memories &deviceMemories,
                             const SearchState &searchState)
    : lattice(preparedLattice), p(lattice.problem()), memories(deviceMemories),
      search(searchState), upper(search.upper()),
      numGroups(static_cast<int32_t>(lattice.order().groups().size())) {
  measureTails();
}

void LatencyLabels::measureTails() {
  size_t n = p.tasks.size();
  std::vector<int64_t> behind(n, 0);
  tails.assign(n, 0);
  std::vector<std::vector<int32_t>> madeBy(n);
  for (size_t x = 0; x < p.tensors.size(); ++x)
    if (p.tensors[x].producer != None)
      madeBy[p.tensors[x].producer].push_back(static_cast<int32_t>(x));
  for (size_t t = n; t-- > 0;) {
    int64_t least = Unlimited;
    for (int32_t g = 0; g < numGroups; ++g)
      least = std::min(least, p.timeOf(static_cast<int32_t>(t), deviceOf(g)));
    int64_t rest = 0;
    for (int32_t x : madeBy[t])
      for (int32_t reader : p.tensors[x].consumers)
        rest = std::max(rest, tails[reader]);
    tails[t] = addSaturating(least, rest);
  }
}

LatencyLabels::Outcome LatencyLabels::run() {
  labels.push_back({0, None, None, false, 0, 0, 0, 0});
  words.assign(numCounts(), 0);
  figures.assign(1, 0);
  labelsAt.assign(lattice.size(), {});
  labelsAt[0].push_back(0);
  // Every stage leads to an ideal that comes later in this order.
  for (int32_t ideal : lattice.byWork()) {
    if (labelsAt[ideal].empty() || ideal == lattice.size() - 1)
      continue;
    if (search.outOfTime())
      return Outcome::Stopped;
    extendFrom(ideal);
    if (stopped)
      return Outcome::Stopped;
  }
  for (int32_t l : labelsAt[lattice.size() - 1])
    if (!labels[l].dominated &&
        (best == None ||
         figures[labels[l].figureBegin] < figures[labels[best].figureBegin]))
      best = l;
  return best == None ? Outcome::Nothing : Outcome::Found;
}

/// Looks at the clock now and then.
bool LatencyLabels::outOfLimits() {
  constexpr size_t maxLabels = 3000000;
  if (++steps % 256 == 0 && (search.outOfTime() || labels.size() > maxLabels))
    stopped = true;
  return stopped;
}

/// All stages that begin at the ideal. No stage of a better plan takes `upper`.
void LatencyLabels::extendFrom(int32_t ideal) {
  std::vector<int32_t> &here = labelsAt[ideal];
  here.erase(std::remove_if(here.begin(), here.end(),
                            [&](int32_t l) { return labels[l].dominated; }),
             here.end());
  const std::vector<int32_t> &byWork = lattice.byWork();
  auto begin = std::lower_bound(
      byWork.begin(), byWork.end(), lattice.leastWork(ideal),
      [&](int32_t a, int64_t work) { return lattice.leastWork(a) < work; });
  for (auto it = begin; it != byWork.end() && !stopped; ++it) {
    if (lattice.leastWork(*it) - lattice.leastWork(ideal) >= upper)
      break;
    extendTo(ideal, *it);
  }
}

void LatencyLabels::extendTo(int32_t from, int32_t to) {
  if (outOfLimits() || to == from || !lattice.ideals().isSubset(from, to) ||
      lattice.floor(to) >= upper)
    return;
  readHere.clear();
  for (int32_t x : lattice.open(from))
    readHere.push_back(lattice.reads(x, from, to));
  for (int32_t group = 0; group < numGroups && !stopped; ++group) {
    Stage stage{from, to, group, 0, 0, 0};
    if (!prepareStage(stage))
      continue;
    const std::vector<int32_t> &here = labelsAt[from];
    for (size_t i = 0; i < here.size() && !stopped; ++i)
      extend(here[i], stage);
  }
}

/// What does not depend on the stages before. False: the stage is impossible.
bool LatencyLabels::prepareStage(Stage &stage) {
  int32_t device = deviceOf(stage.group);
  if (!lattice.allows(stage.group, stage.from, stage.to))
    return false;
  stage.egressNs = lattice.slowestEgress(device, stage.from, stage.to);
  if (p.ingress != None && p.ingress != device)
    for (int32_t x : lattice.inputs(stage.from))
      if (lattice.reads(x, stage.from, stage.to))
        stage.ingressNs = std::max(
            stage.ingressNs, lattice.order().messageTime(p.ingress, device, x));
  int64_t least = addSaturating(addSaturating(stage.ingressNs, stage.egressNs),
                                lattice.compute(device, stage.from, stage.to));
  if (least >= upper)
    return false;
  int64_t cap = p.devices[device].memory;
  if (cap == Unlimited)
    return true;
  stage.memory = lattice.memory(stage.from, stage.to, cap);
  return stage.memory <= cap;
}

void LatencyLabels::extend(int32_t index, const Stage &stage) {
  const Label label = labels[index];
  if (outOfLimits() || !countUse(label, stage) || !schedule(label, stage) ||
      !makeHolders(label, stage))
    return;
  insert(index, stage);
}

/// False: the devices of the group are all in use, or the stages are too many.
bool LatencyLabels::countUse(const Label &label, const Stage &stage) {
  const uint16_t *counts =
      words.data() + label.wordBegin + label.numOpen + label.numHolders;
  newCounts.assign(counts, counts + numCounts());
  for (size_t resource : {static_cast<size_t>(stage.group), numCounts() - 1})
    if (++newCounts[resource] > memories.limitOf(resource))
      return false;
  for (size_t r = 0; r < numCounts(); ++r)
    if (!memories.keeps(stage.group, r))
      newCounts[r] = 0;
  return true;
}

/// When the stage ends, and the memory of the senders.
bool LatencyLabels::schedule(const Label &label, const Stage &stage) {
  const uint16_t *key = words.data() + label.wordBegin;
  const uint16_t *groups = key + label.numOpen;
  const int64_t *values = figures.data() + label.figureBegin + 1;
  int64_t start = stage.ingressNs;
  holderMemory.resize(label.numHolders);
  for (int32_t h = 0; h < label.numHolders; ++h)
    holderMemory[h] = values[2 * h + 1];
  Slice<int32_t> open = lattice.open(stage.from);
  for (size_t i = 0; i < open.size(); ++i) {
    if (!readHere[i])
      continue;
    int32_t holder = key[i], group = groups[holder];
    int32_t from = deviceOf(group), to = receiverOf(stage.group, group);
    // A device that sends to itself is used twice, which is ruled out later.
    int64_t time =
        from == to ? 0 : lattice.order().messageTime(from, to, open[i]);
    start = std::max(start, addSaturating(values[2 * holder], time));
    // Each destination but the first needs send buffers of its own.
    if (p.devices[from].memory != Unlimited &&
        lattice.isOpen(open[i], stage.to)) {
      holderMemory[holder] += 2 * p.tensors[open[i]].bytes;
      if (holderMemory[holder] > 0)
        return false;
    }
  }
  endNs = addSaturating(
      start, lattice.compute(deviceOf(stage.group), stage.from, stage.to));
  return addSaturating(endNs, stage.egressNs) < upper;
}

/// Who holds the tensors that are open behind the stage, and the figures that
/// matter. False: what follows takes too long even on the fastest devices.
bool LatencyLabels::makeHolders(const Label &label, const Stage &stage) {
  const uint16_t *key = words.data() + label.wordBegin;
  const uint16_t *groups = key + label.numOpen;
  const int64_t *values = figures.data() + label.figureBegin;
  Slice<int32_t> before = lattice.open(stage.from);
  Slice<int32_t> after = lattice.open(stage.to);
  // Number of each old holder, and of the stage itself as the last one.
  int32_t self = label.numHolders;
  std::vector<int32_t> number(self + 1, None), oldOf;
  std::vector<int64_t> later(self + 1, 0);
  newKey.clear();
  newGroups.clear();
  size_t at = 0;
  // Both lists are in the order of tensors.
  for (int32_t x : after) {
    while (at < before.size() && before[at] < x)
      ++at;
    int32_t holder = at < before.size() && before[at] == x ? key[at] : self;
    if (number[holder] == None) {
      number[holder] = static_cast<int32_t>(oldOf.size());
      oldOf.push_back(holder);
      newGroups.push_back(holder == self ? static_cast<uint16_t>(stage.group)
                                         : groups[holder]);
    }
    newKey.push_back(static_cast<uint16_t>(number[holder]));
    later[holder] +=
        2 * p.tensors[x].bytes * (lattice.readersLeft(x, stage.to) - 1);
    int64_t end = holder == self ? endNs : values[1 + 2 * holder];
    if (addSaturating(addSaturating(end, lattice.bestMessage(x)),
                      lattice.longestTail(x, stage.to, tails)) >= upper)
      return false;
  }
  newFigures.assign(1,
                    std::max(values[0], addSaturating(endNs, stage.egressNs)));
  for (int32_t old : oldOf) {
    bool isNew = old == self;
    int64_t cap = p.devices[deviceOf(isNew ? stage.group : groups[old])].memory;
    int64_t memory = isNew ? stage.memory - cap : holderMemory[old];
    if (cap == Unlimited || memory + later[old] <= 0)
      memory = Harmless;
    newFigures.push_back(isNew ? endNs : values[1 + 2 * old]);
    newFigures.push_back(memory);
  }
  return true;
}

bool LatencyLabels::sameKey(const Label &other, int32_t ideal) const {
  const uint16_t *key = words.data() + other.wordBegin;
  return other.ideal == ideal && other.numOpen == newKey.size() &&
         other.numHolders == newGroups.size() &&
         std::equal(newKey.begin(), newKey.end(), key) &&
         std::equal(newGroups.begin(), newGroups.end(), key + other.numOpen);
}

/// No later stage can tell the two apart, but by counts and figures.
bool LatencyLabels::dominates(const Label &a, const uint16_t *counts,
                              const int64_t *values) const {
  const uint16_t *own = words.data() + a.wordBegin + a.numOpen + a.numHolders;
  for (size_t r = 0; r < numCounts(); ++r)
    if (own[r] > counts[r])
      return false;
  const int64_t *mine = figures.data() + a.figureBegin;
  for (size_t f = 0; f < 1 + 2 * static_cast<size_t>(a.numHolders); ++f)
    if (mine[f] > values[f])
      return false;
  return true;
}

void LatencyLabels::insert(int32_t parent, const Stage &stage) {
  uint64_t hash = 1469598103934665603u + static_cast<uint64_t>(stage.to);
  auto mix = [&](uint64_t value) {
    hash = (hash ^ value) * 1099511628211u;
    hash ^= hash >> 29;
  };
  for (uint16_t holder : newKey)
    mix(holder);
  for (uint16_t group : newGroups)
    mix(group + 70000u);
  std::vector<int32_t> &bucket = buckets[hash];
  for (int32_t l : bucket)
    if (sameKey(labels[l], stage.to) &&
        dominates(labels[l], newCounts.data(), newFigures.data()))
      return;
  Label label{stage.to,
              parent,
              stage.group,
              false,
              static_cast<uint32_t>(words.size()),
              static_cast<uint32_t>(figures.size()),
              static_cast<uint16_t>(newKey.size()),
              static_cast<uint16_t>(newGroups.size())};
  words.insert(words.end(), newKey.begin(), newKey.end());
  words.insert(words.end(), newGroups.begin(), newGroups.end());
  words.insert(words.end(), newCounts.begin(), newCounts.end());
  figures.insert(figures.end(), newFigures.begin(), newFigures.end());
  size_t kept = 0;
  for (int32_t l : bucket) {
    const Label &old = labels[l];
    const uint16_t *counts =
        words.data() + old.wordBegin + old.numOpen + old.numHolders;
    if (sameKey(old, stage.to) &&
        dominates(label, counts, figures.data() + old.figureBegin))
      labels[l].dominated = true;
    else
      bucket[kept++] = l;
  }
  bucket.resize(kept);
  int32_t index = static_cast<int32_t>(labels.size());
  bucket.push_back(index);
  labels.push_back(label);
  labelsAt[stage.to].push_back(index);
}

std::vector<int32_t> LatencyLabels::path() const {
  std::vector<int32_t> groups;
  for (int32_t l = best; labels[l].parent != None; l = labels[l].parent)
    groups.push_back(labels[l].group);
  std::reverse(groups.begin(), groups.end());
  return groups;
}

Placement LatencyLabels::placement() const {
  std::vector<int32_t> stages;
  for (int32_t l = best; labels[l].parent != None; l = labels[l].parent)
    stages.push_back(l);
  std::reverse(stages.begin(), stages.end());
  std::vector<size_t> used(numGroups, 0);
  Placement plan;
  plan.stageOf.assign(p.tasks.size(), 0);
  for (size_t s = 0; s < stages.size(); ++s) {
    const Label &label = labels[stages[s]];
    lattice.assign(labels[label.parent].ideal, label.ideal,
                   static_cast<int32_t>(s), plan.stageOf);
    plan.deviceOf.push_back(
        lattice.order().groups()[label.group][used[label.group]++]);
  }
  return plan;
}
