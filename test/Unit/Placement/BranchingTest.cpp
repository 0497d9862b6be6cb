//===- BranchingTest.cpp - Cases that leave nothing out -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB11 against enumeration. A case that is left out by mistake, such as one of
/// devices that cannot change places after all, shows as a bound above the
/// optimum.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Bounds/Bounds.h"
#include "../../../lib/Placement/Bounds/LinearProgram.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// A problem whose first devices are alike but for what chance has given to
/// their links.
static Problem withTwins(uint64_t seed, Draw &draw) {
  Problem problem = draw.chance(50) ? randomWithEnds(seed + 1600000, {5, 4})
                                    : randomProblem(seed + 1600000, {5, 4});
  int32_t n = static_cast<int32_t>(problem.devices.size());
  for (int32_t d = 1; d < n && draw.chance(80); ++d) {
    std::string name = problem.devices[d].name;
    problem.devices[d] = problem.devices[0];
    problem.devices[d].name = name;
  }
  // One link for all, so that such devices can change places.
  if (draw.chance(70))
    for (Link &link : problem.links)
      link = problem.links[1 % problem.links.size()];
  return problem;
}

/// What the bound is once a plan is known, and how often it is the plan's.
struct Tally {
  int better = 0, closed = 0, compared = 0;
};

/// Compares with the best of a class by enumeration. Where the search knows no
/// better plan than one device, what a case leaves out can be better.
static void compare(const Problem &problem, SolutionClass ofClass,
                    bool knowsBest, Tally &tally) {
  SolveOptions options;
  options.searchClass = ofClass;
  SearchState search(problem, options);
  for (int32_t d = 0; d < static_cast<int32_t>(problem.devices.size()); ++d)
    search.offer({std::vector<int32_t>(problem.tasks.size(), 0), {d}});
  if (knowsBest)
    search.offer(enumerateContiguous(problem).placement);
  if (!search.result.found)
    return;
  boundByWork(search);
  int64_t least = leastValue(problem, ofClass, [](const Evaluation &found) {
    return found.bottleneckNs;
  });
  boundByRelaxation(search);
  int64_t before = search.lower();
  boundByBranching(search);
  ASSERT_LE(search.lower(), least) << describe(problem);
  tally.better += search.lower() > before;
  tally.closed += search.lower() == search.upper();
  ++tally.compared;
}

TEST(BranchingTest, LeavesNoContiguousPlanOut) {
  Tally tally;
  for (uint64_t seed : seeds(700)) {
    Draw draw(seed);
    Problem problem = withTwins(seed, draw);
    bool knowsBest = draw.chance(40) &&
                     enumerateContiguous(problem).bottleneckNs != Unlimited;
    compare(problem, SolutionClass::Contiguous, knowsBest, tally);
    ASSERT_FALSE(HasFatalFailure()) << seed;
  }
  if (!hasLinearPrograms())
    return;
  EXPECT_GT(tally.better, tally.compared / 10);
  EXPECT_GT(tally.closed, tally.compared / 2);
}

/// What is known of the given order alone says nothing of others.
TEST(BranchingTest, BoundsOfTheGivenOrderStayThere) {
  Builder builder(2);
  for (int64_t time : {1, 2, 1})
    builder.task(time);
  Problem problem = builder.get();
  SolveOptions options;
  options.searchClass = SolutionClass::FixedOrder;
  SearchState search(problem, options);
  search.offer({{0, 0, 0}, {0}});
  boundByWork(search);
  boundBySuperDevice(search);
  boundByBranching(search);
  EXPECT_EQ(search.lower(SolutionClass::FixedOrder), 3);
  EXPECT_LE(search.lower(SolutionClass::Contiguous), 2);
}

TEST(BranchingTest, LeavesNoRevisitingPlanOut) {
  Tally tally;
  for (uint64_t seed : seeds(400)) {
    Draw draw(seed);
    Problem problem = withTwins(seed + 5000, draw);
    problem.revisit = true;
    compare(problem, SolutionClass::Revisiting, /*knowsBest=*/false, tally);
    ASSERT_FALSE(HasFatalFailure()) << seed;
  }
  if (hasLinearPrograms()) {
    EXPECT_GT(tally.better, tally.compared / 20);
  }
}
