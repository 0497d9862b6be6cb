//===- DecisionResources.cpp - What a stage does to shared figures --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The figures that more than one stage adds to: loads of media, memory of
/// devices that may have to send a tensor once more, and links to the egress
/// device that carry outputs besides wires. A figure is dropped as soon as it
/// cannot exceed its limit any more, so that most labels carry none.
///
//===----------------------------------------------------------------------===//

#include "Decision.h"

using namespace onnx_split::placement;

int64_t *Decision::findResource(int32_t slot) {
  for (Resource &entry : scratch)
    if (entry.slot == slot)
      return &entry.value;
  return nullptr;
}

/// The figure in `scratch`, made as 0 where absent.
int64_t &Decision::resource(int32_t slot) {
  auto it = std::lower_bound(scratch.begin(), scratch.end(), slot,
                             [](const Resource &entry, int32_t wanted) {
                               return entry.slot < wanted;
                             });
  if (it == scratch.end() || it->slot != slot)
    it = scratch.insert(it, {slot, 0});
  return it->value;
}

void Decision::dropResource(int32_t slot) {
  scratch.erase(
      std::remove_if(scratch.begin(), scratch.end(),
                     [&](const Resource &entry) { return entry.slot == slot; }),
      scratch.end());
}

/// Visits the senders of messages to a stage that begins with the entry and
/// ends before task `end`, with the times that their links are occupied; the
/// ingress device last.
template <typename Visit>
void Decision::forEachMessage(const Entry &entry, int32_t end, int32_t device,
                              Visit visit) {
  Slice<OpenTensor> open = openAt(entry.cut);
  const uint16_t *key = keyOf(labels[entry.label]);
  for (size_t i = 0; i < open.size() && open[i].nextReader < end; ++i) {
    int32_t from = key[keyIndex(entry.cut, i)];
    Inflow &load = inflows[from];
    if (!load.isTouched)
      loadedFrom.push_back(from);
    load.isTouched = true;
    load.wireBytes =
        addSaturating(load.wireBytes, p.tensors[open[i].tensor].sent());
  }
  for (int32_t from : loadedFrom) {
    visit(from, device,
          order.messages().time(from, device, inflows[from].wireBytes));
    inflows[from] = {};
  }
  loadedFrom.clear();
  if (int64_t time = ingressTime(entry, end, device))
    visit(p.ingress, device, time);
}

/// Of the message with the model's inputs that such a stage reads; 0 if there
/// is none.
int64_t Decision::ingressTime(const Entry &entry, int32_t end,
                              int32_t device) const {
  if (p.ingress == None || p.ingress == device)
    return 0;
  int64_t bytes = None;
  for (const OpenTensor &input :
       order.table().inputs(windows.tableCut(entry.cut)))
    if (input.nextReader < end)
      bytes = addSaturating(std::max<int64_t>(bytes, 0),
                            p.tensors[input.tensor].sent());
  return bytes < 0 ? 0 : order.messages().time(p.ingress, device, bytes);
}

/// Charges the messages of the stage to their media. False: too much.
bool Decision::addMedia(const Entry &entry, int32_t k, int32_t device) {
  if (numMedia == 0)
    return true;
  int32_t begin = windows.position(entry.cut), end = windows.position(k);
  auto charge = [&](int32_t from, int32_t to, int64_t time) {
    int32_t medium = p.medium(from, to);
    if (medium == None || time == 0)
      return;
    int64_t &load = resource(medium);
    load = addSaturating(load, time);
  };
  forEachMessage(entry, end, device, charge);
  if (p.egress != None && p.egress != device)
    charge(device, p.egress, order.egressTime(device, begin, end));
  for (const Resource &load : scratch)
    if (load.slot < numMedia && !passes(load.value))
      return false;
  return true;
}

/// A figure of memory counts the wires so far. Each tensor that is still open
/// is sent at least once more, and at most once to each of its readers and of
/// the stages left.
bool Decision::addMemory(const Class &cls, const Entry &entry, int32_t k,
                         int32_t device, int64_t ownBytes, bool isSafe) {
  auto isMemory = [&](const Resource &figure) {
    return figure.slot >= numMedia && figure.slot < numMedia + numDevices;
  };
  bool any = !isSafe;
  for (const Resource &figure : scratch)
    any |= isMemory(figure);
  if (!any)
    return true;

  int32_t end = windows.position(k);
  Slice<OpenTensor> received = openAt(entry.cut);
  const uint16_t *key = keyOf(labels[entry.label]);
  for (size_t i = 0; i < received.size() && received[i].nextReader < end; ++i)
    if (int64_t *used = findResource(numMedia + key[keyIndex(entry.cut, i)])) {
      int64_t bytes = p.tensors[received[i].tensor].bytes;
      *used = addSaturating(*used, addSaturating(bytes, bytes));
    }
  if (!isSafe)
    resource(numMedia + device) = ownBytes;

  Slice<OpenTensor> open = openAt(k);
  int32_t stagesLeft = order.devices().maxStages() - stageCount;
  for (size_t r = 0; r < scratch.size();) {
    if (!isMemory(scratch[r])) {
      ++r;
      continue;
    }
    int32_t holder = scratch[r].slot - numMedia;
    Wide least = scratch[r].value, most = least;
    for (size_t i = 0; i < open.size(); ++i) {
      if (cls.key[keyIndex(k, i)] != holder)
        continue;
      Wide twice = 2 * Wide(p.tensors[open[i].tensor].bytes);
      least += twice;
      most += twice * std::min(open[i].readersLeft, stagesLeft);
    }
    if (least > p.devices[holder].room())
      return false;
    if (most <= p.devices[holder].room())
      scratch.erase(scratch.begin() + r);
    else
      ++r;
  }
  return true;
}

