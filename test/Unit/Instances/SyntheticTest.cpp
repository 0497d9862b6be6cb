//===- SyntheticTest.cpp - Large problems with a known optimum ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Synthetic.h"

#include <gtest/gtest.h>

using namespace onnx_split;
using namespace onnx_split::instances;

TEST(SyntheticTest, ThePlantedPlanIsOptimal) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Synthetic synthetic = makeSynthetic(1000, 10, seed);
    const placement::Problem &p = synthetic.instance.problem;
    ASSERT_EQ(p.check(), "");
    placement::Evaluation planted = evaluate(p, synthetic.planted);
    EXPECT_TRUE(planted.violations.empty());
    EXPECT_EQ(planted.bottleneckNs, synthetic.optimumNs);
    placement::Result result = solve(p, {});
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.evaluation.bottleneckNs, synthetic.optimumNs);
    EXPECT_EQ(result.bound.value, synthetic.optimumNs);
  }
}

TEST(SyntheticTest, LargeProblemsComeClose) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Synthetic synthetic = makeSynthetic(10000, 100, seed);
    const placement::Problem &p = synthetic.instance.problem;
    ASSERT_EQ(evaluate(p, synthetic.planted).bottleneckNs, synthetic.optimumNs);
    placement::Result result = solve(p, {});
    ASSERT_TRUE(result.found);
    EXPECT_TRUE(evaluate(p, result.placement).violations.empty());
    EXPECT_LE(result.bound.value, synthetic.optimumNs);
    EXPECT_LE(result.evaluation.bottleneckNs,
              synthetic.optimumNs + synthetic.optimumNs / 20);
  }
}

TEST(SyntheticTest, LayersInAnotherOrder) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    Synthetic synthetic =
        makeSynthetic(10000, 100, seed, SyntheticShape::Layers);
    const placement::Problem &p = synthetic.instance.problem;
    ASSERT_EQ(p.check(), "");
    placement::Evaluation planted = evaluate(p, synthetic.planted);
    EXPECT_TRUE(planted.violations.empty());
    EXPECT_EQ(planted.bottleneckNs, synthetic.optimumNs);
    const std::vector<int32_t> &stages = synthetic.planted.stageOf;
    EXPECT_FALSE(std::is_sorted(stages.begin(), stages.end()));
    placement::Result result = solve(p, {});
    ASSERT_TRUE(result.found);
    EXPECT_LE(result.bound.value, synthetic.optimumNs);
    EXPECT_LE(result.evaluation.bottleneckNs,
              synthetic.optimumNs + synthetic.optimumNs / 20);
  }
}

/// Probing must not break what it knows only by halves: memory with shared
/// weights, and a limit on stages.
TEST(SyntheticTest, LargeProblemsKeepTheirLimits) {
  Synthetic synthetic = makeSynthetic(6000, 100, 7);
  placement::Problem &p = synthetic.instance.problem;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    p.tasks[t].weights = {static_cast<int32_t>(t / 2)};
    if (t % 2 == 0)
      p.weights.push_back({"", 1 << 20});
  }
  for (placement::Device &device : p.devices)
    device.memory = int64_t(90) << 20;
  p.maxStages = 80;
  ASSERT_EQ(p.check(), "");
  placement::SolveOptions options;
  options.timeLimitSeconds = 1;
  placement::Result result = solve(p, options);
  ASSERT_TRUE(result.found);
  EXPECT_TRUE(evaluate(p, result.placement).violations.empty());
  EXPECT_LE(result.placement.deviceOf.size(), 80u);
}
