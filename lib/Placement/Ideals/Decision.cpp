//===- Decision.cpp - Is there a contiguous plan? -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decision.h"

using namespace onnx_split::placement;

Tracking::Tracking(const Lattice &lattice)
    : ranks(lattice.order()),
      numResources(lattice.order().groups().size() + 1) {
  const FixedOrder &order = lattice.order();
  const auto &groups = order.groups();
  // Few sets of devices, or few ways to choose among ranked ones: all of them
  // at once, which saves the rounds.
  size_t sets = 1;
  for (const std::vector<int32_t> &group : groups)
    sets = std::min<size_t>(sets * (group.size() + 1), 1 << 20);
  isExact = sets <= 512 || ranks.chains.size() <= 4;
  kept.assign(groups.size() * numResources, isExact);
  for (size_t g = 0; g < groups.size(); ++g)
    kept[g * numResources + groups.size()] = 0;
  if (isExact)
    return;
  // Otherwise the best linked neighbours, which short cycles go through.
  constexpr size_t enough = 8;
  for (size_t g = 0; g < groups.size(); ++g) {
    std::vector<std::pair<int64_t, size_t>> nearest;
    for (size_t h = 0; h < groups.size(); ++h)
      if (h != g)
        nearest.push_back({-order.problem()
                                .link(groups[h].front(), groups[g].front())
                                .bitsPerSecond,
                           h});
    std::sort(nearest.begin(), nearest.end());
    keep(static_cast<int32_t>(g), g);
    for (size_t i = 0; i < std::min(enough, nearest.size()); ++i)
      keep(static_cast<int32_t>(g), nearest[i].second);
  }
}

LatticeDecision::LatticeDecision(Lattice &sharedLattice,
                                 Tracking &sharedTracking, int64_t thresholdNs,
                                 const SearchState &search, size_t labelLimit)
    : lattice(sharedLattice), p(lattice.problem()), tracking(sharedTracking),
      threshold(thresholdNs), state(search), maxLabels(labelLimit),
      hasOverheads(p.hasOverheads()), numFigures(hasOverheads ? 3 : 2) {
  const FixedOrder &order = lattice.order();
  numGroups = static_cast<int32_t>(order.groups().size());
  numWords = (numGroups + 63) / 64;
  numMedia = static_cast<int32_t>(p.media.size());
  isCarriedKnown.assign(p.tensors.size() * numGroups, 0);
  carried.assign(isCarriedKnown.size() * numWords, 0);
  ingressGroup = p.ingress == None ? None : order.groupOfDevice(p.ingress);
  for (const Device &device : p.devices)
    fullSupply +=
        lattice.price(static_cast<int32_t>(&device - p.devices.data()));
  egressGroup = p.egress == None ? None : order.groupOfDevice(p.egress);
}

int32_t LatticeDecision::limitOf(size_t resource) const {
  const auto &groups = lattice.order().groups();
  return resource < groups.size()
             ? static_cast<int32_t>(groups[resource].size())
             : lattice.order().maxStages();
}

LatticeDecision::Outcome LatticeDecision::run() {
  while (true) {
    rejected = Unlimited;
    switch (search()) {
    case Pass::Stopped:
      return Outcome::Unknown;
    case Pass::Nothing:
      return Outcome::Infeasible;
    case Pass::Found:
      break;
    }
    if (violatesCounts(finalLabel))
      continue;
    rebuildPlan(finalLabel);
    return Outcome::Feasible;
  }
}

void LatticeDecision::listTracked() {
  tracked.clear();
  beginsChain.clear();
  auto add = [&](int32_t resource, bool begins) {
    for (int32_t g = 0; g < numGroups; ++g)
      if (tracking.keeps(g, resource)) {
        tracked.push_back(resource);
        beginsChain.push_back(begins);
        return;
      }
  };
  for (const std::vector<int32_t> &chain : tracking.ranks.chains)
    for (int32_t group : chain)
      add(group, !tracking.isExact || group == chain.front());
  add(numGroups, true);
}

