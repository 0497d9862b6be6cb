//===- OverheadTest.cpp - What messages take of devices -------------------===//
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

TEST(OverheadTest, RoundsUpAndSaturates) {
  Device device;
  EXPECT_EQ(messageOverhead(device, 1000), 0);
  device.messageNs = 7;
  EXPECT_EQ(messageOverhead(device, 1000), 7);
  device.bytePs = 1;
  EXPECT_EQ(messageOverhead(device, 0), 7);
  EXPECT_EQ(messageOverhead(device, 1000), 8);
  EXPECT_EQ(messageOverhead(device, 1001), 9);
  device.bytePs = 1000000000000;
  EXPECT_EQ(messageOverhead(device, Unlimited - 1), Unlimited);
}

TEST(OverheadTest, NegativeFiguresAreRefused) {
  Problem problem = chain(2, {1, 1}, {1}).get();
  problem.devices[1].bytePs = -1;
  EXPECT_EQ(problem.check(), "device 'd1' has a negative overhead of messages");
}

/// Two wires from stage 0 (5 bytes to each of the others) and one from stage 1
/// (2 bytes). Device d takes 10 (d + 1) ns for a message, and d + 1 ns a byte.
static Problem skip() {
  Builder builder(4);
  for (int64_t time : {1, 2, 3})
    builder.task(time);
  builder.tensor(0, {1, 2}, 5);
  builder.tensor(1, {2}, 2);
  for (int32_t d = 0; d < 4; ++d) {
    builder.problem.devices[d].messageNs = 10 * (d + 1);
    builder.problem.devices[d].bytePs = 1000 * (d + 1);
  }
  return builder.get();
}

TEST(OverheadTest, BothEndsOfAWirePay) {
  Evaluation result = evaluate(skip(), {{0, 1, 2}, {0, 1, 2}});
  // 2 messages of 5 bytes on device 0; 5 and 2 bytes on devices 1 and 2.
  EXPECT_EQ(result.stages[0].overheadNs, 30);
  EXPECT_EQ(result.stages[1].overheadNs, 54);
  EXPECT_EQ(result.stages[2].overheadNs, 81);
  EXPECT_EQ(result.stages[0].computeNs, 31);
  EXPECT_EQ(result.stages[1].computeNs, 56);
  EXPECT_EQ(result.stages[2].computeNs, 84);
  EXPECT_EQ(result.bottleneckNs, 84);
  // As without overheads.
  EXPECT_EQ(result.latencyNs, 13);
}

TEST(OverheadTest, StagesOnOneDeviceNeedNoMessage) {
  Problem problem = skip();
  problem.revisit = true;
  Evaluation result = evaluate(problem, {{0, 1, 2}, {0, 1, 0}});
  EXPECT_TRUE(result.violations.empty());
  // Stage 0 to 1 and stage 1 to 2.
  EXPECT_EQ(result.stages[0].overheadNs, 15);
  EXPECT_EQ(result.stages[1].overheadNs, 54);
  EXPECT_EQ(result.stages[2].overheadNs, 12);
  EXPECT_EQ(result.devices[0].computeNs, 1 + 15 + 3 + 12);
  EXPECT_EQ(result.bottleneckNs, 56);
}

TEST(OverheadTest, IngressAndEgressCostTheStage) {
  Builder builder(3);
  builder.task(1);
  builder.task(2);
  builder.tensor(None, {0, 1}, 4);
  builder.tensor(0, {1}, 6);
  builder.problem.tensors[builder.tensor(1, {}, 8)].isOutput = true;
  builder.problem.ingress = 0;
  builder.problem.egress = 2;
  for (Device &device : builder.problem.devices)
    device.bytePs = 1000;
  Evaluation result = evaluate(builder.get(), {{0, 1}, {0, 1}});
  EXPECT_EQ(result.stages[0].overheadNs, 6);
  EXPECT_EQ(result.stages[1].overheadNs, 4 + 6 + 8);
  EXPECT_EQ(result.devices.size(), 2u);
}

TEST(OverheadTest, ReplicasShareTheMessages) {
  Builder builder = chain(4, {1, 1}, {10});
  builder.problem.replicate = true;
  for (Device &device : builder.problem.devices)
    device.bytePs = 1000;
  Evaluation result = evaluate(builder.get(), {{0, 1}, {0, 1}, {{}, {2, 3}}});
  EXPECT_TRUE(result.violations.empty());
  EXPECT_EQ(result.devices[0].computeNs, 11);
  // Each of three handles every third item: 11 / 3, rounded up.
  for (int device : {1, 2, 3})
    EXPECT_EQ(result.devices[device].computeNs, 4);
  EXPECT_EQ(result.stages[1].computeNs, 11);
}

