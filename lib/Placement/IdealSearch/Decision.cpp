//===- Decision.cpp - Is there a contiguous plan? -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decision.h"

using namespace onnx_split::placement;

/// Few sets of devices, or few ways to choose among ranked ones: all of them at
/// once, which saves the rounds.
static bool remembersEverything(const DeviceGroups &devices,
                                const DeviceRanks &ranks) {
  constexpr size_t fewSets = 512, fewChains = 4;
  return DeviceMemory::countSets(devices, 1 << 20) <= fewSets ||
         ranks.chains.size() <= fewChains;
}

Tracking::Tracking(const Lattice &lattice, bool keepsNearest)
    : ranks(lattice.devices()),
      isExact(remembersEverything(lattice.devices(), ranks)),
      memory(lattice.devices(), isExact) {
  constexpr size_t enough = 8;
  if (!isExact && keepsNearest)
    memory.keepNearest(enough);
  // Too few stages cannot be told behind a label that forgets them.
  if (lattice.problem().minStages > 1)
    memory.keepEverywhere(memory.stages());
}

/// Latest output; stages and wires; load between the two ends.
static size_t countFigures(bool countsLatency, Wanted wanted, bool hasTwoEnds) {
  return (countsLatency ? 1 : 0) + (wanted == Wanted::Tidiest ? 2 : 0) +
         (hasTwoEnds ? 1 : 0);
}

LatticeDecision::LatticeDecision(Lattice &sharedLattice,
                                 Tracking &sharedTracking, Limits limits,
                                 Wanted wantedPlan, const SearchState &search,
                                 Effort mostEffort)
    : lattice(sharedLattice), p(lattice.problem()), tracking(sharedTracking),
      threshold(std::min(limits.bottleneckNs, Unlimited - 1)),
      // A round trip is no shorter than the way there.
      maxLatency(
          std::min({limits.latencyNs, limits.roundTripNs, Unlimited - 1})),
      latencyLimit(maxLatency), roundTripLimit(limits.roundTripNs),
      firstGroup(limits.firstGroup), wanted(wantedPlan),
      countsLatency(wanted != Wanted::Any || firstGroup != None ||
                    maxLatency != Unlimited - 1),
      countsLoads(limits.bottleneckNs != Unlimited), state(search),
      effort(mostEffort), hasOverheads(p.hasOverheads()),
      hasTwoEnds(p.ingress != None && p.egress != None &&
                 p.ingress != p.egress),
      numCommon(p.media.size() +
                countFigures(countsLatency, wanted, hasTwoEnds)),
      numFigures((hasOverheads ? 3 : 2) + (countsLatency ? 1 : 0)),
      labels(lattice, tracking.memory, numCommon, numFigures) {
  const DeviceGroups &devices = lattice.devices();
  numGroups = static_cast<int32_t>(devices.size());
  numWords = (numGroups + 63) / 64;
  groupBits.assign(numWords, 0);
  possible.assign(numWords, 0);
  numMedia = static_cast<int32_t>(p.media.size());
  isCarriedKnown.assign(p.tensors.size() * numGroups, 0);
  carried.assign(isCarriedKnown.size() * numWords, 0);
  ingressGroup = p.ingress == None ? None : devices.groupOf(p.ingress);
  egressGroup = p.egress == None ? None : devices.groupOf(p.egress);
  if (hasTwoEnds)
    knownEndsToCome.assign(lattice.size(), None);
  for (int32_t d = 0; d < devices.numDevices(); ++d)
    fullSupply += lattice.price(d);
  if (countsLatency)
    measureTails();
}

int64_t LatticeDecision::lowestRejected() const {
  int64_t least = std::min(rejected, rejectedMessage);
  if (mediumLoads)
    least = std::min(least, mediumLoads->lowestRejected());
  return completion ? std::min(least, completion->lowestRejected()) : least;
}

LatticeDecision::Outcome LatticeDecision::run() {
  prepareMediumLoads();
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
    if (wanted != Wanted::Any)
      latencyBound = std::max(latencyBound,
                              labels.figuresOf(labels[finalLabel])[numMedia]);
    if (tracking.memory.extend(labels.path(finalLabel),
                               countsLatency ? DeviceMemory::Where::BetweenUses
                                             : DeviceMemory::Where::Everywhere))
      continue;
    plan = labels.placement(finalLabel);
    return Outcome::Feasible;
  }
}

