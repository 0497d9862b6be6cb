//===- DeviceStates.h - How many devices of each group are used -*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Numbers what a beginning of a plan has used, for tables of what can follow.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_DEVICESTATES_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_DEVICESTATES_H

#include "../Tables/DeviceGroups.h"

namespace onnx_split::placement {

/// Counts of used devices, as the digits of a number: a used device of a group
/// adds the group's stride.
class DeviceStates {
public:
  struct Group {
    /// One of them, and how many there are.
    int32_t device;
    int64_t count, stride;
  };

  explicit DeviceStates(const DeviceGroups &devices) {
    if (devices.size() > MostGroups)
      return;
    for (const std::vector<int32_t> &members : devices.groups()) {
      int64_t count = static_cast<int64_t>(members.size());
      all.push_back({members.front(), count, numStates});
      numStates *= count + 1;
      if (numStates > MostStates)
        return;
    }
    isUsable = true;
  }

  /// False: too many groups or states; nothing else may be asked.
  bool usable() const { return isUsable; }
  int64_t size() const { return numStates; }
  const std::vector<Group> &groups() const { return all; }
  /// Devices of the group that are used in a state.
  int64_t used(const Group &group, int64_t state) const {
    return state / group.stride % (group.count + 1);
  }

private:
  static constexpr size_t MostGroups = 64;
  static constexpr int64_t MostStates = 1 << 14;

  bool isUsable = false;
  int64_t numStates = 1;
  std::vector<Group> all;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_DEVICESTATES_H
