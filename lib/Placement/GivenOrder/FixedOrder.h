//===- FixedOrder.h - Tables of contiguous stages ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the solvers over stages of the given order ask again and again,
/// prepared once: sums over ranges of tasks, and how far memory reaches.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_FIXEDORDER_H
#define ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_FIXEDORDER_H

#include "CutTable.h"
#include "IntervalMemory.h"

#include "../Tables/DeviceGroups.h"
#include "../Tables/Messages.h"
#include "../Tables/TaskSums.h"
#include "../Tables/WeightStreams.h"
#include "../Tables/Wide.h"

#include <memory>

namespace onnx_split::placement {

class FixedOrder {
public:
  explicit FixedOrder(const Problem &problem);

  const Problem &problem() const { return p; }
  const CutTable &table() const { return cutTable; }
  int32_t numTasks() const { return static_cast<int32_t>(p.tasks.size()); }
  const DeviceGroups &devices() const { return deviceGroups; }
  const Messages &messages() const { return messageTimes; }

  /// Time of the tasks [begin, end), none of which is impossible there.
  Wide compute(int32_t device, int32_t begin, int32_t end) const {
    return times.time(p.devices[device].speedClass, begin, end);
  }

  /// The same with the weights that the stage streams.
  Wide stageTime(int32_t device, int32_t begin, int32_t end) const {
    const Device &runner = p.devices[device];
    Wide time = compute(device, begin, end);
    return runner.streams()
               ? time + streamTime(runner, streams.streamed(runner.weightCache,
                                                            begin, end))
               : time;
  }
  /// No more than that, and it grows with the stage at either end. Above
  /// `limit` less may be told than is known.
  Wide leastTime(int32_t device, int32_t begin, int32_t end,
                 int64_t limit) const {
    const Device &runner = p.devices[device];
    Wide time = compute(device, begin, end);
    return runner.streams() && time <= limit
               ? time + streamTime(runner, streams.leastStreamed(
                                               runner.weightCache, begin, end))
               : time;
  }
  /// False where the two differ for some stages.
  bool leastTimeIsExact(int32_t device) const {
    return !p.devices[device].streams() || !streams.hasShared();
  }
  /// True if a stage takes no longer from task `later` than from `earlier`,
  /// which is before it, to whichever end up to `end`.
  bool isNoSlower(int32_t device, int32_t later, int32_t earlier,
                  int32_t end) const {
    const Device &runner = p.devices[device];
    return leastTimeIsExact(device) ||
           streams.growsBackwards(runner.weightCache, later, earlier, end);
  }

  /// Largest end of a stage from task `begin` on the device that respects
  /// impossible tasks, pins, and tensors that must be cut.
  int32_t structuralEnd(int32_t device, int32_t begin) const {
    return std::min(impossibleFrom[kindOf[deviceGroups.groupOf(device)]][begin],
                    mustCutEnd[begin]);
  }

  /// Time of the message to the egress device with the outputs that [begin,
  /// end) makes; 0 on the egress device itself.
  int64_t egressTime(int32_t device, int32_t begin, int32_t end) const;
  bool makesOutput(int32_t begin, int32_t end) const {
    return outputsBefore[end] != outputsBefore[begin];
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

private:
  void limitEnds();
  void floorCuts();
  void sumOutputs();
  void prepareMemory();
  template <typename Fits>
  int32_t reach(std::vector<std::vector<int32_t>> &memo, int32_t device,
                int32_t cut, Fits fits);

  const Problem &p;
  DeviceGroups deviceGroups;
  Messages messageTimes;
  CutTable cutTable;
  WeightStreams streams;
  TaskSums times;
  /// Groups that can run the same tasks are of one kind. Per kind and task: the
  /// next task that cannot run there.
  std::vector<size_t> kindOf;
  std::vector<std::vector<int32_t>> impossibleFrom;
  std::vector<int32_t> mustCutEnd;
  std::vector<int32_t> outputsBefore;
  /// Running sums of the bytes of outputs.
  std::vector<Wide> outputBytes;
  std::vector<int64_t> cutFloors;
  std::unique_ptr<IntervalMemory> intervalMemory;
  /// Largest send buffers of any stage that ends at a cut, over ranges of cuts.
  RangeMax<int64_t> mostSends;
  /// Per group and cut, None while unknown.
  std::vector<std::vector<int32_t>> memoryReaches, safeReaches;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_GIVENORDER_FIXEDORDER_H