/// One pass with the devices tracked now. Ideals are walked by work, and every
/// stage leads to an ideal further on.
LatticeDecision::Pass LatticeDecision::search() {
  labels.begin(&tracking.ranks, tracking.isExact);
  finalLabel = None;
  latencyLimit = maxLatency;
  for (int32_t ideal : lattice.byWork()) {
    if (labels.at(ideal).empty() || ideal == lattice.size() - 1)
      continue;
    if (labels.size() > effort.labels || state.outOfTime())
      return Pass::Stopped;
    prepareCompletion();
    extendFrom(ideal);
    if (finalLabel == Stopped)
      return Pass::Stopped;
    if (finalLabel != None)
      return Pass::Found;
  }
  chooseFinal();
  return finalLabel == None ? Pass::Nothing : Pass::Found;
}

/// Looks at the clock now and then.
bool LatticeDecision::outOfLimits() {
  constexpr size_t seldom = 256;
  if (++steps < nextCheck)
    return finalLabel == Stopped;
  nextCheck = steps + seldom;
  if ((state.outOfTime() || labels.size() > effort.labels ||
       steps > effort.steps))
    finalLabel = Stopped;
  return finalLabel == Stopped;
}

/// All stages that begin at the ideal.
void LatticeDecision::extendFrom(int32_t ideal) {
  labels.dropDominated(ideal);
  const std::vector<int32_t> &here = labels.at(ideal);
  if (here.empty())
    return;
  // The full ideal comes last; it is tried first, to end early.
  auto extendTo = [&](int32_t to) {
    if (outOfLimits())
      return;
    if (to == ideal || isDeadEnd(to, nullptr) ||
        !lattice.ideals().isSubset(ideal, to) || !passes(lattice.floor(to)) ||
        lattice.floor(to) > latencyLimit)
      return;
    steps += numGroups;
    if (!canCompute(ideal, to))
      return;
    prepareStages(ideal, to);
    if (std::all_of(possible.begin(), possible.end(),
                    [](uint64_t word) { return word == 0; }))
      return;
    size_t numOpen = lattice.open(ideal).size();
    for (size_t i = 0; i < here.size() && finalLabel == None; ++i)
      extendLabel(here[i], &left[i * numWords], gets.data() + i * numOpen);
  };
  left.assign(here.size() * numWords, ~uint64_t(0));
  for (size_t i = 0; i < here.size(); ++i)
    labels.dropExhausted(labels[here[i]], &left[i * numWords]);
  dropDeadEnds(ideal);
  listLeft(here.size());
  listReceivers(ideal);
  int32_t full = lattice.size() - 1;
  if (lattice.leastWork(full) - lattice.leastWork(ideal) <=
      std::min(threshold, latencyLimit))
    extendTo(full);
  const std::vector<int32_t> &ends = completion && completion->usable()
                                         ? completion->alive()
                                         : lattice.byWork();
  auto begin = std::lower_bound(
      ends.begin(), ends.end(), lattice.leastWork(ideal),
      [&](int32_t a, int64_t work) { return lattice.leastWork(a) < work; });
  for (auto it = begin; it != ends.end() && finalLabel == None; ++it) {
    int64_t work = lattice.leastWork(*it) - lattice.leastWork(ideal);
    if (!passes(work) || work > latencyLimit)
      break;
    if (*it != full)
      extendTo(*it);
  }
}

/// The groups that have a device left for some label.
void LatticeDecision::listLeft(size_t numLabelsHere) {
  leftForAny.assign(numWords, 0);
  for (size_t i = 0; i < numLabelsHere; ++i)
    for (int32_t w = 0; w < numWords; ++w)
      leftForAny[w] |= left[i * numWords + w];
}

/// The groups that are left and compute in time what lies between two ideals.
/// Most pairs have none, and are looked at no further.
bool LatticeDecision::canCompute(int32_t from, int32_t to) {
  uint64_t any = 0;
  for (int32_t w = 0; w < numWords; ++w) {
    possible[w] = leftForAny[w];
    for (uint64_t bits = possible[w]; bits; bits &= bits - 1) {
      int32_t group = w * 64 + __builtin_ctzll(bits);
      bool mayBegin = from != 0 || firstGroup == None || group == firstGroup;
      if (!mayBegin || group >= numGroups || !lattice.allows(group, from, to) ||
          !passes(lattice.compute(deviceOf(group), from, to)))
        possible[w] &= ~(bits & -bits);
    }
    any |= possible[w];
  }
  return any != 0;
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
  listMessages(from, to);
  knownCap = knownCache = None;
  stages.resize(numGroups);
  for (int32_t w = 0; w < numWords; ++w)
    for (uint64_t bits = possible[w]; bits; bits &= bits - 1) {
      int32_t group = w * 64 + __builtin_ctzll(bits);
      stages[group] = {from, to, group, 0, 0, 0, 0, 0, 0, 0};
      if (!prepareStage(stages[group]))
        possible[w] &= ~(bits & -bits);
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
    int64_t time = lattice.messages().time(
        from, lattice.devices().receiverOf(group, holder),
        p.tensors[tensor].sent());
    if (time <= threshold)
      bits[group / 64] |= uint64_t(1) << (group % 64);
    else
      rejectedMessage = std::min(rejectedMessage, time);
  }
  return bits;
}