/// One pass with the devices tracked now. Ideals are walked by work, and every
/// stage leads to an ideal further on.
LatticeDecision::Pass LatticeDecision::search() {
  listTracked();
  labels.clear();
  words.clear();
  figures.clear();
  heads.clear();
  labelsAt.assign(lattice.size(), {});
  finalLabel = None;
  labels.push_back({0, None, None, None, false, 0, 0, 0, 0});
  words.assign(tracked.size(), 0);
  figures.assign(numMedia, 0);
  labelsAt[0].push_back(0);
  for (int32_t ideal : lattice.byWork()) {
    if (labelsAt[ideal].empty())
      continue;
    if (labels.size() > maxLabels || state.outOfTime())
      return Pass::Stopped;
    extendFrom(ideal);
    if (finalLabel == Stopped)
      return Pass::Stopped;
    if (finalLabel != None)
      return Pass::Found;
  }
  return Pass::Nothing;
}

/// Looks at the clock now and then.
bool LatticeDecision::outOfLimits() {
  if (++steps % 256 == 0 && (state.outOfTime() || labels.size() > maxLabels))
    finalLabel = Stopped;
  return finalLabel == Stopped;
}

/// All stages that begin at the ideal.
void LatticeDecision::extendFrom(int32_t ideal) {
  std::vector<int32_t> &here = labelsAt[ideal];
  here.erase(std::remove_if(here.begin(), here.end(),
                            [&](int32_t l) { return labels[l].dominated; }),
             here.end());
  if (here.empty())
    return;
  const std::vector<int32_t> &byWork = lattice.byWork();
  // The full ideal comes last; it is tried first, to end early.
  auto extendTo = [&](int32_t to) {
    if (outOfLimits())
      return;
    if (to == ideal || !lattice.ideals().isSubset(ideal, to) ||
        !passes(lattice.floor(to)))
      return;
    prepareStages(ideal, to);
    for (size_t i = 0; i < here.size() && finalLabel == None; ++i)
      extendLabel(here[i], &left[i * numWords]);
  };
  left.assign(here.size() * numWords, ~uint64_t(0));
  for (size_t i = 0; i < here.size(); ++i)
    dropExhausted(here[i], &left[i * numWords]);
  int32_t full = lattice.size() - 1;
  if (lattice.leastWork(full) - lattice.leastWork(ideal) <= threshold)
    extendTo(full);
  auto begin = std::lower_bound(
      byWork.begin(), byWork.end(), lattice.leastWork(ideal),
      [&](int32_t a, int64_t work) { return lattice.leastWork(a) < work; });
  for (auto it = begin; it != byWork.end() && finalLabel == None; ++it) {
    if (!passes(lattice.leastWork(*it) - lattice.leastWork(ideal)))
      break;
    if (*it != full)
      extendTo(*it);
  }
}

/// Clears the bits of the groups that have no device left, as far as the label
/// remembers.
void LatticeDecision::dropExhausted(int32_t index, uint64_t *groups) const {
  const Label &label = labels[index];
  const uint16_t *counts =
      words.data() + label.wordBegin + label.numOpen + label.numHolders;
  for (size_t r = 0; r < tracked.size(); ++r)
    if (tracked[r] != numGroups && counts[r] >= limitOf(tracked[r]))
      groups[tracked[r] / 64] &= ~(uint64_t(1) << (tracked[r] % 64));
}

/// The stages between two ideals, by group, and what they read.
void LatticeDecision::prepareStages(int32_t from, int32_t to) {
  Slice<int32_t> open = lattice.open(from);
  readHere.clear();
  readList.clear();
  for (size_t i = 0; i < open.size(); ++i) {
    readHere.push_back(lattice.reads(open[i], from, to));
    if (readHere.back())
      readList.push_back(static_cast<int32_t>(i));
  }
  if (hasOverheads)
    listMessages(from, to);
  knownCap = None;
  stages.resize(numGroups);
  possible.assign(numWords, 0);
  for (int32_t group = 0; group < numGroups; ++group) {
    stages[group] = {from, to, group, 0, 0, 0, 0};
    if (prepareStage(stages[group]))
      possible[group / 64] |= uint64_t(1) << (group % 64);
  }
}

/// The groups that get the tensor from a holder in time, one bit each.
const uint64_t *LatticeDecision::receivers(int32_t tensor, int32_t holder) {
  size_t row = static_cast<size_t>(tensor) * numGroups + holder;
  uint64_t *bits = carried.data() + row * numWords;
  if (isCarriedKnown[row])
    return bits;
  isCarriedKnown[row] = 1;
  int32_t from = deviceOf(holder);
  for (int32_t group = 0; group < numGroups; ++group) {
    int32_t to = receiverOf(group, holder);
    // A device that sends to itself is used twice, which the counts rule out.
    int64_t time =
        from == to ? 0 : lattice.order().messageTime(from, to, tensor);
    if (time <= threshold)
      bits[group / 64] |= uint64_t(1) << (group % 64);
    else
      rejectedMessage = std::min(rejectedMessage, time);
  }
  return bits;
}

