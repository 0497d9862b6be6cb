//===- DeviceMemory.h - What labels remember of devices ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Labels that remember every device that is in use would need a set for each
/// of them. They begin with less, and what a plan was found to use too often is
/// remembered from then on ("decremental state space relaxation", Righini and
/// Salani 2008, with the neighbourhoods of Roberti and Mingozzi 2014).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALS_DEVICEMEMORY_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALS_DEVICEMEMORY_H

#include "../Tables/DeviceGroups.h"

namespace onnx_split::placement {

/// Resources are the groups of devices and, after the last one, the number of
/// stages.
class DeviceMemory {
public:
  /// Every stage remembers every group, or its own group alone. None remembers
  /// the number of stages.
  DeviceMemory(const DeviceGroups &groups, bool everyGroup);

  /// How many sets of devices can be in use, counted up to `most`.
  static size_t countSets(const DeviceGroups &groups, size_t most);

  size_t numResources() const { return devices.size() + 1; }
  int32_t stages() const { return static_cast<int32_t>(devices.size()); }
  /// How often a resource may be used.
  int32_t limitOf(int32_t resource) const {
    return resource == stages()
               ? devices.maxStages()
               : static_cast<int32_t>(devices.groups()[resource].size());
  }
  /// A stage on the group's devices does not make a label forget how much of
  /// the resource is used.
  bool keeps(int32_t group, int32_t resource) const {
    return kept[group * numResources() + resource];
  }
  void keep(int32_t group, int32_t resource) {
    kept[group * numResources() + resource] = 1;
  }
  void keepEverywhere(int32_t resource);
  bool isKept(int32_t resource) const;
  /// Each group keeps so many others: those with the fastest links to it, which
  /// short cycles go through.
  void keepNearest(size_t count);

  enum class Where { BetweenUses, Everywhere };
  /// Given the groups of a plan's stages: true if some resource is used more
  /// often than its limit. The stages between two uses, or all, will remember
  /// it from now on.
  bool extend(const std::vector<int32_t> &path, Where where);

private:
  const DeviceGroups &devices;
  /// By group and resource.
  std::vector<char> kept;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALS_DEVICEMEMORY_H
