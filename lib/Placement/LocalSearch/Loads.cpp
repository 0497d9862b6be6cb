//===- Loads.cpp - Figures of a plan that changes -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Loads.h"

#include "../Tables/WeightStreams.h"

#include <algorithm>

using namespace onnx_split::placement;

static uint64_t keyOf(int32_t a, int32_t b) {
  return static_cast<uint64_t>(a) << 32 | static_cast<uint32_t>(b);
}

Loads::Loads(const Problem &problem)
    : p(problem), graph(problem), storage(problem, graph) {
  std::vector<int32_t> readers(p.weights.size(), 0);
  for (const Task &task : p.tasks)
    for (int32_t w : task.weights)
      ++readers[w];
  for (int32_t count : readers)
    isShared.push_back(count > 1);
}

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

void Loads::assign(const Placement &placement) {
  size_t numDevices = p.devices.size(), numStages = placement.deviceOf.size();
  stages = placement.stageOf;
  devices.assign(numStages, None);
  tasks.assign(numStages, {});
  onDevice.assign(numDevices, {});
  computeNs.assign(numDevices, 0);
  mediaNs.assign(p.media.size(), 0);
  weightBytes.assign(numDevices, 0);
  streamNs.assign(numDevices, 0);
  stageStreamNs.assign(numStages, 0);
  isStreamStale.assign(numDevices, 0);
  seenWeight.assign(p.weights.size(), 0);
  excess.assign(numDevices, 0);
  isStale.assign(numDevices, 0);
  bufferBytes.assign(numStages, 0);
  touchedBytes.assign(numStages, 0);
  peaks.assign(numStages, 0);
  isPeakKnown.assign(numStages, 0);
  seenStage.assign(numStages, 0);
  stageOrder.clear();
  unusedIds.clear();
  slots.clear();
  slotOf.clear();
  messages.clear();
  messageOf.clear();
  unusedMessages.clear();
  staleMessages.clear();
  holders.clear();
  stale.clear();
  staleStreams.clear();
  journal.clear();
  totalExcess = 0;
  broken = doubled = 0;
  for (size_t s = 0; s < numStages; ++s) {
    stageOrder.push_back(static_cast<int32_t>(s));
    occupy(static_cast<int32_t>(s), placement.deviceOf[s]);
  }
  positions.assign(numStages, 0);
  renumber();
  for (size_t t = 0; t < stages.size(); ++t) {
    tasks[stages[t]].push_back(static_cast<int32_t>(t));
    chargeTask(static_cast<int32_t>(t), devices[stages[t]], 1);
  }
  for (size_t x = 0; x < p.tensors.size(); ++x)
    charge(static_cast<int32_t>(x), 1);
  settle();
}

int64_t Loads::numWires() const {
  int64_t wires = 0;
  for (const MessageSlot &message : messages)
    if (message.from != None && message.to != None)
      wires += message.tensors;
  return wires;
}

Placement Loads::placement() const {
  Placement plan;
  std::vector<int32_t> number(devices.size(), None);
  for (int32_t stage : stageOrder)
    if (!tasks[stage].empty()) {
      number[stage] = static_cast<int32_t>(plan.deviceOf.size());
      plan.deviceOf.push_back(devices[stage]);
    }
  for (int32_t stage : stages)
    plan.stageOf.push_back(number[stage]);
  return plan;
}

void Loads::renumber() {
  for (size_t i = 0; i < stageOrder.size(); ++i)
    positions[stageOrder[i]] = static_cast<int32_t>(i);
}

void Loads::occupy(int32_t stage, int32_t device) {
  devices[stage] = device;
  doubled += !onDevice[device].empty();
  onDevice[device].push_back(stage);
  touch(device);
}

void Loads::leave(int32_t stage) {
  int32_t device = devices[stage];
  std::vector<int32_t> &here = onDevice[device];
  here.erase(std::find(here.begin(), here.end(), stage));
  doubled -= !here.empty();
  touch(device);
}

//===----------------------------------------------------------------------===//
// Charges
//===----------------------------------------------------------------------===//

void Loads::touch(int32_t device) {
  if (p.devices[device].streams() && !isStreamStale[device]) {
    isStreamStale[device] = 1;
    staleStreams.push_back(device);
  }
  if (isStale[device])
    return;
  isStale[device] = 1;
  stale.push_back(device);
}

void Loads::hold(int32_t device, int32_t weight, int32_t sign) {
  if (isShared[weight]) {
    int32_t &count = holders[keyOf(device, weight)];
    bool wasHeld = count > 0;
    count += sign;
    if (wasHeld == (count > 0))
      return;
  }
  weightBytes[device] += Wide(sign) * p.weights[weight].bytes;
}

