//===- ExactTest.cpp - Optima that are derived by hand --------------------===//
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

static Result solveExact(const Problem &problem) {
  SolveOptions options;
  options.strategy = Strategy::Exact;
  return solve(problem, options);
}

TEST(ExactTest, BalancesEqualDevices) {
  // 12 ns on 3 devices, transfers free of time: 4 each is possible, and no
  // device can do with less because 12 / 3 = 4.
  Problem p = chain(3, {2, 2, 1, 3, 4}, {0, 0, 0, 0}).get();
  Result result = solveExact(p);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.evaluation.bottleneckNs, 4);
  EXPECT_EQ(result.placement.stageOf, (std::vector<int32_t>{0, 0, 1, 1, 2}));
  EXPECT_EQ(result.bound.value, 4);
  EXPECT_EQ(result.bound.ofClass, SolutionClass::Revisiting);
  EXPECT_EQ(toString(result.bound), "LB1 work");
}

TEST(ExactTest, TransferForbidsTheBalancedCut) {
  // Cutting in the middle balances 6 | 6 but moves 20 bytes; the other cuts
  // move 1 byte and give max(2, 10) and max(8, 4). One device takes 12.
  Problem p = chain(2, {2, 4, 2, 4}, {1, 20, 1}).get();
  Result result = solveExact(p);
  EXPECT_EQ(result.evaluation.bottleneckNs, 8);
  EXPECT_EQ(result.bound.value, 8);
  EXPECT_EQ(toString(result.bound), "LB3 super device");
  EXPECT_EQ(result.bound.ofClass, SolutionClass::Contiguous);
  EXPECT_EQ(result.placement.stageOf, (std::vector<int32_t>{0, 0, 0, 1}));
}

TEST(ExactTest, FasterDeviceTakesMore) {
  // d0 is 3 times slower. Speeds 1 and 1/3: of 16 ns, d1 takes 12 and d0 4,
  // which costs 12 there.
  Builder builder = chain(2, {4, 4, 4, 4}, {0, 0, 0});
  builder.slowDown(0, 3);
  Result result = solveExact(builder.get());
  EXPECT_EQ(result.evaluation.bottleneckNs, 12);
  EXPECT_EQ(result.placement.deviceOf.size(), 2u);
}

TEST(ExactTest, DirectionOfTheLinkDecidesTheOrder) {
  Builder builder = chain(2, {5, 5}, {3});
  builder.link(0, 1, ByteRate / 10);
  Result result = solveExact(builder.get());
  EXPECT_EQ(result.evaluation.bottleneckNs, 5);
  EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{1, 0}));
}

TEST(ExactTest, MemoryForcesACut) {
  // Both weights need 20 bytes, a device has 19: they have to part, and the
  // 4-byte tensor takes 4 bytes live and 8 of buffer at each end: 10 + 12 > 19.
  Builder builder = chain(2, {1, 1}, {4});
  builder.weight(10, {0});
  builder.weight(10, {1});
  Problem p = builder.get();
  for (Device &device : p.devices)
    device.memory = 19;
  EXPECT_TRUE(solveExact(p).provenInfeasible());
  for (Device &device : p.devices)
    device.memory = 22;
  Result result = solveExact(p);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.placement.deviceOf.size(), 2u);
  EXPECT_EQ(result.evaluation.bottleneckNs, 4);
}

TEST(ExactTest, SecondWireNeedsASecondSendBuffer) {
  // x0 (5 bytes) is made by t0 and read by t1 and t2. With both on stages of
  // their own, stage 0 holds 5 live + 2 x 10 of send buffers = 25 bytes. With
  // 24 bytes on every device but the last, t1 and t2 stay together or t1 stays
  // with t0: then the bottleneck is 20 instead of 10.
  Builder builder(3);
  for (int i = 0; i < 3; ++i)
    builder.task(10);
  builder.tensor(0, {1, 2}, 5);
  Problem p = builder.get();
  for (Device &device : p.devices)
    device.memory = 25;
  EXPECT_EQ(solveExact(p).evaluation.bottleneckNs, 10);
  for (Device &device : p.devices)
    device.memory = 24;
  EXPECT_EQ(solveExact(p).evaluation.bottleneckNs, 20);
}

