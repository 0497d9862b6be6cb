//===- ObjectivesTest.cpp - Latency and number of devices -----------------===//
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

static int64_t latencyOf(const Evaluation &evaluation) {
  return evaluation.latencyNs;
}

/// Solves and checks that the answer is what enumeration says, with proof.
static void expectLeastLatency(const Problem &problem, SolutionClass ofClass) {
  SolveOptions options;
  options.objective = Objective::Latency;
  options.searchClass = ofClass;
  Result result = solve(problem, options);
  int64_t least = leastValue(problem, ofClass, latencyOf);
  ASSERT_EQ(result.found, least != Unlimited) << describe(problem);
  if (!result.found) {
    EXPECT_TRUE(result.provenInfeasible()) << describe(problem);
    return;
  }
  EXPECT_EQ(evaluate(problem, result.placement).latencyNs, least)
      << describe(problem);
  EXPECT_EQ(result.bound.value, least) << describe(problem);
  EXPECT_GE(result.bound.ofClass, ofClass);
}

TEST(LatencyTest, OneDeviceBeatsTwoWhereMessagesCost) {
  // The fast device alone takes 2 + 2; the message would take 10.
  Builder builder = chain(2, {2, 2}, {10});
  builder.slowDown(1, 3);
  SolveOptions options;
  options.objective = Objective::Latency;
  Result result = solve(builder.get(), options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.evaluation.latencyNs, 4);
  EXPECT_EQ(result.bound.value, 4);
  EXPECT_EQ(result.placement.deviceOf, std::vector<int32_t>{0});
}

/// Memory for all buffers that there could be, and little more: sending a
/// tensor to a second stage takes nothing that was not counted.
TEST(LatencyTest, BuffersAreCountedOnce) {
  for (uint64_t seed : seeds(600)) {
    Problem p = randomProblem(seed + 9500000, {5, 3});
    int64_t everything = 0;
    for (const Tensor &tensor : p.tensors)
      everything += 4 * tensor.bytes *
                    (1 + static_cast<int64_t>(tensor.consumers.size()));
    for (const Weight &weight : p.weights)
      everything += weight.bytes;
    Draw draw(seed);
    for (Device &device : p.devices)
      device.memory = everything + draw.below(4);
    p.minStages = static_cast<int32_t>(p.devices.size());
    p.maxStages = 0;
    SolveOptions options;
    options.objective = Objective::Latency;
    options.strategy = Strategy::Exact;
    Result result = solve(p, options);
    int64_t least = leastValue(p, SolutionClass::Contiguous, latencyOf);
    ASSERT_EQ(result.found ? result.evaluation.latencyNs : Unlimited, least)
        << seed << "\n"
        << describe(p);
  }
}

TEST(LatencyTest, BranchesRunSideBySide) {
  // t0 feeds t1 and t2 (10 each), which feed t3. On one device 22 ns; with one
  // branch elsewhere 1 + 1 + 10 + 1 + 1.
  Builder builder(2);
  for (int64_t time : {1, 10, 10, 1})
    builder.task(time);
  builder.tensor(0, {1, 2}, 1);
  builder.tensor(1, {3}, 1);
  builder.tensor(2, {3}, 1);
  Problem problem = builder.get();
  SolveOptions options;
  options.objective = Objective::Latency;
  Result result = solve(problem, options);
  ASSERT_TRUE(result.found);
  // Three contiguous stages would do it, but there are two devices: t0 and t1,
  // then t2 and t3.
  EXPECT_EQ(result.evaluation.latencyNs,
            leastValue(problem, SolutionClass::Contiguous, latencyOf));
  EXPECT_EQ(result.bound.value, result.evaluation.latencyNs);
}

TEST(LatencyTest, EqualsEnumeration) {
  for (uint64_t seed : seeds(1500))
    expectLeastLatency(randomProblem(seed, {5, 3}), SolutionClass::Contiguous);
}

TEST(LatencyTest, EqualsEnumerationInTheGivenOrder) {
  for (uint64_t seed : seeds(1000))
    expectLeastLatency(randomProblem(seed + 70000, {6, 4}),
                       SolutionClass::FixedOrder);
}

TEST(LatencyTest, ManyUnequalDevicesAreForgottenAndRemembered) {
  // More than 512 sets of devices, so that labels begin by forgetting. The best
  // neighbours would be used again and again, which the plan must not do.
  for (uint64_t seed = 0; seed < (Thinned == 1 ? 12 : 2); ++seed) {
    Draw draw(seed);
    Builder builder = chain(10, {5, 5, 5, 5}, {3, 3, 3});
    builder.weight(6, {0});
    builder.weight(6, {1});
    builder.weight(6, {2});
    builder.weight(6, {3});
    for (int32_t d = 0; d < 10; ++d) {
      builder.slowDown(d, 1 + draw.below(5));
      builder.problem.devices[d].memory = 24 + draw.below(3);
      for (int32_t to = 0; to < 10; ++to)
        builder.link(d, to, ByteRate / (1 + draw.below(6)), draw.below(4));
    }
    Problem problem = builder.get();
    SolveOptions options;
    options.objective = Objective::Latency;
    Result result = solve(problem, options);
    ASSERT_TRUE(result.found);
    int64_t least = leastValue(problem, SolutionClass::FixedOrder, latencyOf);
    EXPECT_EQ(result.evaluation.latencyNs, least) << seed;
    EXPECT_EQ(result.bound.value, least) << seed;
  }
}

