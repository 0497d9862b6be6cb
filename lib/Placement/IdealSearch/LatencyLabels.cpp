//===- LatencyLabels.cpp - Smallest latency by label setting --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LatencyLabels.h"
#include "Search.h"

#include <algorithm>

using namespace onnx_split::placement;

LatencyLabels::LatencyLabels(Lattice &preparedLattice,
                             const DeviceMemory &memory,
                             const SearchState &searchState)
    : lattice(preparedLattice), p(lattice.problem()), search(searchState),
      upper(search.upper()),
      numGroups(static_cast<int32_t>(lattice.devices().size())),
      labels(lattice, memory, /*commonFigures=*/1, /*holderFigures=*/2) {
  measureTails();
}

void LatencyLabels::measureTails() {
  Graph graph(p);
  tails.assign(p.tasks.size(), 0);
  for (int32_t t = static_cast<int32_t>(p.tasks.size()); t-- > 0;) {
    int64_t least = Unlimited;
    for (int32_t g = 0; g < numGroups; ++g)
      least = std::min(least, p.timeOf(t, deviceOf(g)));
    int64_t rest = 0;
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        rest = std::max(rest, tails[reader]);
    tails[t] = addSaturating(least, rest);
  }
}

LatencyLabels::Outcome LatencyLabels::run() {
  labels.begin(/*ranks=*/nullptr, /*comparesRanks=*/false);
  // Every stage leads to an ideal that comes later in this order.
  for (int32_t ideal : lattice.byWork()) {
    if (labels.at(ideal).empty() || ideal == lattice.size() - 1)
      continue;
    if (search.outOfTime())
      return Outcome::Stopped;
    extendFrom(ideal);
    if (stopped)
      return Outcome::Stopped;
  }
  labels.dropDominated(lattice.size() - 1);
  for (int32_t l : labels.at(lattice.size() - 1))
    if (best == None || *labels.figuresOf(labels[l]) < latency())
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
  labels.dropDominated(ideal);
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
  inputsRead = p.ingress == None ? Traffic() : lattice.inputsRead(from, to);
  outputsMade = p.egress == None ? Traffic() : lattice.outputsMade(from, to);
  for (int32_t group = 0; group < numGroups && !stopped; ++group) {
    Stage stage{from, to, group, 0, 0, 0};
    if (!prepareStage(stage))
      continue;
    const std::vector<int32_t> &here = labels.at(from);
    for (size_t i = 0; i < here.size() && !stopped; ++i)
      extend(here[i], stage);
  }
}

/// What does not depend on the stages before. False: the stage is impossible.
bool LatencyLabels::prepareStage(Stage &stage) {
  int32_t device = deviceOf(stage.group);
  if (!lattice.allows(stage.group, stage.from, stage.to))
    return false;
  if (outputsMade.any)
    stage.egressNs =
        lattice.messages().delivery(device, p.egress, outputsMade.sent);
  if (inputsRead.any)
    stage.ingressNs =
        lattice.messages().delivery(p.ingress, device, inputsRead.sent);
  int64_t least = addSaturating(addSaturating(stage.ingressNs, stage.egressNs),
                                lattice.compute(device, stage.from, stage.to));
  if (least >= upper)
    return false;
  int64_t cap = p.devices[device].memory;
  if (cap == Unlimited)
    return true;
  int64_t boundary = 2 * ((device != p.ingress ? inputsRead.held : 0) +
                          (device != p.egress ? outputsMade.held : 0));
  stage.memory = lattice.memory(stage.from, stage.to, cap, boundary);
  return stage.memory <= cap;
}

void LatencyLabels::extend(int32_t index, const Stage &stage) {
  const Label label = labels[index];
  if (outOfLimits() || !labels.use(label, stage.group) ||
      !schedule(label, stage) || !makeHolders(label, stage))
    return;
  labels.forget(stage.group);
  labels.insert(index, stage.to, stage.group);
}

