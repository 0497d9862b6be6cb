//===- LocalSearchTest.cpp - Incremental figures and local search ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/LocalSearch/Moves.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// Compares every figure with the reference. What is no plan at all has no
/// figures, but must be known as such.
static void expectSameAsEvaluate(Loads &loads) {
  const Problem &p = loads.problem();
  Evaluation expected = evaluate(p, loads.placement());
  bool isFeasible = loads.numBroken() == 0 && loads.excessBytes() == 0;
  ASSERT_EQ(isFeasible, expected.violations.empty()) << describe(p);
  if (!isFeasible)
    return;
  EXPECT_EQ(loads.bottleneckNs(), expected.bottleneckNs) << describe(p);
  EXPECT_EQ(loads.latencyNs(), expected.latencyNs) << describe(p);
  for (const DeviceLoad &load : expected.devices) {
    EXPECT_EQ(loads.compute(load.device), load.computeNs);
    EXPECT_EQ(loads.memoryOf(load.device), load.memoryBytes()) << describe(p);
  }
  Wide sum = 0, links = 0;
  for (const Loads::LinkSlot &slot : loads.links())
    sum += slot.ns;
  for (const LinkLoad &link : expected.links)
    links += link.timeNs;
  EXPECT_EQ(sum, links);
  for (size_t m = 0; m < p.media.size(); ++m)
    EXPECT_EQ(loads.medium(static_cast<int32_t>(m)), expected.mediaNs[m]);
}

/// A random placement, mostly against the rules.
static Placement anyPlacement(const Problem &p, Draw &draw) {
  Placement plan;
  int64_t numStages = 1 + draw.below(static_cast<int64_t>(p.devices.size()));
  for (int64_t s = 0; s < numStages; ++s)
    plan.deviceOf.push_back(static_cast<int32_t>(
        draw.below(static_cast<int64_t>(p.devices.size()))));
  for (size_t t = 0; t < p.tasks.size(); ++t)
    plan.stageOf.push_back(static_cast<int32_t>(draw.below(numStages)));
  // Without empty stages, which are no part of a plan.
  Loads loads(p);
  loads.assign(plan);
  return loads.placement();
}

TEST(LoadsTest, EveryStepEqualsEvaluate) {
  int feasible = 0;
  for (uint64_t seed : seeds(1500)) {
    Problem problem = randomProblem(seed + 400000, {9, 4});
    problem.revisit = seed % 2 == 1;
    Draw draw(seed);
    for (Device &device : problem.devices)
      if (seed % 3 == 0) {
        device.messageNs = draw.below(20);
        device.bytePs = draw.below(2000);
      }
    Loads loads(problem);
    Moves moves(loads, /*keepOrder=*/false, seed);
    loads.assign(anyPlacement(problem, draw));
    for (int step = 0; step < 12; ++step) {
      size_t mark = loads.mark();
      moves.apply(moves.any());
      expectSameAsEvaluate(loads);
      if (draw.chance(40)) {
        loads.undo(mark);
        expectSameAsEvaluate(loads);
      }
      feasible += loads.numBroken() == 0 && loads.excessBytes() == 0;
    }
    if (::testing::Test::HasFailure())
      return;
  }
  // Enough of them had figures to compare.
  EXPECT_GT(feasible, 1500 / Thinned);
}

TEST(LoadsTest, UndoBringsBackThePlan) {
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 500000, {9, 4});
    problem.revisit = true;
    Draw draw(seed);
    Loads loads(problem);
    Moves moves(loads, /*keepOrder=*/false, seed);
    Placement plan = anyPlacement(problem, draw);
    loads.assign(plan);
    Placement before = loads.placement();
    for (int step = 0; step < 20; ++step)
      moves.apply(moves.any());
    loads.undo(0);
    Placement after = loads.placement();
    EXPECT_EQ(after.stageOf, before.stageOf);
    EXPECT_EQ(after.deviceOf, before.deviceOf);
  }
}

static Result searchLocally(const Problem &problem, SolutionClass ofClass,
                            uint64_t seed = 0) {
  SolveOptions options;
  options.strategy = Strategy::LocalSearch;
  options.searchClass = ofClass;
  options.seed = seed;
  return solve(problem, options);
}

TEST(LocalSearchTest, FindsMostOptima) {
  int solvable = 0, found = 0, optimal = 0;
  for (uint64_t seed : seeds(600)) {
    Problem problem = randomProblem(seed + 600000, {6, 4});
    SolutionClass ofClass =
        seed % 2 == 0 ? SolutionClass::Contiguous : SolutionClass::FixedOrder;
    SolveOptions options;
    options.searchClass = ofClass;
    Result exact = solve(problem, options);
    if (!exact.found)
      continue;
    ++solvable;
    Result local = searchLocally(problem, ofClass);
    found += local.found;
    if (!local.found)
      continue;
    EXPECT_GE(local.evaluation.bottleneckNs, exact.evaluation.bottleneckNs)
        << describe(problem);
    EXPECT_LE(local.planClass, ofClass);
    optimal += local.evaluation.bottleneckNs == exact.evaluation.bottleneckNs;
  }
  EXPECT_GE(found, solvable * 98 / 100) << found << " of " << solvable;
  EXPECT_GE(optimal, solvable * 95 / 100) << optimal << " of " << solvable;
}

