//===- MediumLoads.h - What a medium carries behind an ideal ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// On one wireless network every message loads the same medium, whichever
/// devices send it. So what the rest of a plan adds to that load depends on
/// little, and a table has the least of it. docs/Planner.md has the proof.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_MEDIUMLOADS_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_MEDIUMLOADS_H

#include "DeviceStates.h"

#include "../Ideals/Lattice.h"

namespace onnx_split::placement {

class MediumLoads {
public:
  /// For plans whose stages compute no longer than the threshold. A state may
  /// leave out devices that are used: more that are left never make it larger.
  /// O(ideals^2 states) over the ideals that can be cut at all, given up after
  /// some seconds' worth of steps.
  MediumLoads(const Lattice &lattice, int64_t threshold,
              const SearchState &search);

  /// False: no medium carries all messages, or there is too much to do; nothing
  /// else may be asked.
  bool usable() const { return isUsable; }
  int32_t medium() const { return carrier; }
  /// What the stages behind the ideal receive of what it leaves open and of
  /// each other, with the model's inputs and outputs: at least so many ns of
  /// the medium. Unlimited: no stages on the devices that are left compute it
  /// within the threshold.
  int64_t behind(int32_t ideal, int64_t state) const {
    return least[static_cast<size_t>(ideal) * states.size() + state];
  }
  /// Whether some state of the ideal is within the threshold.
  bool canFinish(int32_t ideal) const { return isAlive[ideal]; }
  const DeviceStates &deviceStates() const { return states; }
  /// No smaller figure than this was too large, so that a lower threshold gives
  /// the same table; above the threshold.
  int64_t lowestRejected() const { return rejected; }

private:
  bool fill();
  void fillRow(int32_t from);
  void addStages(int32_t from, int32_t to, int64_t behindIt);
  bool fits(int32_t group, int32_t from, int32_t to);
  int64_t bytesOver(int32_t group, int32_t from, int32_t to) const;
  void turnIntoTimes();
  void measureBudget();
  int64_t timeOf(int64_t bytes) const;
  bool passesBytes(int64_t bytes) {
    if (bytes <= budget)
      return true;
    leastOver = std::min(leastOver, bytes);
    return false;
  }
  bool passes(int64_t time) {
    if (time <= threshold)
      return true;
    rejected = std::min(rejected, time);
    return false;
  }
  int64_t *row(int32_t ideal) {
    return least.data() + static_cast<size_t>(ideal) * states.size();
  }

  const Lattice &lattice;
  const Problem &p;
  const SearchState &search;
  const int64_t threshold;
  const DeviceStates states;
  const int32_t carrier;
  /// As fast as the fastest link; without the time of a message, of which there
  /// may be few.
  Link link;
  bool isUsable = false;
  /// Bytes that the medium carries within the threshold, and the fewest that
  /// were too many.
  int64_t budget = 0, leastOver = Unlimited;
  int64_t rejected = Unlimited;
  size_t steps = 0;
  /// By ideal and state: bytes at first, then ns.
  std::vector<int64_t> least;
  std::vector<char> isAlive;
  /// The ideals so far that are, most work first, and the fewest bytes of each.
  std::vector<int32_t> alive;
  std::vector<int64_t> fewest;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_MEDIUMLOADS_H
