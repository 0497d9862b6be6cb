//===- FixedOrder.cpp - The problem, prepared for contiguous stages -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FixedOrder.h"

#include <algorithm>
#include <map>

using namespace onnx_split::placement;

FixedOrder::FixedOrder(const Problem &problem)
    : p(problem), deviceGroups(problem), messageTimes(problem),
      cutTable(problem), streams(problem), times(problem) {
  limitEnds();
  floorCuts();
  sumOutputs();
  prepareMemory();
}

/// Where stages must end at the latest, memory aside.
void FixedOrder::limitEnds() {
  int32_t n = numTasks();
  std::vector<char> isPinned(p.devices.size(), 0);
  for (const Task &task : p.tasks)
    if (task.pin != None)
      isPinned[task.pin] = 1;
  // By speed class, and the device where it has pins.
  std::map<std::pair<int32_t, int32_t>, size_t> kinds;
  for (const std::vector<int32_t> &group : deviceGroups.groups()) {
    int32_t device = group.front();
    auto [it, isNew] = kinds.try_emplace(
        {p.devices[device].speedClass, isPinned[device] ? device : None},
        kinds.size());
    kindOf.push_back(it->second);
    if (!isNew)
      continue;
    std::vector<int32_t> from(n + 1, n);
    for (int32_t t = n - 1; t >= 0; --t) {
      int32_t pin = p.tasks[t].pin;
      bool possible =
          p.timeOf(t, device) != Unlimited && (pin == None || pin == device);
      from[t] = possible ? from[t + 1] : t;
    }
    impossibleFrom.push_back(std::move(from));
  }
  mustCutEnd.assign(n + 1, n);
  for (const Tensor &tensor : p.tensors)
    if (tensor.mustCut && tensor.producer != None && !tensor.consumers.empty())
      mustCutEnd[tensor.producer] =
          std::min(mustCutEnd[tensor.producer], tensor.consumers.front());
  for (int32_t t = n - 1; t >= 0; --t)
    mustCutEnd[t] = std::min(mustCutEnd[t], mustCutEnd[t + 1]);
}

void FixedOrder::floorCuts() {
  for (size_t cut = 0; cut < cutTable.cuts().size(); ++cut) {
    int64_t floor = 0;
    for (const OpenTensor &open : cutTable.open(static_cast<int32_t>(cut)))
      floor = std::max(floor, messageTimes.least(open.tensor));
    cutFloors.push_back(floor);
  }
}

void FixedOrder::sumOutputs() {
  std::vector<std::pair<int32_t, int32_t>> outputs;
  outputsBefore.assign(numTasks() + 1, 0);
  for (size_t x = 0; x < p.tensors.size(); ++x)
    if (p.tensors[x].isOutput && p.tensors[x].producer != None) {
      outputs.push_back({p.tensors[x].producer, static_cast<int32_t>(x)});
      ++outputsBefore[p.tensors[x].producer + 1];
    }
  for (int32_t t = 0; t < numTasks(); ++t)
    outputsBefore[t + 1] += outputsBefore[t];
  std::sort(outputs.begin(), outputs.end());
  outputBytes.assign(1, 0);
  for (auto [task, x] : outputs)
    outputBytes.push_back(outputBytes.back() + p.tensors[x].sent());
}

int64_t FixedOrder::egressTime(int32_t device, int32_t begin,
                               int32_t end) const {
  if (p.egress == None || !makesOutput(begin, end))
    return 0;
  return messageTimes.time(device, p.egress,
                           saturate(outputBytes[outputsBefore[end]] -
                                    outputBytes[outputsBefore[begin]]));
}

void FixedOrder::prepareMemory() {
  bool limited = false;
  for (const Device &device : p.devices)
    limited |= device.room() != Unlimited;
  if (!limited)
    return;
  intervalMemory = std::make_unique<IntervalMemory>(p, cutTable);
  std::vector<int64_t> most;
  for (size_t cut = 0; cut < cutTable.cuts().size(); ++cut) {
    Wide sum = 0;
    for (const OpenTensor &open : cutTable.open(static_cast<int32_t>(cut)))
      sum += 2 * Wide(p.tensors[open.tensor].bytes) *
             std::min(open.readersLeft, deviceGroups.maxStages());
    most.push_back(saturate(sum));
  }
  mostSends = RangeMax<int64_t>(std::move(most));
  memoryReaches.assign(deviceGroups.size(),
                       std::vector<int32_t>(cutTable.cuts().size(), None));
  safeReaches = memoryReaches;
}

/// Largest cut that `fits`, which never holds again once it fails. Gallops from
/// the answer for the cut before, which is close by.
template <typename Fits>
int32_t FixedOrder::reach(std::vector<std::vector<int32_t>> &memo,
                          int32_t device, int32_t cut, Fits fits) {
  std::vector<int32_t> &ofGroup = memo[deviceGroups.groupOf(device)];
  int32_t &known = ofGroup[cut];
  if (known != None)
    return known;
  int32_t last = static_cast<int32_t>(cutTable.cuts().size()) - 1;
  // `low` fits (nothing to fit at `cut` itself), `high` does not.
  int32_t low = cut, high = last + 1;
  int32_t guess = cut + 1;
  if (cut > 0 && ofGroup[cut - 1] != None)
    guess = std::max(guess, ofGroup[cut - 1]);
  for (int32_t step = 1; guess < high && guess > low; step *= 2) {
    if (fits(guess)) {
      low = guess;
      guess = std::min(last, guess + step);
    } else {
      high = guess;
      guess = std::max(low, guess - step);
    }
  }
  while (high - low > 1) {
    int32_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return known = low;
}

int32_t FixedOrder::memoryReach(int32_t device, int32_t cut) {
  if (!hasMemoryLimit(device))
    return static_cast<int32_t>(cutTable.cuts().size()) - 1;
  int64_t cap = p.devices[device].room();
  return reach(memoryReaches, device, cut, [&](int32_t end) {
    return intervalMemory->withoutSends(device, cut, end) <= cap;
  });
}

int32_t FixedOrder::safeReach(int32_t device, int32_t cut) {
  if (!hasMemoryLimit(device))
    return static_cast<int32_t>(cutTable.cuts().size()) - 1;
  int64_t cap = p.devices[device].room();
  return reach(safeReaches, device, cut, [&](int32_t end) {
    return addSaturating(intervalMemory->withoutSends(device, cut, end),
                         mostSends(cut + 1, end + 1)) <= cap;
  });
}
