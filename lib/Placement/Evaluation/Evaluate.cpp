//===- Evaluate.cpp - What a placement means ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The reference semantics. It follows the definitions literally and shares
/// nothing with the solvers, so that it can judge them.
///
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

#include "../Text.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

using namespace onnx_split::placement;

std::string onnx_split::placement::stageText(int32_t stage) {
  return "stage " + std::to_string(stage);
}

/// False where indices are so wrong that nothing else can be computed.
bool Evaluator::checkStages() {
  numStages = static_cast<int32_t>(plan.deviceOf.size());
  if (plan.stageOf.size() != p.tasks.size()) {
    complain("the placement has " + std::to_string(plan.stageOf.size()) +
             " nodes but the problem has " + std::to_string(p.tasks.size()));
    return false;
  }
  bool usable = true;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    int32_t stage = plan.stageOf[t];
    if (stage >= 0 && stage < numStages)
      continue;
    complain("node " + quoted(p.tasks[t].name) + " is in " + stageText(stage) +
             " but there are " + std::to_string(numStages) + " stages");
    usable = false;
  }
  for (int32_t s = 0; s < numStages; ++s) {
    int32_t device = plan.deviceOf[s];
    if (device >= 0 && static_cast<size_t>(device) < p.devices.size())
      continue;
    complain(stageText(s) + " is on device " + std::to_string(device) +
             " but there are " + std::to_string(p.devices.size()) + " devices");
    usable = false;
  }
  if (!usable || !checkReplicas())
    return false;

  tasksOf.resize(numStages);
  for (size_t t = 0; t < p.tasks.size(); ++t)
    tasksOf[plan.stageOf[t]].push_back(static_cast<int32_t>(t));
  for (int32_t s = 0; s < numStages; ++s)
    if (tasksOf[s].empty())
      complain(stageText(s) + " has no node");
  if (p.maxStages > 0 && numStages > p.maxStages)
    complain("there are " + std::to_string(numStages) + " stages but at most " +
             std::to_string(p.maxStages) + " are allowed");
  if (numStages < p.minStages)
    complain("there are " + std::to_string(numStages) +
             " stages but at least " + std::to_string(p.minStages) +
             " are wanted");
  checkDevices();
  return true;
}

/// Lists the devices of each stage. False: as above.
bool Evaluator::checkReplicas() {
  for (int32_t device : plan.deviceOf)
    devicesOf.push_back({device});
  if (plan.replicas.empty())
    return true;
  if (plan.replicas.size() != plan.deviceOf.size()) {
    complain("the placement has replicas for " +
             std::to_string(plan.replicas.size()) + " stages but there are " +
             std::to_string(numStages));
    return false;
  }
  for (int32_t s = 0; s < numStages; ++s)
    for (int32_t device : plan.replicas[s]) {
      if (device < 0 || static_cast<size_t>(device) >= p.devices.size()) {
        complain(stageText(s) + " has a replica on device " +
                 std::to_string(device) + " but there are " +
                 std::to_string(p.devices.size()) + " devices");
        return false;
      }
      devicesOf[s].push_back(device);
    }
  // Repeats would make pairs of devices without end.
  for (int32_t s = 0; s < numStages; ++s) {
    std::vector<int32_t> sorted = devicesOf[s];
    std::sort(sorted.begin(), sorted.end());
    auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice == sorted.end())
      continue;
    complain(stageText(s) + " has two replicas on device " +
             quoted(deviceName(*twice)));
    return false;
  }
  for (int32_t s = 0; s < numStages && !p.replicate; ++s)
    if (devicesOf[s].size() > 1)
      complain(stageText(s) + " has replicas, which are not allowed");
  return true;
}

void Evaluator::checkDevices() {
  std::vector<int32_t> stageOn(p.devices.size(), None);
  for (int32_t s = 0; s < numStages; ++s)
    for (int32_t device : devicesOf[s]) {
      int32_t &holder = stageOn[device];
      if (holder != None && !p.revisit)
        complain("device " + quoted(deviceName(device)) + " holds both " +
                 stageText(holder) + " and " + stageText(s));
      holder = s;
    }
}

