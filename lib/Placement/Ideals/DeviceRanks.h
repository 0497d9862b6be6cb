//===- DeviceRanks.h - Devices that can stand in for others -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which groups of devices are at least as good as others, and which send
/// alike: both let labels dominate more often.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALS_DEVICERANKS_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALS_DEVICERANKS_H

#include "../Tables/DeviceGroups.h"

namespace onnx_split::placement {

struct DeviceRanks {
  /// O(groups^2 (groups + tasks)); where that is much, no device is compared
  /// with another.
  explicit DeviceRanks(const DeviceGroups &groups);

  /// Groups of one class send each message to each receiver in the same time
  /// over the same medium, and with the same overhead.
  std::vector<int32_t> senderClass;
  /// A partition of the groups. In each part, a device of an earlier group can
  /// take the place of one of a later group in any plan: it is as fast for each
  /// task and message, has as much memory, streams weights no longer, and all
  /// links are the same.
  std::vector<std::vector<int32_t>> chains;

private:
  bool sendsAlike(int32_t a, int32_t b) const;
  bool standsIn(int32_t better, int32_t worse) const;

  const DeviceGroups &devices;
  const Problem &p;
  std::vector<char> isSpecial;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALS_DEVICERANKS_H
