//===- EndsTest.cpp - Ingress and egress on different devices -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The link from the ingress to the egress device carries messages of up to
/// three kinds, which stages far apart from each other add to: inputs, outputs
/// and wires.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static Result solveExact(const Problem &problem, SolutionClass ofClass) {
  SolveOptions options;
  options.strategy = Strategy::Exact;
  options.searchClass = ofClass;
  options.timeLimitSeconds = 60;
  return solve(problem, options);
}

/// Two tasks apart, each with an input and an output of its own.
static Builder twoApart(int64_t time, int64_t bytes) {
  Builder builder(2);
  for (int32_t t = 0; t < 2; ++t) {
    builder.task(time);
    builder.tensor(None, {t}, bytes);
    builder.problem.tensors[builder.tensor(t, {}, bytes)].isOutput = true;
  }
  builder.problem.ingress = 0;
  builder.problem.egress = 1;
  return builder;
}

TEST(EndsTest, TwoTasksApart) {
  // Inputs, outputs and tasks of 10 ns each. Whoever runs which task, two of
  // the four tensors pass the link, and a device alone computes for 20 ns.
  for (SolutionClass ofClass :
       {SolutionClass::FixedOrder, SolutionClass::Contiguous}) {
    Result result = solveExact(twoApart(10, 10).get(), ofClass);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.evaluation.bottleneckNs, 20);
    EXPECT_EQ(result.bound.value, 20);
  }
  // Where tasks take longer than messages, they part.
  Result result = solveExact(twoApart(15, 10).get(), SolutionClass::Contiguous);
  EXPECT_EQ(result.evaluation.bottleneckNs, 20);
  EXPECT_EQ(result.placement.deviceOf.size(), 2u);
}

/// Without overheads every optimum is found and proven; with them the search
/// over the given order knows less, so that it may leave some open.
static void compare(uint64_t numSeeds, const RandomLimits &limits,
                    uint64_t firstSeed, SolutionClass ofClass) {
  int loaded = 0;
  for (uint64_t seed : seeds(numSeeds)) {
    Problem problem = randomWithEnds(firstSeed + seed, limits);
    if (problem.hasOverheads() && ofClass == SolutionClass::FixedOrder)
      continue;
    ASSERT_EQ(problem.check(), "") << seed;
    Optimum optimum = ofClass == SolutionClass::FixedOrder
                          ? enumerateFixedOrder(problem)
                          : enumerateContiguous(problem);
    Result result = solveExact(problem, ofClass);
    ASSERT_EQ(result.found, optimum.bottleneckNs != Unlimited)
        << seed << "\n"
        << describe(problem);
    if (!result.found) {
      ASSERT_TRUE(result.provenInfeasible()) << seed;
      continue;
    }
    ASSERT_EQ(result.evaluation.bottleneckNs, optimum.bottleneckNs)
        << seed << "\n"
        << describe(problem);
    ASSERT_EQ(result.bound.value, optimum.bottleneckNs) << seed << "\n"
                                                        << describe(problem);
    for (const LinkLoad &load : result.evaluation.links)
      loaded += load.from == problem.ingress && load.to == problem.egress &&
                load.timeNs == result.evaluation.bottleneckNs;
  }
  // The link between the ends is what limits enough of the best plans.
  EXPECT_GT(loaded, static_cast<int>(numSeeds) / 50 / Thinned);
}

TEST(EndsTest, BestPlanOfTheGivenOrderIsFoundAndProven) {
  compare(4000, {5, 3}, 2000000, SolutionClass::FixedOrder);
}

TEST(EndsTest, BestPlanOfAnyOrderIsFoundAndProven) {
  compare(5000, {4, 3}, 2100000, SolutionClass::Contiguous);
}

TEST(EndsTest, BestPlanOfMoreTasksIsFoundAndProven) {
  compare(400, {6, 3}, 2200000, SolutionClass::Contiguous);
}
