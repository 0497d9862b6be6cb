//===- Work.h - Work against speed ------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB1: give each speed class c a price a_c >= 0 for a unit of its time. In a
/// placement with bottleneck T, the devices' loads cost at most T times the sum
/// of the prices of the devices used. They cost at least the sum over the items
/// of the cheapest a_c * time_c. So T is at least the quotient, for any prices.
/// The best prices are the dual solution of the linear relaxation of scheduling
/// on unrelated machines (Lenstra, Shmoys, Tardos 1990); a few subgradient
/// steps get near it, and every step is a valid bound.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_WORK_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_WORK_H

#include "onnx-split/Placement/Problem.h"

#include "../Tables/Wide.h"

#include <functional>

namespace onnx_split::placement {

/// Items that must run somewhere, and the devices that there are.
struct WorkLoad {
  size_t numItems = 0, numClasses = 0;
  /// time[c * numItems + i] in ns; Unlimited where class c cannot run item i.
  SharedVector<int64_t> time;
  /// Devices of each class.
  std::vector<int64_t> numDevices;
  /// At most so many of them work.
  int64_t maxDevices = 0;
  /// By class: how much of its items' time a device may be spared at most;
  /// empty: nothing.
  std::vector<int64_t> credit;
};

/// LB1 in ns; Unlimited where some item can run nowhere. O(rounds x items x
/// classes). Ends with what is proven, which may be nothing, when `isOver`
/// returns true, if it is not empty.
int64_t boundByWork(const WorkLoad &load, int rounds,
                    const std::function<bool()> &isOver = {});

/// The tasks of a problem as items. Classes are those of speed. Shares the
/// table of times unless there are pins.
WorkLoad workOf(const Problem &problem);

/// The same with what streaming weights takes at least, where devices stream:
/// each item has `eighths` of the time for its weights, and each device is
/// spared as much of the time for its cache; weights larger than the cache take
/// all of theirs. Classes are those of speed and streaming.
WorkLoad streamingWorkOf(const Problem &problem, int64_t eighths);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_WORK_H
