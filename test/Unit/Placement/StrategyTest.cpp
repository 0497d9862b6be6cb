//===- StrategyTest.cpp - Properties of all strategies --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static constexpr Strategy AllStrategies[] = {Strategy::Auto, Strategy::Exact,
                                             Strategy::KPath, Strategy::Greedy,
                                             Strategy::Random};

static Result solveWith(const Problem &problem, Strategy strategy,
                        uint64_t seed = 0, double seconds = 10) {
  SolveOptions options;
  options.strategy = strategy;
  options.seed = seed;
  options.timeLimitSeconds = seconds;
  return solve(problem, options);
}

/// A long residual network on unequal devices.
static Problem network(int32_t numTasks, int32_t numDevices, uint64_t seed,
                       bool limited) {
  Draw draw(seed);
  Builder builder(numDevices);
  for (int32_t t = 0; t < numTasks; ++t)
    builder.task(1000 + draw.below(100000));
  for (int32_t t = 0; t + 1 < numTasks; ++t) {
    std::vector<int32_t> readers{t + 1};
    if (t % 10 == 0 && t + 9 < numTasks)
      readers.push_back(t + 9);
    builder.tensor(t, readers, 2000 + draw.below(40000));
  }
  int64_t total = 0;
  for (int32_t t = 0; t < numTasks; t += 3) {
    int64_t bytes = draw.below(100000);
    total += bytes;
    builder.weight(bytes, {t});
  }
  for (int32_t d = 0; d < numDevices; ++d) {
    builder.slowDown(d, 1 + draw.below(6));
    if (limited)
      builder.problem.devices[d].memory =
          2 * total / numDevices + draw.below(100000) + 400000;
  }
  for (Link &link : builder.problem.links)
    link = {ByteRate / (1 + draw.below(50)), draw.below(5000)};
  return builder.get();
}

TEST(StrategyTest, FeasibleAndNeverBetterThanExact) {
  int found = 0;
  for (uint64_t seed : seeds(800)) {
    Problem p = randomProblem(seed + 5000);
    Result exact = solveWith(p, Strategy::Exact);
    for (Strategy strategy : AllStrategies) {
      Result result = solveWith(p, strategy, seed);
      EXPECT_FALSE(result.found && exact.provenInfeasible());
      if (!result.found)
        continue;
      ++found;
      Evaluation evaluation = evaluate(p, result.placement);
      EXPECT_TRUE(evaluation.violations.empty()) << describe(p);
      EXPECT_EQ(evaluation.bottleneckNs, result.evaluation.bottleneckNs);
      EXPECT_GE(evaluation.bottleneckNs, exact.evaluation.bottleneckNs);
      EXPECT_LE(result.bound.value, exact.evaluation.bottleneckNs);
      EXPECT_STRNE(result.method.name, Method().name);
    }
  }
  // The baselines succeed often enough for this to mean something.
  EXPECT_GT(found, 1500 / Thinned);
}

TEST(StrategyTest, BoundsHoldForEveryTopologicalOrder) {
  for (uint64_t seed : seeds(1500)) {
    Problem p = randomProblem(seed + 9000, {5, 3});
    Optimum optimum = enumerateContiguous(p);
    Result greedy = solveWith(p, Strategy::Greedy);
    if (optimum.bottleneckNs == Unlimited)
      continue;
    EXPECT_GE(greedy.bound.ofClass, SolutionClass::Contiguous);
    EXPECT_LE(greedy.bound.value, optimum.bottleneckNs)
        << toString(greedy.bound) << ", seed " << seed << "\n"
        << describe(p);
    Result exact = solveWith(p, Strategy::Exact);
    if (exact.found && exact.bound.ofClass != SolutionClass::FixedOrder) {
      EXPECT_LE(exact.bound.value, optimum.bottleneckNs) << describe(p);
    }
  }
}