/// The prepared stages behind one label: those on devices that are left and
/// that get each message in time, taken by itself. Most fail here.
void LatticeDecision::extendLabel(int32_t index, const uint64_t *isLeft) {
  const Label &label = labels[index];
  const uint16_t *key = words.data() + label.wordBegin;
  Slice<int32_t> open = lattice.open(label.ideal);
  groupBits.assign(isLeft, isLeft + numWords);
  uint64_t any = 0;
  for (int32_t w = 0; w < numWords; ++w)
    any |= groupBits[w] &= possible[w];
  for (size_t i = 0; i < readList.size() && any; ++i) {
    int32_t slot = readList[i];
    const uint64_t *bits =
        receivers(open[slot], key[label.numOpen + key[slot]]);
    any = 0;
    for (int32_t w = 0; w < numWords; ++w)
      any |= groupBits[w] &= bits[w];
  }
  // Extending makes labels and may move this one.
  for (int32_t w = 0; w < numWords && any; ++w)
    for (uint64_t bits = groupBits[w]; bits && finalLabel == None;
         bits &= bits - 1)
      extend(index, stages[w * 64 + __builtin_ctzll(bits)]);
}

/// What does not depend on the stages before. False: the stage is impossible.
bool LatticeDecision::prepareStage(Stage &stage) {
  int32_t device = deviceOf(stage.group);
  stage.busyNs = lattice.compute(device, stage.from, stage.to);
  if (!lattice.allows(stage.group, stage.from, stage.to) ||
      !passes(stage.busyNs))
    return false;
  if (hasOverheads) {
    stage.busyNs = addSaturating(stage.busyNs, overheads(device));
    if (!passes(stage.busyNs))
      return false;
  }
  stage.egressNs = lattice.egressTime(device, stage.from, stage.to);
  if (!passes(stage.egressNs))
    return false;
  if (p.ingress != None && p.ingress != device)
    for (int32_t x : lattice.inputs(stage.from))
      if (lattice.reads(x, stage.from, stage.to))
        stage.ingressNs = addSaturating(
            stage.ingressNs, lattice.order().messageTime(p.ingress, device, x));
  if (!passes(stage.ingressNs))
    return false;
  int64_t cap = p.devices[device].memory;
  if (cap == Unlimited)
    return true;
  if (knownCap != cap) {
    knownCap = cap;
    knownMemory = lattice.memory(stage.from, stage.to, cap);
  }
  stage.memory = knownMemory;
  return stage.memory <= cap;
}

void LatticeDecision::extend(int32_t index, const Stage &stage) {
  if (outOfLimits())
    return;
  const Label label = labels[index];
  const uint16_t *counts =
      words.data() + label.wordBegin + label.numOpen + label.numHolders;
  newCounts.assign(counts, counts + tracked.size());
  for (size_t r = 0; r < tracked.size(); ++r)
    if ((tracked[r] == stage.group || tracked[r] == numGroups) &&
        ++newCounts[r] > limitOf(tracked[r]))
      return;
  if (!addLoads(label, stage) || !canFinish(stage.to))
    return;
  makeHolders(label, stage);
  for (size_t r = 0; r < tracked.size(); ++r)
    if (!tracking.keeps(stage.group, tracked[r]))
      newCounts[r] = 0;
  insert(index, stage);
}

bool LatticeDecision::dominates(const Label &a, const uint16_t *counts,
                                const int64_t *values) const {
  const uint16_t *own = words.data() + a.wordBegin + a.numOpen + a.numHolders;
  // Along a chain of ranks, a device can stand in for any later one.
  int32_t excess = 0;
  for (size_t r = 0; r < tracked.size(); ++r) {
    excess = (beginsChain[r] ? 0 : excess) + own[r] - counts[r];
    if (excess > 0)
      return false;
  }
  const int64_t *loads = figures.data() + a.figureBegin;
  size_t count = numMedia + numFigures * a.numHolders;
  for (size_t f = 0; f < count; ++f)
    if (loads[f] > values[f])
      return false;
  return true;
}

