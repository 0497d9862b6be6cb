//===- Cluster.cpp - Devices, links and media -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Cluster/Cluster.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;

const std::pair<std::string, int64_t> *
ClusterDevice::findFigure(StringRef type) const {
  if (compute.empty())
    return nullptr;
  for (StringRef candidate : {type, StringRef(""), StringRef("f32")})
    for (const auto &figure : compute)
      if (figure.first == candidate)
        return &figure;
  return &*std::min_element(
      compute.begin(), compute.end(),
      [](const auto &a, const auto &b) { return a.second < b.second; });
}

int64_t ClusterDevice::operationsPerSecond(StringRef type) const {
  const auto *figure = findFigure(type);
  return figure ? figure->second : Unlimited;
}

bool ClusterDevice::computesIn(StringRef type) const {
  return types.empty() || llvm::is_contained(types, type);
}

std::vector<int32_t> Cluster::findDevices(StringRef name) const {
  if (int32_t device = findDevice(name); device >= 0)
    return {device};
  for (const ClusterGroup &group : groups)
    if (group.name == name && !group.devices.empty())
      return group.devices;
  return {};
}

int32_t Cluster::findDevice(StringRef name) const {
  for (size_t i = 0; i < devices.size(); ++i)
    if (devices[i].name == name)
      return static_cast<int32_t>(i);
  return -1;
}
