//===- Decision.cpp - Is there a plan within a bottleneck? ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Levels of the search, begun stages and how they move along the cuts. What a
/// stage does to media, memory and egress links is in DecisionResources.cpp.
///
//===----------------------------------------------------------------------===//

#include "Decision.h"

#include <iterator>

using namespace onnx_split::placement;

static uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
  return hash ^ (hash >> 29);
}

template <typename Iterator> static uint64_t hashOf(Iterator it, Iterator end) {
  uint64_t hash = 1;
  for (; it != end; ++it)
    hash = mix(hash, *it);
  return hash;
}

Decision::Decision(FixedOrder &fixedOrder, const DeviceSets *deviceSets,
                   int64_t bottleneck, const std::vector<int32_t> &subset,
                   const DecisionLimits &decisionLimits)
    : order(fixedOrder), p(fixedOrder.problem()), sets(deviceSets),
      threshold(bottleneck), limits(decisionLimits),
      windows(fixedOrder, bottleneck, subset, deviceSets,
              [this] { return isPastDeadline(); }),
      rejected(windows.lowestRejected()),
      numMedia(p.mediumOf.empty() ? 0 : static_cast<int32_t>(p.media.size())),
      numDevices(fixedOrder.devices().numDevices()),
      lastCut(windows.numCuts() - 1) {}

Decision::Outcome Decision::run() {
  if (windows.stopped())
    return Outcome::Unknown;
  if (!windows.feasible())
    return Outcome::Infeasible;
  prepareKeys();
  inflows.assign(numDevices, {});

  Set none;
  none.index = 0;
  none.used.assign(order.devices().groups().size(), 0);
  none.firstCut = none.lastCut = 0;
  none.labels.push_back(0);
  level.push_back(none);
  labels.push_back({0, 0, None, None, 0, 0, 0, None, false});

  for (stageCount = 1; stageCount <= order.devices().maxStages();
       ++stageCount) {
    size_t firstLabel = labels.size();
    buckets.assign(1 << 10, None);
    setIndex.clear();
    nextLevel.clear();
    for (size_t from = 0; from < level.size(); ++from)
      for (size_t g = 0; g < order.devices().groups().size(); ++g) {
        int32_t group = static_cast<int32_t>(g);
        if (level[from].used[g] == order.devices().groups()[g].size())
          continue;
        int32_t to = setFor(level[from], group);
        if (nextLevel[to].firstCut > nextLevel[to].lastCut)
          continue;
        extend(static_cast<int32_t>(from), group, to);
        if (finalLabel != None) {
          rebuildPlan(finalLabel);
          return Outcome::Feasible;
        }
        if (stopped)
          return Outcome::Unknown;
      }
    if (labels.size() == firstLabel)
      break;
    finishLevel(firstLabel);
  }
  return truncated ? Outcome::Unknown : Outcome::Infeasible;
}

/// Lays out the keys: which parts of the order have tensors open at each cut.
void Decision::prepareKeys() {
  partOf.assign(order.numTasks() + 1, lastCut);
  for (int32_t k = 0; k < lastCut; ++k)
    std::fill(partOf.begin() + windows.position(k),
              partOf.begin() + windows.position(k + 1), k);
  std::vector<int32_t> parts;
  for (int32_t k = 0; k <= lastCut; ++k) {
    parts.clear();
    for (const OpenTensor &open : openAt(k))
      parts.push_back(partOf[p.tensors[open.tensor].producer]);
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    keyIndexBegin.push_back(keyIndices.size());
    for (const OpenTensor &open : openAt(k))
      keyIndices.push_back(static_cast<uint32_t>(
          std::lower_bound(parts.begin(), parts.end(),
                           partOf[p.tensors[open.tensor].producer]) -
          parts.begin()));
    keptBegin.push_back(keptFrom.size());
    if (k > 0) {
      auto first = openParts.begin() + partBegin.back();
      for (int32_t part : parts) {
        auto it = std::lower_bound(first, openParts.end(), part);
        if (it != openParts.end() && *it == part)
          keptFrom.push_back(static_cast<int32_t>(it - first));
      }
    }
    partBegin.push_back(openParts.size());
    openParts.insert(openParts.end(), parts.begin(), parts.end());
  }
  partBegin.push_back(openParts.size());
  keptBegin.push_back(keptFrom.size());
}