void Loads::chargeTask(int32_t task, int32_t device, int32_t sign) {
  int64_t time = p.timeOf(task, device);
  if (time == Unlimited)
    broken += sign;
  else
    computeNs[device] += Wide(sign) * time;
  int32_t pin = p.tasks[task].pin;
  broken += pin != None && pin != device ? sign : 0;
  for (int32_t w : p.tasks[task].weights)
    hold(device, w, sign);
  touch(device);
}

/// Adds a tensor to a message, or takes it out. Times follow in settle().
void Loads::send(int32_t from, int32_t to, int32_t tensor, int32_t sign) {
  auto [it, isNew] = messageOf.try_emplace(keyOf(from, to), None);
  if (isNew && unusedMessages.empty()) {
    it->second = static_cast<int32_t>(messages.size());
    messages.emplace_back();
  } else if (isNew) {
    it->second = unusedMessages.back();
    unusedMessages.pop_back();
  }
  MessageSlot &message = messages[it->second];
  message.from = from;
  message.to = to;
  message.tensors += sign;
  message.bytes += Wide(sign) * p.tensors[tensor].sent();
  if (!message.isStale)
    staleMessages.push_back(it->second);
  message.isStale = true;
}

/// Charges what has changed in messages. One that was changed and changed back
/// costs little, which is why it is not done at once.
void Loads::settle() {
  for (int32_t index : staleMessages) {
    MessageSlot &message = messages[index];
    message.isStale = false;
    if (message.isCharged)
      occupyLink(message, -1);
    message.isCharged = false;
    message.deliveryNs = 0;
    if (message.tensors == 0) {
      messageOf.erase(keyOf(message.from, message.to));
      unusedMessages.push_back(index);
      continue;
    }
    message.sender = message.from == None ? p.ingress : devices[message.from];
    message.receiver = message.to == None ? p.egress : devices[message.to];
    if (message.sender == message.receiver)
      continue;
    int64_t bytes = saturate(message.bytes);
    const Link &link = p.link(message.sender, message.receiver);
    message.ns = transferTime(link, bytes);
    message.deliveryNs =
        message.ns == Unlimited ? 0 : deliveryTime(link, bytes);
    // Whatever else the ingress and the egress device do is not counted.
    message.sendNs = message.from == None
                         ? 0
                         : messageOverhead(p.devices[message.sender], bytes);
    message.receiveNs =
        message.to == None
            ? 0
            : messageOverhead(p.devices[message.receiver], bytes);
    message.isCharged = true;
    occupyLink(message, 1);
  }
  staleMessages.clear();
}

void Loads::occupyLink(const MessageSlot &message, int32_t sign) {
  int32_t from = message.sender, to = message.receiver;
  computeNs[from] += Wide(sign) * message.sendNs;
  computeNs[to] += Wide(sign) * message.receiveNs;
  if (message.ns == Unlimited) {
    broken += sign;
    return;
  }
  auto [it, isNew] = slotOf.try_emplace(keyOf(from, to), slots.size());
  if (isNew)
    slots.push_back({from, to, 0, 0});
  LinkSlot &slot = slots[it->second];
  slot.ns += Wide(sign) * message.ns;
  slot.messages += sign;
  if (int32_t medium = p.medium(from, to); medium != None)
    mediaNs[medium] += Wide(sign) * message.ns;
  if (slot.messages > 0)
    return;
  size_t index = it->second;
  slotOf.erase(it);
  if (index + 1 < slots.size()) {
    slots[index] = slots.back();
    slotOf[keyOf(slots[index].from, slots[index].to)] = index;
  }
  slots.pop_back();
}

/// Everything that a tensor costs, and the constraints on it.
void Loads::charge(int32_t index, int32_t sign) {
  const Tensor &tensor = p.tensors[index];
  int32_t home = tensor.producer == None ? None : stages[tensor.producer];
  ++stamp;
  targets.clear();
  bool isWithin = false, goesBack = false;
  for (int32_t reader : tensor.consumers) {
    int32_t stage = stages[reader];
    if (stage == home)
      isWithin = true;
    else if (seenStage[stage] != stamp) {
      seenStage[stage] = stamp;
      targets.push_back(stage);
      goesBack |= home != None && positions[stage] < positions[home];
    }
  }
  Wide bytes = Wide(sign) * tensor.bytes;
  for (int32_t stage : targets)
    touchedBytes[stage] += bytes;
  if (home == None) {
    for (int32_t stage : targets)
      if (p.ingress != None && devices[stage] != p.ingress) {
        send(None, stage, index, sign);
        bufferBytes[stage] += 2 * bytes;
        touch(devices[stage]);
      }
    return;
  }
  touchedBytes[home] += bytes;
  broken += goesBack ? sign : 0;
  broken += !tensor.canCut && !targets.empty() ? sign : 0;
  broken += tensor.mustCut && isWithin ? sign : 0;
  for (int32_t stage : targets) {
    send(home, stage, index, sign);
    bufferBytes[home] += 2 * bytes;
    bufferBytes[stage] += 2 * bytes;
    touch(devices[stage]);
  }
  touch(devices[home]);
  if (tensor.isOutput && p.egress != None && devices[home] != p.egress) {
    send(home, None, index, sign);
    bufferBytes[home] += 2 * bytes;
  }
}

