//===- LabelStore.cpp - Labels of a search over ideals --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LabelStore.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split::placement;

LabelStore::LabelStore(const Lattice &preparedLattice,
                       const DeviceMemory &deviceMemory, size_t commonFigures,
                       size_t holderFigures)
    : lattice(preparedLattice), memory(deviceMemory), numCommon(commonFigures),
      numPerHolder(holderFigures) {}

void LabelStore::begin(const DeviceRanks *ranks, bool comparesRanks) {
  resources.clear();
  beginsChain.clear();
  auto track = [&](int32_t resource, bool begins) {
    if (!memory.isKept(resource))
      return;
    resources.push_back(resource);
    beginsChain.push_back(begins);
  };
  senderClass.resize(memory.stages());
  if (ranks) {
    senderClass = ranks->senderClass;
    for (const std::vector<int32_t> &chain : ranks->chains)
      for (int32_t group : chain)
        track(group, !comparesRanks || group == chain.front());
  } else {
    std::iota(senderClass.begin(), senderClass.end(), 0);
    for (int32_t group : senderClass)
      track(group, /*begins=*/true);
  }
  track(memory.stages(), /*begins=*/true);

  labels.assign(1, Label{0, None, None, None, false, 0, 0, 0, 0});
  words.assign(resources.size(), 0);
  figures.assign(numCommon, 0);
  heads.clear();
  ofIdeal.assign(lattice.size(), {});
  ofIdeal[0].push_back(0);
}

void LabelStore::dropDominated(int32_t ideal) {
  std::vector<int32_t> &here = ofIdeal[ideal];
  here.erase(std::remove_if(here.begin(), here.end(),
                            [&](int32_t l) { return labels[l].dominated; }),
             here.end());
}

//===----------------------------------------------------------------------===//
// The draft
//===----------------------------------------------------------------------===//

void LabelStore::dropExhausted(const Label &label, uint64_t *groupBits) const {
  const uint16_t *counts = countsOf(label);
  for (size_t r = 0; r < resources.size(); ++r)
    if (int32_t of = resources[r];
        of != memory.stages() && counts[r] >= memory.limitOf(of))
      groupBits[of / 64] &= ~(uint64_t(1) << (of % 64));
}

bool LabelStore::use(const Label &label, int32_t group) {
  const uint16_t *counts = countsOf(label);
  made.counts.assign(counts, counts + resources.size());
  for (size_t r = 0; r < resources.size(); ++r)
    if (int32_t of = resources[r]; (of == group || of == memory.stages()) &&
                                   ++made.counts[r] > memory.limitOf(of))
      return false;
  return true;
}

void LabelStore::forget(int32_t group) {
  for (size_t r = 0; r < resources.size(); ++r)
    if (!memory.keeps(group, resources[r]))
      made.counts[r] = 0;
}

void LabelStore::carry(const Label &label, int32_t group, int32_t to) {
  const uint16_t *oldKey = key(label), *oldGroups = groups(label);
  Slice<int32_t> before = lattice.open(label.ideal);
  int32_t self = label.numHolders;
  number.assign(self + 1, None);
  made.oldOf.clear();
  made.key.clear();
  made.groups.clear();
  size_t at = 0;
  // Both lists are in the order of tensors.
  for (int32_t x : lattice.open(to)) {
    while (at < before.size() && before[at] < x)
      ++at;
    int32_t holder = at < before.size() && before[at] == x ? oldKey[at] : self;
    if (number[holder] == None) {
      number[holder] = static_cast<int32_t>(made.oldOf.size());
      made.oldOf.push_back(holder);
      made.groups.push_back(holder == self ? static_cast<uint16_t>(group)
                                           : oldGroups[holder]);
    }
    made.key.push_back(static_cast<uint16_t>(number[holder]));
  }
}

//===----------------------------------------------------------------------===//
// Dominance
//===----------------------------------------------------------------------===//

/// FNV-1a over the key, stirred.
uint64_t LabelStore::hashOf(int32_t ideal) const {
  uint64_t hash = 1469598103934665603u + static_cast<uint64_t>(ideal);
  auto mix = [&](uint64_t value) {
    hash = (hash ^ value) * 1099511628211u;
    hash ^= hash >> 29;
  };
  for (uint16_t holder : made.key)
    mix(holder);
  // Holders are fewer than this, so that the two kinds of words differ.
  for (uint16_t group : made.groups)
    mix(senderClass[group] + 70000u);
  return hash;
}

