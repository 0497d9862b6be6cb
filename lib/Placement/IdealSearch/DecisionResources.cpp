//===- DecisionResources.cpp - What a stage adds to a label ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Messages of a stage, the loads that they make, and the figures that a label
/// carries on. The search itself is in Decision.cpp.
///
//===----------------------------------------------------------------------===//

#include "Decision.h"

#include <numeric>

using namespace onnx_split::placement;

/// What a stage between two ideals sends and receives, whatever its device.
void LatticeDecision::listMessages(int32_t from, int32_t to) {
  wiresRead = wiresMade = inputsRead = outputsMade = {};
  if (p.ingress != None)
    inputsRead = lattice.inputsRead(from, to);
  if (p.egress != None)
    outputsMade = lattice.outputsMade(from, to);
  if (!hasOverheads)
    return;
  for (int32_t slot : readList)
    wiresRead.add(p.tensors[lattice.open(from)[slot]]);
  for (int32_t x : lattice.open(to))
    if (lattice.makes(x, from, to))
      wiresMade.add(p.tensors[x]);
}

/// Of one message.
int64_t LatticeDecision::overhead(int32_t device,
                                  const Traffic &traffic) const {
  return traffic.any ? messageOverhead(p.devices[device], traffic.sent) : 0;
}

bool LatticeDecision::addMedium(int32_t from, int32_t to, int64_t time) {
  int32_t medium = from == to ? None : p.medium(from, to);
  if (medium == None || time == 0)
    return true;
  media[medium] = addSaturating(media[medium], time);
  return passes(media[medium]);
}

/// Charges one message from each holder that has something for the stage.
bool LatticeDecision::receive(const Label &label, const Stage &stage) {
  const uint16_t *groups = labels.groups(label);
  ownBusy = stage.busyNs;
  for (int32_t h = 0; h < label.numHolders; ++h) {
    if (!received[h].any)
      continue;
    int32_t from = deviceOf(groups[h]);
    int32_t to = lattice.devices().receiverOf(stage.group, groups[h]);
    int64_t time = lattice.messages().time(from, to, received[h].sent);
    linkNs[h] = addSaturating(linkNs[h], time);
    if (!passes(linkNs[h]) || !addMedium(from, to, time))
      return false;
    if (!hasOverheads)
      continue;
    ownBusy = addSaturating(ownBusy, overhead(to, received[h]));
    if (holderBusy[h] == Harmless)
      continue;
    holderBusy[h] = addSaturating(holderBusy[h], overhead(from, received[h]));
    if (!passes(holderBusy[h]))
      return false;
  }
  return passes(ownBusy);
}

/// The link from the ingress to the egress device carries the outputs that the
/// one makes, the inputs that the other reads, and the wires between them,
/// whichever of the two runs first. False: more than the threshold.
bool LatticeDecision::loadEnds(const Label &label, const Stage &stage) {
  if (!hasTwoEnds || !countsLoads)
    return true;
  endsNs = labels.figuresOf(label)[numCommon - 1];
  if (stage.group == ingressGroup)
    endsNs = addSaturating(endsNs, stage.egressNs);
  if (stage.group == egressGroup)
    endsNs = addSaturating(endsNs, stage.ingressNs);
  return passes(endsNs);
}

/// The most that the boundary can still make that link carry behind the ideal.
int64_t LatticeDecision::endsToCome(int32_t ideal) {
  int64_t &known = knownEndsToCome[ideal];
  if (known != None)
    return known;
  int32_t full = lattice.size() - 1;
  known = 0;
  for (const Traffic &traffic :
       {lattice.inputsRead(ideal, full), lattice.outputsMade(ideal, full)})
    if (traffic.any)
      known = addSaturating(
          known, lattice.messages().time(p.ingress, p.egress, traffic.sent));
  return known;
}

/// The load between the two ends as a figure of the draft: 0 where it cannot
/// pass the threshold any more.
int64_t LatticeDecision::endsFigure(const Stage &stage) {
  if (!countsLoads || endsNs == 0)
    return 0;
  const LabelStore::Draft &draft = labels.draft();
  Traffic wires;
  Slice<int32_t> after = lattice.open(stage.to);
  for (size_t i = 0; i < after.size(); ++i)
    if (draft.groups[draft.key[i]] == ingressGroup)
      wires.add(p.tensors[after[i]]);
  int64_t toCome = endsToCome(stage.to);
  if (wires.any)
    toCome = addSaturating(
        toCome, lattice.messages().time(p.ingress, p.egress, wires.sent));
  return addSaturating(endsNs, toCome) <= threshold ? 0 : endsNs;
}

