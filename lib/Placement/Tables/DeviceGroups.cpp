//===- DeviceGroups.cpp - Devices that are interchangeable ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceGroups.h"

#include <algorithm>

using namespace onnx_split::placement;

bool onnx_split::placement::areAlike(const Problem &p, int32_t from, int32_t to,
                                     int32_t otherFrom, int32_t otherTo) {
  return p.link(from, to) == p.link(otherFrom, otherTo) &&
         p.medium(from, to) == p.medium(otherFrom, otherTo);
}

DeviceGroups::DeviceGroups(const Problem &problem)
    : p(problem), stageLimit(static_cast<int32_t>(
                      std::min(p.tasks.size(), p.devices.size()))) {
  if (p.maxStages > 0)
    stageLimit = std::min(stageLimit, p.maxStages);
  isPinTarget.assign(numDevices(), 0);
  for (const Task &task : p.tasks)
    if (task.pin != None)
      isPinTarget[task.pin] = 1;
  groupOfDevice.assign(numDevices(), None);
  for (int32_t d = 0; d < numDevices(); ++d) {
    // Exchanges with one member generate all exchanges within the group, so
    // comparing with the first member suffices.
    int32_t &own = groupOfDevice[d];
    for (size_t g = 0; g < members.size() && own == None; ++g)
      if (interchangeable(members[g].front(), d))
        own = static_cast<int32_t>(g);
    if (own == None) {
      own = static_cast<int32_t>(members.size());
      members.emplace_back();
    }
    members[own].push_back(d);
  }
}

/// True if exchanging the two devices in any placement changes nothing that
/// evaluate() computes, names aside.
bool DeviceGroups::interchangeable(int32_t a, int32_t b) const {
  const Device &first = p.devices[a], &second = p.devices[b];
  if (first.memory != second.memory ||
      first.runtimeBytes != second.runtimeBytes ||
      first.speedClass != second.speedClass ||
      first.messageNs != second.messageNs || first.bytePs != second.bytePs ||
      first.weightCache != second.weightCache ||
      first.streamRate != second.streamRate)
    return false;
  for (int32_t device : {a, b})
    if (isPinTarget[device] || device == p.ingress || device == p.egress)
      return false;
  for (int32_t c = 0; c < numDevices(); ++c)
    if (c != a && c != b &&
        (!areAlike(p, a, c, b, c) || !areAlike(p, c, a, c, b)))
      return false;
  return areAlike(p, a, b, b, a);
}
