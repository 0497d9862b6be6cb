//===- BadInputTest.cpp - Problems at the edge ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// Every strategy and objective, so that none of them trips over the edge.
static void forEachWay(
    const std::function<void(const SolveOptions &, const std::string &)> &run) {
  for (Strategy strategy :
       {Strategy::Auto, Strategy::Exact, Strategy::LocalSearch, Strategy::KPath,
        Strategy::Greedy, Strategy::Random})
    for (Objective objective :
         {Objective::Throughput, Objective::Latency, Objective::Devices}) {
      SolveOptions options;
      options.strategy = strategy;
      options.objective = objective;
      options.timeLimitSeconds = 1;
      run(options,
          std::string(toString(strategy)) + ", " + toString(objective));
    }
}

TEST(BadInputTest, NoTaskNeedsNoDevice) {
  Problem problem = Builder(2).get();
  forEachWay([&](const SolveOptions &options, const std::string &way) {
    Result result = solve(problem, options);
    EXPECT_TRUE(result.found) << way;
    EXPECT_TRUE(result.placement.deviceOf.empty()) << way;
    EXPECT_EQ(result.evaluation.bottleneckNs, 0) << way;
  });
  EXPECT_TRUE(explainInfeasible(problem).empty());
}

TEST(BadInputTest, OneDeviceTakesAll) {
  Problem problem = chain(1, {3, 4}, {5}).get();
  forEachWay([&](const SolveOptions &options, const std::string &way) {
    Result result = solve(problem, options);
    ASSERT_TRUE(result.found) << way;
    EXPECT_EQ(result.evaluation.bottleneckNs, 7) << way;
    EXPECT_EQ(result.evaluation.latencyNs, 7) << way;
  });
}

TEST(BadInputTest, MoreDevicesThanTasks) {
  Problem problem = chain(40, {3, 4}, {1}).get();
  forEachWay([&](const SolveOptions &options, const std::string &way) {
    Result result = solve(problem, options);
    ASSERT_TRUE(result.found) << way;
    EXPECT_LE(result.placement.deviceOf.size(), 2u) << way;
    if (options.strategy <= Strategy::LocalSearch &&
        options.objective == Objective::Throughput) {
      EXPECT_EQ(result.evaluation.bottleneckNs, 4) << way;
    }
  });
}

TEST(BadInputTest, TimesBeyondTheRange) {
  // Each task fits the range, two on one device do not.
  int64_t much = Unlimited / 3 * 2;
  Problem problem = chain(2, {much, much}, {1}).get();
  forEachWay([&](const SolveOptions &options, const std::string &way) {
    Result result = solve(problem, options);
    if (result.found) {
      EXPECT_EQ(result.evaluation.bottleneckNs, much) << way;
      EXPECT_LE(result.bound.value, std::max(result.evaluation.latencyNs, much))
          << way;
    }
  });
  SolveOptions options;
  EXPECT_TRUE(solve(problem, options).found);
}

TEST(BadInputTest, SizesBeyondTheRange) {
  int64_t much = Unlimited / 3 * 2;
  Builder builder = chain(2, {1, 1}, {much});
  builder.weight(much, {0});
  builder.weight(much, {1});
  builder.problem.devices[0].memory = much;
  Problem problem = builder.get();
  forEachWay([&](const SolveOptions &options, const std::string &way) {
    Result result = solve(problem, options);
    // Device 1 has no limit of memory, so all of it fits there.
    if (options.strategy == Strategy::Auto) {
      ASSERT_TRUE(result.found) << way;
      EXPECT_EQ(result.evaluation.bottleneckNs, 2) << way;
    }
  });
}

TEST(BadInputTest, DisconnectedDevicesWorkAlone) {
  Builder builder = chain(3, {2, 2}, {1});
  for (int32_t from = 0; from < 3; ++from)
    for (int32_t to = 0; to < 3; ++to)
      builder.link(from, to, 0);
  Problem problem = builder.get();
  SolveOptions options;
  Result result = solve(problem, options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.evaluation.bottleneckNs, 4);
  EXPECT_EQ(result.bound.value, 4);
  // Parts of the graph that share nothing need no link.
  Problem apart = problem;
  apart.tensors.clear();
  EXPECT_EQ(solve(apart, options).evaluation.bottleneckNs, 2);
}

TEST(BadInputTest, ForcedCutInsideAnAtom) {
  // t0 and t1 are tied by x0, and x1 between them must be cut.
  Builder builder(3);
  builder.task(1);
  builder.task(1);
  builder.problem.tensors[builder.tensor(0, {1}, 1)].canCut = false;
  builder.problem.tensors[builder.tensor(0, {1}, 1)].mustCut = true;
  Problem problem = builder.get();
  Result result = solve(problem, {});
  EXPECT_FALSE(result.found);
  EXPECT_TRUE(result.provenInfeasible());
  EXPECT_EQ(explainInfeasible(problem).front(),
            "tensor 'x1' must be cut, but tensor 'x0', which cannot be cut, "
            "holds its producer 't0' and its reader 't1' together");
}

TEST(BadInputTest, PinsInACircle) {
  // a0 -> b0 and b1 -> a1 with pins a* on d0, b* on d1: each stage would have
  // to come before the other.
  Builder builder(2);
  for (int32_t t = 0; t < 4; ++t)
    builder.task(1);
  builder.tensor(0, {2}, 1);
  builder.tensor(1, {3}, 1);
  int32_t pins[] = {0, 1, 1, 0};
  for (int32_t t = 0; t < 4; ++t)
    builder.problem.tasks[t].pin = pins[t];
  Problem problem = builder.get();
  Result result = solve(problem, {});
  EXPECT_TRUE(result.provenInfeasible());
  EXPECT_NE(explainInfeasible(problem).front().find(
                "stages on devices 'd0' and 'd1' would each need results of "
                "the other"),
            std::string::npos)
      << explainInfeasible(problem).front();
  // With several stages on a device it works.
  problem.revisit = true;
  SolveOptions options;
  options.searchClass = SolutionClass::Revisiting;
  EXPECT_TRUE(solve(problem, options).found);
}

TEST(BadInputTest, PinOnADeviceTooSmall) {
  Builder builder = chain(2, {1, 1}, {1});
  builder.weight(100, {0});
  builder.problem.tasks[0].pin = 0;
  builder.problem.devices[0].memory = 50;
  std::string reason = explainInfeasible(builder.get()).front();
  EXPECT_NE(reason.find("node 't0' needs at least 101 bytes of memory, but the "
                        "largest device that may run it, 'd0', has 50 bytes"),
            std::string::npos)
      << reason;
}