/// Loads of the links into the stage, of media, and the memory of the senders.
bool LatticeDecision::addLoads(const Label &label, const Stage &stage) {
  const uint16_t *key = labels.key(label), *groups = labels.groups(label);
  const int64_t *values = labels.figuresOf(label);
  media.assign(values, values + numMedia);
  holderMemory.resize(label.numHolders);
  holderEgress.resize(label.numHolders);
  holderBusy.assign(label.numHolders, Harmless);
  linkNs.assign(label.numHolders, 0);
  received.assign(label.numHolders, {});
  for (int32_t h = 0; h < label.numHolders; ++h) {
    const int64_t *own = values + numCommon + numFigures * h;
    holderMemory[h] = own[0];
    holderEgress[h] = own[1];
    if (hasOverheads)
      holderBusy[h] = own[numFigures - 1];
    // Egress messages share the link with wires to the egress device.
    if (stage.group == egressGroup)
      linkNs[h] = holderEgress[h];
    // So do the outputs of the ingress device, which are in this figure too.
    if (stage.group == egressGroup && groups[h] == ingressGroup && hasTwoEnds)
      linkNs[h] = std::max(linkNs[h], values[numCommon - 1]);
  }
  Slice<int32_t> open = lattice.open(stage.from);
  for (size_t i = 0; i < open.size(); ++i) {
    if (!readHere[i])
      continue;
    int32_t holder = key[i];
    received[holder].add(p.tensors[open[i]]);
    // Each destination but the first needs send buffers of its own.
    if (p.devices[deviceOf(groups[holder])].room() != Unlimited &&
        lattice.isOpen(open[i], stage.to)) {
      holderMemory[holder] += 2 * p.tensors[open[i]].bytes;
      if (holderMemory[holder] > 0)
        return false;
    }
  }
  if (!receive(label, stage) || !loadEnds(label, stage))
    return false;
  int32_t device = deviceOf(stage.group);
  if (stage.ingressNs > 0) {
    for (int32_t h = 0; h < label.numHolders; ++h)
      if (groups[h] == ingressGroup &&
          !passes(addSaturating(linkNs[h], stage.ingressNs)))
        return false;
    if (!addMedium(p.ingress, device, stage.ingressNs))
      return false;
  }
  return stage.egressNs == 0 || addMedium(device, p.egress, stage.egressNs);
}

/// Who holds the tensors that are open behind the stage, and the figures that
/// can still matter. False: too much on some device, whatever follows.
bool LatticeDecision::makeHolders(const Label &label, const Stage &stage) {
  labels.carry(label, stage.group, stage.to);
  LabelStore::Draft &draft = labels.draft();
  // What each holder may still send, by its new number.
  later.assign(draft.oldOf.size(), 0);
  laterBusy.assign(draft.oldOf.size(), 0);
  unsent.assign(draft.oldOf.size(), {});
  Slice<int32_t> after = lattice.open(stage.to);
  for (size_t i = 0; i < after.size(); ++i) {
    int32_t x = after[i], holder = draft.key[i];
    int32_t readers = lattice.readersLeft(x, stage.to);
    later[holder] += 2 * p.tensors[x].bytes * (readers - 1);
    if (!hasOverheads)
      continue;
    // To each reader in a stage of its own at most, and once at least.
    const Device &sender = p.devices[deviceOf(draft.groups[holder])];
    int64_t each = messageOverhead(sender, p.tensors[x].sent());
    laterBusy[holder] = saturate(laterBusy[holder] + Wide(each) * readers);
    unsent[holder].add(p.tensors[x]);
  }
  if (countsLoads)
    draft.figures.assign(media.begin(), media.end());
  else
    draft.figures.assign(numMedia, 0);
  if (!rankFigures(label, stage))
    return false;
  if (hasTwoEnds)
    draft.figures.push_back(endsFigure(stage));
  for (size_t h = 0; h < draft.oldOf.size(); ++h) {
    int32_t old = draft.oldOf[h];
    bool isNew = old == label.numHolders;
    int64_t cap = p.devices[deviceOf(draft.groups[h])].room();
    int64_t memory = isNew ? stage.memory - cap : holderMemory[old];
    // A figure that cannot reach its limit any more does not matter.
    if (cap == Unlimited || memory + later[h] <= 0)
      memory = Harmless;
    draft.figures.push_back(memory);
    draft.figures.push_back(!countsLoads ? 0
                            : isNew      ? stage.egressNs
                                         : holderEgress[old]);
    if (countsLatency)
      draft.figures.push_back(endOf(label, old));
    if (!hasOverheads)
      continue;
    int64_t busy = isNew ? ownBusy : holderBusy[old];
    if (busy == Harmless || addSaturating(busy, laterBusy[h]) <= threshold)
      busy = Harmless;
    else if (!passes(addSaturating(
                 busy, overhead(deviceOf(draft.groups[h]), unsent[h]))))
      return false;
    draft.figures.push_back(busy);
  }
  return true;
}

