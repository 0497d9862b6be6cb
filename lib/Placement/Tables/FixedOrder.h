//===- FixedOrder.h - Tables of contiguous stages ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the solvers over contiguous stages ask again and again, prepared once:
/// sums over ranges of tasks, times of messages, how far memory reaches, and
/// which devices are interchangeable.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_FIXEDORDER_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_FIXEDORDER_H

#include "CutTable.h"
#include "IntervalMemory.h"
#include "Wide.h"

#include <memory>

namespace onnx_split::placement {

class FixedOrder {
public:
  explicit FixedOrder(const Problem &problem);

  const Problem &problem() const { return p; }
  const CutTable &table() const { return cutTable; }
  int32_t numTasks() const { return static_cast<int32_t>(p.tasks.size()); }
  int32_t numDevices() const { return static_cast<int32_t>(p.devices.size()); }
  /// Most stages that a placement can have.
  int32_t maxStages() const { return stageLimit; }

  /// Time of the tasks [begin, end), none of which is impossible there.
  Wide compute(int32_t device, int32_t begin, int32_t end) const {
    const std::vector<Wide> &sums = timePrefix[p.devices[device].speedClass];
    return sums[end] - sums[begin];
  }

  /// Largest end of a stage from task `begin` on the device that respects
  /// impossible tasks, pins, and tensors that must be cut.
  int32_t structuralEnd(int32_t device, int32_t begin) const {
    return std::min(impossibleFrom[groupOf[device]][begin], mustCutEnd[begin]);
  }

  /// Time of the messages to the egress device for the outputs that [begin,
  /// end) makes; 0 on the egress device itself.
  int64_t egressTime(int32_t device, int32_t begin, int32_t end) const;
  bool makesOutput(int32_t begin, int32_t end) const {
    return outputsBefore[end] != outputsBefore[begin];
  }

  int64_t messageTime(int32_t from, int32_t to, int32_t tensor) const {
    int32_t row = linkClass[from * numDevices() + to];
    if (messageTimes.empty())
      return transferTime(p.link(from, to), p.tensors[tensor].sent());
    return messageTimes[row * p.tensors.size() + tensor];
  }

  /// No placement cuts here with a smaller bottleneck: each tensor takes at
  /// least its time over the best link.
  int64_t cutFloor(int32_t cut) const { return cutFloors[cut]; }

  /// Last cut that a stage from `cut` on the device can reach within its
  /// memory, send buffers aside; `cut` itself if none.
  int32_t memoryReach(int32_t device, int32_t cut);
  /// Up to this cut the stage fits whatever it sends, however often.
  int32_t safeReach(int32_t device, int32_t cut);
  const IntervalMemory &memory() const { return *intervalMemory; }
  bool hasMemoryLimit(int32_t device) const {
    return p.devices[device].memory != Unlimited;
  }

  /// Interchangeable devices, each group ascending; groups by first device.
  const std::vector<std::vector<int32_t>> &groups() const { return members; }
  int32_t groupOfDevice(int32_t device) const { return groupOf[device]; }

private:
  void groupDevices();
  bool interchangeable(int32_t a, int32_t b) const;
  void prepareTimes();
  void prepareMessages();
  void prepareMemory();
  template <typename Fits>
  int32_t reach(std::vector<std::vector<int32_t>> &memo, int32_t device,
                int32_t cut, Fits fits);

  const Problem &p;
  CutTable cutTable;
  int32_t stageLimit;
  std::vector<std::vector<int32_t>> members;
  std::vector<int32_t> groupOf;
  std::vector<char> isPinTarget;
  /// Per speed class; impossible tasks count as 0.
  std::vector<std::vector<Wide>> timePrefix;
  /// Per group and task: the next task that cannot run on the group's devices.
  std::vector<std::vector<int32_t>> impossibleFrom;
  std::vector<int32_t> mustCutEnd;
  std::vector<int32_t> outputsBefore;
  /// Per device: running sums of egress message times, by output.
  std::vector<std::vector<Wide>> egressPrefix;
  std::vector<int32_t> linkClass;
  /// By link class and tensor; empty where it would be too large.
  std::vector<int64_t> messageTimes;
  std::vector<int64_t> cutFloors;
  std::unique_ptr<IntervalMemory> intervalMemory;
  /// Largest send buffers of any stage that ends at a cut, over ranges of cuts.
  RangeMax<int64_t> mostSends;
  /// Per group and cut, None while unknown.
  std::vector<std::vector<int32_t>> memoryReaches, safeReaches;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_FIXEDORDER_H
