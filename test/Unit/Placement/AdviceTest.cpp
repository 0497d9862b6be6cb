//===- AdviceTest.cpp - What limits a plan, and what would help -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Advice.h"

#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static int64_t valueWith(const std::vector<WhatIf> &answers,
                         const std::string &change) {
  for (const WhatIf &answer : answers)
    if (answer.change == change) {
      EXPECT_TRUE(answer.proven) << change;
      return answer.value;
    }
  ADD_FAILURE() << "no answer for: " << change;
  return None;
}

TEST(AdviceTest, AFasterDeviceHelpsWhereComputeLimits) {
  // d1 is twice as slow: 12 + 12 on d0 and 6 * 2 on d1. Twice as fast, d0
  // takes all in 15, or 12 | 6 * 2; d1 as fast as d0 takes 12 + 6 | 12.
  Builder builder = chain(2, {12, 12, 6}, {0, 0});
  builder.slowDown(1, 2);
  Problem p = builder.get();
  SolveOptions options;
  ASSERT_EQ(solve(p, options).evaluation.intervalNs, 24);
  std::vector<WhatIf> answers =
      whatHelps(p, solve(p, options).placement, options);
  EXPECT_EQ(valueWith(answers, "device 'd0' twice as fast"), 12);
  EXPECT_EQ(valueWith(answers, "device 'd1' twice as fast"), 18);
  // 12 | 12 | 6 * 2.
  EXPECT_EQ(valueWith(answers, "one more device like 'd0'"), 12);
  // The links take no time already.
  EXPECT_EQ(valueWith(answers, "the link between 'd0' and 'd1' twice as fast"),
            24);
  EXPECT_EQ(answers.front().value, 12);
  EXPECT_EQ(answers.back().value, 24);
}

TEST(AdviceTest, AFasterLinkHelpsWhereTheLinkLimits) {
  Builder builder = chain(2, {10, 10}, {16});
  Problem p = builder.get();
  SolveOptions options;
  ASSERT_EQ(solve(p, options).evaluation.intervalNs, 16);
  EXPECT_EQ(valueWith(whatHelps(p, solve(p, options).placement, options),
                      "the link between 'd0' and 'd1' twice as fast"),
            10);
}

TEST(AdviceTest, MoreMemoryHelpsWhereMemoryForcesACut) {
  // The weights of 6 each do not fit one device, and the cut costs 50.
  Builder builder = chain(2, {1, 1}, {50});
  builder.weight(600, {0});
  builder.weight(600, {1});
  for (Device &device : builder.problem.devices)
    device.memory = 1000;
  Problem p = builder.get();
  SolveOptions options;
  ASSERT_EQ(solve(p, options).evaluation.intervalNs, 50);
  EXPECT_EQ(valueWith(whatHelps(p, solve(p, options).placement, options),
                      "device 'd0' with twice the memory"),
            2);
}

TEST(AdviceTest, WithoutTimeItSaysThatNothingWasTried) {
  Problem p = chain(2, {10, 10}, {16}).get();
  SolveOptions options;
  Placement plan = solve(p, options).placement;
  options.timeLimitSeconds = 0;
  std::vector<WhatIf> answers = whatHelps(p, plan, options);
  ASSERT_FALSE(answers.empty());
  for (const WhatIf &answer : answers) {
    EXPECT_FALSE(answer.isTried) << answer.change;
    EXPECT_EQ(answer.value, Unlimited) << answer.change;
  }
}

TEST(AdviceTest, NamesTheBottleneck) {
  Problem p = chain(2, {10, 30}, {16}).get();
  EXPECT_NE(describeBottleneck(p, {{0, 1}, {0, 1}}).find("stage 1 computes"),
            std::string::npos);
  p = chain(2, {1, 3}, {16}).get();
  EXPECT_NE(describeBottleneck(p, {{0, 1}, {0, 1}})
                .find("the link from device 'd0' to 'd1'"),
            std::string::npos);
}

