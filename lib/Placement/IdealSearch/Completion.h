//===- Completion.h - What can be finished from an ideal --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// For a bottleneck, which ideals can be finished once so many devices of each
/// group are used: a table from the end to the beginning, which forgets who
/// made a tensor, but not which links can carry it. A search over ideals drops
/// labels that nothing completes. docs/Planner.md has the proof.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_COMPLETION_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_COMPLETION_H

#include "DeviceStates.h"

#include "../Ideals/Lattice.h"

#include <unordered_map>

namespace onnx_split::placement {

class Completion {
public:
  /// With `isExact`, what is asked counts all the devices that are used;
  /// otherwise perhaps more are. O(ideals^2 groups counts / 64), given up after
  /// some seconds' worth of steps.
  Completion(const Lattice &lattice, int64_t threshold, bool isExact,
             const SearchState &search);

  /// False: too many groups or counts, or too much to do; nothing may be asked.
  bool usable() const { return isUsable; }
  const DeviceStates &deviceStates() const { return states; }
  /// No stages on the devices that are left run what is outside of the ideal
  /// within the threshold, if false.
  bool canFinish(int32_t ideal, int64_t state) const {
    return row(ideal)[state / 64] >> (state % 64) & 1;
  }
  /// However few devices are used.
  bool canFinish(int32_t ideal) const { return isAlive[ideal]; }
  /// The ideals of which that is true, by the least work that they need.
  const std::vector<int32_t> &alive() const { return living; }
  /// No smaller figure than this was too large, so that a lower threshold gives
  /// the same table; at least the threshold and 1.
  int64_t lowestRejected() const { return rejected; }

private:
  /// Sets of states: one of a group is left; one is used.
  struct StatesOf {
    std::vector<uint64_t> hasLeft, hasUsed;
  };

  bool listStates();
  void measureRates();
  void fillRow(int32_t from);
  bool isFull(int32_t ideal) const;
  void addStages(int32_t from, int32_t to);
  bool fits(int32_t group, int32_t from, int32_t to);
  bool passesBoundary(int32_t device, int32_t from, int32_t to);
  void keepReachable(int32_t group);
  void keepSupplied(int32_t group, int64_t bytes);
  const std::vector<uint64_t> *sendersOf(int32_t tensor, int32_t group);
  void forgetCounts();
  bool passes(int64_t time) {
    if (time <= threshold)
      return true;
    rejected = std::min(rejected, time);
    return false;
  }
  uint64_t *row(int32_t ideal) {
    return table.data() + static_cast<size_t>(ideal) * numWords;
  }
  const uint64_t *row(int32_t ideal) const {
    return table.data() + static_cast<size_t>(ideal) * numWords;
  }

  const Lattice &lattice;
  const Problem &p;
  const SearchState &search;
  const int64_t threshold;
  int64_t rejected = Unlimited;
  const DeviceStates states;
  bool isUsable = false;
  std::vector<StatesOf> statesOf;
  /// States with a device in use, which is all but state 0, and one left.
  std::vector<uint64_t> inUse;
  size_t numWords = 0, steps = 0;
  /// By ideal, the states from which it can be finished, a bit each.
  std::vector<uint64_t> table;
  std::vector<char> isAlive;
  /// Those that can be finished from some state; while the table is being made,
  /// the one with most work first.
  std::vector<int32_t> living;
  /// By group and state: what the used devices send to one more of the group
  /// in a second, in bits.
  std::vector<Wide> rates;
  /// By set of groups, a bit each: the states with one of them in use.
  std::unordered_map<uint64_t, std::vector<uint64_t>> anyOf;
  /// By tensor and group: sendersOf(), or null where nobody has asked yet.
  std::vector<const std::vector<uint64_t> *> senders;
  /// What the stage that is looked at reads.
  std::vector<int32_t> readList;
  /// The states before the stage that is looked at, as far as it is possible.
  std::vector<uint64_t> candidates;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_COMPLETION_H