int32_t Decision::setFor(const Set &from, int32_t group) {
  std::vector<uint16_t> used = from.used;
  ++used[group];
  auto [it, isNew] =
      setIndex.try_emplace(used, static_cast<int32_t>(nextLevel.size()));
  if (!isNew)
    return it->second;
  Set set;
  set.index = sets ? from.index + sets->stride(group) : 0;
  set.used = std::move(used);
  set.firstCut = sets ? windows.firstCut(set.index) : 1;
  set.lastCut = sets ? windows.lastCut(set.index) : lastCut;
  if (limits.maxLabelsPerCut > 0)
    set.numAtCut.assign(lastCut + 1, 0);
  nextLevel.push_back(std::move(set));
  return it->second;
}

bool Decision::outOfTime() {
  stopped |= isPastDeadline() || labels.size() >= limits.maxLabels ||
             keys.size() >= 40 * limits.maxLabels;
  return stopped;
}

/// Appends a stage on the next device of the group to all labels of a set, by
/// one sweep over the cuts.
void Decision::extend(int32_t from, int32_t group, int32_t to) {
  if (outOfTime())
    return;
  int32_t device = order.devices().groups()[group][level[from].used[group]];
  size_t numLabels = level[from].labels.size(), next = 0;
  int32_t last = nextLevel[to].lastCut;
  numClasses = 0;
  for (int32_t k = labels[level[from].labels[0]].cut; k <= last; ++k) {
    if (numClasses > 0) {
      moveClasses(k, device);
      if (k >= nextLevel[to].firstCut) {
        for (size_t c = 0; c < numClasses && finalLabel == None; ++c)
          emitClass(classes[c], k, device, to);
        if (finalLabel != None || stopped)
          return;
        size_t kept = 0;
        for (size_t c = 0; c < numClasses; ++c)
          if (!classes[c].entries.empty())
            std::swap(classes[kept++], classes[c]);
        numClasses = kept;
      }
    }
    for (; next < numLabels; ++next) {
      int32_t label = level[from].labels[next];
      if (labels[label].cut != k)
        break;
      begin(label, group, device, nextLevel[to].firstCut);
    }
    if (numClasses > 0)
      continue;
    if (next == numLabels)
      return;
    k = labels[level[from].labels[next]].cut - 1;
  }
}

/// From the keys of cut k - 1 to those of cut k: what is read no more drops
/// out, and what the begun stage made since is on its own device.
void Decision::moveClasses(int32_t k, int32_t device) {
  const int32_t *kept = keptFrom.data() + keptBegin[k];
  int32_t numKept = static_cast<int32_t>(keptBegin[k + 1] - keptBegin[k]);
  bool drops = numKept < keySize(k - 1);
  bool appends = numKept < keySize(k);
  if (!drops && !appends)
    return;
  for (size_t c = 0; c < numClasses; ++c) {
    std::vector<uint16_t> &key = classes[c].key;
    for (int32_t i = 0; i < numKept; ++i)
      key[i] = key[kept[i]];
    key.resize(numKept);
    if (appends)
      key.push_back(static_cast<uint16_t>(device));
    classes[c].hash = hashOf(key.begin(), key.end());
  }
  if (drops && numClasses > 1)
    mergeClasses(device);
}

/// Joins classes whose keys have become equal.
void Decision::mergeClasses(int32_t device) {
  std::sort(classes.begin(), classes.begin() + numClasses,
            [](const Class &a, const Class &b) { return a.key < b.key; });
  auto byCut = [](const Entry &a, const Entry &b) { return a.cut < b.cut; };
  size_t kept = 0;
  std::vector<Entry> joined;
  for (size_t c = 1; c < numClasses; ++c) {
    if (classes[c].key != classes[kept].key) {
      if (++kept != c)
        std::swap(classes[kept], classes[c]);
      continue;
    }
    std::vector<Entry> &entries = classes[kept].entries;
    std::vector<Entry> &others = classes[c].entries;
    if (byCut(others.back(), entries.front()))
      std::swap(entries, others);
    joined.clear();
    if (byCut(others.front(), entries.back())) {
      std::merge(entries.begin(), entries.end(), others.begin(), others.end(),
                 std::back_inserter(joined), byCut);
      entries.clear();
    } else {
      // Mostly: one has begun behind all of the other, and few pushes do.
      joined.swap(others);
    }
    for (const Entry &entry : joined)
      pushEntry(classes[kept], entry, device);
  }
  numClasses = kept + 1;
}