/// Each tensor that some task of the stage makes or reads, once.
void Loads::chargeTensorsOf(int32_t stage, int32_t sign) {
  std::vector<int32_t> list;
  for (int32_t t : tasks[stage]) {
    list.insert(list.end(), graph.madeBy(t).begin(), graph.madeBy(t).end());
    list.insert(list.end(), graph.readBy(t).begin(), graph.readBy(t).end());
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  for (int32_t tensor : list)
    charge(tensor, sign);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void Loads::record(Step step, int32_t what, int32_t where, int32_t device) {
  if (isRecording)
    journal.push_back({step, what, where, device});
}

void Loads::moveTask(int32_t task, int32_t stage) {
  int32_t from = stages[task];
  if (from == stage)
    return;
  record(Step::MoveTask, task, from, None);
  auto chargeAll = [&](int32_t sign) {
    for (int32_t tensor : graph.madeBy(task))
      charge(tensor, sign);
    for (int32_t tensor : graph.readBy(task))
      charge(tensor, sign);
    chargeTask(task, devices[stages[task]], sign);
  };
  chargeAll(-1);
  std::vector<int32_t> &old = tasks[from], &now = tasks[stage];
  old.erase(std::lower_bound(old.begin(), old.end(), task));
  now.insert(std::lower_bound(now.begin(), now.end(), task), task);
  stages[task] = stage;
  isPeakKnown[from] = isPeakKnown[stage] = 0;
  chargeAll(1);
  settle();
}

void Loads::setDevice(int32_t stage, int32_t device) {
  int32_t from = devices[stage];
  if (from == device)
    return;
  record(Step::SetDevice, stage, None, from);
  chargeTensorsOf(stage, -1);
  for (int32_t t : tasks[stage])
    chargeTask(t, from, -1);
  leave(stage);
  occupy(stage, device);
  for (int32_t t : tasks[stage])
    chargeTask(t, device, 1);
  chargeTensorsOf(stage, 1);
  settle();
}

int32_t Loads::insertStage(int32_t position, int32_t device) {
  int32_t stage = static_cast<int32_t>(devices.size());
  if (unusedIds.empty()) {
    devices.push_back(None);
    positions.push_back(0);
    tasks.emplace_back();
    bufferBytes.push_back(0);
    touchedBytes.push_back(0);
    peaks.push_back(0);
    stageStreamNs.push_back(0);
    isPeakKnown.push_back(0);
    seenStage.push_back(0);
  } else {
    stage = unusedIds.back();
    unusedIds.pop_back();
  }
  record(Step::InsertStage, stage, None, None);
  occupy(stage, device);
  stageOrder.insert(stageOrder.begin() + position, stage);
  renumber();
  return stage;
}

void Loads::removeStage(int32_t stage) {
  record(Step::RemoveStage, stage, positions[stage], devices[stage]);
  leave(stage);
  stageOrder.erase(stageOrder.begin() + positions[stage]);
  renumber();
  unusedIds.push_back(stage);
}

void Loads::undo(size_t mark) {
  isRecording = false;
  while (journal.size() > mark) {
    Entry entry = journal.back();
    journal.pop_back();
    switch (entry.step) {
    case Step::MoveTask:
      moveTask(entry.what, entry.where);
      break;
    case Step::SetDevice:
      setDevice(entry.what, entry.device);
      break;
    case Step::InsertStage:
      removeStage(entry.what);
      break;
    case Step::RemoveStage:
      // The number that was given up last comes back first.
      insertStage(entry.where, entry.device);
      break;
    }
  }
  isRecording = true;
}

//===----------------------------------------------------------------------===//
// Figures
//===----------------------------------------------------------------------===//

int64_t Loads::numBroken() const {
  int64_t count = broken + (p.revisit ? 0 : doubled);
  int64_t numStages = static_cast<int64_t>(stageOrder.size());
  if (p.maxStages > 0)
    count += std::max<int64_t>(0, numStages - p.maxStages);
  count += std::max<int64_t>(0, p.minStages - numStages);
  return count;
}

Wide Loads::memoryOf(int32_t device) {
  Wide buffers = 0, most = 0;
  for (int32_t stage : onDevice[device]) {
    buffers += bufferBytes[stage];
    most = std::max(most, peakOf(stage));
  }
  return weightBytes[device] + most + buffers + runtimesOf(device);
}

/// Each stage is a process of its own.
Wide Loads::runtimesOf(int32_t device) const {
  return Wide(p.devices[device].runtimeBytes) *
         static_cast<Wide>(onDevice[device].size());
}

Wide Loads::excessBytes() {
  for (int32_t device : stale) {
    isStale[device] = 0;
    totalExcess -= excess[device];
    excess[device] = 0;
    int64_t cap = p.devices[device].memory;
    if (cap == Unlimited || onDevice[device].empty())
      continue;
    // All tensors at once are more than what is ever live.
    Wide quick = weightBytes[device] + runtimesOf(device), most = 0;
    for (int32_t stage : onDevice[device]) {
      quick += bufferBytes[stage];
      most = std::max(most, touchedBytes[stage]);
    }
    if (quick + most > cap)
      excess[device] = std::max<Wide>(0, memoryOf(device) - cap);
    totalExcess += excess[device];
  }
  stale.clear();
  return totalExcess;
}

Wide Loads::peakOf(int32_t stage) {
  if (isPeakKnown[stage])
    return peaks[stage];
  const std::vector<int32_t> &here = tasks[stage];
  isPeakKnown[stage] = 1;
  return peaks[stage] = storage.peak(
             static_cast<int32_t>(here.size()),
             [&](int32_t step) { return here[step]; },
             [&](int32_t task) { return stages[task] == stage; });
}

/// Weights of the devices whose stages have changed.
void Loads::stream() {
  for (int32_t device : staleStreams) {
    isStreamStale[device] = 0;
    stream(device);
  }
  staleStreams.clear();
}

void Loads::stream(int32_t device) {
  const Device &runner = p.devices[device];
  streamNs[device] = 0;
  std::vector<int32_t> inOrder = onDevice[device];
  std::sort(inOrder.begin(), inOrder.end(),
            [&](int32_t a, int32_t b) { return positions[a] < positions[b]; });
  FirstFit cache(runner.weightCache);
  ++walk;
  for (int32_t stage : inOrder) {
    Wide before = cache.streamed();
    for (int32_t t : tasks[stage])
      for (int32_t w : p.tasks[t].weights) {
        if (!p.weights[w].isState && seenWeight[w] != walk)
          cache.add(p.weights[w].bytes);
        seenWeight[w] = walk;
      }
    stageStreamNs[stage] =
        streamTime(runner, saturate(cache.streamed() - before));
    streamNs[device] += stageStreamNs[stage];
  }
}

int64_t Loads::bottleneckNs() {
  stream();
  Wide most = 0;
  for (size_t d = 0; d < computeNs.size(); ++d)
    most = std::max(most, computeNs[d] + streamNs[d]);
  for (const LinkSlot &slot : slots)
    most = std::max(most, slot.ns);
  for (Wide ns : mediaNs)
    most = std::max(most, ns);
  return saturate(most);
}

int64_t Loads::intervalNs() {
  int64_t trip = 0;
  if (p.sequences > 0 && !stageOrder.empty())
    trip = addSaturating(latencyNs(), returnTime(p, devices[stageOrder.back()],
                                                 devices[stageOrder.front()]));
  return intervalOf(p, bottleneckNs(), trip);
}

int64_t Loads::latencyNs() {
  std::vector<Wide> start(devices.size(), 0), own(devices.size(), 0);
  for (size_t t = 0; t < stages.size(); ++t)
    if (int64_t time = p.timeOf(static_cast<int32_t>(t), devices[stages[t]]);
        time != Unlimited)
      own[stages[t]] += time;
  stream();
  for (int32_t stage : stageOrder)
    if (p.devices[devices[stage]].streams())
      own[stage] += stageStreamNs[stage];
  std::vector<int32_t> bySender;
  auto place = [&](int32_t index) {
    int32_t from = messages[index].from;
    return from == None ? None : positions[from];
  };
  for (size_t i = 0; i < messages.size(); ++i)
    if (messages[i].tensors > 0)
      bySender.push_back(static_cast<int32_t>(i));
  std::sort(bySender.begin(), bySender.end(), [&](int32_t a, int32_t b) {
    return std::make_pair(place(a), a) < std::make_pair(place(b), b);
  });
  Wide latency = 0;
  auto next = bySender.begin();
  auto deliver = [&](int32_t from, Wide sentAt) {
    for (; next != bySender.end() && messages[*next].from == from; ++next) {
      const MessageSlot &message = messages[*next];
      Wide &target = message.to == None ? latency : start[message.to];
      target = std::max<Wide>(target, sentAt + message.deliveryNs);
    }
  };
  deliver(None, 0);
  for (int32_t stage : stageOrder) {
    Wide end = start[stage] + own[stage];
    latency = std::max(latency, end);
    deliver(stage, end);
  }
  return saturate(latency);
}
