//===- Arrivals.cpp - When items come, and who waits ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arrivals.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::runtime;

/// A number in (0, 1]. The distributions of the standard library differ from
/// one implementation to another.
static double drawUnit(std::mt19937_64 &random) {
  constexpr int digits = 53;
  return double((random() >> (64 - digits)) + 1) /
         double(uint64_t(1) << digits);
}

int64_t ArrivalTimes::at(int64_t item) {
  for (; last < item; ++last) {
    if (kind == ArrivalKind::Periodic)
      time = double(last + 1) * gapNs;
    else
      time -= gapNs * std::log(drawUnit(random));
  }
  // So slow a rate that its items never come.
  constexpr double never = 4e18;
  return static_cast<int64_t>(std::min(time, never));
}

int64_t ArrivalQueue::take(int64_t now) {
  if (!limit)
    return times.at(next++);
  for (; times.at(next) < now; ++next) {
    if (int64_t(waiting.size()) < *limit)
      waiting.push_back(times.at(next));
    else
      ++lost;
  }
  // An item that comes to a free stage needs no room.
  if (waiting.empty())
    return times.at(next++);
  int64_t due = waiting.front();
  waiting.pop_front();
  return due;
}
