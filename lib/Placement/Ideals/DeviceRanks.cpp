//===- DeviceRanks.cpp - Devices that can stand in for others -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceRanks.h"

#include <numeric>

using namespace onnx_split::placement;

DeviceRanks::DeviceRanks(const FixedOrder &fixedOrder)
    : order(fixedOrder), p(order.problem()) {
  int32_t numGroups = static_cast<int32_t>(order.groups().size());
  isSpecial.assign(numGroups, 0);
  for (int32_t device : {p.ingress, p.egress})
    if (device != None)
      isSpecial[order.groupOfDevice(device)] = 1;
  for (const Task &task : p.tasks)
    if (task.pin != None)
      isSpecial[order.groupOfDevice(task.pin)] = 1;

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
  std::stable_sort(byTime.begin(), byTime.end(), [&](int32_t a, int32_t b) {
    return order.compute(front(a), 0, order.numTasks()) <
           order.compute(front(b), 0, order.numTasks());
  });
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

int32_t DeviceRanks::receiver(int32_t group, int32_t sender) const {
  const std::vector<int32_t> &members = order.groups()[group];
  return group == sender && members.size() > 1 ? members[1] : members[0];
}

bool DeviceRanks::sameLink(int32_t from, int32_t to, int32_t otherFrom,
                           int32_t otherTo) const {
  const Link &one = p.link(from, to), &other = p.link(otherFrom, otherTo);
  size_t oneIndex = from * p.devices.size() + to;
  size_t otherIndex = otherFrom * p.devices.size() + otherTo;
  return one.bitsPerSecond == other.bitsPerSecond &&
         one.latencyNs == other.latencyNs &&
         (p.mediumOf.empty() || p.mediumOf[oneIndex] == p.mediumOf[otherIndex]);
}

/// A group of one device never sends to itself, so that pair does not matter.
bool DeviceRanks::sendsAlike(int32_t a, int32_t b) const {
  if (isSpecial[a] || isSpecial[b])
    return false;
  const Device &one = p.devices[front(a)], &other = p.devices[front(b)];
  if (one.messageNs != other.messageNs || one.bytePs != other.bytePs)
    return false;
  for (int32_t h = 0; h < static_cast<int32_t>(order.groups().size()); ++h) {
    int32_t fromA = receiver(h, a), fromB = receiver(h, b);
    if (fromA != front(a) && fromB != front(b) &&
        !sameLink(front(a), fromA, front(b), fromB))
      return false;
  }
  return true;
}

bool DeviceRanks::standsIn(int32_t better, int32_t worse) const {
  if (isSpecial[better] || isSpecial[worse])
    return false;
  int32_t a = front(better), b = front(worse);
  if (p.devices[a].memory < p.devices[b].memory ||
      p.devices[a].messageNs > p.devices[b].messageNs ||
      p.devices[a].bytePs > p.devices[b].bytePs)
    return false;
  for (int32_t t = 0; t < order.numTasks(); ++t)
    if (p.timeOf(t, a) > p.timeOf(t, b))
      return false;
  for (int32_t h = 0; h < static_cast<int32_t>(order.groups().size()); ++h)
    if (h != better && h != worse &&
        (!sameLink(a, front(h), b, front(h)) ||
         !sameLink(front(h), a, front(h), b)))
      return false;
  if (!sameLink(a, b, b, a))
    return false;
  for (int32_t group : {better, worse})
    if (int32_t other = receiver(group, group);
        other != front(group) && !sameLink(front(group), other, a, b))
      return false;
  return true;
}
