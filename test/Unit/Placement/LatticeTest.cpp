//===- LatticeTest.cpp - Exact over all topological orders ----------------===//
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

static Result solveContiguous(const Problem &problem) {
  SolveOptions options;
  options.strategy = Strategy::Exact;
  options.searchClass = SolutionClass::Contiguous;
  options.timeLimitSeconds = 60;
  return solve(problem, options);
}

/// LB <= OPT <= UB in any case; counts where the bounds met.
static ::testing::AssertionResult agrees(const Problem &problem, uint64_t seed,
                                         int &numProven) {
  Optimum optimum = enumerateContiguous(problem);
  Result result = solveContiguous(problem);
  bool feasible = optimum.bottleneckNs != Unlimited;
  auto fail = [&](const char *what, int64_t got) {
    return ::testing::AssertionFailure()
           << what << " is " << got << ", the optimum "
           << optimum.bottleneckNs << ", seed " << seed << "\n"
           << describe(problem);
  };
  if (!feasible) {
    numProven += result.provenInfeasible;
    return result.found ? fail("found", result.evaluation.bottleneckNs)
                        : ::testing::AssertionSuccess();
  }
  if (result.provenInfeasible)
    return fail("proven infeasible", 1);
  if (result.lowerBoundNs > optimum.bottleneckNs)
    return fail("bound", result.lowerBoundNs);
  if (!result.found)
    return ::testing::AssertionSuccess();
  if (result.evaluation.bottleneckNs < optimum.bottleneckNs)
    return fail("bottleneck", result.evaluation.bottleneckNs);
  numProven += result.lowerBoundNs == result.evaluation.bottleneckNs;
  if (!evaluate(problem, result.placement).violations.empty())
    return fail("violations", 1);
  return ::testing::AssertionSuccess();
}

TEST(LatticeTest, SmallProblems) {
  int numProven = 0, count = 6000;
  for (int seed = 0; seed < count; ++seed)
    ASSERT_TRUE(agrees(randomProblem(seed, {5, 3}), seed, numProven));
  EXPECT_EQ(numProven, count);
}

TEST(LatticeTest, LargerProblems) {
  int numProven = 0, count = 1000;
  for (int seed = 0; seed < count; ++seed)
    ASSERT_TRUE(
        agrees(randomProblem(seed + 1000000, {6, 4}), seed, numProven));
  EXPECT_EQ(numProven, count);
}
