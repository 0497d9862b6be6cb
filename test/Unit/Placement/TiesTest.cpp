//===- TiesTest.cpp - Which of the plans that are equally good ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

#include <array>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// What the contract compares plans by, first things first.
using Rank = std::array<int64_t, 4>;

static Rank rankOf(const Evaluation &evaluation, Objective objective) {
  int64_t devices = static_cast<int64_t>(evaluation.devices.size());
  int64_t wires = static_cast<int64_t>(evaluation.wires.size());
  int64_t bottleneck = evaluation.bottleneckNs, latency = evaluation.latencyNs;
  switch (objective) {
  case Objective::Throughput:
    return {bottleneck, latency, devices, wires};
  case Objective::Latency:
    return {latency, bottleneck, devices, wires};
  case Objective::Devices:
    return {devices, bottleneck, latency, wires};
  }
  return {};
}

static Rank leastRank(const Problem &problem, SolutionClass ofClass,
                      Objective objective) {
  constexpr Rank none = {Unlimited, Unlimited, Unlimited, Unlimited};
  Rank least = none;
  leastValue(problem, ofClass, [&](const Evaluation &evaluation) {
    Rank rank = rankOf(evaluation, objective);
    if (evaluation.bottleneckNs != Unlimited)
      least = std::min(least, rank);
    return rank.front();
  });
  return least;
}

static Result solveFor(const Problem &problem, SolutionClass ofClass,
                       Objective objective, uint64_t seed = 0) {
  SolveOptions options;
  options.objective = objective;
  options.searchClass = ofClass;
  options.timeLimitSeconds = 60;
  options.seed = seed;
  return solve(problem, options);
}

static void expectLeastRank(const Problem &problem, SolutionClass ofClass,
                            Objective objective) {
  Rank least = leastRank(problem, ofClass, objective);
  Result result = solveFor(problem, ofClass, objective);
  ASSERT_EQ(result.found, least.front() != Unlimited) << describe(problem);
  if (!result.found)
    return;
  EXPECT_EQ(rankOf(result.evaluation, objective), least)
      << toString(objective) << " of " << toString(ofClass) << "\n"
      << describe(problem);
}

TEST(TiesTest, LeastRankOfContiguousPlans) {
  for (uint64_t seed : seeds(1500)) {
    Problem problem = coarse(randomProblem(seed, {5, 3}));
    if (seed % 3 == 0)
      for (Device &device : problem.devices)
        device.messageNs = static_cast<int64_t>(seed % 7);
    for (Objective objective :
         {Objective::Throughput, Objective::Latency, Objective::Devices})
      expectLeastRank(problem, SolutionClass::Contiguous, objective);
    if (HasFailure())
      return;
  }
}

TEST(TiesTest, LeastRankOfTheGivenOrder) {
  for (uint64_t seed : seeds(1000)) {
    Problem problem = coarse(randomProblem(seed + 5000, {6, 3}));
    for (Objective objective : {Objective::Throughput, Objective::Latency})
      expectLeastRank(problem, SolutionClass::FixedOrder, objective);
    if (HasFailure())
      return;
  }
}

/// A task that no device may share, and a small one: on a near device or a far
/// one, the bottleneck is the same.
TEST(TiesTest, NearDeviceBeforeFarOne) {
  Builder builder(3);
  int32_t first = builder.task(1000), second = builder.task(100);
  builder.tensor(first, {second}, 10);
  builder.weight(60, {first});
  builder.weight(60, {second});
  for (Device &device : builder.problem.devices)
    device.memory = 100;
  builder.link(0, 1, ByteRate, 0, 5000000);
  builder.problem.tasks[first].pin = 0;
  Problem problem = builder.get();
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Result result = solveFor(problem, SolutionClass::Contiguous,
                             Objective::Throughput, seed);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{0, 2}));
    EXPECT_EQ(result.evaluation.latencyNs, 1110);
  }
}

/// Tasks that take no time leave the bottleneck as it is wherever they are, but
/// not the latency: none goes to a device of its own.
TEST(TiesTest, NoDeviceWithoutWork) {
  Builder builder = chain(3, {0, 500, 0, 0, 500, 0}, {1, 1, 1, 1, 1});
  for (Strategy strategy : {Strategy::Auto, Strategy::LocalSearch}) {
    SolveOptions options;
    options.strategy = strategy;
    Result result = solve(builder.get(), options);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.evaluation.bottleneckNs, 500);
    EXPECT_EQ(result.evaluation.devices.size(), 2u);
  }
}

/// The searches that look at neighbours find the same here, proven or not.
TEST(TiesTest, LocalSearchBreaksTies) {
  int64_t same = 0, all = 0;
  for (uint64_t seed : seeds(300)) {
    Problem problem = coarse(randomProblem(seed + 9000, {6, 3}));
    Rank least =
        leastRank(problem, SolutionClass::Contiguous, Objective::Throughput);
    SolveOptions options;
    options.strategy = Strategy::LocalSearch;
    Result result = solve(problem, options);
    if (!result.found)
      continue;
    Rank rank = rankOf(result.evaluation, Objective::Throughput);
    ASSERT_GE(rank, least);
    if (rank.front() != least.front())
      continue;
    ++all;
    same += rank == least;
  }
  // Most of them; what is left needs several moves at once.
  EXPECT_GE(same * 100, all * 95) << same << " of " << all;
}

/// The baselines of the paper are what they are, and compared as such.
TEST(TiesTest, BaselinesGoByTheBottleneckAlone) {
  Builder builder = chain(2, {10, 10}, {1});
  Problem problem = builder.get();
  SolveOptions options;
  options.strategy = Strategy::Greedy;
  Result result = solve(problem, options);
  ASSERT_TRUE(result.found);
  EXPECT_STREQ(result.method.name, "greedy");
}

TEST(TiesTest, FewerReplicasWhereTheyGainNothing) {
  for (uint64_t seed : seeds(200)) {
    Problem problem = randomProblem(seed + 20000, {4, 4});
    problem.replicate = true;
    Result result =
        solveFor(problem, SolutionClass::Replicating, Objective::Throughput);
    if (!result.found)
      continue;
    Rank rank = rankOf(result.evaluation, Objective::Throughput);
    for (size_t s = 0; s < result.placement.replicas.size(); ++s)
      for (size_t r = 0; r < result.placement.replicas[s].size(); ++r) {
        Placement fewer = result.placement;
        fewer.replicas[s].erase(fewer.replicas[s].begin() +
                                static_cast<std::ptrdiff_t>(r));
        Evaluation evaluation = evaluate(problem, fewer);
        if (!evaluation.violations.empty())
          continue;
        EXPECT_GE(rankOf(evaluation, Objective::Throughput), rank)
            << describe(problem);
      }
  }
}
