//===- DevicesAhead.cpp - What devices in reach can still do --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DevicesAhead.h"

#include <algorithm>
#include <cmath>

using namespace onnx_split::placement;

DevicesAhead::DevicesAhead(FixedOrder &givenOrder)
    : order(givenOrder), p(order.devices().problem()),
      numDevices(static_cast<int32_t>(p.devices.size())),
      maxStages(order.devices().maxStages()), words((numDevices + 63) / 64) {
  listLinks();
  measureWork();
  measureWeights();
}

void DevicesAhead::listLinks() {
  linked.assign(numDevices, DeviceSet(words, 0));
  linkedFrom = linked;
  open = reachable = everyDevice = DeviceSet(words, 0);
  for (int32_t from = 0; from < numDevices; ++from) {
    everyDevice[from / 64] |= uint64_t(1) << (from % 64);
    for (int32_t to = 0; to < numDevices; ++to)
      if (from == to || p.link(from, to).bitsPerSecond > 0) {
        linked[from][to / 64] |= uint64_t(1) << (to % 64);
        linkedFrom[to][from / 64] |= uint64_t(1) << (from % 64);
      } else {
        isSparse = true;
      }
  }
}

/// What is left to do behind each cut, as a part of all. Of unrelated times the
/// mean over the devices.
void DevicesAhead::measureWork() {
  const std::vector<int32_t> &cuts = order.table().cuts();
  workLeft.assign(cuts.size(), 0);
  int32_t n = order.numTasks();
  for (int32_t d = 0; d < numDevices; ++d) {
    double all = static_cast<double>(order.compute(d, 0, n));
    for (size_t cut = 0; cut < cuts.size() && all > 0; ++cut) {
      double left = static_cast<double>(order.compute(d, cuts[cut], n)) / all;
      workLeft[cut] += left / numDevices;
      isStrict &= d == 0 ||
                  std::abs(workLeft[cut] * numDevices / (d + 1) - left) < 1e-6;
    }
    isStrict &= all > 0;
  }
  std::vector<char> readsMade(n, 0);
  for (const Tensor &tensor : p.tensors)
    for (int32_t reader : tensor.consumers)
      readsMade[reader] |= tensor.producer != None;
  isStrict &= std::count(readsMade.begin(), readsMade.end(), 0) == 1;
}

/// The same of the weights, each where it is read first.
void DevicesAhead::measureWeights() {
  int32_t n = order.numTasks();
  std::vector<char> isRead(p.weights.size(), 0);
  std::vector<double> before(n + 1, 0);
  for (int32_t t = 0; t < n; ++t) {
    before[t + 1] = before[t];
    for (int32_t w : p.tasks[t].weights)
      if (!isRead[w]) {
        isRead[w] = 1;
        before[t + 1] += static_cast<double>(p.weights[w].bytes);
      }
  }
  double all = before[n];
  hasRoomLimits = all > 0;
  for (const Device &device : p.devices) {
    hasRoomLimits &= device.room() != Unlimited;
    room.push_back(
        all > 0 ? std::clamp(static_cast<double>(device.room()) / all, 0.0, 1.0)
                : 0);
  }
  for (int32_t cut : order.table().cuts())
    weightsLeft.push_back(all > 0 ? (all - before[cut]) / all : 0);
}

DeviceSet DevicesAhead::unused(const uint64_t *used) const {
  DeviceSet set = everyDevice;
  for (size_t w = 0; w < words; ++w)
    set[w] &= ~used[w];
  return set;
}

/// All of them may have stages from here on, or each stage looks again.
void DevicesAhead::follow(const uint64_t *used, int32_t numStages) {
  notUsed = unused(used);
  stagesSoFar = numStages;
  meansLeft = meansOf(notUsed, numStages);
}

void DevicesAhead::setThreshold(int64_t threshold) {
  capacity.clear();
  double allWork = 0, allRoom = 0;
  for (int32_t d = 0; d < numDevices; ++d) {
    double all = static_cast<double>(order.compute(d, 0, order.numTasks()));
    capacity.push_back(
        std::min(1.0, static_cast<double>(threshold) / std::max(all, 1.0)));
    allRoom += room[d];
  }
  byCapacity.resize(numDevices);
  for (int32_t d = 0; d < numDevices; ++d)
    byCapacity[d] = d;
  std::stable_sort(
      byCapacity.begin(), byCapacity.end(),
      [&](int32_t a, int32_t b) { return capacity[a] > capacity[b]; });
  for (int32_t i = 0; i < maxStages; ++i)
    allWork += capacity[byCapacity[i]];
  constexpr double least = 0.01;
  firstSpareWork = std::max(least, allWork - 1);
  firstSpareRoom = std::max(least, allRoom - 1);
}

