//===- DevicesAhead.h - What devices in reach can still do ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Of a partial plan over the given order: which devices can be reached over
/// links from where tensors are, and how much more they can do and hold than
/// what is left. Beam probing compares partial plans by that.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_DEVICESAHEAD_H
#define ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_DEVICESAHEAD_H

#include "../GivenOrder/FixedOrder.h"

#include <optional>

namespace onnx_split::placement {

/// A bit for each device.
using DeviceSet = std::vector<uint64_t>;

class DevicesAhead {
public:
  /// O(devices^2 + devices cuts).
  explicit DevicesAhead(FixedOrder &givenOrder);

  /// What the devices can do within the threshold, in ns.
  void setThreshold(int64_t threshold);
  /// The devices that the device has a link to, and itself.
  const DeviceSet &linkedTo(int32_t device) const { return linked[device]; }
  /// Those that are not in the set.
  DeviceSet unused(const uint64_t *used) const;

  /// For partial plans that one more stage makes of one with these devices and
  /// so many stages, until the next call.
  void follow(const uint64_t *used, int32_t numStages);
  /// What the devices in reach can do and hold beyond what is left behind a
  /// stage on the device that ends at the cut, where 1 is what there was to
  /// spare at the beginning; None if they cannot do it. `holders`: where
  /// tensors are that are still read, apart from the device.
  std::optional<double> spareBehind(int32_t device, int32_t endCut,
                                    const std::vector<int32_t> &holders);

private:
  /// What a set of devices can do and hold, as parts of all work and weights.
  struct Means {
    double work = 0, weights = 0;
    int32_t count = 0;
  };

  void listLinks();
  void measureWork();
  void measureWeights();
  void findReachable(int32_t device, const std::vector<int32_t> &holders);
  Means meansOf(const DeviceSet &set, int32_t numStages) const;
  double lostInReach(int32_t device) const;

  FixedOrder &order;
  const Problem &p;
  int32_t numDevices, maxStages;
  size_t words;
  /// By device: those that it has a link to, and those with a link to it; both
  /// with itself.
  std::vector<DeviceSet> linked, linkedFrom;
  DeviceSet everyDevice;
  bool isSparse = false;
  /// By cut: the part of all work behind it, and of all weights.
  std::vector<double> workLeft, weightsLeft;
  /// By device: the part of all work that it can do within the threshold, and
  /// of all weights that it can hold.
  std::vector<double> capacity, room;
  std::vector<int32_t> byCapacity;
  /// Whether less capacity in reach than work is a proof: devices are as fast
  /// for all tasks, and each stage but the first reads what others have made.
  bool isStrict = true;
  bool hasRoomLimits = false;
  double firstSpareWork = 1, firstSpareRoom = 1;

  // Of the partial plan that is being followed.
  DeviceSet notUsed;
  Means meansLeft;
  int32_t stagesSoFar = 0;
  // Behind one more stage.
  DeviceSet open, reachable, frontier;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_DEVICESAHEAD_H