/// How far a stage after the label can reach before a link into its device
/// carries more than the threshold. Loads only grow with what the stage reads.
int32_t Decision::linkReach(const Label &label, int32_t device, int32_t reach) {
  int32_t k = label.cut;
  int32_t end = windows.position(reach);
  Slice<OpenTensor> open = openAt(k);
  const uint16_t *key = keyOf(label);
  Slice<OpenTensor> inputs;
  if (p.ingress != None && p.ingress != device)
    inputs = order.table().inputs(windows.tableCut(k));
  int64_t inputBytes = None;

  // The bytes so far of the message from each device, and of the inputs; what
  // the link carries besides.
  auto isWithin = [&](int32_t from) {
    Inflow &load = inflows[from];
    int64_t time = load.otherNs;
    if (load.hasWires)
      time = addSaturating(time,
                           order.messages().time(from, device, load.wireBytes));
    if (from == p.ingress && inputBytes >= 0)
      time =
          addSaturating(time, order.messages().time(from, device, inputBytes));
    return passes(time);
  };
  auto touch = [&](int32_t from) -> Inflow & {
    Inflow &load = inflows[from];
    if (!load.isTouched)
      loadedFrom.push_back(from);
    load.isTouched = true;
    return load;
  };
  if (device == p.egress)
    for (int32_t r = 0; r < label.numResources; ++r) {
      const Resource &load = resources[label.resourceBegin + r];
      if (load.slot >= numMedia + numDevices)
        touch(load.slot - numMedia - numDevices).otherNs = load.value;
    }
  size_t i = 0, j = 0;
  while (i < open.size() || j < inputs.size()) {
    bool isInput =
        i == open.size() ||
        (j < inputs.size() && inputs[j].nextReader < open[i].nextReader);
    const OpenTensor &tensor = isInput ? inputs[j] : open[i];
    if (tensor.nextReader >= end)
      break;
    int32_t from = isInput ? p.ingress : key[keyIndex(k, i)];
    ++(isInput ? j : i);
    Inflow &load = touch(from);
    int64_t bytes = p.tensors[tensor.tensor].sent();
    if (isInput) {
      inputBytes = addSaturating(std::max<int64_t>(inputBytes, 0), bytes);
    } else {
      load.hasWires = true;
      load.wireBytes = addSaturating(load.wireBytes, bytes);
    }
    if (isWithin(from))
      continue;
    // The stage has to end before the task that reads this tensor.
    reach = std::min(reach, partOf[tensor.nextReader]);
    break;
  }
  for (int32_t from : loadedFrom)
    inflows[from] = {};
  loadedFrom.clear();
  return reach;
}

/// Begins a stage behind a label, if it can reach cut `needed` or later.
void Decision::begin(int32_t label, int32_t group, int32_t device,
                     int32_t needed) {
  const Label &before = labels[label];
  int32_t k = before.cut;
  int32_t reach = windows.reach(group, k);
  if (reach <= k || reach < needed)
    return;
  reach = linkReach(before, device, reach);
  if (reach <= k || reach < needed)
    return;
  Entry entry{label, k, reach, 0};
  if (order.hasMemoryLimit(device))
    entry.safe = order.safeReach(device, windows.tableCut(k));

  const uint16_t *key = keyOf(before);
  uint64_t hash = hashOf(key, key + keySize(k));
  for (size_t c = 0; c < numClasses; ++c)
    if (classes[c].hash == hash &&
        std::equal(key, key + keySize(k), classes[c].key.begin(),
                   classes[c].key.end())) {
      pushEntry(classes[c], entry, device);
      return;
    }
  if (numClasses == classes.size())
    classes.emplace_back();
  Class &cls = classes[numClasses++];
  cls.hash = hash;
  cls.key.assign(key, key + keySize(k));
  cls.entries.assign(1, entry);
}