/// Few ideals can be cut where all messages share a medium, so that this table
/// is small mostly.
void LatticeDecision::prepareMediumLoads() {
  if (numMedia == 0 || !countsLoads || !tracking.asksMedium ||
      effort.beforeCompletion == Effort::Never)
    return;
  mediumLoads.emplace(lattice, threshold, state);
  tracking.asksMedium = mediumLoads->usable();
}

/// A table of what can be finished pays where labels are many. It holds for all
/// passes.
void LatticeDecision::prepareCompletion() {
  if (!completion && countsLoads &&
      labels.size() / lattice.size() >= effort.beforeCompletion)
    completion.emplace(lattice, threshold, tracking.isExact, state);
}

/// The devices that a label has used, as far as its counts know.
int64_t LatticeDecision::usedDevices(const DeviceStates &states,
                                     const uint16_t *counts) const {
  const std::vector<int32_t> &tracked = labels.tracked();
  int64_t used = 0;
  for (size_t r = 0; r < tracked.size(); ++r)
    if (tracked[r] != numGroups)
      used += states.groups()[tracked[r]].stride * counts[r];
  return used;
}

/// Whether nothing completes a label of the ideal with these counts of tracked
/// resources; null: whatever they are.
bool LatticeDecision::isDeadEnd(int32_t ideal, const uint16_t *counts) const {
  if (counts == nullptr && mediumLoads && mediumLoads->usable() &&
      !mediumLoads->canFinish(ideal))
    return true;
  if (!completion || !completion->usable())
    return false;
  if (counts == nullptr)
    return !completion->canFinish(ideal);
  return !completion->canFinish(
      ideal, usedDevices(completion->deviceStates(), counts));
}

/// What the medium carries so far, and what it must carry behind the draft.
bool LatticeDecision::canCarry(int32_t ideal) {
  if (!mediumLoads || !mediumLoads->usable())
    return true;
  int64_t used =
      usedDevices(mediumLoads->deviceStates(), labels.draft().counts.data());
  return passes(addSaturating(media[mediumLoads->medium()],
                              mediumLoads->behind(ideal, used)));
}

/// Labels at the ideal that were made before the table was.
void LatticeDecision::dropDeadEnds(int32_t ideal) {
  const std::vector<int32_t> &here = labels.at(ideal);
  for (size_t i = 0; i < here.size(); ++i)
    if (isDeadEnd(ideal, labels.countsOf(labels[here[i]])))
      std::fill_n(&left[i * numWords], numWords, 0);
}

/// LB1 for what is left, over the devices that may be left.
bool LatticeDecision::canFinish(int32_t ideal) {
  if (isDeadEnd(ideal, labels.draft().counts.data()))
    return false;
  if (lattice.pricedRest(ideal) == 0)
    return true;
  Wide supply = fullSupply;
  const std::vector<int32_t> &tracked = labels.tracked();
  const std::vector<uint16_t> &counts = labels.draft().counts;
  for (size_t r = 0; r < tracked.size(); ++r)
    if (tracked[r] != numGroups)
      supply -= Wide(counts[r]) * lattice.price(deviceOf(tracked[r]));
  if (!canPay(lattice.pricedRest(ideal), supply))
    return false;
  for (const Lattice::Tilt &tilt : lattice.tilts()) {
    Wide credit =
        std::accumulate(tilt.credit.begin(), tilt.credit.end(), Wide(0));
    for (size_t r = 0; r < tracked.size(); ++r)
      if (tracked[r] != numGroups)
        credit -= Wide(counts[r]) * tilt.credit[deviceOf(tracked[r])];
    if (!canPay(tilt.rest[ideal] - credit, supply))
      return false;
  }
  return true;
}

/// No device works longer than the bottleneck, or than the latency.
bool LatticeDecision::canPay(Wide needed, Wide supply) {
  if (needed <= supply * std::min(threshold, latencyLimit))
    return true;
  if (supply > 0)
    rejected = std::min(rejected, saturate((needed + supply - 1) / supply));
  return false;
}
