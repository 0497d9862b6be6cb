//===- EveryPlanTest.cpp - Exact plans beyond contiguous stages -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Enumeration/EveryPlan.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static int64_t timeOf(const Evaluation &evaluation, Objective objective) {
  return objective == Objective::Latency ? evaluation.latencyNs
                                         : evaluation.intervalNs;
}

/// The search alone, from nothing.
static SearchState searchAll(const Problem &problem, SolutionClass ofClass,
                             Objective objective) {
  SolveOptions options;
  options.searchClass = ofClass;
  options.objective = objective;
  options.timeLimitSeconds = 600;
  SearchState search(problem, options);
  searchEveryPlan(search);
  search.finish();
  return search;
}

TEST(EveryPlanTest, FindsAndProvesWhatEnumerationFinds) {
  int revisits = 0;
  for (uint64_t seed : seeds(500)) {
    Problem problem = randomWithEnds(seed + 1400000, {4, 3});
    problem.revisit = true;
    for (Objective objective : {Objective::Throughput, Objective::Latency}) {
      SearchState search =
          searchAll(problem, SolutionClass::Revisiting, objective);
      int64_t least = leastValue(
          problem, SolutionClass::Revisiting,
          [&](const Evaluation &found) { return timeOf(found, objective); });
      ASSERT_EQ(search.upper(), least) << seed << "\n" << describe(problem);
      ASSERT_EQ(search.lower(), least) << seed << "\n" << describe(problem);
      revisits += search.result.planClass == SolutionClass::Revisiting;
    }
  }
  EXPECT_GT(revisits, 30 / Thinned);
}

/// Every list of devices for each stage of every staging.
static int64_t leastReplicated(const Problem &problem) {
  int64_t least = Unlimited;
  Placement plan;
  std::vector<int32_t> isUsed(problem.devices.size(), 0);
  auto tryDevices = [&](auto &&self, size_t stage, size_t numStages) -> void {
    if (stage == numStages) {
      Evaluation found = evaluate(problem, plan);
      if (found.violations.empty())
        least = std::min(least, found.intervalNs);
      return;
    }
    std::vector<int32_t> list;
    auto extend = [&](auto &&again) -> void {
      if (!list.empty()) {
        plan.deviceOf.push_back(list.front());
        plan.replicas.emplace_back(list.begin() + 1, list.end());
        for (int32_t d : list)
          ++isUsed[d];
        self(self, stage + 1, numStages);
        for (int32_t d : list)
          --isUsed[d];
        plan.deviceOf.pop_back();
        plan.replicas.pop_back();
      }
      for (int32_t d = 0; d < static_cast<int32_t>(problem.devices.size()); ++d)
        if (std::find(list.begin(), list.end(), d) == list.end() &&
            (problem.revisit || !isUsed[d])) {
          list.push_back(d);
          again(again);
          list.pop_back();
        }
    };
    extend(extend);
  };
  for (size_t count = 1; count <= problem.tasks.size(); ++count)
    forEachStaging(problem, count, [&](const std::vector<int32_t> &stageOf) {
      plan.stageOf = stageOf;
      tryDevices(tryDevices, 0, count);
    });
  return least;
}

TEST(EveryPlanTest, ReplicatedPlansAreTheBestThatThereAre) {
  int replicated = 0;
  for (uint64_t seed : seeds(200)) {
    Problem problem = randomProblem(seed + 1500000, {3, 3});
    problem.replicate = true;
    problem.revisit = seed % 4 == 0;
    // Lists of devices to the power of stages are many otherwise.
    if (problem.revisit)
      problem.maxStages = 2;
    problem.minStages = 0;
    SearchState search =
        searchAll(problem, SolutionClass::Replicating, Objective::Throughput);
    int64_t least = leastReplicated(problem);
    ASSERT_EQ(search.upper(), least) << seed << "\n" << describe(problem);
    ASSERT_EQ(search.lower(), least) << seed << "\n" << describe(problem);
    replicated += search.result.planClass == SolutionClass::Replicating;
  }
  EXPECT_GT(replicated, 10 / Thinned);
}

/// Too many steps: what was found stays, and nothing is proven.
TEST(EveryPlanTest, ProvesNothingWhereItDoesNotEnd) {
  Builder builder(6);
  for (int32_t t = 0; t < 20; ++t)
    builder.task(1000 + 37 * t % 11);
  for (int32_t d = 0; d < 6; ++d)
    builder.slowDown(d, 2 + d);
  builder.problem.revisit = true;
  SearchState search = searchAll(builder.get(), SolutionClass::Revisiting,
                                 Objective::Throughput);
  EXPECT_TRUE(search.result.found);
  EXPECT_EQ(search.lower(), 0);
}

/// Lists of twelve devices are 10^9: they count as steps, whether a stage comes
/// of them or not.
TEST(EveryPlanTest, ListsOfDevicesCountAsSteps) {
  for (bool canCut : {true, false}) {
    Builder builder = chain(12, {1000, 1001, 1002}, {8, 8});
    for (int32_t d = 0; d < 12; ++d)
      builder.slowDown(d, 2 + d);
    for (Tensor &tensor : builder.problem.tensors)
      tensor.canCut = canCut;
    builder.problem.replicate = true;
    SearchState search = searchAll(builder.get(), SolutionClass::Replicating,
                                   Objective::Throughput);
    EXPECT_TRUE(search.result.found);
    EXPECT_EQ(search.lower(), 0);
    EXPECT_FALSE(search.hasClockStruck());
  }
}

TEST(EveryPlanTest, SolvesWideClassesOfSmallProblems) {
  for (uint64_t seed : seeds(150)) {
    Problem problem = randomProblem(seed + 1600000, {4, 3});
    problem.replicate = true;
    problem.minStages = 0;
    SolveOptions options;
    options.searchClass = SolutionClass::Replicating;
    options.timeLimitSeconds = 600;
    options.strategy = seed % 2 ? Strategy::Auto : Strategy::Exact;
    Result result = solve(problem, options);
    int64_t least = leastReplicated(problem);
    int64_t found = result.found ? result.evaluation.intervalNs : Unlimited;
    EXPECT_EQ(found, least) << seed << "\n" << describe(problem);
    EXPECT_EQ(result.bound.value, least) << seed << "\n" << describe(problem);
    EXPECT_FALSE(result.stoppedByClock);
  }
}
