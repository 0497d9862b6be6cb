//===- DeviceRanks.cpp - Devices that can stand in for others -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceRanks.h"

#include "../Tables/WeightStreams.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split::placement;

/// Some tenths of a second. With more, as for a thousand devices, each stands
/// for itself alone.
static bool areFew(size_t groups, size_t tasks) {
  constexpr size_t mostSteps = 200000000;
  return groups * groups * (groups + tasks) <= mostSteps;
}

/// Time of all tasks that can run on the device.
static Wide totalTime(const Problem &p, int32_t device) {
  Wide sum = 0;
  for (size_t t = 0; t < p.tasks.size(); ++t)
    if (int64_t time = p.timeOf(static_cast<int32_t>(t), device);
        time != Unlimited)
      sum += time;
  return sum;
}

DeviceRanks::DeviceRanks(const DeviceGroups &groups)
    : devices(groups), p(groups.problem()) {
  int32_t numGroups = static_cast<int32_t>(devices.size());
  isSpecial.assign(numGroups, 0);
  for (int32_t device : {p.ingress, p.egress})
    if (device != None)
      isSpecial[devices.groupOf(device)] = 1;
  for (const Task &task : p.tasks)
    if (task.pin != None)
      isSpecial[devices.groupOf(task.pin)] = 1;

  if (!areFew(devices.size(), p.tasks.size())) {
    for (int32_t g = 0; g < numGroups; ++g) {
      senderClass.push_back(g);
      chains.push_back({g});
    }
    return;
  }
  std::vector<std::vector<int32_t>> classes;
  for (int32_t g = 0; g < numGroups; ++g) {
    auto fits = [&](const std::vector<int32_t> &members) {
      return std::all_of(members.begin(), members.end(),
                         [&](int32_t h) { return sendsAlike(g, h); });
    };
    auto it = std::find_if(classes.begin(), classes.end(), fits);
    if (it == classes.end())
      it = classes.insert(classes.end(), std::vector<int32_t>());
    it->push_back(g);
    senderClass.push_back(static_cast<int32_t>(it - classes.begin()));
  }

  std::vector<int32_t> byTime(numGroups);
  std::iota(byTime.begin(), byTime.end(), 0);
  std::vector<Wide> total;
  for (int32_t g = 0; g < numGroups; ++g)
    total.push_back(totalTime(p, devices.deviceOf(g)));
  std::stable_sort(byTime.begin(), byTime.end(),
                   [&](int32_t a, int32_t b) { return total[a] < total[b]; });
  for (int32_t g : byTime) {
    auto extends = [&](const std::vector<int32_t> &chain) {
      return std::all_of(chain.begin(), chain.end(),
                         [&](int32_t h) { return standsIn(h, g); });
    };
    auto it = std::find_if(chains.begin(), chains.end(), extends);
    if (it == chains.end())
      it = chains.insert(chains.end(), std::vector<int32_t>());
    it->push_back(g);
  }
}

/// A group of one device never sends to itself, so that pair does not matter.
bool DeviceRanks::sendsAlike(int32_t a, int32_t b) const {
  if (isSpecial[a] || isSpecial[b])
    return false;
  const Device &one = p.devices[devices.deviceOf(a)],
               &other = p.devices[devices.deviceOf(b)];
  if (one.messageNs != other.messageNs || one.bytePs != other.bytePs)
    return false;
  for (int32_t h = 0; h < static_cast<int32_t>(devices.size()); ++h) {
    int32_t fromA = devices.receiverOf(h, a), fromB = devices.receiverOf(h, b);
    if (fromA != devices.deviceOf(a) && fromB != devices.deviceOf(b) &&
        !areAlike(p, devices.deviceOf(a), fromA, devices.deviceOf(b), fromB))
      return false;
  }
  return true;
}

bool DeviceRanks::standsIn(int32_t better, int32_t worse) const {
  if (isSpecial[better] || isSpecial[worse])
    return false;
  int32_t a = devices.deviceOf(better), b = devices.deviceOf(worse);
  if (p.devices[a].room() < p.devices[b].room() ||
      p.devices[a].messageNs > p.devices[b].messageNs ||
      p.devices[a].bytePs > p.devices[b].bytePs ||
      !streamsNoLonger(p.devices[a], p.devices[b]))
    return false;
  for (int32_t h = 0; h < static_cast<int32_t>(devices.size()); ++h)
    if (h != better && h != worse &&
        (!areAlike(p, a, devices.deviceOf(h), b, devices.deviceOf(h)) ||
         !areAlike(p, devices.deviceOf(h), a, devices.deviceOf(h), b)))
      return false;
  if (!areAlike(p, a, b, b, a))
    return false;
  for (int32_t group : {better, worse})
    if (int32_t other = devices.receiverOf(group, group);
        other != devices.deviceOf(group) &&
        !areAlike(p, devices.deviceOf(group), other, a, b))
      return false;
  // Last, because it walks all tasks.
  for (int32_t t = 0; t < static_cast<int32_t>(p.tasks.size()); ++t)
    if (p.timeOf(t, a) > p.timeOf(t, b))
      return false;
  return true;
}
