//===- PathsTest.cpp - Bounds of latency that need no search --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Bounds/Bounds.h"
#include "../../../lib/Placement/IdealSearch/Decision.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static int64_t itsLatency(const Evaluation &evaluation) {
  return evaluation.latencyNs;
}

static int64_t boundOf(const Problem &problem, SolutionClass ofClass) {
  SolveOptions options;
  options.objective = Objective::Latency;
  SearchState search(problem, options);
  boundByPaths(search);
  return search.lower(ofClass);
}

/// In how many problems the bound is above what a plan has, and in how many it
/// is above the critical path.
static void compare(const std::vector<Problem> &problems, int64_t tooMuch,
                    int &wrong, int &useful) {
  for (const Problem &problem : problems) {
    int64_t bound = boundOf(problem, SolutionClass::Contiguous);
    int64_t least = leastValue(problem, SolutionClass::Contiguous, itsLatency);
    bool isWrong = least != Unlimited && bound + tooMuch > least;
    EXPECT_FALSE(isWrong && tooMuch == 0) << bound << " > " << least << "\n"
                                          << describe(problem);
    wrong += isWrong;
    useful += bound > boundOf(problem, SolutionClass::Replicating);
  }
}

TEST(PathsTest, NeverAboveTheLeastLatency) {
  std::vector<Problem> problems;
  for (uint64_t seed : seeds(500))
    problems.push_back(randomBlocks(seed));
  for (uint64_t seed : seeds(300))
    problems.push_back(randomProblem(seed + 9300000, {6, 3}));
  int wrong = 0, useful = 0;
  compare(problems, 0, wrong, useful);
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(useful, 0);
}

TEST(PathsTest, DevicesOfPathsAreNoBetterThanTheBestPlan) {
  int useful = 0, usefulOfAny = 0;
  for (uint64_t seed : seeds(3000)) {
    Draw draw(seed);
    Problem problem = seed % 3 == 0   ? randomBlocks(seed + 100000)
                      : seed % 3 == 1 ? randomWithEnds(seed + 9400000, {6, 3})
                                      : randomProblem(seed + 9500000, {6, 3});
    SolveOptions options;
    options.objective = Objective::Latency;
    for (SolutionClass ofClass :
         {SolutionClass::Contiguous, SolutionClass::Revisiting}) {
      // Enumeration of these takes long.
      if (ofClass == SolutionClass::Revisiting &&
          (problem.tasks.size() > 4 || seed % 3 == 0))
        continue;
      problem.revisit = ofClass == SolutionClass::Revisiting;
      options.searchClass = ofClass;
      SearchState search(problem, options);
      boundByDevicePaths(search);
      int64_t bound = search.lower(ofClass);
      int64_t least = leastValue(problem, ofClass, itsLatency);
      ASSERT_LE(bound, least) << seed << "\n" << describe(problem);
      bool isUseful = bound > boundOf(problem, ofClass);
      (problem.revisit ? usefulOfAny : useful) += isUseful;
    }
  }
  EXPECT_GT(useful, 300 / Thinned);
  EXPECT_GT(usefulOfAny, 50 / Thinned);
}

/// The fast device is far: whoever uses it waits for the way there.
TEST(PathsTest, FastDevicesMayBeFar) {
  Builder b(2);
  int32_t join = b.task(10);
  int32_t left = b.task(20), right = b.task(20);
  b.tensor(join, {left, right}, 0);
  int32_t last = b.task(10);
  b.tensor(left, {last}, 0);
  b.tensor(right, {last}, 0);
  b.tensor(None, {join}, 1);
  b.slowDown(0, 2);
  b.link(0, 1, ByteRate, 0, 50);
  b.problem.ingress = 0;
  SolveOptions options;
  options.objective = Objective::Latency;
  // All of it is 110 there, with the way, and 120 at home. With the first join
  // at home and the last one there it is 20, at least 40 for the block, because
  // there is no third device, the way of 50, and 10.
  Problem problem = b.get();
  SearchState search(problem, options);
  boundByDevicePaths(search);
  EXPECT_EQ(search.lower(SolutionClass::Contiguous), 110);
  EXPECT_EQ(boundOf(b.get(), SolutionClass::Contiguous), 90);
}

/// The same comparison with 1 ns more fails where the bound is tight.
TEST(PathsTest, ABoundThatIsOneTooHighIsCaught) {
  std::vector<Problem> problems;
  for (uint64_t seed : seeds(60))
    problems.push_back(randomBlocks(seed));
  int wrong = 0, useful = 0;
  compare(problems, 1, wrong, useful);
  EXPECT_GT(wrong, 0);
}

/// Six tasks between joins in pairs, on three equal devices that pass messages
/// for nothing: two pairs at most run side by side.
TEST(PathsTest, EachBlockThatIsSplitTakesADevice) {
  for (int32_t numDevices : {1, 2, 3, 5}) {
    Builder b(numDevices);
    int32_t join = b.task(10);
    for (int i = 0; i < 6; ++i) {
      int32_t left = b.task(100), right = b.task(100);
      b.tensor(join, {left, right}, 0);
      join = b.task(10);
      b.tensor(left, {join}, 0);
      b.tensor(right, {join}, 0);
    }
    int64_t work = 7 * 10 + 12 * 100;
    int64_t split = std::min(numDevices - 1, (numDevices + 1) / 2);
    EXPECT_EQ(boundOf(b.get(), SolutionClass::Contiguous), work - split * 100);
    EXPECT_EQ(boundOf(b.get(), SolutionClass::Revisiting), 7 * 10 + 6 * 100);
  }
}

/// A slow device saves nothing, so only the fast one may be inside of a block,
/// whatever then runs the rest; and a small task, whose result everything
/// reads, makes no block of everything.
TEST(PathsTest, SlowDevicesSaveNothing) {
  Builder b(4);
  int32_t mask = b.task(1), join = b.task(10000);
  std::vector<int32_t> readers;
  for (int i = 0; i < 3; ++i) {
    int32_t left = b.task(10000), right = b.task(10000);
    b.tensor(join, {left, right}, 0);
    join = b.task(10000);
    b.tensor(left, {join}, 0);
    b.tensor(right, {join}, 0);
    readers.push_back(join);
  }
  b.tensor(mask, readers, 0);
  for (int32_t d = 1; d < 4; ++d)
    b.slowDown(d, 3);
  EXPECT_EQ(boundOf(b.get(), SolutionClass::Contiguous), 90000);
}

/// The search knows from each join on what is left at least: no more than what
/// the best plan has left.
TEST(PathsTest, SearchOfBlocksKeepsTheBestPlan) {
  int planned = 0;
  for (uint64_t seed : seeds(800)) {
    Problem problem = randomBlocks(seed + 77000);
    int64_t least = leastValue(problem, SolutionClass::Contiguous, itsLatency);
    SearchState search(problem, SolveOptions());
    Lattice lattice(problem, Unlimited, 500, search);
    if (least == Unlimited || !lattice.usable())
      continue;
    ++planned;
    Tracking tracking(lattice, /*keepsNearest=*/false);
    for (int64_t limit : {least, least - 1}) {
      Limits limits;
      limits.latencyNs = limit;
      LatticeDecision decision(lattice, tracking, limits, Wanted::LeastLatency,
                               search);
      EXPECT_EQ(decision.run() == LatticeDecision::Outcome::Feasible,
                limit == least)
          << describe(problem);
    }
  }
  EXPECT_GT(planned, 400 / Thinned);
}