//===----------------------------------------------------------------------===//
// Solvers
//===----------------------------------------------------------------------===//

static Problem randomWithOverheads(uint64_t seed, const RandomLimits &limits) {
  Problem problem = randomProblem(seed, limits);
  Draw draw(seed ^ 0x5eed);
  for (Device &device : problem.devices) {
    device.messageNs = draw.chance(50) ? draw.below(20) : 0;
    device.bytePs = draw.chance(50) ? draw.below(2000) : 0;
  }
  return problem;
}

TEST(OverheadTest, BestPlanOfAnyOrderIsFoundAndProven) {
  int sent = 0;
  for (uint64_t seed : seeds(2400)) {
    // Enumeration on four devices takes long.
    RandomLimits limits{5, seed % 16 == 0 ? 4 : 3};
    Problem problem = randomWithOverheads(seed + 900000, limits);
    ASSERT_EQ(problem.check(), "");
    Optimum optimum = enumerateContiguous(problem);
    SolveOptions options;
    options.timeLimitSeconds = 20;
    Result result = solve(problem, options);
    ASSERT_EQ(result.found, optimum.bottleneckNs != Unlimited)
        << seed << "\n"
        << describe(problem);
    if (!result.found) {
      EXPECT_TRUE(result.provenInfeasible()) << seed;
      continue;
    }
    ASSERT_EQ(result.evaluation.bottleneckNs, optimum.bottleneckNs)
        << seed << "\n"
        << describe(problem);
    ASSERT_EQ(result.bound.value, optimum.bottleneckNs) << seed << "\n"
                                                        << describe(problem);
    for (const StageLoad &load : result.evaluation.stages)
      sent += load.overheadNs > 0;
  }
  // Enough of the best plans send something.
  EXPECT_GT(sent, 500 / Thinned);
}

/// The search over the given order does not see overheads: its plans may be
/// worse than the best one, but neither its bound nor its figure may lie.
TEST(OverheadTest, GivenOrderBoundsTheOptimum) {
  int open = 0;
  for (uint64_t seed : seeds(2000)) {
    Problem problem = randomWithOverheads(seed + 950000, {6, 3});
    Optimum optimum = enumerateFixedOrder(problem);
    SolveOptions options;
    options.strategy = Strategy::Exact;
    options.searchClass = SolutionClass::FixedOrder;
    options.timeLimitSeconds = 20;
    Result result = solve(problem, options);
    ASSERT_EQ(result.found, optimum.bottleneckNs != Unlimited) << seed;
    if (!result.found)
      continue;
    ASSERT_LE(result.bound.value, optimum.bottleneckNs) << seed << "\n"
                                                        << describe(problem);
    ASSERT_GE(result.evaluation.bottleneckNs, optimum.bottleneckNs) << seed;
    open += result.bound.value < result.evaluation.bottleneckNs;
  }
  EXPECT_LT(open, 500 / Thinned);
}

TEST(OverheadTest, LargeOverheadsKeepTheWorkOnOneDevice) {
  Builder builder = chain(2, {10, 10}, {1});
  Problem problem = builder.get();
  EXPECT_EQ(solve(problem, {}).evaluation.bottleneckNs, 10);
  for (Device &device : problem.devices)
    device.messageNs = 11;
  Result result = solve(problem, {});
  EXPECT_EQ(result.placement.deviceOf.size(), 1u);
  EXPECT_EQ(result.evaluation.bottleneckNs, 20);
  EXPECT_EQ(result.bound.value, 20);
}

TEST(OverheadTest, FewestDevicesThatReachATarget) {
  for (uint64_t seed : seeds(500)) {
    Problem problem = randomWithOverheads(seed + 970000, {5, 3});
    SolveOptions options;
    options.objective = Objective::Devices;
    options.targetNs = 20 + static_cast<int64_t>(seed % 100);
    options.timeLimitSeconds = 20;
    Result result = solve(problem, options);
    int64_t least = leastValue(
        problem, SolutionClass::Contiguous, [&](const Evaluation &evaluation) {
          return evaluation.bottleneckNs <= options.targetNs
                     ? static_cast<int64_t>(evaluation.devices.size())
                     : Unlimited;
        });
    ASSERT_EQ(result.found, least != Unlimited) << seed << "\n"
                                                << describe(problem);
    if (!result.found)
      continue;
    EXPECT_LE(result.evaluation.bottleneckNs, options.targetNs);
    ASSERT_EQ(static_cast<int64_t>(result.evaluation.devices.size()), least)
        << seed << "\n"
        << describe(problem);
  }
}
