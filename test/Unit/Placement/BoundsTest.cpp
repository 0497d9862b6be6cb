//===- BoundsTest.cpp - No bound is above the optimum ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Bounds/Bounds.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static int64_t bottleneckOf(const Evaluation &evaluation) {
  return evaluation.bottleneckNs;
}

/// The bounds of one class, without any search.
static SearchState boundOnly(const Problem &problem,
                             const SolveOptions &options) {
  SearchState search(problem, options);
  boundByWork(search);
  boundByConnection(search);
  boundBySuperDevice(search);
  return search;
}

/// Which bound of which class exceeds the optimum of that class; empty if none.
static std::string findWrongBound(const Problem &problem, int64_t tooMuch) {
  for (SolutionClass ofClass :
       {SolutionClass::FixedOrder, SolutionClass::Contiguous,
        SolutionClass::Revisiting}) {
    SolveOptions options;
    options.searchClass = ofClass;
    SearchState search = boundOnly(problem, options);
    int64_t least = leastValue(problem, ofClass, bottleneckOf);
    if (least != Unlimited && search.lower(ofClass) > least - tooMuch)
      return toString(search.bound(ofClass)) + " for " + toString(ofClass) +
             ": " + std::to_string(search.lower(ofClass)) + " > " +
             std::to_string(least) + "\n" + describe(problem);
  }
  return "";
}

TEST(BoundsTest, NeverAboveTheOptimumOfTheirClass) {
  for (uint64_t seed : seeds(400)) {
    Problem problem = randomProblem(seed + 900000, {4, 3});
    problem.revisit = true;
    ASSERT_EQ(findWrongBound(problem, 0), "") << seed;
  }
}

TEST(BoundsTest, NeverAboveTheOptimumOfContiguousPlans) {
  for (uint64_t seed : seeds(10000)) {
    Problem problem = randomProblem(seed + 1000000, {7, 4});
    SolveOptions options;
    SearchState search = boundOnly(problem, options);
    Result result = solve(problem, options);
    if (!result.found)
      continue;
    ASSERT_LE(search.lower(SolutionClass::Contiguous),
              result.evaluation.bottleneckNs)
        << toString(search.bound(search.scope)) << "\n"
        << describe(problem);
  }
}

TEST(BoundsTest, ABoundThatIsOneTooHighIsCaught) {
  // The same comparison with 1 ns more fails where a bound is tight.
  int caught = 0;
  for (uint64_t seed : seeds(60)) {
    Problem problem = randomProblem(seed + 900000, {4, 3});
    problem.revisit = true;
    caught += !findWrongBound(problem, 1).empty();
  }
  EXPECT_GT(caught, 5);
}

TEST(BoundsTest, ReplicatedPlansKeepLB1AndLB2) {
  // Two tasks of 10 ns on five devices in turn: 4 ns.
  Builder builder = chain(5, {10, 10}, {1});
  builder.problem.replicate = true;
  SolveOptions options;
  options.searchClass = SolutionClass::Replicating;
  Result result = solve(builder.get(), options);
  EXPECT_EQ(result.evaluation.bottleneckNs, 4);
  EXPECT_EQ(result.bound.value, 4);
  EXPECT_EQ(result.bound.ofClass, SolutionClass::Replicating);
}

/// The name and value of the best bound without a search.
static std::pair<std::string, int64_t> bestBound(const Problem &problem,
                                                 SolutionClass ofClass) {
  SolveOptions options;
  options.searchClass = ofClass;
  SearchState search = boundOnly(problem, options);
  return {toString(search.bound(ofClass)), search.lower(ofClass)};
}

TEST(BoundsTest, SlowLinksKeepTheWorkOnOneDevice) {
  // 4 x 5 ns of work on two devices, but each message takes 100 ns: LB1 is 10,
  // and one device alone needs 20.
  Problem problem = chain(2, {5, 5, 5, 5}, {100, 100, 100}).get();
  auto [name, bound] = bestBound(problem, SolutionClass::Revisiting);
  EXPECT_EQ(bound, 20);
  EXPECT_EQ(name, "LB6 connection");
  EXPECT_EQ(solve(problem, {}).evaluation.bottleneckNs, 20);
}

TEST(BoundsTest, LargeTensorTiesItsTasks) {
  // The first two tasks cannot be parted within 14 ns.
  Problem problem = chain(3, {7, 7, 1}, {50, 1}).get();
  EXPECT_EQ(bestBound(problem, SolutionClass::Revisiting).second, 14);
}

TEST(BoundsTest, TwoDevicesMustTalkIfOneIsTooSmall) {
  // Neither device holds both weights, so the message of 30 bytes is sent.
  Builder builder = chain(2, {1, 1}, {30});
  builder.weight(10, {0});
  builder.weight(10, {1});
  for (Device &device : builder.problem.devices)
    device.memory = 15;
  EXPECT_EQ(bestBound(builder.get(), SolutionClass::Revisiting).second, 30);
}

TEST(BoundsTest, InputsMustReachWhoeverWorks) {
  // Device 0 has the input of 40 bytes and is ten times slower.
  Builder builder = chain(2, {5, 5}, {60});
  builder.tensor(None, {0}, 40);
  builder.slowDown(0, 10);
  builder.problem.ingress = 0;
  Problem problem = builder.get();
  EXPECT_EQ(bestBound(problem, SolutionClass::Revisiting).second, 40);
  EXPECT_EQ(solve(problem, {}).evaluation.bottleneckNs, 40);
}

TEST(BoundsTest, SuperDeviceSeesTheCutsOfTheOrder) {
  // Work 12 on three devices, but 6 + 6 is the only cut that 6 ns allow.
  Problem problem = chain(3, {3, 3, 3, 3}, {9, 1, 9}).get();
  EXPECT_EQ(bestBound(problem, SolutionClass::FixedOrder).second, 6);
}
