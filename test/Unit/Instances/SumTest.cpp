//===- SumTest.cpp - The SUM model against enumeration --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Sum.h"
#include "../Seeds.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <random>

using namespace onnx_split::placement;
using onnx_split::test::seeds;

namespace {

SumProblem randomProblem(std::mt19937 &random) {
  auto below = [&](int n) { return static_cast<int32_t>(random() % n); };
  SumProblem problem;
  problem.numAccelerators = below(4);
  problem.numCpus = below(problem.numAccelerators ? 2 : 3);
  if (problem.numAccelerators + problem.numCpus == 0)
    problem.numAccelerators = 1;
  int32_t n = below(7);
  for (int32_t t = 0; t < n; ++t)
    problem.tasks.push_back({below(3) * below(9), below(3) * below(20),
                             below(2) * below(6), below(5),
                             below(3) ? None : below(3), below(8) != 0});
  for (int32_t a = 0; a < n; ++a)
    for (int32_t b = a + 1; b < n; ++b)
      if (below(3) == 0)
        problem.edges.emplace_back(a, b);
  if (below(2))
    problem.capacity = 2 + below(12);
  // Edges lead to higher numbers, so that nothing forward reads what is
  // backward.
  if (below(2))
    for (int32_t t = below(n + 1); t < n; ++t)
      problem.tasks[t].isBackward = true;
  return problem;
}

/// Whether the class of the task, which is itself where it has none, has a
/// forward task.
bool hasForward(const SumProblem &problem, int32_t task) {
  const SumTask &self = problem.tasks[task];
  return !self.isBackward ||
         std::any_of(problem.tasks.begin(), problem.tasks.end(),
                     [&](const SumTask &other) {
                       return !other.isBackward &&
                              other.colour == self.colour &&
                              self.colour != None;
                     });
}

/// By trying all orders of the devices.
bool hasOrder(const SumProblem &problem, const std::vector<int32_t> &plan) {
  std::vector<int32_t> rank(problem.numAccelerators + problem.numCpus);
  std::iota(rank.begin(), rank.end(), 0);
  do {
    bool forward = true;
    for (auto [from, to] : problem.edges)
      if (!problem.tasks[to].isBackward)
        forward &= rank[plan[from]] <= rank[plan[to]];
      else if (problem.tasks[from].isBackward &&
               !(hasForward(problem, from) && hasForward(problem, to)))
        forward &= rank[plan[from]] >= rank[plan[to]];
    if (forward)
      return true;
  } while (std::next_permutation(rank.begin(), rank.end()));
  return false;
}

/// The least objective over all plans of a class; Unlimited if there is none.
int64_t enumerate(const SumProblem &problem, bool contiguous) {
  int32_t devices = problem.numAccelerators + problem.numCpus;
  std::vector<int32_t> plan(problem.tasks.size());
  int64_t least = Unlimited;
  for (;;) {
    SumEvaluation evaluation = evaluateSum(problem, plan);
    if (evaluation.feasible && evaluation.objective < least &&
        (!contiguous || hasOrder(problem, plan)))
      least = evaluation.objective;
    size_t t = 0;
    for (; t < plan.size() && ++plan[t] == devices; ++t)
      plan[t] = 0;
    if (t == plan.size())
      return least;
  }
}

/// What a result of the class must satisfy given the optimum; empty or why not.
std::string contradiction(const SumProblem &problem, const SumResult &result,
                          int64_t optimum) {
  if (result.lowerBound > optimum)
    return "the bound passes the optimum";
  if (result.provenInfeasible && optimum != Unlimited)
    return "there is a plan";
  if (!result.found)
    return "";
  SumEvaluation evaluation = evaluateSum(problem, result.deviceOf);
  if (!evaluation.feasible || evaluation.objective != result.objective)
    return "the plan is not what it says";
  return result.objective < optimum ? "better than the optimum" : "";
}

TEST(Sum, ContiguousEqualsEnumeration) {
  std::mt19937 random(1);
  for (uint64_t i : seeds(20000)) {
    SumProblem problem = randomProblem(random);
    ASSERT_EQ(problem.check(), "");
    int64_t optimum = enumerate(problem, /*contiguous=*/true);
    SumResult result = solveSum(problem, {});
    ASSERT_EQ(contradiction(problem, result, optimum), "") << i;
    ASSERT_EQ(result.objective, optimum) << i;
    if (result.found) {
      EXPECT_TRUE(hasOrder(problem, result.deviceOf)) << i;
      EXPECT_EQ(result.lowerBound, optimum) << i;
    } else {
      EXPECT_TRUE(result.provenInfeasible) << i;
    }
  }
}

TEST(Sum, AnOrderOfDevicesIsFoundIfThereIsOne) {
  std::mt19937 random(4);
  int contiguous = 0, others = 0;
  for (uint64_t i : seeds(2000)) {
    SumProblem problem = randomProblem(random);
    std::vector<int32_t> plan;
    for (size_t t = 0; t < problem.tasks.size(); ++t)
      plan.push_back(static_cast<int32_t>(
          random() % (problem.numAccelerators + problem.numCpus)));
    bool expected = hasOrder(problem, plan);
    ASSERT_EQ(isContiguous(problem, plan), expected) << i;
    ++(expected ? contiguous : others);
  }
  EXPECT_GT(contiguous, 2);
  EXPECT_GT(others, 2);
}

TEST(Sum, BoundsHoldForAnyPlan) {
  std::mt19937 random(2);
  SumOptions options;
  options.searchClass = SolutionClass::Revisiting;
  options.maxRounds = 0;
  for (uint64_t i : seeds(5000)) {
    SumProblem problem = randomProblem(random);
    int64_t optimum = enumerate(problem, /*contiguous=*/false);
    SumResult result = solveSum(problem, options);
    ASSERT_EQ(contradiction(problem, result, optimum), "") << i;
  }
}

TEST(Sum, AnnealingFindsTheBestPlanOfFewTasks) {
  std::mt19937 random(3);
  auto below = [&](int n) { return static_cast<int32_t>(random() % n); };
  SumOptions options;
  options.searchClass = SolutionClass::Revisiting;
  // Each round tries far more moves than there are placements.
  options.maxRounds = 2;
  int wider = 0;
  for (uint64_t i : seeds(20)) {
    SumProblem problem;
    problem.numAccelerators = 3;
    problem.capacity = 18;
    for (int32_t t = 0; t < 8; ++t) {
      problem.tasks.push_back(
          {1 + below(20), 0, 1 + below(4), 1 + below(4), None, true});
      for (int32_t from = 0; from < t; ++from)
        if (below(3) == 0)
          problem.edges.emplace_back(from, t);
    }
    int64_t contiguous = solveSum(problem, {}).objective;
    SumResult result = solveSum(problem, options);
    ASSERT_EQ(result.found, contiguous != Unlimited) << i;
    if (!result.found)
      continue;
    ASSERT_EQ(result.objective, enumerate(problem, /*contiguous=*/false)) << i;
    wider += result.objective < contiguous;
  }
  EXPECT_GT(wider, 2);
}

TEST(Sum, AnnealingIsRepeatable) {
  // Ten pairs of tasks that exchange data both ways round a ring.
  SumProblem problem;
  problem.numAccelerators = 3;
  for (int32_t t = 0; t < 20; ++t) {
    problem.tasks.push_back({10 + t * 7 % 11, 0, 1 + t % 3, 0, None, true});
    if (t >= 3)
      problem.edges.push_back({t - 3, t});
  }
  SumOptions options;
  options.searchClass = SolutionClass::Revisiting;
  options.maxRounds = 2;
  SumResult one = solveSum(problem, options),
            other = solveSum(problem, options);
  EXPECT_TRUE(one.found);
  EXPECT_EQ(one.deviceOf, other.deviceOf);
}

TEST(Sum, ABackwardTaskFollowsItsColour) {
  // A row forward and the same row back, in colours that tie both passes: any
  // cut of the row will do, though a device then has tasks from both ends.
  SumProblem problem;
  problem.numAccelerators = 2;
  for (int32_t t = 0; t < 4; ++t) {
    problem.tasks.push_back({10, 0, 1, 0, t < 2 ? t : 3 - t, true, t >= 2});
    if (t > 0)
      problem.edges.push_back({t - 1, t});
  }
  SumResult result = solveSum(problem, {});
  // 20 of its own, and what goes over the cut on both ways.
  EXPECT_EQ(result.objective, 22);
  EXPECT_EQ(result.lowerBound, 22);
  for (SumTask &task : problem.tasks)
    task.isBackward = false;
  // As one pass the colours close a cycle.
  EXPECT_EQ(solveSum(problem, {}).objective, 40);
}

TEST(Sum, AnUncolouredBackwardTaskFollowsItsMirror) {
  // 0 is forward, 1 and 2 are backward and 2 has the class of 0: the mirror
  // image of 1 comes after 0.
  SumProblem problem;
  problem.numAccelerators = 2;
  problem.tasks = {{10, 0, 0, 0, 5, true, false},
                   {10, 0, 0, 0, None, true, true},
                   {10, 0, 0, 0, 5, true, true}};
  problem.edges = {{0, 1}, {1, 2}};
  EXPECT_EQ(contiguityEdges(problem),
            (std::vector<std::pair<int32_t, int32_t>>{{2, 1}}));
  EXPECT_EQ(solveSum(problem, {}).objective, 20);
}

TEST(Sum, NothingForwardReadsWhatIsBackward) {
  SumProblem problem;
  problem.tasks.resize(2);
  problem.tasks[0].isBackward = true;
  problem.edges = {{0, 1}};
  EXPECT_EQ(problem.check(),
            "task 1 of the forward pass reads task 0 of the backward pass");
}

TEST(Sum, AtomsThatCostNothingGoWithTheirNeighbour) {
  // 20 tasks without cost before a row of three have 2^20 ideals, far more than
  // are searched.
  SumProblem problem;
  problem.numAccelerators = 2;
  problem.tasks = {{10, 0, 3, 0, None, true},
                   {4, 0, 3, 0, None, true},
                   {10, 0, 3, 0, None, true}};
  problem.edges = {{0, 1}, {1, 2}};
  for (int32_t t = 3; t < 23; ++t) {
    problem.tasks.push_back({0, 0, 3, 0, None, true});
    problem.edges.push_back({t, 0});
  }
  SumResult result = solveSum(problem, {});
  EXPECT_EQ(result.objective, 17);
  EXPECT_EQ(result.boundName, "exact");
}

TEST(Sum, AWrongBoundIsCaught) {
  SumProblem problem;
  problem.tasks = {{5, 0, 0, 0, None, true}};
  SumResult result = solveSum(problem, {});
  EXPECT_EQ(contradiction(problem, result, 5), "");
  ++result.lowerBound;
  EXPECT_EQ(contradiction(problem, result, 5), "the bound passes the optimum");
}

TEST(Sum, CountsEachProducerOncePerAccelerator) {
  // Task 0 has two readers on accelerator 1 and one on the CPU.
  SumProblem problem;
  problem.numAccelerators = 2;
  problem.numCpus = 1;
  problem.tasks = {{10, 0, 3, 0, None, true},
                   {20, 0, 7, 0, None, true},
                   {30, 0, 0, 0, None, true},
                   {0, 40, 0, 0, None, true}};
  problem.edges = {{0, 1}, {0, 2}, {0, 3}, {1, 2}};
  SumEvaluation evaluation = evaluateSum(problem, {0, 1, 1, 2});
  EXPECT_EQ(evaluation.load, (std::vector<int64_t>{13, 53, 40}));
  EXPECT_EQ(evaluation.objective, 53);
}

} // namespace