TEST(StrategyTest, WorkBoundIsTightForProportionalSpeeds) {
  // 30 ns of work, speeds 1 and 1/2: 20.
  Builder builder = chain(2, {5, 5, 5, 5, 5, 5}, {0, 0, 0, 0, 0});
  builder.slowDown(1, 2);
  EXPECT_EQ(solveWith(builder.get(), Strategy::Greedy).bound.value, 20);
}

TEST(StrategyTest, FasterDeviceNeverHurts) {
  for (uint64_t seed : seeds(400)) {
    Problem p = randomProblem(seed + 20000);
    Result before = solveWith(p, Strategy::Exact);
    if (!before.found)
      continue;
    Draw draw(seed);
    Problem faster = p;
    size_t n = p.tasks.size();
    size_t row = p.devices[draw.below(static_cast<int64_t>(p.devices.size()))]
                     .speedClass;
    for (size_t t = 0; t < n; ++t)
      if (int64_t &time = faster.taskTime[row * n + t]; time != Unlimited)
        time -= time / 3;
    for (Link &link : faster.links)
      if (link.bitsPerSecond != Unlimited && draw.chance(50))
        link.bitsPerSecond *= 2;
    faster.devices[0].memory =
        addSaturating(faster.devices[0].memory, draw.below(30));
    Result after = solveWith(faster, Strategy::Exact);
    ASSERT_TRUE(after.found);
    EXPECT_LE(after.evaluation.bottleneckNs, before.evaluation.bottleneckNs);
  }
}

TEST(StrategyTest, NamesOfDevicesDoNotMatter) {
  for (uint64_t seed : seeds(400)) {
    Problem p = randomProblem(seed + 30000);
    size_t numDevices = p.devices.size();
    // Reverses the devices.
    auto moved = [&](int32_t d) {
      return d == None ? None : static_cast<int32_t>(numDevices) - 1 - d;
    };
    Problem other = p;
    std::reverse(other.devices.begin(), other.devices.end());
    std::reverse(other.links.begin(), other.links.end());
    std::reverse(other.mediumOf.begin(), other.mediumOf.end());
    other.ingress = moved(p.ingress);
    other.egress = moved(p.egress);
    for (Task &task : other.tasks)
      task.pin = moved(task.pin);
    Result one = solveWith(p, Strategy::Exact);
    Result two = solveWith(other, Strategy::Exact);
    EXPECT_EQ(one.found, two.found);
    EXPECT_EQ(one.evaluation.bottleneckNs, two.evaluation.bottleneckNs);
  }
}

TEST(StrategyTest, SameInputSamePlacement) {
  for (int32_t numDevices : {4, 12}) {
    Problem p = network(120, numDevices, 7, true);
    for (Strategy strategy : AllStrategies) {
      // Exact search over 12 unequal devices may meet its limit.
      if (numDevices > 10 && strategy == Strategy::Exact)
        continue;
      Result one = solveWith(p, strategy, 3), two = solveWith(p, strategy, 3);
      EXPECT_EQ(one.placement.stageOf, two.placement.stageOf);
      EXPECT_EQ(one.placement.deviceOf, two.placement.deviceOf);
      EXPECT_EQ(one.bound.value, two.bound.value);
    }
  }
}

TEST(StrategyTest, RandomFollowsItsSeed) {
  Problem p = network(120, 12, 8, false);
  Result one = solveWith(p, Strategy::Random, 1);
  Result two = solveWith(p, Strategy::Random, 2);
  ASSERT_TRUE(one.found && two.found);
  EXPECT_NE(one.placement.deviceOf, two.placement.deviceOf);
}

TEST(StrategyTest, LargeNetworkIsProven) {
  Problem p = network(900, 4, 1, true);
  Result result = solveWith(p, Strategy::Auto);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.bound.value, result.evaluation.bottleneckNs);
  for (Strategy strategy :
       {Strategy::Greedy, Strategy::KPath, Strategy::Random}) {
    Result other = solveWith(p, strategy);
    if (other.found) {
      EXPECT_GE(other.evaluation.bottleneckNs, result.evaluation.bottleneckNs);
    }
  }
}

