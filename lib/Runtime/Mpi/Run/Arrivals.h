//===- Arrivals.h - When items come, and who waits --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A source that does not wait for the pipeline: items are due at times of
/// their own, and those that the first stage cannot take yet stand in a queue.
/// Times are nanoseconds since the run began.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_ARRIVALS_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_ARRIVALS_H

#include "onnx-split/Runtime/Mpi/RunPlan.h"

#include <deque>
#include <optional>
#include <random>

namespace onnx_split::runtime {

/// The times at which items are due. Equal arguments give equal times, on
/// every machine.
class ArrivalTimes {
public:
  /// `rate` in items/s, above 0.
  ArrivalTimes(ArrivalKind of, double rate, uint64_t seed)
      : kind(of), gapNs(1e9 / rate), random(seed) {}

  /// When item number `item` is due, from 0. Numbers may not fall from one call
  /// to the next.
  int64_t at(int64_t item);

private:
  ArrivalKind kind;
  double gapNs;
  std::mt19937_64 random;
  /// What `at` gave last; no item yet.
  int64_t last = -1;
  double time = 0;
};

/// The items in front of the first stage. It is looked at only when the stage
/// takes one: between two such looks nothing leaves, so that what came
/// meanwhile can be put in afterwards.
class ArrivalQueue {
public:
  /// `room` is how many may wait; without it, as many as come.
  ArrivalQueue(ArrivalTimes arrivals, std::optional<int64_t> room)
      : times(std::move(arrivals)), limit(room) {}

  /// When the item was due that the stage takes, being free since `now`. That
  /// is not before `now` where none waits: the stage is to wait for it.
  int64_t take(int64_t now);

  /// How many came and found no room, up to the last `take`.
  int64_t countLost() const { return lost; }

private:
  ArrivalTimes times;
  std::optional<int64_t> limit;
  /// When those were due that wait, at most `limit`.
  std::deque<int64_t> waiting;
  /// Number of the item that comes next.
  int64_t next = 0;
  int64_t lost = 0;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_ARRIVALS_H