/// The key of the draft.
bool LabelStore::hasKey(const Label &label, int32_t ideal) const {
  return label.ideal == ideal && label.numOpen == made.key.size() &&
         label.numHolders == made.groups.size() &&
         std::equal(made.key.begin(), made.key.end(), key(label)) &&
         std::equal(made.groups.begin(), made.groups.end(), groups(label),
                    [&](uint16_t a, uint16_t b) {
                      return senderClass[a] == senderClass[b];
                    });
}

/// Among labels of one key.
bool LabelStore::dominates(const Label &label, const uint16_t *counts,
                           const int64_t *values) const {
  const uint16_t *own = countsOf(label);
  // Along a chain of ranks, a device can stand in for any later one.
  int32_t excess = 0;
  // A label with too few stages cannot have what one with more can.
  if (int32_t least = lattice.problem().minStages;
      least > 1 && own[resources.size() - 1] < least &&
      own[resources.size() - 1] < counts[resources.size() - 1])
    return false;
  for (size_t r = 0; r < resources.size(); ++r) {
    excess = (beginsChain[r] ? 0 : excess) + own[r] - counts[r];
    if (excess > 0)
      return false;
  }
  const int64_t *mine = figuresOf(label);
  size_t count = numCommon + numPerHolder * label.numHolders;
  for (size_t f = 0; f < count; ++f)
    if (mine[f] > values[f])
      return false;
  return true;
}

int32_t LabelStore::insert(int32_t parent, int32_t ideal, int32_t group) {
  int32_t &head = heads.try_emplace(hashOf(ideal), None).first->second;
  for (int32_t l = head; l != None; l = labels[l].next)
    if (hasKey(labels[l], ideal) &&
        dominates(labels[l], made.counts.data(), made.figures.data()))
      return None;
  Label label{ideal,
              parent,
              group,
              None,
              false,
              static_cast<uint32_t>(words.size()),
              static_cast<uint32_t>(figures.size()),
              static_cast<uint16_t>(made.key.size()),
              static_cast<uint16_t>(made.groups.size())};
  for (const auto *part : {&made.key, &made.groups, &made.counts})
    words.insert(words.end(), part->begin(), part->end());
  figures.insert(figures.end(), made.figures.begin(), made.figures.end());
  // The chain without what the new label dominates.
  int32_t *link = &head;
  while (*link != None) {
    Label &old = labels[*link];
    old.dominated =
        hasKey(old, ideal) && dominates(label, countsOf(old), figuresOf(old));
    if (old.dominated)
      *link = old.next;
    else
      link = &old.next;
  }
  label.next = head;
  head = static_cast<int32_t>(labels.size());
  ofIdeal[ideal].push_back(head);
  labels.push_back(label);
  return static_cast<int32_t>(labels.size()) - 1;
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

std::vector<int32_t> LabelStore::path(int32_t label) const {
  std::vector<int32_t> ofStages;
  for (int32_t l = label; labels[l].parent != None; l = labels[l].parent)
    ofStages.push_back(labels[l].group);
  std::reverse(ofStages.begin(), ofStages.end());
  return ofStages;
}

Placement LabelStore::placement(int32_t label) const {
  std::vector<int32_t> stages;
  for (int32_t l = label; labels[l].parent != None; l = labels[l].parent)
    stages.push_back(l);
  std::reverse(stages.begin(), stages.end());
  const auto &devices = lattice.devices().groups();
  std::vector<size_t> used(devices.size(), 0);
  Placement plan;
  plan.stageOf.assign(lattice.problem().tasks.size(), 0);
  for (size_t s = 0; s < stages.size(); ++s) {
    const Label &end = labels[stages[s]];
    lattice.assign(labels[end.parent].ideal, end.ideal, static_cast<int32_t>(s),
                   plan.stageOf);
    plan.deviceOf.push_back(devices[end.group][used[end.group]++]);
  }
  return plan;
}
