//===- StageWindows.h - Where stages can begin and end ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// For a threshold on the bottleneck: how far one stage can reach on each
/// device, and between which cuts a set of used devices can have arrived. Links
/// and the memory that interacts with them are left out, so that everything
/// here is a relaxation, cheap and monotone.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_STAGEWINDOWS_H
#define ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_STAGEWINDOWS_H

#include "../GivenOrder/FixedOrder.h"

#include <functional>

namespace onnx_split::placement {

/// Sets of used devices, where interchangeable devices are used in ascending
/// order: a set is how many of each group are used, written as one number in a
/// mixed radix.
class DeviceSets {
public:
  explicit DeviceSets(const DeviceGroups &groups);

  /// Number of sets; Unlimited where it passes `Limit`.
  int64_t size() const { return numSets; }
  int64_t full() const { return numSets - 1; }
  int64_t stride(int32_t group) const { return strides[group]; }
  int32_t used(int64_t set, int32_t group) const {
    // Without interchangeable devices a set is a bit mask.
    if (isMask)
      return static_cast<int32_t>(set >> group & 1);
    return static_cast<int32_t>(set / strides[group] % radices[group]);
  }

  static constexpr int64_t Limit = int64_t(1) << 18;

private:
  int64_t numSets = 1;
  bool isMask = true;
  std::vector<int64_t> strides;
  std::vector<int32_t> radices;
};

class StageWindows {
public:
  /// `subset` are the cuts that may be used (indices into CutTable::cuts()),
  /// ascending, with the first and the last. With `sets`, windows are computed
  /// and cuts in no window are dropped; O(sets * groups + cuts * groups). Ends
  /// when `isOver` returns true, if it is not empty.
  StageWindows(FixedOrder &order, int64_t threshold,
               const std::vector<int32_t> &subset, const DeviceSets *sets,
               std::function<bool()> isOver = {});

  /// True: it ended before all was known; nothing is excluded, and nothing else
  /// may be asked.
  bool stopped() const { return isStopped; }
  /// False: no placement has a bottleneck within the threshold.
  bool feasible() const { return isFeasible; }

  int32_t numCuts() const { return static_cast<int32_t>(kept.size()); }
  int32_t tableCut(int32_t k) const { return kept[k]; }
  int32_t position(int32_t k) const { return order.table().cuts()[kept[k]]; }

  /// Last cut that a stage from cut k can reach on a device of the group; k
  /// itself if none. Send buffers and receiving links are not considered.
  int32_t reach(int32_t group, int32_t k) const { return reaches[group][k]; }

  /// With the devices of a set used, the cut reached lies in [first, last].
  int32_t firstCut(int64_t set) const { return firstCuts[set]; }
  int32_t lastCut(int64_t set) const { return lastCuts[set]; }

  /// The least time that was compared with the threshold and found larger.
  int64_t lowestRejected() const { return rejected; }

private:
  void keepCheapCuts(const std::vector<int32_t> &subset);
  void findReaches();
  void findWindows(const DeviceSets &sets);
  void dropUnusedCuts(const DeviceSets &sets);

  FixedOrder &order;
  int64_t threshold;
  std::function<bool()> isOver;
  bool isStopped = false, isFeasible = true;
  int64_t rejected = Unlimited;
  std::vector<int32_t> kept;
  std::vector<std::vector<int32_t>> reaches;
  std::vector<int32_t> firstCuts, lastCuts;
  /// Number of devices in each set.
  std::vector<int32_t> sizes;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_STAGEWINDOWS_H