/// When the stage ends, and the memory of the senders.
bool LatencyLabels::schedule(const Label &label, const Stage &stage) {
  const uint16_t *key = labels.key(label), *groups = labels.groups(label);
  const int64_t *values = labels.figuresOf(label) + 1;
  int64_t start = stage.ingressNs;
  holderMemory.resize(label.numHolders);
  received.assign(label.numHolders, {});
  for (int32_t h = 0; h < label.numHolders; ++h)
    holderMemory[h] = values[2 * h + 1];
  Slice<int32_t> open = lattice.open(stage.from);
  for (size_t i = 0; i < open.size(); ++i) {
    if (!readHere[i])
      continue;
    int32_t holder = key[i], from = deviceOf(groups[holder]);
    received[holder].add(p.tensors[open[i]]);
    // Each destination but the first needs send buffers of its own.
    if (p.devices[from].memory != Unlimited &&
        lattice.isOpen(open[i], stage.to)) {
      holderMemory[holder] += 2 * p.tensors[open[i]].bytes;
      if (holderMemory[holder] > 0)
        return false;
    }
  }
  for (int32_t h = 0; h < label.numHolders; ++h)
    if (received[h].any)
      start = std::max(
          start, addSaturating(values[2 * h], lattice.messages().delivery(
                                                  deviceOf(groups[h]),
                                                  lattice.devices().receiverOf(
                                                      stage.group, groups[h]),
                                                  received[h].sent)));
  endNs = addSaturating(
      start, lattice.compute(deviceOf(stage.group), stage.from, stage.to));
  return addSaturating(endNs, stage.egressNs) < upper;
}

/// Who holds the tensors that are open behind the stage, and the figures that
/// matter. False: what follows takes too long even on the fastest devices.
bool LatencyLabels::makeHolders(const Label &label, const Stage &stage) {
  labels.carry(label, stage.group, stage.to);
  LabelStore::Draft &draft = labels.draft();
  const int64_t *values = labels.figuresOf(label);
  auto endOf = [&](int32_t old) {
    return old == label.numHolders ? endNs : values[1 + 2 * old];
  };
  // Buffers that each holder may still need, by its new number.
  later.assign(draft.oldOf.size(), 0);
  Slice<int32_t> after = lattice.open(stage.to);
  for (size_t i = 0; i < after.size(); ++i) {
    int32_t x = after[i], holder = draft.key[i];
    later[holder] +=
        2 * p.tensors[x].bytes * (lattice.readersLeft(x, stage.to) - 1);
    if (addSaturating(addSaturating(endOf(draft.oldOf[holder]),
                                    lattice.messages().leastDelivery(x)),
                      lattice.longestTail(x, stage.to, tails)) >= upper)
      return false;
  }
  draft.figures.assign(
      1, std::max(values[0], addSaturating(endNs, stage.egressNs)));
  for (size_t h = 0; h < draft.oldOf.size(); ++h) {
    int32_t old = draft.oldOf[h];
    int64_t cap = p.devices[deviceOf(draft.groups[h])].memory;
    int64_t memory =
        old == label.numHolders ? stage.memory - cap : holderMemory[old];
    if (cap == Unlimited || memory + later[h] <= 0)
      memory = Harmless;
    draft.figures.push_back(endOf(old));
    draft.figures.push_back(memory);
  }
  return true;
}

/// Every group where that makes few different memories; otherwise only the own
/// group, until a plan shows that more is needed.
static DeviceMemory firstMemory(const DeviceGroups &devices) {
  constexpr size_t fewSets = 512;
  DeviceMemory memory(devices,
                      DeviceMemory::countSets(devices, fewSets + 1) <= fewSets);
  size_t all = std::min(devices.problem().devices.size(),
                        devices.problem().tasks.size());
  if (devices.maxStages() < static_cast<int32_t>(all))
    memory.keepEverywhere(memory.stages());
  return memory;
}

/// Each pass gives a bound, which rises as labels remember more.
void onnx_split::placement::searchContiguousLatency(SearchState &search,
                                                    bool givenOrder) {
  SolutionClass ofClass =
      givenOrder ? SolutionClass::FixedOrder : SolutionClass::Contiguous;
  Lattice lattice(search.problem, search.upper(), MaxIdeals, search,
                  givenOrder);
  if (!lattice.usable())
    return;
  DeviceMemory memory = firstMemory(lattice.devices());
  while (!search.closed()) {
    LatencyLabels labels(lattice, memory, search);
    switch (labels.run()) {
    case LatencyLabels::Outcome::Stopped:
      return;
    case LatencyLabels::Outcome::Nothing:
      search.raiseBound(search.upper(), BoundKind::LatencySearch, ofClass);
      return;
    case LatencyLabels::Outcome::Found:
      break;
    }
    search.raiseBound(labels.latency(), BoundKind::LatencySearch, ofClass);
    if (!memory.extend(labels.path(), DeviceMemory::Where::BetweenUses)) {
      search.offer(labels.placement());
      return;
    }
    search.report();
  }
}
