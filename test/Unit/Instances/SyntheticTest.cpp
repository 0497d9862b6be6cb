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

namespace {
constexpr SyntheticShape AllShapes[] = {
    SyntheticShape::Chain, SyntheticShape::Layers, SyntheticShape::ForkJoin};
constexpr SyntheticTopology AllTopologies[] = {
    SyntheticTopology::Full,          SyntheticTopology::Path,
    SyntheticTopology::PathAndRandom, SyntheticTopology::Tree,
    SyntheticTopology::Ring,          SyntheticTopology::Star,
    SyntheticTopology::Grid};
} // namespace

static int64_t numLinks(const placement::Problem &p) {
  int64_t count = 0;
  int32_t numDevices = static_cast<int32_t>(p.devices.size());
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      count += from != to && p.link(from, to).bitsPerSecond > 0;
  return count;
}

/// Whatever the graph, the links and the memory, the planted plan is a plan,
/// and the work shows that there is none better.
TEST(SyntheticTest, ThePlantedPlanFitsItsCluster) {
  for (SyntheticShape shape : AllShapes)
    for (SyntheticTopology topology : AllTopologies)
      for (int32_t sparePercent : {placement::None, 0, 10})
        for (int32_t numDevices : {1, 2, 3, 12, 13}) {
          SyntheticCluster cluster;
          cluster.topology = topology;
          cluster.sparePercent = sparePercent;
          Synthetic synthetic =
              makeSynthetic(400, numDevices, 3, shape, cluster);
          const placement::Problem &p = synthetic.instance.problem;
          ASSERT_EQ(p.check(), "");
          placement::Result planted = assess(p, synthetic.planted);
          EXPECT_TRUE(planted.evaluation.violations.empty())
              << synthetic.instance.name << ": "
              << planted.evaluation.violations.front();
          EXPECT_EQ(planted.evaluation.bottleneckNs, synthetic.optimumNs);
          EXPECT_EQ(planted.bound.value, synthetic.optimumNs)
              << synthetic.instance.name;
        }
}

/// No stage fits a device with less memory than its own has.
TEST(SyntheticTest, MemoryIsWhatThePlanNeedsAndTheSpare) {
  SyntheticCluster cluster;
  cluster.sparePercent = 25;
  Synthetic synthetic =
      makeSynthetic(400, 10, 5, SyntheticShape::Layers, cluster);
  const placement::Problem &p = synthetic.instance.problem;
  placement::Evaluation planted = evaluate(p, synthetic.planted);
  for (size_t stage = 0; stage < planted.stages.size(); ++stage) {
    int64_t need = planted.stages[stage].memoryBytes();
    EXPECT_EQ(p.devices[synthetic.planted.deviceOf[stage]].memory,
              need + need / 4);
    EXPECT_GT(planted.stages[stage].weightBytes, need / 2);
  }
}

/// Stages of many tasks have tensors for the next stage only, so that no link
/// is added for others.
TEST(SyntheticTest, TopologiesHaveTheirLinks) {
  auto linksOf = [](SyntheticTopology topology) {
    SyntheticCluster cluster;
    cluster.topology = topology;
    return numLinks(makeSynthetic(2400, 12, 1, SyntheticShape::Chain, cluster)
                        .instance.problem);
  };
  EXPECT_EQ(linksOf(SyntheticTopology::Full), 12 * 11);
  EXPECT_EQ(linksOf(SyntheticTopology::Path), 11);
  EXPECT_GT(linksOf(SyntheticTopology::PathAndRandom), 11 + 24);
  EXPECT_LE(linksOf(SyntheticTopology::PathAndRandom), 11 + 36);
  EXPECT_EQ(linksOf(SyntheticTopology::Tree), 22);
  EXPECT_EQ(linksOf(SyntheticTopology::Ring), 24);
  EXPECT_EQ(linksOf(SyntheticTopology::Star), 22);
  // 4 x 3: three rows of three and two times four.
  EXPECT_EQ(linksOf(SyntheticTopology::Grid), 2 * (9 + 8));
}

/// Any number of speeds, and stages of many tasks.
TEST(SyntheticTest, SpeedsAreNearlyExact) {
  for (int32_t numSpeeds : {1, 2, 16, 31, 1000}) {
    SyntheticCluster cluster;
    cluster.numSpeeds = numSpeeds;
    Synthetic synthetic =
        makeSynthetic(60000, 3, 2, SyntheticShape::Chain, cluster);
    const placement::Problem &p = synthetic.instance.problem;
    ASSERT_EQ(p.check(), "");
    EXPECT_EQ(p.taskTime.size(), size_t(60000) * numSpeeds);
    EXPECT_EQ(p.taskTime[60000 * (numSpeeds - 1)],
              p.taskTime[0] * (numSpeeds == 1 ? 1 : 16));
    placement::Result planted = assess(p, synthetic.planted);
    EXPECT_TRUE(planted.evaluation.violations.empty());
    EXPECT_EQ(planted.evaluation.bottleneckNs, synthetic.optimumNs);
    EXPECT_GE(planted.bound.value,
              synthetic.optimumNs - synthetic.optimumNs / 1000);
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