/// Twenty tasks in any order have a million ideals, which one stage does not
/// care about.
TEST(StrategyTest, OneStageIsTheSameInAnyOrder) {
  Builder builder(2);
  for (int32_t t = 0; t < 20; ++t)
    builder.weight(10, {builder.task(5)});
  builder.slowDown(1, 2);
  builder.problem.maxStages = 1;
  builder.problem.devices[0].memory = 199;
  Result result = solveWith(builder.get(), Strategy::Exact);
  EXPECT_EQ(result.evaluation.bottleneckNs, 200);
  EXPECT_EQ(result.bound.value, 200);
  builder.problem.devices[1].memory = 199;
  result = solveWith(builder.get(), Strategy::Exact);
  EXPECT_FALSE(result.found);
  EXPECT_TRUE(result.provenInfeasible());
}

TEST(StrategyTest, ManyDevices) {
  // 24 unequal devices make 2^24 sets, too many for exact search.
  Problem p = network(60, 24, 2, true);
  Result result = solveWith(p, Strategy::Auto, 0, 2);
  ASSERT_TRUE(result.found);
  EXPECT_TRUE(evaluate(p, result.placement).violations.empty());
  EXPECT_LT(result.bound.value, result.evaluation.bottleneckNs);
  EXPECT_NE(toString(result.bound), "exact");
  EXPECT_TRUE(result.stoppedByClock);
  for (Strategy strategy : {Strategy::Greedy, Strategy::KPath}) {
    Result other = solveWith(p, strategy);
    ASSERT_TRUE(other.found);
    EXPECT_LT(result.evaluation.bottleneckNs, other.evaluation.bottleneckNs);
  }
}

/// Dense skips and 14 unequal devices: no proof within seconds.
static Problem denseProblem() {
  Builder builder(14);
  Draw draw(5);
  for (int32_t t = 0; t < 400; ++t)
    builder.task(100 + draw.below(1000));
  for (int32_t t = 0; t < 399; ++t) {
    std::vector<int32_t> readers;
    for (int32_t r = t + 1; r < 400;
         r += 1 + static_cast<int32_t>(draw.below(60)))
      readers.push_back(r);
    builder.tensor(t, readers, draw.below(20));
  }
  for (int32_t d = 0; d < 14; ++d)
    builder.slowDown(d, 1 + d);
  for (Link &link : builder.problem.links)
    link = {ByteRate / (1 + draw.below(9)), draw.below(20)};
  return builder.get();
}

/// 2^19 sets of devices are too many for labels of each: what is left of the
/// search over the given order is a beam, which proves nothing.
TEST(StrategyTest, BeamIsNoExactMethod) {
  SolveOptions options;
  options.strategy = Strategy::Exact;
  options.searchClass = SolutionClass::FixedOrder;
  options.timeLimitSeconds = 2;
  for (int32_t numDevices : {2, 19}) {
    Builder builder = chain(numDevices, std::vector<int64_t>(24, 1000000),
                            std::vector<int64_t>(23, 10));
    for (int32_t d = 0; d < numDevices; ++d)
      builder.slowDown(d, 1 + d);
    Result result = solve(builder.get(), options);
    ASSERT_TRUE(result.found);
    bool isBeam = numDevices > 18;
    EXPECT_STREQ(result.method.name,
                 isBeam ? "beam search" : "fixed-order search");
    EXPECT_EQ(result.method.isExact, !isBeam);
  }
}

TEST(StrategyTest, StopEndsTheSearch) {
  std::atomic<bool> stop{false};
  SolveOptions options;
  options.timeLimitSeconds = 600;
  options.stop = &stop;
  // Set from within, as soon as there is a plan.
  options.progress = [&](int64_t upper, int64_t) { stop = upper != Unlimited; };
  Result result = solve(denseProblem(), options);
  ASSERT_TRUE(result.found);
  EXPECT_TRUE(stop);
  EXPECT_LT(result.bound.value, result.evaluation.bottleneckNs);
}