void Evaluator::checkTensors() {
  for (const Tensor &tensor : p.tensors) {
    if (tensor.producer == None)
      continue;
    int32_t from = plan.stageOf[tensor.producer];
    for (int32_t reader : tensor.consumers) {
      int32_t to = plan.stageOf[reader];
      std::string what = "tensor " + quoted(tensor.name) + " ";
      if (to < from)
        result.violations.push_back(what + "goes back from " + stageText(from) +
                                    " to " + stageText(to));
      else if (to != from && !tensor.canCut)
        result.violations.push_back(what + "must not be cut but goes from " +
                                    stageText(from) + " to " + stageText(to));
      else if (to == from && tensor.mustCut)
        result.violations.push_back(what + "must be cut but node " +
                                    quoted(p.tasks[reader].name) +
                                    " reads it in its own " + stageText(from));
      else
        continue;
      break;
    }
  }
}

void Evaluator::loadStages() {
  result.stages.resize(numStages);
  tensorsOf.resize(numStages);
  taskNs.resize(numStages);
  overheadNs.resize(numStages);
  for (int32_t s = 0; s < numStages; ++s) {
    StageLoad &load = result.stages[s];
    overheadNs[s].assign(devicesOf[s].size(), 0);
    for (int32_t device : devicesOf[s]) {
      int64_t itemNs = 0;
      for (int32_t t : tasksOf[s]) {
        int64_t time = p.timeOf(t, device);
        itemNs = addSaturating(itemNs, time);
        if (time == Unlimited)
          complain("node " + quoted(p.tasks[t].name) +
                   " cannot run on device " + quoted(deviceName(device)));
        int32_t pin = p.tasks[t].pin;
        if (pin != None && pin != device)
          complain("node " + quoted(p.tasks[t].name) + " is pinned to device " +
                   quoted(deviceName(pin)) + " but is on " +
                   quoted(deviceName(device)));
      }
      taskNs[s].push_back(itemNs);
    }
    auto withState =
        std::find_if(tasksOf[s].begin(), tasksOf[s].end(),
                     [&](int32_t t) { return p.tasks[t].hasState; });
    if (devicesOf[s].size() > 1 && withState != tasksOf[s].end())
      complain(stageText(s) + " has replicas, but its node " +
               quoted(p.tasks[*withState].name) + " has state");
    addWeights(tasksOf[s], load);
  }
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    std::vector<int32_t> stages;
    if (p.tensors[x].producer != None)
      stages.push_back(plan.stageOf[p.tensors[x].producer]);
    for (int32_t reader : p.tensors[x].consumers)
      stages.push_back(plan.stageOf[reader]);
    std::sort(stages.begin(), stages.end());
    stages.erase(std::unique(stages.begin(), stages.end()), stages.end());
    for (int32_t s : stages)
      tensorsOf[s].push_back(static_cast<int32_t>(x));
  }
}

/// "tensor 'x' of 5 bytes", or how many there are.
std::string Evaluator::describe(const Message &message) const {
  std::string first = quoted(p.tensors[message.tensors.front()].name);
  size_t count = message.tensors.size();
  return (count == 1
              ? "tensor " + first
              : std::to_string(count) + " tensors, " + first + " the first,") +
         " of " + bytesText(message.bytes, p.byteUnits);
}

/// Charges one message of every `share` items to its link, and takes its times
/// where no slower pair of devices has.
void Evaluator::charge(Message &message, int32_t from, int32_t to,
                       int64_t share) {
  // Stages of one device hand tensors over in its memory.
  if (from == to)
    return;
  const Link &link = p.link(from, to);
  int64_t time = transferTime(link, message.bytes);
  int64_t &load = linkNs[{from, to}];
  load = addSaturating(
      load, time == Unlimited ? Unlimited : time / share + (time % share != 0));
  message.timeNs = std::max(message.timeNs, time);
  message.deliveryNs =
      std::max(message.deliveryNs, deliveryTime(link, message.bytes));
  if (time == Unlimited)
    complain(std::string(link.bitsPerSecond == 0 ? "there is no link"
                                                 : "no finite time is enough") +
             " from device " + quoted(deviceName(from)) + " to " +
             quoted(deviceName(to)) + " for " + describe(message));
}

/// Charges a device of the stage for the messages of `count` of each `items`
/// items that it runs.
void Evaluator::addOverhead(int32_t stage, size_t replica, int64_t bytes,
                            int64_t count, int64_t items) {
  __int128 time = messageOverhead(p.devices[devicesOf[stage][replica]], bytes);
  int64_t &sum = overheadNs[stage][replica];
  sum = addSaturating(sum,
                      static_cast<int64_t>((time * count + items - 1) / items));
}