/// The devices that are unused behind a stage on the device and that what is
/// made can get to, over others that are.
void DevicesAhead::findReachable(int32_t device,
                                 const std::vector<int32_t> &holders) {
  std::fill(reachable.begin(), reachable.end(), 0);
  frontier = linked[device];
  for (int32_t holder : holders)
    for (size_t w = 0; w < words; ++w)
      frontier[w] |= linked[holder][w];
  open = notUsed;
  open[device / 64] &= ~(uint64_t(1) << (device % 64));
  auto hasAll = [&] {
    for (size_t w = 0; w < words; ++w)
      if ((open[w] & ~frontier[w]) != 0)
        return false;
    return true;
  };
  for (bool grows = true; grows;) {
    if (hasAll()) {
      reachable = open;
      return;
    }
    grows = false;
    for (size_t w = 0; w < words; ++w) {
      uint64_t bits = frontier[w] & open[w] & ~reachable[w];
      grows |= bits != 0;
      reachable[w] |= bits;
      for (; bits != 0; bits &= bits - 1) {
        const DeviceSet &next = linked[w * 64 + __builtin_ctzll(bits)];
        for (size_t v = 0; v < words; ++v)
          frontier[v] |= next[v];
      }
    }
  }
}

/// The part of all work that those of the set can do that may still have
/// stages, and the part of all weights that all of it can hold.
DevicesAhead::Means DevicesAhead::meansOf(const DeviceSet &set,
                                          int32_t numStages) const {
  Means means;
  int32_t left = maxStages - numStages;
  for (int32_t device : byCapacity)
    if (set[device / 64] >> (device % 64) & 1) {
      means.weights += room[device];
      if (left-- > 0)
        means.work += capacity[device];
      ++means.count;
    }
  return means;
}

/// What of it is lost if the stages form a path from the device on: of the
/// devices that nothing but this one leads to, one comes next, and of those
/// that lead nowhere, one comes last.
double DevicesAhead::lostInReach(int32_t device) const {
  double lost = 0, next = 0, last = 0;
  for (size_t w = 0; w < words; ++w)
    for (uint64_t bits = reachable[w]; bits != 0; bits &= bits - 1) {
      size_t d = w * 64 + __builtin_ctzll(bits);
      bool isLed = false, leads = false;
      for (size_t v = 0; v < words; ++v) {
        uint64_t self = v == w ? uint64_t(1) << (d % 64) : 0;
        isLed |= (linkedFrom[d][v] & reachable[v] & ~self) != 0;
        leads |= (linked[d][v] & reachable[v] & ~self) != 0;
      }
      bool isNext = !isLed && linkedFrom[d][device / 64] >> (device % 64) & 1;
      if (!leads) {
        lost += capacity[d];
        last = std::max(last, capacity[d]);
      } else if (isNext) {
        lost += capacity[d];
        next = std::max(next, capacity[d]);
      }
    }
  return lost - next - last;
}

std::optional<double>
DevicesAhead::spareBehind(int32_t device, int32_t endCut,
                          const std::vector<int32_t> &holders) {
  findReachable(device, holders);
  int32_t numStages = stagesSoFar + 1;
  Means means = meansLeft;
  if (reachable == open && means.count - 1 <= maxStages - numStages) {
    means.work -= capacity[device];
    means.weights -= room[device];
  } else {
    means = meansOf(reachable, numStages);
  }
  double work = means.work - workLeft[endCut];
  constexpr double rounding = 1e-9;
  if (isStrict && work < -rounding)
    return std::nullopt;
  double lost = isSparse ? lostInReach(device) : 0;
  double spare = (work - lost) / firstSpareWork;
  if (hasRoomLimits)
    spare =
        std::min(spare, (means.weights - weightsLeft[endCut]) / firstSpareRoom);
  return spare;
}