TEST(LocalSearchTest, FindsMostLeastLatencies) {
  int solvable = 0, optimal = 0;
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 650000, {6, 4});
    SolveOptions options;
    options.objective = Objective::Latency;
    Result exact = solve(problem, options);
    if (!exact.found)
      continue;
    ++solvable;
    options.strategy = Strategy::LocalSearch;
    Result local = solve(problem, options);
    if (!local.found)
      continue;
    EXPECT_GE(local.evaluation.latencyNs, exact.evaluation.latencyNs);
    EXPECT_EQ(local.strategy, Strategy::LocalSearch);
    optimal += local.evaluation.latencyNs == exact.evaluation.latencyNs;
  }
  EXPECT_GE(optimal, solvable * 95 / 100) << optimal << " of " << solvable;
}

TEST(LocalSearchTest, LatencyMayComeBackToADevice) {
  // t0 and t2 must be on device 0 and t1 on device 1: 1 + 1 + 1 and two
  // messages of 1.
  Builder builder = chain(2, {1, 1, 1}, {1, 1});
  builder.problem.tasks[0].pin = builder.problem.tasks[2].pin = 0;
  builder.problem.tasks[1].pin = 1;
  Problem problem = builder.get();
  problem.revisit = true;
  SolveOptions options;
  options.searchClass = SolutionClass::Revisiting;
  options.objective = Objective::Latency;
  Result result = solve(problem, options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.evaluation.latencyNs, 5);
}

TEST(LocalSearchTest, FindsRevisitingPlans) {
  int solvable = 0, optimal = 0;
  for (uint64_t seed : seeds(200)) {
    Problem problem = randomProblem(seed + 700000, {4, 3});
    problem.revisit = true;
    int64_t least = leastValue(
        problem, SolutionClass::Revisiting,
        [](const Evaluation &evaluation) { return evaluation.bottleneckNs; });
    SolveOptions options;
    options.searchClass = SolutionClass::Revisiting;
    Result result = solve(problem, options);
    EXPECT_LE(result.bound.value, least) << describe(problem);
    if (least == Unlimited) {
      EXPECT_FALSE(result.found);
      continue;
    }
    ++solvable;
    if (!result.found)
      continue;
    EXPECT_GE(result.evaluation.bottleneckNs, least);
    optimal += result.evaluation.bottleneckNs == least;
  }
  EXPECT_GE(optimal, solvable * 95 / 100) << optimal << " of " << solvable;
}

TEST(LocalSearchTest, ComesBackToADevice) {
  // t0 and t2 must be on device 0 and t1 on device 1.
  Builder builder = chain(2, {1, 1, 1}, {1, 1});
  builder.problem.tasks[0].pin = builder.problem.tasks[2].pin = 0;
  builder.problem.tasks[1].pin = 1;
  Problem problem = builder.get();
  EXPECT_TRUE(solve(problem, {}).provenInfeasible());
  problem.revisit = true;
  SolveOptions options;
  options.searchClass = SolutionClass::Revisiting;
  Result result = solve(problem, options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{0, 1, 0}));
  EXPECT_EQ(result.planClass, SolutionClass::Revisiting);
  EXPECT_STREQ(result.method.name, "local search");
}

TEST(LocalSearchTest, StagesInARowOnOneDeviceAreOne) {
  Builder builder = chain(2, {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1});
  int32_t pins[] = {0, 0, 1, 1, 0, 0};
  for (int32_t t = 0; t < 6; ++t)
    builder.problem.tasks[t].pin = pins[t];
  Problem problem = builder.get();
  problem.revisit = true;
  SolveOptions options;
  options.searchClass = SolutionClass::Revisiting;
  Result result = solve(problem, options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{0, 1, 0}));
}

TEST(LocalSearchTest, SwapsDevicesThatNoSingleMoveFrees) {
  // Two stages on two devices, the slow task on the slow device at first.
  Builder builder = chain(2, {1, 10}, {1});
  builder.slowDown(1, 10);
  builder.weight(8, {0});
  builder.weight(8, {1});
  for (Device &device : builder.problem.devices)
    device.memory = 14;
  Result result = searchLocally(builder.get(), SolutionClass::Contiguous);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.placement.deviceOf, (std::vector<int32_t>{1, 0}));
}

TEST(LocalSearchTest, ProbingOfShortTimesEnds) {
  // Thresholds of a few ns cannot be halved for ever; no limit would end that.
  Builder builder = chain(12, {1, 2, 1, 3}, {1, 1, 1});
  SolveOptions options;
  options.strategy = Strategy::LocalSearch;
  options.timeLimitSeconds = 1e6;
  EXPECT_EQ(solve(builder.get(), options).evaluation.bottleneckNs, 3);
}

