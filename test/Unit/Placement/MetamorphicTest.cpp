//===- MetamorphicTest.cpp - What a change may do to the optimum ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// The proven optimum over all topological orders; Unlimited: no plan.
static int64_t optimumOf(const Problem &problem) {
  SolveOptions options;
  options.strategy = Strategy::Exact;
  options.timeLimitSeconds = 60;
  Result result = solve(problem, options);
  EXPECT_TRUE(result.found || result.provenInfeasible());
  if (!result.found)
    return Unlimited;
  EXPECT_EQ(result.bound.value, result.evaluation.bottleneckNs);
  return result.evaluation.bottleneckNs;
}

/// Calls `check` with random problems and their optima.
template <typename Check> static void forRandomProblems(Check check) {
  for (uint64_t seed : seeds(400)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Problem p = randomProblem(seed + 7000000, {8, 4});
    check(p, optimumOf(p));
    if (::testing::Test::HasFailure())
      return;
  }
}

TEST(MetamorphicTest, FasterDevicesNeverHurt) {
  forRandomProblems([](Problem p, int64_t before) {
    for (size_t t = 0; t < p.tasks.size(); ++t)
      if (int64_t &time = p.taskTime[t]; time != Unlimited)
        time /= 2;
    EXPECT_LE(optimumOf(p), before);
  });
}

TEST(MetamorphicTest, FasterLinksNeverHurt) {
  forRandomProblems([](Problem p, int64_t before) {
    for (Link &link : p.links) {
      if (link.bitsPerSecond <= Unlimited / 2)
        link.bitsPerSecond *= 2;
      link.messageNs /= 2;
    }
    EXPECT_LE(optimumOf(p), before);
  });
}

TEST(MetamorphicTest, MoreMemoryNeverHurts) {
  forRandomProblems([](Problem p, int64_t before) {
    for (Device &device : p.devices)
      device.memory = addSaturating(device.memory, device.memory / 2);
    EXPECT_LE(optimumOf(p), before);
  });
}

/// The problem with its devices in another order: new device i is old[i].
static Problem withDevices(const Problem &p, const std::vector<int32_t> &old) {
  Problem q = p;
  std::vector<int32_t> newOf(p.devices.size(), None);
  for (size_t i = 0; i < old.size(); ++i)
    newOf[old[i]] = static_cast<int32_t>(i);
  q.devices.clear();
  q.links.clear();
  q.mediumOf.clear();
  for (int32_t from : old) {
    q.devices.push_back(p.devices[from]);
    for (int32_t to : old) {
      q.links.push_back(p.link(from, to));
      if (!p.mediumOf.empty())
        q.mediumOf.push_back(p.mediumOf[from * p.devices.size() + to]);
    }
  }
  auto rename = [&](int32_t &device) {
    if (device != None)
      device = newOf[device];
  };
  for (Task &task : q.tasks)
    rename(task.pin);
  rename(q.ingress);
  rename(q.egress);
  for (Medium &medium : q.media)
    for (int32_t &device : medium.devices)
      rename(device);
  return q;
}

TEST(MetamorphicTest, OrderOfDevicesDoesNotMatter) {
  forRandomProblems([](const Problem &p, int64_t before) {
    std::vector<int32_t> order(p.devices.size());
    std::iota(order.begin(), order.end(), 0);
    std::reverse(order.begin(), order.end());
    Problem q = withDevices(p, order);
    ASSERT_EQ(q.check(), "");
    EXPECT_EQ(optimumOf(q), before);
  });
}

TEST(MetamorphicTest, OneMoreDeviceNeverHurts) {
  // The other way round: without the last device, which nothing needs.
  forRandomProblems([](const Problem &p, int64_t before) {
    int32_t last = static_cast<int32_t>(p.devices.size()) - 1;
    bool isNeeded = last == 0 || p.ingress == last || p.egress == last;
    for (const Task &task : p.tasks)
      isNeeded |= task.pin == last;
    for (const Medium &medium : p.media)
      for (int32_t device : medium.devices)
        isNeeded |= device == last;
    if (isNeeded)
      return;
    std::vector<int32_t> rest(last);
    std::iota(rest.begin(), rest.end(), 0);
    Problem q = withDevices(p, rest);
    ASSERT_EQ(q.check(), "");
    EXPECT_GE(optimumOf(q), before);
  });
}

TEST(MetamorphicTest, ScaledTimesScaleTheOptimum) {
  for (uint64_t seed : seeds(200)) {
    Draw draw(seed);
    Builder small(3), large(3);
    int32_t n = 8;
    for (int32_t t = 0; t < n; ++t) {
      int64_t time = 1 + draw.below(50);
      small.task(time);
      large.task(5 * time);
    }
    for (int32_t t = 0; t + 1 < n; ++t) {
      std::vector<int32_t> readers{t + 1 +
                                   static_cast<int32_t>(draw.below(n - t - 1))};
      int64_t bytes = draw.below(60);
      small.tensor(t, readers, bytes);
      large.tensor(t, readers, bytes);
    }
    for (int32_t from = 0; from < 3; ++from)
      for (int32_t to = 0; to < 3; ++to)
        if (from != to) {
          int64_t latency = draw.below(9), slower = 1 + draw.below(3);
          small.link(from, to, ByteRate / slower / 5 * 5, latency);
          large.link(from, to, ByteRate / slower / 5, 5 * latency);
        }
    int64_t one = optimumOf(small.get());
    // Rounding up each of at most 7 messages takes less than 1 ns.
    EXPECT_LE(optimumOf(large.get()), 5 * one);
    EXPECT_GT(optimumOf(large.get()), 5 * (one - 7));
  }
}
