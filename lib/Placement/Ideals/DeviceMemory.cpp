//===- DeviceMemory.cpp - What labels remember of devices -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"

#include <algorithm>

using namespace onnx_split::placement;

DeviceMemory::DeviceMemory(const DeviceGroups &groups, bool everyGroup)
    : devices(groups) {
  kept.assign(devices.size() * numResources(), everyGroup);
  for (int32_t g = 0; g < stages(); ++g) {
    keep(g, g);
    kept[g * numResources() + stages()] = 0;
  }
}

size_t DeviceMemory::countSets(const DeviceGroups &groups, size_t most) {
  size_t sets = 1;
  for (const std::vector<int32_t> &group : groups.groups())
    sets = std::min(sets * (group.size() + 1), most);
  return sets;
}

void DeviceMemory::keepEverywhere(int32_t resource) {
  for (int32_t g = 0; g < stages(); ++g)
    keep(g, resource);
}

bool DeviceMemory::isKept(int32_t resource) const {
  for (int32_t g = 0; g < stages(); ++g)
    if (keeps(g, resource))
      return true;
  return false;
}

void DeviceMemory::keepNearest(size_t count) {
  for (int32_t g = 0; g < stages(); ++g) {
    std::vector<std::pair<int64_t, int32_t>> nearest;
    for (int32_t h = 0; h < stages(); ++h)
      if (h != g)
        nearest.push_back({-devices.problem()
                                .link(devices.deviceOf(h), devices.deviceOf(g))
                                .bitsPerSecond,
                           h});
    std::sort(nearest.begin(), nearest.end());
    for (size_t i = 0; i < std::min(count, nearest.size()); ++i)
      keep(g, nearest[i].second);
  }
}

bool DeviceMemory::extend(const std::vector<int32_t> &path, Where where) {
  bool isTooMuch = false;
  if (static_cast<int32_t>(path.size()) > limitOf(stages())) {
    keepEverywhere(stages());
    isTooMuch = true;
  }
  std::vector<std::vector<size_t>> uses(devices.size());
  for (size_t i = 0; i < path.size(); ++i) {
    std::vector<size_t> &at = uses[path[i]];
    at.push_back(i);
    size_t limit = limitOf(path[i]);
    if (at.size() <= limit)
      continue;
    isTooMuch = true;
    if (where == Where::Everywhere)
      keepEverywhere(path[i]);
    for (size_t k = at[at.size() - 1 - limit]; k < i; ++k)
      keep(path[k], path[i]);
  }
  return isTooMuch;
}