void LatticeDecision::insert(int32_t parent, const Stage &stage) {
  uint64_t hash = 1469598103934665603u + static_cast<uint64_t>(stage.to);
  auto mix = [&](uint64_t value) {
    hash = (hash ^ value) * 1099511628211u;
    hash ^= hash >> 29;
  };
  for (uint16_t holder : newKey)
    mix(holder);
  for (uint16_t group : newGroups)
    mix(tracking.ranks.senderClass[group] + 70000u);
  int32_t &head = heads.try_emplace(hash, None).first->second;
  auto sameKey = [&](const Label &other) {
    const uint16_t *key = words.data() + other.wordBegin;
    return other.ideal == stage.to && other.numOpen == newKey.size() &&
           other.numHolders == newGroups.size() &&
           std::equal(newKey.begin(), newKey.end(), key) &&
           std::equal(newGroups.begin(), newGroups.end(), key + other.numOpen,
                      [&](uint16_t a, uint16_t b) {
                        return tracking.ranks.senderClass[a] ==
                               tracking.ranks.senderClass[b];
                      });
  };
  for (int32_t l = head; l != None; l = labels[l].next)
    if (sameKey(labels[l]) &&
        dominates(labels[l], newCounts.data(), newFigures.data()))
      return;
  Label label;
  label.ideal = stage.to;
  label.parent = parent;
  label.group = stage.group;
  label.dominated = false;
  label.numOpen = static_cast<uint16_t>(newKey.size());
  label.numHolders = static_cast<uint16_t>(newGroups.size());
  label.wordBegin = static_cast<uint32_t>(words.size());
  label.figureBegin = static_cast<uint32_t>(figures.size());
  words.insert(words.end(), newKey.begin(), newKey.end());
  words.insert(words.end(), newGroups.begin(), newGroups.end());
  words.insert(words.end(), newCounts.begin(), newCounts.end());
  figures.insert(figures.end(), newFigures.begin(), newFigures.end());
  // The chain without what the new label dominates.
  int32_t *link = &head;
  while (*link != None) {
    Label &old = labels[*link];
    const uint16_t *counts =
        words.data() + old.wordBegin + old.numOpen + old.numHolders;
    old.dominated = sameKey(old) &&
                    dominates(label, counts, figures.data() + old.figureBegin);
    if (old.dominated)
      *link = old.next;
    else
      link = &old.next;
  }
  label.next = head;
  int32_t index = static_cast<int32_t>(labels.size());
  head = index;
  labels.push_back(label);
  labelsAt[stage.to].push_back(index);
  if (stage.to == lattice.size() - 1)
    finalLabel = index;
}

/// True if the plan uses devices, or stages, more often than there are. What
/// lies between two uses will remember them from now on.
bool LatticeDecision::violatesCounts(int32_t label) {
  std::vector<int32_t> path;
  for (int32_t l = label; labels[l].parent != None; l = labels[l].parent)
    path.push_back(labels[l].group);
  std::reverse(path.begin(), path.end());
  bool violated = false;
  if (static_cast<int32_t>(path.size()) > limitOf(numGroups)) {
    for (int32_t g = 0; g < numGroups; ++g)
      tracking.keep(g, numGroups);
    violated = true;
  }
  std::vector<std::vector<size_t>> uses(numGroups);
  for (size_t i = 0; i < path.size(); ++i) {
    std::vector<size_t> &at = uses[path[i]];
    at.push_back(i);
    size_t limit = limitOf(path[i]);
    if (at.size() <= limit)
      continue;
    violated = true;
    for (int32_t g = 0; g < numGroups; ++g)
      tracking.keep(g, path[i]);
  }
  return violated;
}

void LatticeDecision::rebuildPlan(int32_t label) {
  std::vector<int32_t> path;
  for (int32_t l = label; l != None; l = labels[l].parent)
    path.push_back(l);
  std::reverse(path.begin(), path.end());
  std::vector<size_t> used(numGroups, 0);
  plan = Placement();
  plan.stageOf.assign(p.tasks.size(), 0);
  for (size_t s = 1; s < path.size(); ++s) {
    const Label &end = labels[path[s]];
    lattice.assign(labels[path[s - 1]].ideal, end.ideal,
                   static_cast<int32_t>(s) - 1, plan.stageOf);
    plan.deviceOf.push_back(
        lattice.order().groups()[end.group][used[end.group]++]);
  }
}
