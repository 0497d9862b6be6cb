//===- Problem.cpp - The partition-placement problem ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Problem.h"

#include "Text.h"

#include <algorithm>

using namespace onnx_split::placement;

int64_t onnx_split::placement::addSaturating(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? Unlimited : sum;
}

int64_t onnx_split::placement::transferTime(const Link &link, int64_t bytes) {
  if (link.bitsPerSecond == 0)
    return Unlimited;
  if (link.bitsPerSecond == Unlimited)
    return link.messageNs;
  // 8 bits a byte, 1e9 nanoseconds a second.
  constexpr int64_t scale = 8 * int64_t(1000000000);
  int64_t product;
  if (!__builtin_mul_overflow(bytes, scale, &product)) {
    int64_t whole = product / link.bitsPerSecond;
    return addSaturating(link.messageNs,
                         whole + (product % link.bitsPerSecond != 0));
  }
  __int128 wide = static_cast<__int128>(bytes) * scale;
  __int128 time = (wide + link.bitsPerSecond - 1) / link.bitsPerSecond;
  if (time >= Unlimited)
    return Unlimited;
  return addSaturating(link.messageNs, static_cast<int64_t>(time));
}

int64_t onnx_split::placement::deliveryTime(const Link &link, int64_t bytes) {
  return addSaturating(transferTime(link, bytes), link.latencyNs);
}

int64_t onnx_split::placement::returnTime(const Problem &problem, int32_t last,
                                          int32_t first) {
  return last == first ? 0
                       : deliveryTime(problem.link(last, first), TokenBytes);
}

int64_t onnx_split::placement::intervalOf(const Problem &problem,
                                          int64_t bottleneckNs,
                                          int64_t roundTripNs) {
  int64_t sequences = problem.sequences;
  if (sequences == 0)
    return bottleneckNs;
  if (roundTripNs == Unlimited)
    return Unlimited;
  return std::max(bottleneckNs,
                  roundTripNs / sequences + (roundTripNs % sequences != 0));
}

int64_t onnx_split::placement::messageOverhead(const Device &device,
                                               int64_t bytes) {
  if (device.bytePs == 0)
    return device.messageNs;
  __int128 picoseconds = static_cast<__int128>(bytes) * device.bytePs;
  __int128 time = (picoseconds + 999) / 1000 + device.messageNs;
  return time >= Unlimited ? Unlimited : static_cast<int64_t>(time);
}

bool Problem::hasOverheads() const {
  return std::any_of(devices.begin(), devices.end(), [](const Device &device) {
    return device.messageNs > 0 || device.bytePs > 0;
  });
}

int64_t onnx_split::placement::streamTime(const Device &device, int64_t bytes) {
  if (device.streamRate == Unlimited || bytes == 0)
    return 0;
  constexpr int64_t nsPerSecond = 1000000000;
  __int128 time =
      (static_cast<__int128>(bytes) * nsPerSecond + device.streamRate - 1) /
      device.streamRate;
  return time >= Unlimited ? Unlimited : static_cast<int64_t>(time);
}

bool Problem::hasStreams() const {
  return std::any_of(devices.begin(), devices.end(),
                     [](const Device &device) { return device.streams(); });
}

/// True if `indices` ascend strictly and lie in [low, high).
static bool ascendWithin(const std::vector<int32_t> &indices, int64_t low,
                         int64_t high) {
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < low || indices[i] >= high)
      return false;
    if (i > 0 && indices[i] <= indices[i - 1])
      return false;
  }
  return true;
}

/// True if `index` is None or lies in [0, size).
static bool noneOrWithin(int32_t index, size_t size) {
  return index == None || (index >= 0 && static_cast<size_t>(index) < size);
}