/// By label at the ideal and open tensor: who gets it in time.
void LatticeDecision::listReceivers(int32_t ideal) {
  Slice<int32_t> open = lattice.open(ideal);
  gets.clear();
  for (int32_t index : labels.at(ideal)) {
    const Label &label = labels[index];
    const uint16_t *key = labels.key(label);
    for (size_t slot = 0; slot < open.size(); ++slot)
      gets.push_back(receivers(open[slot], key[label.numOpen + key[slot]]));
  }
}

/// The prepared stages behind one label: those on devices that are left and
/// that get each message in time, taken by itself. Most fail here.
void LatticeDecision::extendLabel(int32_t index, const uint64_t *isLeft,
                                  const uint64_t *const *getsOf) {
  uint64_t any = 0;
  for (int32_t w = 0; w < numWords; ++w)
    any |= groupBits[w] = isLeft[w] & possible[w];
  for (size_t i = 0; i < readList.size() && any; ++i) {
    const uint64_t *bits = getsOf[readList[i]];
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

/// What does not depend on the stages before, of one that canCompute() left.
/// False: the stage is impossible.
bool LatticeDecision::prepareStage(Stage &stage) {
  int32_t device = deviceOf(stage.group);
  stage.runNs = lattice.compute(device, stage.from, stage.to);
  if (p.devices[device].streams()) {
    stage.runNs =
        addSaturating(stage.runNs, prepareStream(device, stage.from, stage.to));
    if (!passes(stage.runNs))
      return false;
  }
  stage.busyNs = stage.runNs;
  if (hasOverheads) {
    if (device != p.ingress)
      stage.busyNs = addSaturating(stage.busyNs, overhead(device, inputsRead));
    if (device != p.egress)
      stage.busyNs = addSaturating(stage.busyNs, overhead(device, outputsMade));
    // At least one message for all that is received, and one for all that is
    // sent.
    if (!passes(addSaturating(stage.busyNs,
                              addSaturating(overhead(device, wiresRead),
                                            overhead(device, wiresMade)))))
      return false;
  }
  if (outputsMade.any)
    stage.egressNs =
        lattice.messages().time(device, p.egress, outputsMade.sent);
  if (inputsRead.any)
    stage.ingressNs =
        lattice.messages().time(p.ingress, device, inputsRead.sent);
  if (!passes(stage.egressNs) || !passes(stage.ingressNs) || !canArrive(stage))
    return false;
  int64_t cap = p.devices[device].room();
  if (cap == Unlimited)
    return true;
  stage.memory = prepareMemory(device, stage.from, stage.to);
  return stage.memory <= cap;
}

/// Time to stream weights. Devices often have the same cache.
int64_t LatticeDecision::prepareStream(int32_t device, int32_t from,
                                       int32_t to) {
  const Device &runner = p.devices[device];
  if (knownCache != runner.weightCache) {
    knownCache = runner.weightCache;
    knownStreamed = lattice.streamed(runner.weightCache, from, to);
  }
  return streamTime(runner, knownStreamed);
}

/// Memory of a stage, with the buffers that the device needs for the model's
/// inputs and outputs. Devices often have the same.
int64_t LatticeDecision::prepareMemory(int32_t device, int32_t from,
                                       int32_t to) {
  int64_t cap = p.devices[device].room();
  int64_t boundary = 2 * ((device != p.ingress ? inputsRead.held : 0) +
                          (device != p.egress ? outputsMade.held : 0));
  if (knownCap != cap || knownBoundary != boundary) {
    knownCap = cap;
    knownBoundary = boundary;
    knownMemory = lattice.memory(from, to, cap, boundary);
  }
  return knownMemory;
}

bool LatticeDecision::hasTooFewStages(int32_t ideal) const {
  return p.minStages > 1 && ideal == lattice.size() - 1 &&
         labels.draftStages() < p.minStages;
}

void LatticeDecision::extend(int32_t index, const Stage &stage) {
  if (outOfLimits())
    return;
  const Label label = labels[index];
  if (!labels.use(label, stage.group) || hasTooFewStages(stage.to) ||
      !addLoads(label, stage) || !canCarry(stage.to) || !canFinish(stage.to) ||
      !schedule(label, stage) || !makeHolders(label, stage))
    return;
  labels.forget(stage.group);
  int32_t made = labels.insert(index, stage.to, stage.group);
  if (made == None || stage.to != lattice.size() - 1)
    return;
  if (wanted == Wanted::Any)
    finalLabel = made;
  else if (wanted == Wanted::LeastLatency)
    latencyLimit = labels.figuresOf(labels[made])[numMedia] - 1;
}
