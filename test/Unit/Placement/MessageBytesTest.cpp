//===- MessageBytesTest.cpp - Tensors that are smaller on the way ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "gtest/gtest.h"

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// Memory must have room for the largest size of a tensor whose extents depend
/// on data; a message has the bytes that one item has.
static Problem randomWithMessageBytes(uint64_t seed,
                                      const RandomLimits &limits) {
  Problem problem = randomProblem(seed, limits);
  Draw draw(seed ^ 0xb17e5);
  for (Tensor &tensor : problem.tensors)
    if (draw.chance(60))
      tensor.messageBytes = draw.below(tensor.bytes + 1);
  if (draw.chance(30))
    for (Device &device : problem.devices)
      device.bytePs = draw.below(2000);
  return problem;
}

TEST(MessageBytesTest, TimeAndMemoryDiffer) {
  Builder builder = chain(2, {1, 1}, {8});
  Problem problem = builder.get();
  Evaluation whole = evaluate(problem, {{0, 1}, {0, 1}});
  problem.tensors[0].messageBytes = 3;
  Evaluation less = evaluate(problem, {{0, 1}, {0, 1}});
  EXPECT_EQ(less.stages[0].bufferBytes, whole.stages[0].bufferBytes);
  EXPECT_EQ(less.stages[1].peakActivationBytes,
            whole.stages[1].peakActivationBytes);
  EXPECT_EQ(less.wires[0].timeNs, transferTime(problem.link(0, 1), 3));
  EXPECT_LT(less.wires[0].timeNs, whole.wires[0].timeNs);
}

TEST(MessageBytesTest, NegativeBytesAreRefused) {
  Problem problem = chain(2, {1, 1}, {8}).get();
  problem.tensors[0].messageBytes = -2;
  EXPECT_NE(problem.check(), "");
}

TEST(MessageBytesTest, BestPlanOfAnyOrderIsFoundAndProven) {
  int differs = 0;
  for (uint64_t seed : seeds(1400)) {
    Problem problem = randomWithMessageBytes(seed + 1100000, {5, 3});
    ASSERT_EQ(problem.check(), "");
    Optimum optimum = enumerateContiguous(problem);
    SolveOptions options;
    options.timeLimitSeconds = 20;
    Result result = solve(problem, options);
    ASSERT_EQ(result.found, optimum.bottleneckNs != Unlimited)
        << seed << "\n"
        << describe(problem);
    if (!result.found)
      continue;
    ASSERT_EQ(result.evaluation.bottleneckNs, optimum.bottleneckNs)
        << seed << "\n"
        << describe(problem);
    ASSERT_EQ(result.bound.value, optimum.bottleneckNs) << seed << "\n"
                                                        << describe(problem);
    for (Tensor &tensor : problem.tensors)
      tensor.messageBytes = -1;
    differs +=
        enumerateContiguous(problem).bottleneckNs != optimum.bottleneckNs;
  }
  // Enough of the optima depend on it.
  EXPECT_GT(differs, 50 / Thinned);
}

TEST(MessageBytesTest, GivenOrderAndBaselinesNeverLie) {
  for (uint64_t seed : seeds(800)) {
    Problem problem = randomWithMessageBytes(seed + 1150000, {6, 3});
    Optimum optimum = enumerateFixedOrder(problem);
    for (Strategy strategy :
         {Strategy::Exact, Strategy::LocalSearch, Strategy::KPath}) {
      SolveOptions options;
      options.strategy = strategy;
      options.searchClass = SolutionClass::FixedOrder;
      options.timeLimitSeconds = 20;
      Result result = solve(problem, options);
      if (!result.found)
        continue;
      ASSERT_EQ(result.evaluation.bottleneckNs,
                evaluate(problem, result.placement).bottleneckNs);
      if (result.bound.ofClass != SolutionClass::FixedOrder)
        continue;
      ASSERT_LE(result.bound.value, optimum.bottleneckNs) << seed << "\n"
                                                          << describe(problem);
    }
  }
}