/// A link to the egress device carries outputs of its sender, and wires and
/// model inputs if the egress device has a stage. Whichever is known first
/// waits in a figure for the rest.
bool Decision::addEgress(const Class &cls, const Entry &entry, int32_t k,
                         int32_t device, int32_t to) {
  if (p.egress == None)
    return true;
  int32_t begin = windows.position(entry.cut), end = windows.position(k);
  int32_t firstSlot = numMedia + numDevices;
  const std::vector<uint16_t> &used = nextLevel[to].used;
  // Neither device is interchangeable with another, so each is a group.
  bool egressUsed = used[order.devices().groupOf(p.egress)] != 0;
  bool ingressUsed =
      p.ingress == None || used[order.devices().groupOf(p.ingress)] != 0;
  bool outputsLeft = order.makesOutput(end, order.numTasks());
  bool inputsLeft =
      p.ingress != None && order.table().inputs(windows.tableCut(k)).size() > 0;

  if (device == p.egress) {
    // linkReach has compared the loads of all links into this stage.
    scratch.erase(std::remove_if(scratch.begin(), scratch.end(),
                                 [&](const Resource &load) {
                                   return load.slot >= firstSlot;
                                 }),
                  scratch.end());
    if (ingressUsed || !outputsLeft)
      return true;
    int64_t load = ingressTime(entry, end, device);
    if (load > 0)
      resource(firstSlot + p.ingress) = load;
    return true;
  }

  int64_t sent = order.egressTime(device, begin, end);
  if (sent > 0) {
    int64_t &load = resource(firstSlot + device);
    load = addSaturating(load, sent);
    if (!passes(load))
      return false;
  }
  if (egressUsed)
    dropResource(firstSlot + device);
  scratch.erase(std::remove_if(scratch.begin(), scratch.end(),
                               [&](const Resource &load) {
                                 int32_t from = load.slot - firstSlot;
                                 if (from < 0)
                                   return false;
                                 bool mayGain = false;
                                 if (!egressUsed)
                                   mayGain =
                                       std::count(cls.key.begin(),
                                                  cls.key.end(), from) > 0 ||
                                       (from == p.ingress && inputsLeft);
                                 else
                                   mayGain = from == p.ingress &&
                                             !ingressUsed && outputsLeft;
                                 return !mayGain;
                               }),
                scratch.end());
  return true;
}

/// True if the stage that begins later can replace the one that begins earlier,
/// wherever that one may end.
bool Decision::dominates(const Entry &later, const Entry &earlier,
                         int32_t device) {
  if (later.reach < earlier.reach)
    return false;
  if (!order.isNoSlower(device, windows.position(later.cut),
                        windows.position(earlier.cut),
                        windows.position(earlier.reach)))
    return false;
  // Receive buffers may be larger for the later begin: only if they are no
  // issue up to there can it replace the other.
  if (order.hasMemoryLimit(device) &&
      windows.tableCut(earlier.reach) > later.safe)
    return false;
  const Label &after = labels[later.label];
  for (int32_t r = 0; r < after.numResources; ++r)
    if (resources[after.resourceBegin + r].slot >= numMedia)
      return false;
  if (numMedia == 0)
    return true;

  // All that the later one may add against the least that the earlier one adds
  // if it ends behind the later begin.
  std::vector<int64_t> most(numMedia, 0), least(numMedia, 0);
  auto load = [&](const Entry &entry, std::vector<int64_t> &sums,
                  int32_t readBefore) {
    const Label &label = labels[entry.label];
    for (int32_t r = 0; r < label.numResources; ++r) {
      const Resource &figure = resources[label.resourceBegin + r];
      if (figure.slot < numMedia)
        sums[figure.slot] = addSaturating(sums[figure.slot], figure.value);
    }
    forEachMessage(entry, readBefore, device,
                   [&](int32_t from, int32_t to, int64_t time) {
                     if (int32_t medium = p.medium(from, to); medium != None)
                       sums[medium] = addSaturating(sums[medium], time);
                   });
  };
  load(later, most, order.numTasks());
  load(earlier, least, windows.position(later.cut + 1));
  for (int32_t m = 0; m < numMedia; ++m)
    if (most[m] > least[m])
      return false;
  return true;
}
