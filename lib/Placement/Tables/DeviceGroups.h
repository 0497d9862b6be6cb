//===- DeviceGroups.h - Devices that are interchangeable --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Exchanging two devices of a group in any placement changes nothing but
/// names, so that searches place stages on groups.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_DEVICEGROUPS_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_DEVICEGROUPS_H

#include "onnx-split/Placement/Problem.h"

#include <cstddef>

namespace onnx_split::placement {

class DeviceGroups {
public:
  /// O(devices^2 groups).
  explicit DeviceGroups(const Problem &problem);

  const Problem &problem() const { return p; }
  size_t size() const { return members.size(); }
  /// Each group ascending; groups by their first device.
  const std::vector<std::vector<int32_t>> &groups() const { return members; }
  int32_t groupOf(int32_t device) const { return groupOfDevice[device]; }
  /// The member that stands for the group.
  int32_t deviceOf(int32_t group) const { return members[group].front(); }
  /// The member that gets messages from a group: not the one that sends them,
  /// if there is another.
  int32_t receiverOf(int32_t group, int32_t senderGroup) const {
    const std::vector<int32_t> &of = members[group];
    return group == senderGroup && of.size() > 1 ? of[1] : of[0];
  }
  int32_t numDevices() const { return static_cast<int32_t>(p.devices.size()); }
  /// Most stages that a placement can have which uses no device twice.
  int32_t maxStages() const { return stageLimit; }

private:
  bool interchangeable(int32_t a, int32_t b) const;

  const Problem &p;
  int32_t stageLimit;
  std::vector<std::vector<int32_t>> members;
  std::vector<int32_t> groupOfDevice;
  std::vector<char> isPinTarget;
};

/// True if two links, or two pairs without one, carry each message in the same
/// time over the same medium.
bool areAlike(const Problem &problem, int32_t from, int32_t to,
              int32_t otherFrom, int32_t otherTo);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_DEVICEGROUPS_H