TEST(StrategyTest, TimeLimitIsKept) {
  Problem p = denseProblem();
  auto start = std::chrono::steady_clock::now();
  Result result = solveWith(p, Strategy::Exact, 0, 0.5);
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  EXPECT_LE(seconds, 0.5 * 1.1 + 0.2);
  ASSERT_TRUE(result.found);
  EXPECT_LT(result.bound.value, result.evaluation.bottleneckNs);
  EXPECT_NE(toString(result.bound), "exact");
}

TEST(StrategyTest, TellsWhereTheClockStruck) {
  int struck = 0, ended = 0;
  for (uint64_t seed : seeds(300)) {
    Problem p = randomProblem(seed + 7000, {9, 4});
    for (Strategy strategy : {Strategy::Auto, Strategy::LocalSearch})
      for (double seconds : {1e-7, 1e-4, 3e-4, 1e-3, 5e-2}) {
        Result hurried = solveWith(p, strategy, seed, seconds);
        struck += hurried.stoppedByClock;
        if (hurried.stoppedByClock)
          continue;
        // The time that there was left made no difference.
        ++ended;
        Result patient = solveWith(p, strategy, seed, 600);
        EXPECT_FALSE(patient.stoppedByClock);
        EXPECT_EQ(hurried.placement.stageOf, patient.placement.stageOf);
        EXPECT_EQ(hurried.placement.deviceOf, patient.placement.deviceOf);
        EXPECT_EQ(toString(hurried.bound), toString(patient.bound));
        EXPECT_EQ(hurried.bound.value, patient.bound.value);
      }
  }
  EXPECT_GT(struck, 10);
  EXPECT_GT(ended, 10);
}

TEST(StrategyTest, ShortTimeLimitStillFindsAPlacement) {
  Problem p = network(200, 18, 3, true);
  std::clock_t begin = std::clock();
  Result result = solveWith(p, Strategy::Auto, 0, 0.05);
  // Of the processor, which other programs do not lengthen.
  double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_TRUE(result.found);
  EXPECT_LE(seconds, 0.05 * 1.1 + 0.2);
}

TEST(StrategyTest, WithoutTimeAllIsOnTheFastestDeviceThatHoldsIt) {
  Builder builder = chain(4, {5, 6}, {1});
  builder.weight(30, {0});
  builder.weight(30, {1});
  for (int32_t slow : {0, 2})
    builder.slowDown(slow, 3);
  Problem p = builder.get();
  p.devices[1].memory = 40;
  for (SolutionClass ofClass :
       {SolutionClass::Contiguous, SolutionClass::Revisiting}) {
    p.revisit = ofClass == SolutionClass::Revisiting;
    SolveOptions options;
    options.searchClass = ofClass;
    options.timeLimitSeconds = 0;
    Result result = solve(p, options);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.placement.deviceOf, std::vector<int32_t>{3});
    EXPECT_TRUE(result.stoppedByClock);
  }
}

TEST(StrategyTest, GapEndsTheSearchEarly) {
  Problem p = network(900, 4, 1, true);
  SolveOptions options;
  options.gap = 0.5;
  Result result = solve(p, options);
  ASSERT_TRUE(result.found);
  double upper = static_cast<double>(result.evaluation.bottleneckNs);
  EXPECT_LE(upper - static_cast<double>(result.bound.value), 0.5 * upper);
}

TEST(StrategyTest, ProgressIsMonotone) {
  Problem p = network(900, 4, 3, true);
  SolveOptions options;
  int64_t lastUpper = Unlimited, lastLower = 0;
  int calls = 0;
  options.progress = [&](int64_t upper, int64_t lower) {
    EXPECT_LE(upper, lastUpper);
    EXPECT_GE(lower, lastLower);
    EXPECT_LE(lower, upper);
    lastUpper = upper;
    lastLower = lower;
    ++calls;
  };
  solve(p, options);
  EXPECT_GT(calls, 1);
}
