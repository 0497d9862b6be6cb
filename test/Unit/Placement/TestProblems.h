//===- TestProblems.h - Problems and brute force for tests ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Small problems by hand and by chance, and solvers by enumeration that know
/// nothing but evaluate().
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TEST_UNIT_PLACEMENT_TESTPROBLEMS_H
#define ONNX_SPLIT_TEST_UNIT_PLACEMENT_TESTPROBLEMS_H

#include "../Seeds.h"
#include "onnx-split/Placement/Placement.h"

#include <algorithm>
#include <cstdint>
#include <functional>

namespace onnx_split::placement::test {

using onnx_split::test::seeds;
using onnx_split::test::Thinned;

/// One byte takes one nanosecond.
inline constexpr int64_t ByteRate = 8000000000;

/// A problem under construction. Every pair of devices is linked at ByteRate
/// without latency, every device computes equally fast, nothing is limited.
struct Builder {
  explicit Builder(int32_t numDevices);

  /// Adds a task that takes `time` ns on every device.
  int32_t task(int64_t time);
  int32_t tensor(int32_t producer, std::vector<int32_t> consumers,
                 int64_t bytes);
  int32_t weight(int64_t bytes, const std::vector<int32_t> &tasks);
  /// Multiplies all times on the device, which gets a class of its own.
  void slowDown(int32_t device, int64_t factor);
  void link(int32_t from, int32_t to, int64_t bitsPerSecond,
            int64_t message = 0, int64_t latency = 0);
  /// The finished problem; fails the test if it does not pass check().
  Problem get() const;

  Problem problem;
  std::vector<int64_t> times, factors;
};

/// A chain of tasks with the times, and tensors of the sizes between them.
Builder chain(int32_t numDevices, const std::vector<int64_t> &times,
              const std::vector<int64_t> &sizes);

/// A small generator whose numbers are the same on every platform.
class Draw {
public:
  explicit Draw(uint64_t seed)
      : state(seed * 2654435761u + 88172645463325252u) {}
  /// In [0, bound).
  int64_t below(int64_t bound);
  bool chance(int64_t percent) { return below(100) < percent; }

private:
  uint64_t state;
};

struct RandomLimits {
  int32_t maxTasks = 6, maxDevices = 4;
  /// How many of a hundred problems have devices with a weight cache.
  int64_t percentStreaming = 30;
};

/// A random problem that uses every feature now and then; passes check().
Problem randomProblem(uint64_t seed, const RandomLimits &limits = {});

/// A random problem with an ingress and another egress device, more inputs and
/// outputs than others have, and overheads of messages now and then.
Problem randomWithEnds(uint64_t seed, const RandomLimits &limits = {});

/// Joins with branches between them, of random times, and now and then an edge
/// that passes a join. Devices differ, or are of two kinds.
Problem randomBlocks(uint64_t seed);

/// A problem with times that are often equal, so that plans are.
Problem coarse(Problem problem);

/// Every way to give the tasks to the stages 0, 1, ... such that each has a
/// task and no tensor goes back. Any other is not a plan, whatever the devices
/// (BruteForceTest.WhatIsLeftOutIsNoPlan).
void forEachStaging(
    const Problem &problem, size_t numStages,
    const std::function<void(const std::vector<int32_t> &)> &visit);

struct Optimum {
  /// Unlimited: infeasible.
  int64_t bottleneckNs = Unlimited;
  Placement placement;
};

/// Over all contiguous stages of the fixed order on all devices.
Optimum enumerateFixedOrder(const Problem &problem);

/// Over all stages that are contiguous in any topological order.
Optimum enumerateContiguous(const Problem &problem);

/// The least value of any feasible placement of the class; Unlimited where
/// there is none, or where the value is Unlimited. Every staging with every
/// list of devices is tried: for a few tasks and devices only.
int64_t leastValue(const Problem &problem, SolutionClass ofClass,
                   const std::function<int64_t(const Evaluation &)> &value);

/// The problem in full, for messages of failed tests.
std::string describe(const Problem &problem);

} // namespace onnx_split::placement::test

#endif // ONNX_SPLIT_TEST_UNIT_PLACEMENT_TESTPROBLEMS_H