TEST(LatencyTest, BoundsHoldForRevisitingPlans) {
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 5000, {4, 3});
    problem.revisit = true;
    SolveOptions options;
    options.objective = Objective::Latency;
    options.searchClass = SolutionClass::Revisiting;
    Result result = solve(problem, options);
    int64_t least = leastValue(problem, SolutionClass::Revisiting, latencyOf);
    if (result.found)
      EXPECT_LE(result.bound.value, least) << describe(problem);
    else
      EXPECT_TRUE(!result.provenInfeasible() || least == Unlimited);
  }
}

/// Fewest devices of a contiguous plan within the target.
static int64_t fewestDevices(const Problem &problem, int64_t target,
                             SolutionClass ofClass) {
  return leastValue(problem, ofClass, [&](const Evaluation &evaluation) {
    return evaluation.bottleneckNs <= target
               ? static_cast<int64_t>(evaluation.devices.size())
               : Unlimited;
  });
}

TEST(DevicesTest, MemoryAloneAsksForTwo) {
  Builder builder = chain(3, {4, 4}, {1});
  builder.weight(10, {0});
  builder.weight(10, {1});
  for (Device &device : builder.problem.devices)
    device.memory = 15;
  SolveOptions options;
  options.objective = Objective::Devices;
  Result result = solve(builder.get(), options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.placement.deviceOf.size(), 2u);
  EXPECT_EQ(result.bound.value, 2);
}

TEST(DevicesTest, UnreachableTargetIsProven) {
  Problem problem = chain(2, {4, 4}, {1}).get();
  SolveOptions options;
  options.objective = Objective::Devices;
  options.targetNs = 3;
  Result result = solve(problem, options);
  EXPECT_FALSE(result.found);
  EXPECT_TRUE(result.provenInfeasible());
}

TEST(DevicesTest, EqualsEnumeration) {
  for (uint64_t seed : seeds(1000)) {
    Problem problem = randomProblem(seed + 20000, {5, 4});
    Draw draw(seed);
    SolutionClass ofClass =
        draw.chance(50) ? SolutionClass::FixedOrder : SolutionClass::Contiguous;
    SolveOptions options;
    options.objective = Objective::Devices;
    options.searchClass = ofClass;
    options.targetNs = draw.chance(20) ? Unlimited : 5 + draw.below(60);
    Result result = solve(problem, options);
    int64_t fewest = fewestDevices(problem, options.targetNs, ofClass);
    ASSERT_EQ(result.found, fewest != Unlimited) << describe(problem);
    if (!result.found) {
      EXPECT_TRUE(result.provenInfeasible()) << describe(problem);
      continue;
    }
    EXPECT_LE(result.evaluation.bottleneckNs, options.targetNs);
    EXPECT_EQ(static_cast<int64_t>(result.evaluation.devices.size()), fewest)
        << describe(problem);
    EXPECT_EQ(result.bound.value, fewest) << describe(problem);
  }
}

TEST(DevicesTest, RevisitingPlansEqualEnumeration) {
  int onlyRevisiting = 0;
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 9000, {4, 3});
    problem.revisit = true;
    SolveOptions options;
    options.objective = Objective::Devices;
    options.searchClass = SolutionClass::Revisiting;
    options.targetNs = 10 + static_cast<int64_t>(seed) % 40;
    Result result = solve(problem, options);
    int64_t fewest =
        fewestDevices(problem, options.targetNs, SolutionClass::Revisiting);
    onlyRevisiting += fewest < fewestDevices(problem, options.targetNs,
                                             SolutionClass::Contiguous);
    ASSERT_EQ(result.found, fewest != Unlimited) << seed << describe(problem);
    if (!result.found) {
      EXPECT_TRUE(result.provenInfeasible()) << describe(problem);
      continue;
    }
    EXPECT_LE(result.evaluation.bottleneckNs, options.targetNs);
    EXPECT_EQ(result.bound.value, fewest) << seed << describe(problem);
    EXPECT_TRUE(result.bound.isReached) << seed << describe(problem);
  }
  // Rare, so that a run of some seeds may have none.
  EXPECT_GE(onlyRevisiting, 3 / Thinned);
}

TEST(DevicesTest, FasterPlanOfTheSameSizeIsPreferred) {
  // Two devices are needed; the second and third are faster than the first.
  Builder builder = chain(3, {6, 6}, {1});
  builder.slowDown(0, 3);
  SolveOptions options;
  options.objective = Objective::Devices;
  options.targetNs = 11;
  Result result = solve(builder.get(), options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.bound.value, 2);
  EXPECT_EQ(result.evaluation.bottleneckNs, 6);
}
