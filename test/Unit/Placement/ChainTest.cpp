//===- ChainTest.cpp - The baselines on chains ----------------------------===//
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

static Result solveWith(const Problem &problem, Strategy strategy) {
  SolveOptions options;
  options.strategy = strategy;
  return solve(problem, options);
}

/// Four tasks of 10 bytes of weights each; the tensors have 5, 1 and 5 bytes.
/// A device of 25 bytes holds two of them: 20 + at most 5 live, less buffers.
static Builder fourTasks(int32_t numDevices, int64_t memory) {
  Builder builder = chain(numDevices, {0, 0, 0, 0}, {5, 1, 5});
  for (int32_t t = 0; t < 4; ++t)
    builder.weight(10, {t});
  for (Device &device : builder.problem.devices)
    device.memory = memory;
  return builder;
}

TEST(ChainTest, PartitionMinimisesTheSum) {
  // Two slices of two tasks need 20 + 6 live + 2 buffer = 28 bytes and move 1.
  Problem p = fourTasks(3, 28).get();
  for (Strategy strategy : {Strategy::Greedy, Strategy::KPath}) {
    Result result = solveWith(p, strategy);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.placement.stageOf, (std::vector<int32_t>{0, 0, 1, 1}));
    EXPECT_EQ(result.evaluation.bottleneckNs, 1);
  }
}

TEST(ChainTest, PartitionFallsBackToTheLargestMemory) {
  // The smallest device holds no slice, the largest one everything: 40 + 6.
  Builder builder = fourTasks(3, 5);
  builder.problem.devices[1].memory = 46;
  for (Strategy strategy : {Strategy::Greedy, Strategy::KPath}) {
    Result result = solveWith(builder.get(), strategy);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{1}));
  }
}

TEST(ChainTest, GreedyFollowsTheFastestLink) {
  // Slices {t0, t1} and {t2, t3}: the best start is d2, whose fastest link
  // leads to d0 with 4 ns less than any other.
  Builder builder = fourTasks(3, 28);
  for (Link &link : builder.problem.links)
    link = {ByteRate / 5, 0};
  builder.link(2, 0, ByteRate);
  for (Strategy strategy : {Strategy::Greedy, Strategy::KPath}) {
    Result result = solveWith(builder.get(), strategy);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{2, 0}));
    EXPECT_EQ(result.evaluation.bottleneckNs, 1);
  }
}

TEST(ChainTest, KPathKeepsFastLinksForLargeTransfers) {
  // Three slices by memory, transfers of 8 and 2 bytes. The greedy walk from
  // d0 takes the link of rate 4 first, which is the better choice here; but
  // only the path d1 -> d0 -> d2 has rate 4 first and 1 after it, everything
  // else is slower: 8 / 4 = 2 and 2 / 1 = 2.
  Builder builder = chain(3, {0, 0, 0}, {8, 2});
  for (int32_t t = 0; t < 3; ++t)
    builder.weight(100, {t});
  for (Device &device : builder.problem.devices)
    device.memory = 100 + 8 + 2 + 16 + 4;
  for (Link &link : builder.problem.links)
    link = {ByteRate / 10, 0};
  builder.link(1, 0, ByteRate * 4);
  builder.link(0, 2, ByteRate);
  Result result = solveWith(builder.get(), Strategy::KPath);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{1, 0, 2}));
  EXPECT_EQ(result.evaluation.bottleneckNs, 2);
}

TEST(ChainTest, KPathWithoutAPathFindsNothing) {
  Builder builder = fourTasks(3, 28);
  for (Link &link : builder.problem.links)
    link.bitsPerSecond = 0;
  EXPECT_FALSE(solveWith(builder.get(), Strategy::KPath).found);
  EXPECT_FALSE(solveWith(builder.get(), Strategy::Greedy).found);
}

TEST(ChainTest, LongPathIsJoinedFromPieces) {
  // 20 slices on 20 devices in a ring: the only long paths follow the ring.
  std::vector<int64_t> times(20, 1), sizes(19, 3);
  Builder builder = chain(20, times, sizes);
  for (int32_t t = 0; t < 20; ++t)
    builder.weight(100, {t});
  for (Device &device : builder.problem.devices)
    device.memory = 190;
  for (Link &link : builder.problem.links)
    link.bitsPerSecond = 0;
  for (int32_t d = 0; d < 20; ++d)
    builder.link(d, (d + 1) % 20, ByteRate);
  for (Strategy strategy : {Strategy::Greedy, Strategy::KPath}) {
    Result result = solveWith(builder.get(), strategy);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.placement.deviceOf.size(), 20u);
    EXPECT_EQ(result.evaluation.bottleneckNs, 3);
  }
}

TEST(ChainTest, RandomRespectsMemory) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SolveOptions options;
    options.strategy = Strategy::Random;
    options.seed = seed;
    Result result = solve(fourTasks(5, 32).get(), options);
    ASSERT_TRUE(result.found);
    EXPECT_GE(result.placement.deviceOf.size(), 2u);
  }
}
