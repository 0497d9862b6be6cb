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

using namespace onnx_split::placement;

/// The messages of a stage between two ideals, whose device pays for each.
void LatticeDecision::listMessages(int32_t from, int32_t to) {
  wires.clear();
  inputsRead.clear();
  outputsMade.clear();
  for (int32_t slot : readList)
    wires.push_back(lattice.open(from)[slot]);
  for (int32_t x : lattice.open(to))
    if (lattice.makes(x, from, to))
      wires.push_back(x);
  for (int32_t x : lattice.inputs(from))
    if (p.ingress != None && lattice.reads(x, from, to))
      inputsRead.push_back(x);
  for (int32_t x : lattice.modelOutputs())
    if (p.egress != None && lattice.makes(x, from, to))
      outputsMade.push_back(x);
}

/// Of the messages listed, each sent once.
int64_t LatticeDecision::overheads(int32_t device) const {
  int64_t sum = 0;
  auto add = [&](const std::vector<int32_t> &list) {
    for (int32_t x : list)
      sum = addSaturating(
          sum, messageOverhead(p.devices[device], p.tensors[x].sent()));
  };
  add(wires);
  if (device != p.ingress)
    add(inputsRead);
  if (device != p.egress)
    add(outputsMade);
  return sum;
}

bool LatticeDecision::addMedium(int32_t from, int32_t to, int64_t time) {
  int32_t medium = from == to ? None : p.medium(from, to);
  if (medium == None || time == 0)
    return true;
  media[medium] = addSaturating(media[medium], time);
  return passes(media[medium]);
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
  for (int32_t h = 0; h < label.numHolders; ++h) {
    const int64_t *own = values + numMedia + numFigures * h;
    holderMemory[h] = own[0];
    holderEgress[h] = own[1];
    if (hasOverheads)
      holderBusy[h] = own[2];
    // Egress messages share the link with wires to the egress device.
    if (stage.group == egressGroup)
      linkNs[h] = holderEgress[h];
  }
  Slice<int32_t> open = lattice.open(stage.from);
  for (size_t i = 0; i < open.size(); ++i) {
    if (!readHere[i])
      continue;
    int32_t holder = key[i], group = groups[holder];
    int32_t from = deviceOf(group);
    int32_t to = lattice.devices().receiverOf(stage.group, group);
    int64_t time = messageTime(from, to, open[i]);
    linkNs[holder] = addSaturating(linkNs[holder], time);
    if (!passes(linkNs[holder]) || !addMedium(from, to, time))
      return false;
    // Each destination but the first needs send buffers of its own, and has the
    // sender handle one more message.
    if (!lattice.isOpen(open[i], stage.to))
      continue;
    int64_t bytes = p.tensors[open[i]].bytes;
    if (p.devices[from].memory != Unlimited) {
      holderMemory[holder] += 2 * bytes;
      if (holderMemory[holder] > 0)
        return false;
    }
    if (holderBusy[holder] != Harmless) {
      holderBusy[holder] = addSaturating(
          holderBusy[holder],
          messageOverhead(p.devices[from], p.tensors[open[i]].sent()));
      if (!passes(holderBusy[holder]))
        return false;
    }
  }
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
/// can still matter.
void LatticeDecision::makeHolders(const Label &label, const Stage &stage) {
  labels.carry(label, stage.group, stage.to);
  LabelStore::Draft &draft = labels.draft();
  // What each holder may still send, by its new number.
  later.assign(draft.oldOf.size(), 0);
  laterBusy.assign(draft.oldOf.size(), 0);
  Slice<int32_t> after = lattice.open(stage.to);
  for (size_t i = 0; i < after.size(); ++i) {
    int32_t x = after[i], holder = draft.key[i];
    int32_t more = lattice.readersLeft(x, stage.to) - 1;
    later[holder] += 2 * p.tensors[x].bytes * more;
    if (!hasOverheads)
      continue;
    const Device &sender = p.devices[deviceOf(draft.groups[holder])];
    int64_t each = messageOverhead(sender, p.tensors[x].sent());
    laterBusy[holder] = saturate(laterBusy[holder] + Wide(each) * Wide(more));
  }
  draft.figures.assign(media.begin(), media.end());
  for (size_t h = 0; h < draft.oldOf.size(); ++h) {
    int32_t old = draft.oldOf[h];
    bool isNew = old == label.numHolders;
    int64_t cap = p.devices[deviceOf(draft.groups[h])].memory;
    int64_t memory = isNew ? stage.memory - cap : holderMemory[old];
    // A figure that cannot reach its limit any more does not matter.
    if (cap == Unlimited || memory + later[h] <= 0)
      memory = Harmless;
    draft.figures.push_back(memory);
    draft.figures.push_back(isNew ? stage.egressNs : holderEgress[old]);
    if (!hasOverheads)
      continue;
    int64_t busy = isNew ? stage.busyNs : holderBusy[old];
    if (busy == Harmless || addSaturating(busy, laterBusy[h]) <= threshold)
      busy = Harmless;
    draft.figures.push_back(busy);
  }
}

/// LB1 for what is left, over the devices that may be left.
bool LatticeDecision::canFinish(int32_t ideal) {
  Wide needed = lattice.pricedRest(ideal);
  if (needed == 0)
    return true;
  Wide supply = fullSupply;
  const std::vector<int32_t> &tracked = labels.tracked();
  for (size_t r = 0; r < tracked.size(); ++r)
    if (tracked[r] != numGroups)
      supply -=
          Wide(labels.draft().counts[r]) * lattice.price(deviceOf(tracked[r]));
  if (needed <= supply * threshold)
    return true;
  if (supply > 0)
    rejected = std::min(rejected, saturate((needed + supply - 1) / supply));
  return false;
}
