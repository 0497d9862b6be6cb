//===- Cluster.cpp - Devices, links and media -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Cluster/Cluster.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;

std::optional<int64_t>
ClusterDevice::operationsPerSecond(StringRef type) const {
  if (compute.empty())
    return std::nullopt;
  for (StringRef candidate : {type, StringRef(""), StringRef("f32")})
    for (const auto &[element, figure] : compute)
      if (element == candidate)
        return figure;
  auto smallest = std::min_element(
      compute.begin(), compute.end(),
      [](const auto &a, const auto &b) { return a.second < b.second; });
  return smallest->second;
}

int32_t Cluster::findDevice(StringRef name) const {
  for (size_t i = 0; i < devices.size(); ++i)
    if (devices[i].name == name)
      return static_cast<int32_t>(i);
  return -1;
}