TEST(LocalSearchTest, SameSeedSamePlan) {
  // Each searches to its last step, which takes seconds under sanitizers.
  for (uint64_t seed = 0; seed < (Thinned == 1 ? 10 : 2); ++seed) {
    Problem problem = randomProblem(seed + 800000, {30, 6});
    Result first = searchLocally(problem, SolutionClass::Contiguous, seed);
    Result second = searchLocally(problem, SolutionClass::Contiguous, seed);
    ASSERT_EQ(first.found, second.found);
    EXPECT_EQ(first.placement.stageOf, second.placement.stageOf);
    EXPECT_EQ(first.placement.deviceOf, second.placement.deviceOf);
  }
}

/// Layers over steps: each task reads what its layer made in the step before
/// and the layer before in the same step.
static Problem grid(int32_t layers, int32_t steps, Draw &draw) {
  Builder builder(3);
  for (int32_t from = 0; from < 3; ++from)
    for (int32_t to = 0; to < 3; ++to)
      if (from != to)
        builder.link(from, to, ByteRate / (2 + draw.below(3)));
  for (int32_t i = 0; i < layers * steps; ++i)
    builder.task(20 + draw.below(30));
  for (int32_t i = 0; i < layers * steps; ++i) {
    std::vector<int32_t> readers;
    if ((i + 1) % layers != 0)
      readers.push_back(i + 1);
    if (i + layers < layers * steps)
      readers.push_back(i + layers);
    if (!readers.empty())
      builder.tensor(i, readers, 20 + draw.below(100));
  }
  return builder.get();
}

/// Two branches that lie beside each other in the order, whose tensors are too
/// large to be sent, all on one device: one move takes one of them away.
TEST(LocalSearchTest, OneMoveTakesABranchAlong) {
  Builder builder(2);
  constexpr int32_t length = 4, join = 2 * length;
  for (int32_t t = 0; t < join; ++t)
    builder.task(30);
  builder.task(10);
  for (int32_t t = 0; t < join; ++t) {
    bool isLast = t + 2 >= join;
    builder.tensor(t, {isLast ? join : t + 2}, isLast ? 1 : 1000);
  }
  Problem problem = builder.get();
  Loads loads(problem);
  Moves moves(loads, /*keepOrder=*/false, /*seed=*/0);
  Placement plan{std::vector<int32_t>(join + 1, 0), {0, 1}};
  plan.stageOf[join] = 1;
  loads.assign(plan);
  EXPECT_EQ(loads.bottleneckNs(), length * 60);
  int64_t least = Unlimited;
  for (const Move &move : moves.around({0, 1}, 400)) {
    size_t mark = loads.mark();
    moves.apply(move);
    if (loads.numBroken() == 0)
      least = std::min(least, loads.bottleneckNs());
    loads.undo(mark);
  }
  EXPECT_EQ(least, length * 30 + 10);
}

/// What lies on the bottleneck's device but for less than any task can only be
/// made less by two tasks that exchange their places.
TEST(LocalSearchTest, OneMoveExchangesTwoTasks) {
  Builder builder(2);
  for (int64_t ns : {7, 5, 6, 4})
    builder.task(ns);
  Problem problem = builder.get();
  Loads loads(problem);
  Moves moves(loads, /*keepOrder=*/false, /*seed=*/0);
  loads.assign({{0, 0, 1, 1}, {0, 1}});
  int64_t least = Unlimited, withoutExchange = Unlimited;
  for (int round = 0; round < 10; ++round)
    for (const Move &move : moves.around({0}, 400)) {
      size_t mark = loads.mark();
      moves.apply(move);
      expectSameAsEvaluate(loads);
      int64_t &of = move.kind == Move::Kind::Exchange ? least : withoutExchange;
      of = std::min(of, loads.bottleneckNs());
      loads.undo(mark);
    }
  EXPECT_EQ(least, 11);
  EXPECT_GE(withoutExchange, 12);
}

TEST(LocalSearchTest, ConesKeepStagesInOrder) {
  for (uint64_t seed : seeds(200)) {
    Draw draw(seed);
    Problem problem = grid(4, 5, draw);
    Loads loads(problem);
    Moves moves(loads, /*keepOrder=*/false, seed);
    Placement plan{{}, {0, 1, 2}};
    for (int32_t t = 0; t < 20; ++t)
      plan.stageOf.push_back(t / 7);
    loads.assign(plan);
    for (int step = 0; step < 20; ++step) {
      int32_t atom = static_cast<int32_t>(draw.below(20));
      int32_t at = loads.positionOf(loads.stageOf(atom));
      int32_t last = static_cast<int32_t>(loads.order().size()) - 1;
      int32_t to = at == 0      ? 1
                   : at == last ? at - 1
                                : at + (draw.chance(50) ? 1 : -1);
      if (last == 0)
        break;
      moves.apply({Move::Kind::Cone, atom, loads.order()[to], 0, None});
      ASSERT_EQ(loads.numBroken(), 0) << seed << " step " << step;
      expectSameAsEvaluate(loads);
    }
  }
}
