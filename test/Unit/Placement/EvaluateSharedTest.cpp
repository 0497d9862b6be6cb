//===- EvaluateSharedTest.cpp - Revisited devices and replicas, by hand ---===//
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

TEST(EvaluateSharedTest, RevisitedDeviceAddsUp) {
  // Device 0 runs t0 and t2 (2 + 4 ns), device 1 runs t1.
  Builder builder = chain(2, {2, 3, 4}, {5, 6});
  builder.weight(10, {0, 2});
  builder.weight(1, {2});
  builder.problem.revisit = true;
  Evaluation result = evaluate(builder.get(), {{0, 1, 2}, {0, 1, 0}});
  EXPECT_TRUE(result.violations.empty());
  ASSERT_EQ(result.devices.size(), 2u);
  const DeviceLoad &load = result.devices[0];
  EXPECT_EQ(load.device, 0);
  EXPECT_EQ(load.stages, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(load.computeNs, 6);
  // The shared weight once.
  EXPECT_EQ(load.weightBytes, 11);
  EXPECT_EQ(result.stages[0].weightBytes, 10);
  EXPECT_EQ(result.stages[2].weightBytes, 11);
  // The larger of 5 and 6; two buffers for each end.
  EXPECT_EQ(load.peakActivationBytes, 6);
  EXPECT_EQ(load.bufferBytes, 22);
  // The link back takes 6 ns, as long as the device computes.
  EXPECT_EQ(result.bottleneckNs, 6);
  EXPECT_EQ(result.latencyNs, 2 + 5 + 3 + 6 + 4);
}

TEST(EvaluateSharedTest, RevisitingNeedsPermission) {
  Problem problem = chain(2, {2, 3, 4}, {5, 6}).get();
  Evaluation result = evaluate(problem, {{0, 1, 2}, {0, 1, 0}});
  ASSERT_EQ(result.violations.size(), 1u);
  EXPECT_NE(result.violations[0].find("holds both stage 0 and stage 2"),
            std::string::npos);
}

TEST(EvaluateSharedTest, WireWithinADeviceTakesNoTime) {
  // x0 goes from stage 0 to stage 2, both on device 0, and loads no link.
  Builder builder(2);
  for (int64_t time : {1, 1, 1})
    builder.task(time);
  builder.tensor(0, {2}, 50);
  builder.tensor(1, {2}, 2);
  builder.problem.revisit = true;
  Evaluation result = evaluate(builder.get(), {{0, 1, 2}, {0, 1, 0}});
  EXPECT_TRUE(result.violations.empty());
  ASSERT_EQ(result.wires.size(), 2u);
  EXPECT_EQ(result.wires[0].timeNs, 0);
  EXPECT_EQ(result.links.size(), 1u);
  EXPECT_EQ(result.bottleneckNs, 2);
  // It is buffered at both ends all the same.
  EXPECT_EQ(result.devices[0].bufferBytes, 100 + 100 + 4);
}

TEST(EvaluateSharedTest, MemoryOfADeviceIsForAllItsStages) {
  Builder builder = chain(2, {1, 1, 1}, {4, 4});
  builder.weight(10, {0});
  builder.weight(20, {2});
  builder.problem.revisit = true;
  // Weights 30, peak 4, buffers 8 + 8.
  builder.problem.devices[0].memory = 50;
  Placement plan{{0, 1, 2}, {0, 1, 0}};
  EXPECT_TRUE(evaluate(builder.get(), plan).violations.empty());
  builder.problem.devices[0].memory = 49;
  Evaluation result = evaluate(builder.get(), plan);
  ASSERT_EQ(result.violations.size(), 1u);
  EXPECT_NE(result.violations[0].find("stage 0 and stage 2 need"),
            std::string::npos);
  EXPECT_NE(result.violations[0].find("1 byte too little"), std::string::npos);
}

TEST(EvaluateSharedTest, ReplicasTakeTurns) {
  // Stage 1 takes 10 ns on device 1 and 21 ns on device 2, every second item
  // each. Its wires alternate, too.
  Builder builder = chain(4, {3, 10, 3}, {7, 5});
  builder.problem.replicate = true;
  Problem problem = builder.get();
  problem.taskTime = {3, 10, 3, 3, 21, 3};
  problem.devices[2].speedClass = 1;
  ASSERT_EQ(problem.check(), "");
  Placement plan{{0, 1, 2}, {0, 1, 3}, {{}, {2}, {}}};
  Evaluation result = evaluate(problem, plan);
  EXPECT_TRUE(result.violations.empty());
  ASSERT_EQ(result.devices.size(), 4u);
  EXPECT_EQ(result.devices[1].computeNs, 5);
  EXPECT_EQ(result.devices[2].computeNs, 11);
  EXPECT_EQ(result.stages[1].computeNs, 21);
  // 0 -> 1, 0 -> 2: 7 / 2 rounded up; 1 -> 3, 2 -> 3: 5 / 2 rounded up.
  ASSERT_EQ(result.links.size(), 4u);
  EXPECT_EQ(result.links[0].timeNs, 4);
  EXPECT_EQ(result.links[1].timeNs, 4);
  EXPECT_EQ(result.links[2].timeNs, 3);
  EXPECT_EQ(result.links[3].timeNs, 3);
  EXPECT_EQ(result.bottleneckNs, 11);
  EXPECT_EQ(result.latencyNs, 3 + 7 + 21 + 5 + 3);
}

TEST(EvaluateSharedTest, OnlyPairsThatMeetLoadLinks) {
  // Two senders and four receivers: sender 0 serves receivers 0 and 2, sender 1
  // the others; each pair carries every fourth item.
  Builder builder = chain(6, {1, 1}, {8});
  builder.problem.replicate = true;
  Placement plan{{0, 1}, {0, 2}, {{1}, {3, 4, 5}}};
  Evaluation result = evaluate(builder.get(), plan);
  EXPECT_TRUE(result.violations.empty());
  ASSERT_EQ(result.links.size(), 4u);
  std::vector<std::pair<int32_t, int32_t>> pairs;
  for (const LinkLoad &link : result.links) {
    pairs.push_back({link.from, link.to});
    EXPECT_EQ(link.timeNs, 2);
  }
  EXPECT_EQ(pairs, (std::vector<std::pair<int32_t, int32_t>>{
                       {0, 2}, {0, 4}, {1, 3}, {1, 5}}));
}

TEST(EvaluateSharedTest, ReplicasNeedPermissionAndDistinctDevices) {
  Builder builder = chain(3, {1, 1}, {1});
  auto violation = [&](const Placement &plan) {
    Evaluation result = evaluate(builder.get(), plan);
    return result.violations.empty() ? "" : result.violations[0];
  };
  EXPECT_NE(violation({{0, 1}, {0, 1}, {{}, {2}}}).find("not allowed"),
            std::string::npos);
  builder.problem.replicate = true;
  EXPECT_EQ(violation({{0, 1}, {0, 1}, {{}, {2}}}), "");
  EXPECT_NE(violation({{0, 1}, {0, 1}, {{}, {1}}}).find("two replicas"),
            std::string::npos);
  // However many: the pairs that would meet are not walked.
  std::vector<int32_t> many(1000000, 2), more(999999, 1);
  EXPECT_NE(violation({{0, 1}, {0, 1}, {many, more}}).find("two replicas"),
            std::string::npos);
  EXPECT_NE(violation({{0, 1}, {0, 1}, {{}, {0}}}).find("holds both"),
            std::string::npos);
  EXPECT_NE(violation({{0, 1}, {0, 1}, {{}, {7}}}).find("replica on device 7"),
            std::string::npos);
  EXPECT_NE(violation({{0, 1}, {0, 1}, {{}}}).find("replicas for 1 stages"),
            std::string::npos);
}

TEST(EvaluateSharedTest, EachReplicaHoldsTheWholeStage) {
  Builder builder = chain(3, {1, 1}, {1});
  builder.weight(10, {1});
  builder.problem.replicate = true;
  builder.problem.devices[2].memory = 12;
  // Weights 10, peak 1, buffers 2.
  Placement plan{{0, 1}, {0, 1}, {{}, {2}}};
  Evaluation result = evaluate(builder.get(), plan);
  ASSERT_EQ(result.violations.size(), 1u);
  EXPECT_NE(result.violations[0].find("device 'd2' has 12 bytes"),
            std::string::npos);
}

TEST(ReplicateTest, SlowStageGetsMoreDevices) {
  // One task of 30 ns that cannot be divided, and four devices.
  Builder builder = chain(4, {4, 30, 4}, {1, 1});
  SolveOptions options;
  Result without = solve(builder.get(), options);
  EXPECT_EQ(without.evaluation.bottleneckNs, 30);
  builder.problem.replicate = true;
  options.searchClass = SolutionClass::Replicating;
  Result with = solve(builder.get(), options);
  ASSERT_TRUE(with.found);
  // All tasks on all four devices: 38 / 4 rounded up. That is LB1.
  EXPECT_EQ(with.evaluation.bottleneckNs, 10);
  EXPECT_EQ(with.planClass, SolutionClass::Replicating);
  EXPECT_LE(with.bound.value, 10);
}

TEST(ReplicateTest, NeverWorseAndNeverBelowTheBound) {
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 33000, {5, 4});
    SolveOptions options;
    options.searchClass = SolutionClass::Replicating;
    Result without = solve(problem, options);
    problem.replicate = true;
    Result with = solve(problem, options);
    ASSERT_GE(with.found, without.found) << describe(problem);
    if (!with.found)
      continue;
    EXPECT_TRUE(evaluate(problem, with.placement).violations.empty());
    EXPECT_LE(with.bound.value, with.evaluation.bottleneckNs)
        << describe(problem);
    if (without.found) {
      EXPECT_LE(with.evaluation.bottleneckNs, without.evaluation.bottleneckNs);
    }
  }
}