/// With r senders and q receivers, the pairs take turns: one of them carries
/// each item, and the same one again after lcm(r, q) items. Both ends handle
/// the message, unless they are one device.
void Evaluator::sendBetweenStages(Message &message) {
  const std::vector<int32_t> &senders = devicesOf[message.from];
  const std::vector<int32_t> &receivers = devicesOf[message.to];
  size_t turns = std::lcm(senders.size(), receivers.size());
  std::vector<int64_t> sent(senders.size(), 0), received(receivers.size(), 0);
  for (size_t item = 0; item < turns; ++item) {
    size_t sender = item % senders.size(), receiver = item % receivers.size();
    charge(message, senders[sender], receivers[receiver],
           static_cast<int64_t>(turns));
    if (senders[sender] != receivers[receiver]) {
      ++sent[sender];
      ++received[receiver];
    }
  }
  for (size_t r = 0; r < senders.size(); ++r)
    addOverhead(message.from, r, message.bytes, sent[r],
                turns / senders.size());
  for (size_t r = 0; r < receivers.size(); ++r)
    addOverhead(message.to, r, message.bytes, received[r],
                turns / receivers.size());
}

/// The wires of the placement, and a message for each pair of stages.
void Evaluator::listWires() {
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    const Tensor &tensor = p.tensors[x];
    if (tensor.producer == None)
      continue;
    int32_t from = plan.stageOf[tensor.producer];
    std::set<int32_t> targets;
    for (int32_t reader : tensor.consumers)
      if (plan.stageOf[reader] != from)
        targets.insert(plan.stageOf[reader]);
    for (int32_t to : targets)
      result.wires.push_back({static_cast<int32_t>(x), from, to, 0});
  }
  std::sort(result.wires.begin(), result.wires.end(),
            [](const Wire &a, const Wire &b) {
              return std::tie(a.from, a.to, a.tensor) <
                     std::tie(b.from, b.to, b.tensor);
            });
  for (const Wire &wire : result.wires) {
    std::vector<Message> &messages = result.messages;
    if (messages.empty() || messages.back().from != wire.from ||
        messages.back().to != wire.to)
      messages.push_back({wire.from, wire.to});
    messages.back().tensors.push_back(wire.tensor);
  }
}

/// The model's inputs from the ingress device and outputs to the egress device,
/// except where a stage is there.
void Evaluator::listBoundary() {
  for (int32_t s = 0; s < numStages; ++s) {
    Message inputs{None, s}, outputs{s, None};
    for (int32_t x : tensorsOf[s]) {
      const Tensor &tensor = p.tensors[x];
      if (tensor.producer == None)
        inputs.tensors.push_back(x);
      else if (tensor.isOutput && plan.stageOf[tensor.producer] == s)
        outputs.tensors.push_back(x);
    }
    for (Message *message : {&inputs, &outputs}) {
      int32_t end = message == &inputs ? p.ingress : p.egress;
      if (end != None && !message->tensors.empty() &&
          devicesOf[s] != std::vector<int32_t>{end})
        result.messages.push_back(std::move(*message));
    }
  }
  // The egress device behind all stages.
  auto place = [&](int32_t to) { return to == None ? numStages : to; };
  std::sort(result.messages.begin(), result.messages.end(),
            [&](const Message &a, const Message &b) {
              return std::make_pair(a.from, place(a.to)) <
                     std::make_pair(b.from, place(b.to));
            });
}

/// Each device of the stage for its turn. Whatever else the other end does is
/// not the pipeline's.
void Evaluator::sendAtBoundary(Message &message) {
  bool isInward = message.from == None;
  int32_t stage = isInward ? message.to : message.from;
  int64_t turns = static_cast<int64_t>(devicesOf[stage].size());
  for (size_t r = 0; r < devicesOf[stage].size(); ++r) {
    int32_t device = devicesOf[stage][r];
    if (isInward)
      charge(message, p.ingress, device, turns);
    else
      charge(message, device, p.egress, turns);
    if (device != (isInward ? p.ingress : p.egress))
      addOverhead(stage, r, message.bytes, 1, 1);
  }
}

/// Double buffers at both ends, so that transfer overlaps compute; what the
/// ingress and the egress device have is not the pipeline's.
void Evaluator::addBuffers(const Message &message) {
  int64_t bytes = 0;
  for (int32_t x : message.tensors)
    bytes = addSaturating(bytes, p.tensors[x].bytes);
  for (int32_t end : {message.from, message.to})
    if (end != None)
      result.stages[end].bufferBytes = addSaturating(
          result.stages[end].bufferBytes, addSaturating(bytes, bytes));
}