void Decision::pushEntry(Class &cls, const Entry &entry, int32_t device) {
  while (!cls.entries.empty() && dominates(entry, cls.entries.back(), device))
    cls.entries.pop_back();
  cls.entries.push_back(entry);
}

/// Makes the labels of one class at cut k. A later begin is tried first: it
/// computes less, and mostly makes the earlier ones superfluous.
void Decision::emitClass(Class &cls, int32_t k, int32_t device, int32_t to) {
  bool dead = false;
  for (size_t i = cls.entries.size(); i-- > 0;) {
    const Entry &entry = cls.entries[i];
    if (++stepsSinceCheck % 1024 == 0 && outOfTime())
      return;
    if (entry.reach < k) {
      dead = true;
      continue;
    }
    if (emit(cls, entry, k, device, to) == Emitted::Best || finalLabel != None)
      break;
  }
  if (dead)
    cls.entries.erase(
        std::remove_if(cls.entries.begin(), cls.entries.end(),
                       [&](const Entry &entry) { return entry.reach < k; }),
        cls.entries.end());
}

Decision::Emitted Decision::emit(const Class &cls, const Entry &entry,
                                 int32_t k, int32_t device, int32_t to) {
  if (k == lastCut && stageCount < p.minStages)
    return Emitted::Blocked;
  // The windows have seen to the rest.
  if (!order.leastTimeIsExact(device) &&
      !passes(saturate(order.stageTime(device, windows.position(entry.cut),
                                       windows.position(k)))))
    return Emitted::Blocked;
  int64_t ownBytes = 0;
  bool isSafe =
      !order.hasMemoryLimit(device) || windows.tableCut(k) <= entry.safe;
  if (!isSafe) {
    int32_t first = windows.tableCut(entry.cut), end = windows.tableCut(k);
    ownBytes = order.memory().withoutSends(device, first, end);
    if (addSaturating(ownBytes, order.memory().sendBytes(first, end)) >
        p.devices[device].room())
      return Emitted::Blocked;
  }
  const Label &before = labels[entry.label];
  auto first = resources.begin() + before.resourceBegin;
  scratch.assign(first, first + before.numResources);
  if (!addMedia(entry, k, device) ||
      !addMemory(cls, entry, k, device, ownBytes, isSafe) ||
      !addEgress(cls, entry, k, device, to))
    return Emitted::Blocked;
  return insert(cls, entry, k, device, to);
}

/// Adds the label unless another one is at least as good in everything.
Decision::Emitted Decision::insert(const Class &cls, const Entry &entry,
                                   int32_t k, int32_t device, int32_t to) {
  // True if `a` is nowhere worse than `b`; what is absent is best.
  auto covers = [](const Resource *a, size_t numA, const Resource *b,
                   size_t numB) {
    size_t j = 0;
    for (size_t i = 0; i < numA; ++i) {
      while (j < numB && b[j].slot < a[i].slot)
        ++j;
      if (j == numB || b[j].slot != a[i].slot || b[j].value < a[i].value)
        return false;
    }
    return true;
  };
  auto bucketOf = [&](uint64_t keyHash, int32_t set, int32_t cut) {
    return mix(mix(keyHash, set), cut) & (buckets.size() - 1);
  };
  for (int32_t i = buckets[bucketOf(cls.hash, to, k)]; i != None;
       i = labels[i].nextInBucket) {
    Label &other = labels[i];
    if (other.dominated || other.set != to || other.cut != k ||
        !std::equal(cls.key.begin(), cls.key.end(), keyOf(other)))
      continue;
    const Resource *figures = resources.data() + other.resourceBegin;
    if (covers(figures, other.numResources, scratch.data(), scratch.size()))
      return other.numResources == 0 ? Emitted::Best : Emitted::Kept;
    if (covers(scratch.data(), scratch.size(), figures, other.numResources))
      other.dominated = true;
  }
  if (limits.maxLabelsPerCut > 0)
    ++nextLevel[to].numAtCut[k];

  int32_t index = static_cast<int32_t>(labels.size());
  Label label{to,
              k,
              entry.label,
              device,
              static_cast<uint32_t>(keys.size()),
              static_cast<uint32_t>(resources.size()),
              static_cast<int32_t>(scratch.size()),
              None,
              false};
  keys.insert(keys.end(), cls.key.begin(), cls.key.end());
  resources.insert(resources.end(), scratch.begin(), scratch.end());
  labels.push_back(label);
  if (k == lastCut)
    finalLabel = index;

  ++labelsInLevel;
  auto link = [&](int32_t i) {
    const uint16_t *key = keyOf(labels[i]);
    uint64_t keyHash = hashOf(key, key + keySize(labels[i].cut));
    int32_t &head = buckets[bucketOf(keyHash, labels[i].set, labels[i].cut)];
    labels[i].nextInBucket = head;
    head = i;
  };
  if (labelsInLevel <= buckets.size()) {
    link(index);
  } else {
    buckets.assign(4 * buckets.size(), None);
    for (size_t i = labels.size() - labelsInLevel; i < labels.size(); ++i)
      link(static_cast<int32_t>(i));
  }
  return scratch.empty() ? Emitted::Best : Emitted::Kept;
}

