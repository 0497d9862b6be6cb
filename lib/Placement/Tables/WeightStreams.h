//===- WeightStreams.h - Weights read again for each item -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// First fit of whole weights into the cache of a device. docs/Planner.md says
/// which of these figures grow with the tasks, and why.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_WEIGHTSTREAMS_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_WEIGHTSTREAMS_H

#include "Graph.h"
#include "Wide.h"

namespace onnx_split::placement {

/// A cache that weights come to, one after the other.
class FirstFit {
public:
  explicit FirstFit(int64_t capacity) : left(capacity) {}
  void add(int64_t bytes) {
    if (bytes <= left)
      left -= bytes;
    else
      tooMuch += bytes;
  }
  Wide streamed() const { return tooMuch; }
  int64_t room() const { return left; }

private:
  int64_t left;
  Wide tooMuch = 0;
};

/// True if `better` streams no longer than `worse`, whatever the weights.
inline bool streamsNoLonger(const Device &better, const Device &worse) {
  return !better.streams() ||
         (worse.streams() && better.weightCache >= worse.weightCache &&
          better.streamRate >= worse.streamRate);
}

/// Streaming as a sum over tasks, from below: each task has its part of the
/// time for its weights, and each device is spared a credit. In eighths of all
/// but the weights that are larger than the cache. docs/Planner.md has the
/// proof.
class StreamParts {
public:
  explicit StreamParts(const Problem &problem);
  /// Both are 0 on a device that does not stream.
  int64_t part(const Device &device, int32_t task, int64_t eighths) const;
  static int64_t credit(const Device &device, int64_t eighths);

private:
  const Problem &p;
  std::vector<int64_t> readers;
};

/// Weights of tasks in the given order, states aside.
class WeightStreams {
public:
  /// Linear in the readers of weights.
  explicit WeightStreams(const Problem &problem);

  /// Of a stage of the tasks [begin, end). Linear in their weights.
  int64_t streamed(int64_t capacity, int32_t begin, int32_t end) const;
  /// The same of those weights alone that no other task reads: never more, and
  /// it grows with the stage at either end.
  int64_t leastStreamed(int64_t capacity, int32_t begin, int32_t end) const;
  /// False where a stage may stream less from `earlier` than from `later`,
  /// which is behind it, to some end not behind `end`: the order in which a
  /// stage reads weights depends on its begin if they are read on either side.
  bool growsBackwards(int64_t capacity, int32_t later, int32_t earlier,
                      int32_t end) const;
  /// True if several tasks read a weight, so that the two figures differ.
  bool hasShared() const { return isAnyShared; }

private:
  bool isWithin(int64_t capacity, int32_t begin, int32_t end) const {
    return all[end] - all[begin] <= capacity;
  }

  bool isAnyShared = false;
  /// By task, in the order in which it reads them: all, and those of its own.
  Lists<std::pair<int32_t, int64_t>> weights;
  Lists<int64_t> own;
  /// Bytes before each task, each weight as often as it is read.
  std::vector<Wide> all;
  /// For each task, the last one before it that reads a weight which it or a
  /// later one reads as well; None where there is none.
  std::vector<int32_t> lastSharer;
  /// By weight: the walk that met it last.
  mutable std::vector<int64_t> seen;
  mutable int64_t walk = 0;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_WEIGHTSTREAMS_H
