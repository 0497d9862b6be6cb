//===- TaskSums.h - Times of stretches of tasks -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A sum before each task of each speed class would be larger than the table of
/// times, which with a thousand classes takes nearly a gigabyte. So sums are
/// kept before each block of tasks, and the rest is added when it is asked for.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_TASKSUMS_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_TASKSUMS_H

#include "Wide.h"

#include "onnx-split/Placement/Problem.h"

namespace onnx_split::placement {

class TaskSums {
public:
  /// Of the first tasks.
  struct Sum {
    /// Of those that are possible, in ns.
    Wide ns = 0;
    /// How many are not.
    int32_t impossible = 0;
  };

  /// Linear in the times of the classes that have a device.
  explicit TaskSums(const Problem &problem)
      : p(problem), numTasks(p.tasks.size()),
        blockBits(p.taskTime.size() > Small ? LargeBlockBits : 0) {
    for (const Device &device : p.devices) {
      size_t speedClass = static_cast<size_t>(device.speedClass);
      if (sums.size() <= speedClass)
        sums.resize(speedClass + 1);
      if (sums[speedClass].empty())
        sumClass(speedClass);
    }
  }

  /// Of the tasks before `task` on a class that has a device. O(1), and of
  /// large problems O(a block).
  Sum before(int32_t speedClass, int32_t task) const {
    size_t end = static_cast<size_t>(task), block = end >> blockBits;
    Sum sum = sums[speedClass][block];
    addTo(sum, static_cast<size_t>(speedClass), block << blockBits, end);
    return sum;
  }
  /// Of the tasks [begin, end), those aside that are impossible.
  Wide time(int32_t speedClass, int32_t begin, int32_t end) const {
    return before(speedClass, end).ns - before(speedClass, begin).ns;
  }
  Wide allTime(int32_t speedClass) const {
    return before(speedClass, static_cast<int32_t>(numTasks)).ns;
  }

private:
  /// With a sum for each time, the sums take four times as much as the table;
  /// with one for 64, a sixteenth.
  static constexpr size_t Small = 1000000;
  static constexpr int LargeBlockBits = 6;

  void sumClass(size_t speedClass) {
    std::vector<Sum> &ofBlocks = sums[speedClass];
    size_t size = size_t(1) << blockBits;
    ofBlocks.reserve(numTasks / size + 1);
    Sum sum;
    for (size_t begin = 0; begin <= numTasks; begin += size) {
      ofBlocks.push_back(sum);
      addTo(sum, speedClass, begin, std::min(begin + size, numTasks));
    }
  }
  void addTo(Sum &sum, size_t speedClass, size_t begin, size_t end) const {
    for (size_t t = begin; t < end; ++t) {
      int64_t ns = p.taskTime[speedClass * numTasks + t];
      sum.ns += ns == Unlimited ? 0 : ns;
      sum.impossible += ns == Unlimited;
    }
  }

  const Problem &p;
  const size_t numTasks;
  const int blockBits;
  /// By class and block: of the tasks before the block; empty without a device.
  std::vector<std::vector<Sum>> sums;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_TASKSUMS_H