/// Gives each wire its share, so that the shares add up to the message.
void Evaluator::shareTimes() {
  auto wire = result.wires.begin();
  for (const Message &message : result.messages) {
    if (message.from == None || message.to == None)
      continue;
    __int128 before = 0;
    int64_t done = 0;
    for (int32_t x : message.tensors) {
      // Where there are no bytes, each tensor counts alike.
      before += message.bytes > 0 ? p.tensors[x].sent() : 1;
      __int128 whole = message.bytes > 0 ? __int128(message.bytes)
                                         : __int128(message.tensors.size());
      // Tensors together may have more bytes than a message counts.
      int64_t until = static_cast<int64_t>(message.timeNs *
                                           std::min(before, whole) / whole);
      wire->timeNs = until - done;
      done = until;
      ++wire;
    }
  }
}

void Evaluator::loadMessages() {
  listWires();
  listBoundary();
  for (Message &message : result.messages) {
    for (int32_t x : message.tensors)
      message.bytes = addSaturating(message.bytes, p.tensors[x].sent());
    if (message.from == None || message.to == None)
      sendAtBoundary(message);
    else
      sendBetweenStages(message);
    addBuffers(message);
  }
  shareTimes();
}

void Evaluator::finishTimes() {
  result.mediaNs.assign(p.media.size(), 0);
  for (const auto &[pair, time] : linkNs) {
    result.links.push_back({pair.first, pair.second, time});
    result.bottleneckNs = std::max(result.bottleneckNs, time);
    if (int32_t medium = p.medium(pair.first, pair.second); medium != None)
      result.mediaNs[medium] = addSaturating(result.mediaNs[medium], time);
  }
  for (int64_t time : result.mediaNs)
    result.bottleneckNs = std::max(result.bottleneckNs, time);

  for (const DeviceLoad &load : result.devices)
    result.bottleneckNs = std::max(result.bottleneckNs, load.computeNs);
}

/// The longest path of one item where stages take so long. Where replicas
/// differ, the slowest one counts.
int64_t
Evaluator::measureLatency(const std::vector<std::vector<int64_t>> &busyNs) {
  // Messages go to later stages only and are sorted by sender, those of the
  // ingress device first, so one pass does.
  std::vector<int64_t> start(numStages, 0);
  int64_t latency = 0;
  auto message = result.messages.begin(), end = result.messages.end();
  auto deliver = [&](int32_t from, int64_t sentAt) {
    for (; message != end && message->from == from; ++message) {
      int64_t there = addSaturating(sentAt, message->deliveryNs);
      int64_t &target = message->to == None ? latency : start[message->to];
      target = std::max(target, there);
    }
  };
  deliver(None, 0);
  for (int32_t s = 0; s < numStages; ++s) {
    int64_t finish = addSaturating(
        start[s], *std::max_element(busyNs[s].begin(), busyNs[s].end()));
    latency = std::max(latency, finish);
    deliver(s, finish);
  }
  return latency;
}

/// What one stage tells another is as little as nothing to a link, and only its
/// time counts.
void Evaluator::measureInterval() {
  if (p.sequences > 0 && numStages > 0) {
    int64_t back = 0;
    for (int32_t last : devicesOf.back())
      for (int32_t first : devicesOf.front()) {
        int64_t time = returnTime(p, last, first);
        if (time == Unlimited)
          complain("there is no link from device " + quoted(deviceName(last)) +
                   " back to " + quoted(deviceName(first)) +
                   ", by which the next item of a sequence could begin");
        back = std::max(back, time);
      }
    result.roundTripNs = addSaturating(result.latencyNs, back);
  }
  result.intervalNs = intervalOf(p, result.bottleneckNs, result.roundTripNs);
}

Evaluation Evaluator::run() {
  if (!checkStages())
    return std::move(result);
  checkTensors();
  loadStages();
  streamWeights();
  loadMessages();
  loadDevices();
  finishTimes();
  result.latencyNs = measureLatency(taskNs);
  result.firstItemNs = measureLatency(firstNs);
  measureInterval();
  return std::move(result);
}

Evaluation onnx_split::placement::evaluate(const Problem &problem,
                                           const Placement &placement) {
  return Evaluator(problem, placement).run();
}
