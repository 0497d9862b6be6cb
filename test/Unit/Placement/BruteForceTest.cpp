//===- BruteForceTest.cpp - Exact against enumeration ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

#include <set>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static Result solveExact(const Problem &problem) {
  SolveOptions options;
  options.strategy = Strategy::Exact;
  options.searchClass = SolutionClass::FixedOrder;
  options.timeLimitSeconds = 60;
  return solve(problem, options);
}

/// Compares the value, the proof and the feasibility.
static ::testing::AssertionResult agrees(const Problem &problem,
                                         uint64_t seed) {
  auto fail = [&](const char *what, int64_t got, int64_t wanted) {
    return ::testing::AssertionFailure()
           << what << ": " << got << " instead of " << wanted << ", seed "
           << seed << "\n"
           << describe(problem);
  };
  if (std::string message = problem.check(); !message.empty())
    return ::testing::AssertionFailure() << message << ", seed " << seed;
  Optimum optimum = enumerateFixedOrder(problem);
  Result result = solveExact(problem);
  bool feasible = optimum.bottleneckNs != Unlimited;
  if (result.found != feasible)
    return fail("feasible", result.found, feasible);
  if (!feasible)
    return result.provenInfeasible() ? ::testing::AssertionSuccess()
                                     : fail("proven infeasible", 0, 1);
  Evaluation evaluation = evaluate(problem, result.placement);
  if (!evaluation.violations.empty())
    return ::testing::AssertionFailure()
           << evaluation.violations.front() << ", seed " << seed;
  if (result.evaluation.bottleneckNs != optimum.bottleneckNs)
    return fail("bottleneck", result.evaluation.bottleneckNs,
                optimum.bottleneckNs);
  if (result.bound.value != optimum.bottleneckNs)
    return fail("bound", result.bound.value, optimum.bottleneckNs);
  return ::testing::AssertionSuccess();
}

TEST(BruteForceTest, SmallProblems) {
  for (uint64_t seed : seeds(6000))
    ASSERT_TRUE(agrees(randomProblem(seed, {5, 3}), seed));
}

TEST(BruteForceTest, LargerProblems) {
  for (uint64_t seed : seeds(2000))
    ASSERT_TRUE(agrees(randomProblem(seed + 1000000, {7, 4}), seed));
}

/// Every list of `numDigits` numbers below the base.
static void
forEachNumber(size_t numDigits, size_t base,
              const std::function<void(const std::vector<int32_t> &)> &visit) {
  size_t total = 1;
  for (size_t i = 0; i < numDigits; ++i)
    total *= base;
  for (size_t code = 0; code < total; ++code) {
    std::vector<int32_t> digits;
    size_t rest = code;
    for (size_t i = 0; i < numDigits; ++i, rest /= base)
      digits.push_back(static_cast<int32_t>(rest % base));
    visit(digits);
  }
}

/// What enumeration leaves out, evaluate() refuses on any devices.
TEST(BruteForceTest, WhatIsLeftOutIsNoPlan) {
  int64_t numLeftOut = 0;
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed, {4, 2});
    size_t numTasks = problem.tasks.size();
    for (size_t numStages = 1; numStages <= numTasks; ++numStages) {
      std::set<std::vector<int32_t>> visited;
      forEachStaging(problem, numStages, [&](const std::vector<int32_t> &s) {
        EXPECT_TRUE(visited.insert(s).second);
      });
      forEachNumber(numTasks, numStages, [&](const std::vector<int32_t> &s) {
        if (visited.count(s))
          return;
        forEachNumber(
            numStages, problem.devices.size(),
            [&](const std::vector<int32_t> &devices) {
              ++numLeftOut;
              EXPECT_FALSE(evaluate(problem, {s, devices}).violations.empty())
                  << describe(problem);
            });
      });
    }
  }
  EXPECT_GT(numLeftOut, 20000 / Thinned);
}
