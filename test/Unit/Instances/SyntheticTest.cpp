//===- SyntheticTest.cpp - Large problems with a known optimum ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Synthetic.h"
#include "../../../lib/Placement/Bounds/Bounds.h"
#include "../../../lib/Placement/Heuristics/Heuristics.h"
#include "../../../lib/Placement/Strategies/Exact.h"
#include "../Seeds.h"

#include <gtest/gtest.h>

using namespace onnx_split;
using namespace onnx_split::instances;
using onnx_split::test::Thinned;

/// Each takes ten seconds under sanitizers.
static constexpr uint64_t FewSeeds = Thinned > 1 ? 1 : 5;

TEST(SyntheticTest, ThePlantedPlanIsOptimal) {
  for (uint64_t seed = 0; seed < FewSeeds; ++seed) {
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
  for (uint64_t seed = 0; seed < FewSeeds; ++seed) {
    Synthetic synthetic = makeSynthetic(10000, 100, seed);
    const placement::Problem &p = synthetic.instance.problem;
    ASSERT_EQ(evaluate(p, synthetic.planted).bottleneckNs, synthetic.optimumNs);
    placement::SolveOptions options;
    options.mostRounds = 1;
    placement::Result result = solve(p, options);
    ASSERT_TRUE(result.found);
    EXPECT_TRUE(evaluate(p, result.placement).violations.empty());
    EXPECT_LE(result.bound.value, synthetic.optimumNs);
    EXPECT_LE(result.evaluation.bottleneckNs,
              synthetic.optimumNs + synthetic.optimumNs / 20);
  }
}

TEST(SyntheticTest, LayersInAnotherOrder) {
  for (uint64_t seed = 0; seed < std::min<uint64_t>(3, FewSeeds); ++seed) {
    Synthetic synthetic =
        makeSynthetic(10000, 100, seed, SyntheticShape::Layers);
    const placement::Problem &p = synthetic.instance.problem;
    ASSERT_EQ(p.check(), "");
    placement::Evaluation planted = evaluate(p, synthetic.planted);
    EXPECT_TRUE(planted.violations.empty());
    EXPECT_EQ(planted.bottleneckNs, synthetic.optimumNs);
    const std::vector<int32_t> &stages = synthetic.planted.stageOf;
    EXPECT_FALSE(std::is_sorted(stages.begin(), stages.end()));
    placement::SolveOptions options;
    options.mostRounds = 1;
    placement::Result result = solve(p, options);
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

/// Every device that is used does its share of the work exactly, and no others
/// are faster, so that with as many stages no plan is better.
static void expectOptimal(const Synthetic &synthetic) {
  const placement::Problem &p = synthetic.instance.problem;
  const std::vector<int32_t> &path = synthetic.planted.deviceOf;
  int64_t work = 0, shares = 0;
  for (size_t t = 0; t < p.tasks.size(); ++t)
    work += p.taskTime[t];
  int32_t slowest = 0;
  std::vector<char> isUsed(p.devices.size(), 0);
  for (int32_t d : path) {
    isUsed[d] = 1;
    slowest = std::max(slowest, p.devices[d].speedClass);
    shares += synthetic.optimumNs / (p.devices[d].speedClass + 1);
  }
  EXPECT_EQ(work, shares);
  for (size_t d = 0; d < p.devices.size(); ++d)
    EXPECT_TRUE(isUsed[d] || p.devices[d].speedClass >= slowest);
  EXPECT_EQ(path.size(),
            size_t(p.maxStages > 0 ? p.maxStages : p.devices.size()));
}

/// Whatever the graph, the links and the memory, the planted plan is a plan.
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
          SCOPED_TRACE(synthetic.instance.name);
          const placement::Problem &p = synthetic.instance.problem;
          ASSERT_EQ(p.check(), "");
          placement::Evaluation planted = evaluate(p, synthetic.planted);
          EXPECT_TRUE(planted.violations.empty()) << planted.violations.front();
          EXPECT_EQ(planted.bottleneckNs, synthetic.optimumNs);
          expectOptimal(synthetic);
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

/// Any number of speeds; stages of so many tasks that the slowest of a thousand
/// classes needs more time for a unit of work each.
TEST(SyntheticTest, SpeedsAreNearlyExact) {
  for (int32_t numSpeeds : {1, 2, 16, 31, 1000})
    for (int32_t numDevices : {1, 3}) {
      SyntheticCluster cluster;
      cluster.numSpeeds = numSpeeds;
      constexpr int32_t numTasks = 10000;
      Synthetic synthetic = makeSynthetic(numTasks, numDevices, 2,
                                          SyntheticShape::Chain, cluster);
      SCOPED_TRACE(synthetic.instance.name);
      const placement::Problem &p = synthetic.instance.problem;
      ASSERT_EQ(p.check(), "");
      ASSERT_EQ(p.taskTime.size(), size_t(numTasks) * numSpeeds);
      EXPECT_EQ(p.taskTime[numTasks * (numSpeeds - 1)],
                p.taskTime[0] * (numSpeeds == 1 ? 1 : 16));
      placement::Evaluation planted = evaluate(p, synthetic.planted);
      EXPECT_TRUE(planted.violations.empty());
      EXPECT_EQ(planted.bottleneckNs, synthetic.optimumNs);
      // Every device does its share but for less than a thousandth.
      for (const placement::DeviceLoad &load : planted.devices)
        EXPECT_GE(load.computeNs,
                  synthetic.optimumNs - synthetic.optimumNs / 1000);
      bool isLonger = numSpeeds == 1000 && numDevices == 1;
      EXPECT_GT(synthetic.optimumNs, isLonger ? 92000000 : 46000000);
    }
}

/// Where most links are missing, greedy probing finds a plan by luck, and beam
/// probing one that is near the optimum.
TEST(SyntheticTest, PlansOnSparseLinks) {
  struct Case {
    SyntheticShape shape;
    SyntheticTopology topology;
    int32_t sparePercent, numTasks, numDevices;
  };
  using Shape = SyntheticShape;
  using Topology = SyntheticTopology;
  int missed = 0;
  for (auto [shape, topology, sparePercent, numTasks, numDevices] :
       {Case{Shape::Chain, Topology::Path, 10, 1000, 20},
        Case{Shape::Chain, Topology::Path, 50, 1000, 20},
        Case{Shape::Chain, Topology::PathAndRandom, 10, 1000, 20},
        Case{Shape::Layers, Topology::PathAndRandom, 10, 1000, 10},
        Case{Shape::ForkJoin, Topology::PathAndRandom, 10, 1000, 10},
        Case{Shape::Chain, Topology::Ring, placement::None, 1000, 20},
        Case{Shape::Chain, Topology::Grid, 10, 1000, 12},
        Case{Shape::Chain, Topology::Tree, placement::None, 1000, 20},
        Case{Shape::Chain, Topology::Star, 10, 1000, 20}})
    for (uint64_t seed = 0; seed < 2; ++seed) {
      SyntheticCluster cluster;
      cluster.topology = topology;
      cluster.sparePercent = sparePercent;
      Synthetic synthetic =
          makeSynthetic(numTasks, numDevices, seed, shape, cluster);
      const placement::Problem &p = synthetic.instance.problem;
      int64_t near = synthetic.optimumNs + synthetic.optimumNs / 20;
      placement::SolveOptions options;
      options.timeLimitSeconds = 600;
      placement::SearchState greedy(p, options), beam(p, options);
      boundByWork(greedy);
      searchProbes(greedy);
      missed += greedy.upper() > near;
      boundByWork(beam);
      probeOrders(beam);
      EXPECT_LE(beam.upper(), near) << synthetic.instance.name << " " << seed;
    }
  EXPECT_GE(missed, 9);
}

/// Only from one end of a path all devices are in reach. So few partial plans
/// are kept that most beginnings are dropped at once.
TEST(SyntheticTest, ANarrowBeamSeesWhatIsInReach) {
  SyntheticCluster cluster;
  cluster.topology = SyntheticTopology::Path;
  for (uint64_t seed = 0; seed < 3; ++seed) {
    Synthetic synthetic =
        makeSynthetic(1500, 75, seed, SyntheticShape::Chain, cluster);
    placement::SolveOptions options;
    options.timeLimitSeconds = 600;
    placement::SearchState search(synthetic.instance.problem, options);
    boundByWork(search);
    searchBeamProbes(search, /*scale=*/1);
    EXPECT_LE(search.upper(), synthetic.optimumNs + synthetic.optimumNs / 20);
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