void Decision::finishLevel(size_t firstLabel) {
  for (size_t i = firstLabel; i < labels.size(); ++i)
    if (!labels[i].dominated)
      nextLevel[labels[i].set].labels.push_back(static_cast<int32_t>(i));
  nextLevel.erase(
      std::remove_if(nextLevel.begin(), nextLevel.end(),
                     [](const Set &set) { return set.labels.empty(); }),
      nextLevel.end());
  for (Set &set : nextLevel)
    std::stable_sort(
        set.labels.begin(), set.labels.end(),
        [&](int32_t a, int32_t b) { return labels[a].cut < labels[b].cut; });
  labelsInLevel = 0;
  level = std::move(nextLevel);
  nextLevel.clear();
  if (limits.maxSets > 0 && level.size() > static_cast<size_t>(limits.maxSets))
    thinLevel();
}

/// Keeps the sets that leave the least work for each unit of the speed that is
/// left to them.
void Decision::thinLevel() {
  truncated = true;
  int32_t numTasks = order.numTasks();
  double allSpeed = 0;
  std::vector<double> speed(numDevices);
  for (int32_t d = 0; d < numDevices; ++d) {
    double time = static_cast<double>(order.compute(d, 0, numTasks));
    allSpeed += speed[d] = 1 / (time + 1);
  }
  std::vector<std::pair<double, size_t>> ranking;
  for (size_t s = 0; s < level.size(); ++s) {
    int32_t cut = windows.position(labels[level[s].labels.back()].cut);
    double left = allSpeed, work = 0;
    for (size_t g = 0; g < order.devices().groups().size(); ++g)
      left -= level[s].used[g] * speed[order.devices().groups()[g].front()];
    // Whichever device measures it: only the ratio counts.
    work = static_cast<double>(order.compute(0, cut, numTasks)) +
           1e-3 * (numTasks - cut);
    ranking.push_back({work / std::max(left, allSpeed * 1e-9), s});
  }
  std::sort(ranking.begin(), ranking.end());
  ranking.resize(limits.maxSets);
  std::vector<Set> kept;
  for (auto [score, s] : ranking)
    kept.push_back(std::move(level[s]));
  level = std::move(kept);
}

void Decision::rebuildPlan(int32_t label) {
  std::vector<int32_t> ends;
  for (; labels[label].parent != None; label = labels[label].parent) {
    plan.deviceOf.push_back(labels[label].device);
    ends.push_back(windows.position(labels[label].cut));
  }
  std::reverse(plan.deviceOf.begin(), plan.deviceOf.end());
  std::reverse(ends.begin(), ends.end());
  int32_t begin = 0;
  for (size_t s = 0; s < ends.size(); ++s) {
    plan.stageOf.insert(plan.stageOf.end(), ends[s] - begin,
                        static_cast<int32_t>(s));
    begin = ends[s];
  }
}