static std::string checkTensors(const Problem &p) {
  for (const Tensor &tensor : p.tensors) {
    std::string name = "tensor " + quoted(tensor.name);
    if (!noneOrWithin(tensor.producer, p.tasks.size()))
      return name + " has a producer out of range";
    if (!ascendWithin(tensor.consumers, 0, p.tasks.size()))
      return name + " has consumers out of order or out of range";
    if (!tensor.consumers.empty() && tensor.producer != None &&
        tensor.consumers.front() <= tensor.producer)
      return name + " is read before it is made";
    if (tensor.bytes < 0 || tensor.messageBytes < -1)
      return name + " has a negative size";
    if (!noneOrWithin(tensor.aliasOf, p.tensors.size()))
      return name + " is an alias out of range";
    if (tensor.aliasOf == None)
      continue;
    if (tensor.producer == None)
      return name + " is an alias without a producer";
    const std::vector<int32_t> &readers = p.tensors[tensor.aliasOf].consumers;
    if (!std::binary_search(readers.begin(), readers.end(), tensor.producer))
      return name + " is an alias of a tensor that its producer does not read";
  }
  return "";
}

static std::string checkDevices(const Problem &p) {
  size_t numDevices = p.devices.size(), numTasks = p.tasks.size();
  if (numDevices == 0)
    return "there is no device";
  if (numTasks != 0 && p.taskTime.size() % numTasks != 0)
    return "the task times are no whole number of rows";
  if (numTasks == 0 && !p.taskTime.empty())
    return "there are task times without tasks";
  for (int64_t time : p.taskTime)
    if (time < 0)
      return "a task time is negative";
  for (const Device &device : p.devices) {
    std::string name = "device " + quoted(device.name);
    if (device.memory < 0)
      return name + " has negative memory";
    if (device.runtimeBytes < 0)
      return name + " has a runtime of negative memory";
    if (device.weightCache < 0 || device.streamRate < 1)
      return name + " has a negative weight cache or no rate to stream at";
    if (device.messageNs < 0 || device.bytePs < 0)
      return name + " has a negative overhead of messages";
    if (device.speedClass < 0 ||
        (static_cast<size_t>(device.speedClass) + 1) * numTasks >
            p.taskTime.size())
      return name + " has a speed class without task times";
  }
  if (p.links.size() != numDevices * numDevices)
    return "the links are no square over the devices";
  for (const Link &link : p.links)
    if (link.bitsPerSecond < 0 || link.messageNs < 0 || link.latencyNs < 0)
      return "a link has a negative rate, time for a message or latency";
  if (!p.mediumOf.empty() && p.mediumOf.size() != numDevices * numDevices)
    return "the media of the links are no square over the devices";
  for (int32_t medium : p.mediumOf)
    if (!noneOrWithin(medium, p.media.size()))
      return "a link has a medium out of range";
  for (const Medium &medium : p.media)
    for (int32_t device : medium.devices)
      if (device < 0 || static_cast<size_t>(device) >= numDevices)
        return "medium " + quoted(medium.name) + " has a device out of range";
  return "";
}

std::string Problem::check() const {
  for (const Task &task : tasks) {
    if (!ascendWithin(task.weights, 0, weights.size()))
      return "task " + quoted(task.name) +
             " has weights out of order or out of range";
    if (!noneOrWithin(task.pin, devices.size()))
      return "task " + quoted(task.name) + " is pinned out of range";
  }
  for (const Weight &weight : weights)
    if (weight.bytes < 0)
      return "weight " + quoted(weight.name) + " has a negative size";
  if (std::string message = checkTensors(*this); !message.empty())
    return message;
  if (std::string message = checkDevices(*this); !message.empty())
    return message;
  if (!noneOrWithin(ingress, devices.size()))
    return "the ingress device is out of range";
  if (!noneOrWithin(egress, devices.size()))
    return "the egress device is out of range";
  if (sequences < 0)
    return "the number of sequences is negative";
  if (maxStages < 0)
    return "the largest number of stages is negative";
  if (minStages < 0)
    return "the smallest number of stages is negative";
  if (maxStages > 0 && minStages > maxStages)
    return "the smallest number of stages is above the largest";
  return "";
}
