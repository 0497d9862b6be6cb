//===- BruteForceTest.cpp - Exact against enumeration ---------------------===//
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