TEST(ExactTest, LaterBeginMayNeedLargerBuffers) {
  // Times 9, 1, 9, 10 and tensors of 1, 10, 5 bytes, 40 bytes on each device.
  // At 10 ns the first stage is t0 or t0 and t1, and t3 is alone. The middle
  // stage {t1, t2} needs 15 live + 2 in + 10 out = 27 bytes; {t2} computes
  // less but needs 15 live + 20 in + 10 out = 45. Two stages take at least 19.
  Problem p = chain(3, {9, 1, 9, 10}, {1, 10, 5}).get();
  for (Device &device : p.devices)
    device.memory = 40;
  Result result = solveExact(p);
  EXPECT_EQ(result.evaluation.bottleneckNs, 10);
  EXPECT_EQ(result.placement.stageOf, (std::vector<int32_t>{0, 1, 1, 2}));
}

TEST(ExactTest, LaterBeginMayLoadTheMediumMore) {
  // As above, but what decides is one medium: the cuts behind t0 and t2 move
  // 1 + 5 bytes, those behind t1 and t2 8 + 5, which is more than 10.
  Builder builder = chain(3, {9, 1, 9, 10}, {1, 8, 5});
  builder.problem.media.push_back({"air", {0, 1, 2}});
  builder.problem.mediumOf.assign(9, 0);
  Result result = solveExact(builder.get());
  EXPECT_EQ(result.evaluation.bottleneckNs, 10);
  EXPECT_EQ(result.placement.stageOf, (std::vector<int32_t>{0, 1, 1, 2}));
}

TEST(ExactTest, SkipWireUsesItsOwnLink) {
  // x0 (6 bytes) goes from t0 to t2 as well as 1 byte from task to task. With
  // d0 -> d2 slow, the skip wire must use another pair of devices.
  Builder builder(3);
  for (int i = 0; i < 3; ++i)
    builder.task(10);
  builder.tensor(0, {2}, 6);
  builder.tensor(0, {1}, 1);
  builder.tensor(1, {2}, 1);
  builder.link(0, 2, ByteRate / 10);
  Result result = solveExact(builder.get());
  EXPECT_EQ(result.evaluation.bottleneckNs, 10);
  EXPECT_EQ(result.placement.deviceOf.size(), 3u);
  EXPECT_FALSE(result.placement.deviceOf.front() == 0 &&
               result.placement.deviceOf.back() == 2);
}

TEST(ExactTest, SharedMediumAddsUp) {
  // Two cuts of 6 bytes each: 6 on links of their own, 12 on one medium, where
  // one cut (20 of compute) is worse than two (12).
  Builder builder = chain(3, {10, 10, 10}, {6, 6});
  EXPECT_EQ(solveExact(builder.get()).evaluation.bottleneckNs, 10);
  builder.problem.media.push_back({"air", {0, 1, 2}});
  builder.problem.mediumOf.assign(9, 0);
  EXPECT_EQ(solveExact(builder.get()).evaluation.bottleneckNs, 12);
}

TEST(ExactTest, FewestStagesAmongEqual) {
  // One task dominates: any number of stages reaches 10, two are needed
  // because 10 + 1 is more.
  Problem p = chain(4, {1, 10, 0, 0}, {0, 0, 0}).get();
  Result result = solveExact(p);
  EXPECT_EQ(result.evaluation.bottleneckNs, 10);
  EXPECT_EQ(result.placement.deviceOf.size(), 2u);
}

TEST(ExactTest, NoTasks) {
  Builder builder(2);
  Result result = solveExact(builder.get());
  EXPECT_TRUE(result.found);
  EXPECT_TRUE(result.placement.deviceOf.empty());
}

TEST(ExactTest, ManyEqualDevicesAreFewSets) {
  // 40 equal devices: 41 sets up to exchange, so that this is exact.
  std::vector<int64_t> times(80, 5), sizes(79, 2);
  Result result = solveExact(chain(40, times, sizes).get());
  EXPECT_EQ(result.evaluation.bottleneckNs, 10);
  EXPECT_EQ(result.bound.value, 10);
}
