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
  int better = 0, closed = 0, compared = 0, continued = 0;
};

/// Compares with the best of a class by enumeration. Where the search knows no
/// better plan than one device, what a case leaves out can be better.
static void compare(const Problem &problem, SolutionClass ofClass,
                    bool knowsBest, Tally &tally, double shareOfTime = 1) {
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
  OpenCases cases;
  // It may be ended anywhere, and goes on from there.
  search.within(shareOfTime, [&] { boundByBranching(search, cases); });
  ASSERT_LE(search.lower(), least) << describe(problem);
  tally.continued += cases.areSplit && !search.closed();
  boundByBranching(search, cases);
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

TEST(BranchingTest, GoesOnWhereItWasLeft) {
  Tally tally;
  for (uint64_t seed : seeds(300)) {
    Draw draw(seed);
    Problem problem = withTwins(seed + 9000, draw);
    // Up to 10 of 10,000 ms.
    double share = 1e-5 * static_cast<double>(draw.below(100));
    compare(problem, SolutionClass::Contiguous, /*knowsBest=*/false, tally,
            share);
    ASSERT_FALSE(HasFatalFailure()) << seed;
  }
  if (!hasLinearPrograms())
    return;
  EXPECT_GT(tally.continued, 0);
  EXPECT_GT(tally.closed, tally.compared / 3);
}

/// The best plan is another thread's.
TEST(BranchingTest, ProvesPlansOfOthers) {
  int closed = 0, compared = 0;
  for (uint64_t seed : seeds(200)) {
    Draw draw(seed);
    Problem problem = withTwins(seed + 12000, draw);
    int64_t optimum = enumerateContiguous(problem).bottleneckNs;
    SearchState search(problem, SolveOptions());
    for (int32_t d = 0; d < static_cast<int32_t>(problem.devices.size()); ++d)
      search.offer({std::vector<int32_t>(problem.tasks.size(), 0), {d}});
    if (!search.result.found)
      continue;
    std::atomic<int64_t> best{optimum};
    search.listenTo(best);
    EXPECT_EQ(search.upper(), optimum);
    boundByWork(search);
    OpenCases cases;
    boundByBranching(search, cases);
    ASSERT_LE(search.lower(), optimum) << describe(problem);
    EXPECT_EQ(search.closed(), search.lower() == optimum);
    closed += search.closed();
    ++compared;
  }
  if (hasLinearPrograms()) {
    EXPECT_GT(closed, compared / 2);
  }
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
  OpenCases cases;
  boundByBranching(search, cases);
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