TEST(AdviceTest, NamesTheReplicaThatAFigureIsOf) {
  Builder builder = chain(2, {10, 30}, {16});
  builder.slowDown(1, 3);
  builder.problem.replicate = true;
  builder.problem.egress = 0;
  builder.tensor(1, {}, 8);
  builder.problem.tensors.back().isOutput = true;
  Problem p = builder.get();
  Placement plan{{0, 0}, {0}, {{1}}};
  ASSERT_EQ(evaluate(p, plan).stages[0].computeNs, 120);
  EXPECT_NE(describeBottleneck(p, plan).find("on device 'd1'; of its 2 nodes"),
            std::string::npos)
      << describeBottleneck(p, plan);
  std::vector<PathStep> path = longestPath(p, plan);
  ASSERT_EQ(path.size(), 2u);
  EXPECT_EQ(path[0].device, 1);
  EXPECT_EQ(path[1].from, 1);
  EXPECT_EQ(path[1].to, 0);
}

/// A plan that searching again makes better is better without any change.
TEST(AdviceTest, ChangesHaveNoCreditForSearchingAgain) {
  Problem p = chain(2, {10, 10}, {1}).get();
  p.devices[0].memory = p.devices[1].memory = 1000;
  Placement slow{{0, 0}, {0}};
  int same = 0, better = 0;
  for (const WhatIf &answer : whatHelps(p, slow, SolveOptions())) {
    ASSERT_LE(answer.value, 10) << answer.change;
    if (answer.change.find("memory") != std::string::npos) {
      ++same;
      EXPECT_EQ(answer.unchanged, 10) << answer.change;
    }
    if (answer.change.find("one more") != std::string::npos) {
      ++better;
      EXPECT_TRUE(answer.unchanged == 10 || answer.unchanged == Unlimited);
    }
  }
  EXPECT_EQ(same, 1);
  EXPECT_EQ(better, 1);
}

TEST(AdviceTest, WhatNoTrafficUsesIsNotAdvised) {
  // Everything fits the one device that computes.
  Builder builder = chain(3, {10, 10}, {1000});
  Problem p = builder.get();
  SolveOptions options;
  Result result = solve(p, options);
  ASSERT_EQ(result.evaluation.devices.size(), 1u);
  for (const WhatIf &answer : whatHelps(p, result.placement, options))
    EXPECT_EQ(answer.change.find("link"), std::string::npos) << answer.change;
}

TEST(AdviceTest, AdviceFollowsTheObjective) {
  Builder builder = chain(2, {10, 10}, {16});
  builder.problem.tasks[0].pin = 0;
  builder.problem.tasks[1].pin = 1;
  builder.link(0, 1, ByteRate, 0, 100);
  Problem p = builder.get();
  SolveOptions options;
  options.objective = Objective::Latency;
  Result result = solve(p, options);
  ASSERT_EQ(result.evaluation.latencyNs, 136);
  EXPECT_EQ(valueWith(whatHelps(p, result.placement, options),
                      "the link between 'd0' and 'd1' twice as fast"),
            78);
}

/// The steps of a path add up to the latency that evaluate() finds, whatever
/// the plan.
TEST(AdviceTest, StepsOfThePathAddUp) {
  for (uint64_t seed : seeds(500)) {
    Problem p = randomProblem(seed + 40000);
    p.revisit = seed % 4 == 0;
    SolveOptions options;
    options.searchClass = SolutionClass::Revisiting;
    options.timeLimitSeconds = 0.2;
    Result result = solve(p, options);
    if (!result.found)
      continue;
    int64_t sum = 0;
    for (const PathStep &step : longestPath(p, result.placement))
      sum += step.timeNs;
    ASSERT_EQ(sum, result.evaluation.latencyNs) << describe(p);
  }
}

TEST(AdviceTest, OneDeviceOfEachKindAlone) {
  Builder builder = chain(3, {10, 30}, {16});
  builder.slowDown(2, 3);
  builder.weight(500, {0});
  builder.problem.devices[1].memory = 100;
  builder.problem.tasks[0].pin = 1;
  std::vector<OneDevice> alone = onSingleDevices(builder.get(), None);
  ASSERT_EQ(alone.size(), 3u);
  EXPECT_EQ(alone[0].intervalNs, 40);
  EXPECT_EQ(alone[1].whyNot, "does not fit");
  EXPECT_EQ(alone[2].intervalNs, 120);
  EXPECT_EQ(alone[2].latencyNs, 120);
}
