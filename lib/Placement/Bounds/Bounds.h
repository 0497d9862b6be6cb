//===- Bounds.h - Bounds that need no search --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Each bound is the least threshold that a necessary condition allows.
/// docs/Planner.md has the proofs.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_BOUNDS_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_BOUNDS_H

#include "Work.h"

#include "../SearchState.h"
#include "../Tables/Between.h"

#include <map>

namespace onnx_split::placement {

/// LB1 and LB2 of docs/Planner.md: they hold for every placement, whatever its
/// class. The solvers start from them.
void boundByWork(SearchState &search);
/// LB4, LB5 and LB6, for plans up to revisiting ones.
void boundByConnection(SearchState &search);
/// LB7, for contiguous plans that are better than the best one so far: some
/// seconds at most, where the ideals and the kinds of devices are few.
void boundByDeviceCounts(SearchState &search);
/// LB8, for plans up to revisiting ones; for contiguous ones where the scope is
/// no wider.
void boundByDomains(SearchState &search);
/// LB9, of the same classes, where the build has HiGHS: shares of tasks on
/// devices. False: more time may show more.
bool boundByRelaxation(SearchState &search);
/// The same with flows of tensors between devices: stronger where links are
/// unlike, and slower.
bool boundByFlows(SearchState &search);
/// Cases that have every plan which is better than the best one so far.
struct OpenCases {
  /// By task, the devices that it may be on, a bit for each.
  using Case = std::vector<uint64_t>;
  /// False: all plans are one case, which is not listed.
  bool areSplit = false;
  /// By what no plan of the case is below, in ns.
  std::multimap<int64_t, Case> open;
  /// The least such bound of cases with nothing left to split.
  int64_t leastWhole = Unlimited;
};
/// LB11, of the same classes: LB8 and LB9 for one case after another. For plans
/// that are better than the best one so far; goes on with the cases that an
/// earlier run for the same problem and class has left.
void boundByBranching(SearchState &search, OpenCases &cases);
/// LB12, for contiguous plans: LB8 and LB9 with flows, where the first stage
/// and the last one are on two devices, for each pair of kinds.
void boundByEndStages(SearchState &search);
/// Of latency: the critical path, for every placement, and the path of blocks,
/// for contiguous stages. O(tasks log tasks + readers).
void boundByPaths(SearchState &search);
/// The same with a device for each task of a path. O(devices^2 (devices +
/// readers)), and left out where that is too much.
void boundByDevicePaths(SearchState &search);
/// LB3, for the fixed order.
void boundBySuperDevice(SearchState &search);

/// The least threshold from the present bound on that a monotone test passes,
/// not beyond the best plan. Where nothing passes, or time ends, the largest
/// that is known to fail, plus 1.
template <typename Test>
int64_t leastPossible(const SearchState &search, Test test) {
  int64_t low = search.lower(), high = search.upper();
  // At the end of the range there is nothing to find.
  if (low >= high || test(low))
    return low;
  // Not far from the bound, mostly.
  for (int64_t step = std::max<int64_t>(1, low / 16);
       step < high - low && !search.outOfTime(); step *= 2) {
    if (test(low + step)) {
      high = low + step;
      break;
    }
    low += step;
    if (step > Unlimited / 8)
      return low;
  }
  while (high - low > 1 && !search.outOfTime()) {
    int64_t middle = low + (high - low) / 2;
    (test(middle) ? high : low) = middle;
  }
  return low + 1;
}

/// Raises the bound of a class by a test that says of a threshold what the
/// least one is that it does not exclude. Just below the best plan first, which
/// is the whole proof if that plan is best; then until what is left to learn is
/// less than the `fine`th part of the plan. Below 0 the test gives up.
template <typename Test>
void raiseByBisection(SearchState &search, BoundKind kind,
                      SolutionClass ofClass, Test test,
                      int64_t fine = 1 << 12) {
  int64_t high = search.upper(), threshold = high - 1;
  auto isWorthIt = [&] {
    return threshold == search.upper() - 1 ||
           high - search.lower(ofClass) > high / fine;
  };
  while (search.lower(ofClass) < high && isWorthIt() && !search.closed() &&
         !search.outOfTime()) {
    int64_t least = test(threshold);
    if (least < 0)
      return;
    if (least > threshold)
      search.raiseBound(std::min(least, search.upper()), kind, ofClass);
    else
      high = threshold;
    threshold = between(search.lower(ofClass), high, 0.5);
  }
}

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_BOUNDS_H
