//===- BoundsTest.cpp - No bound is above the optimum ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Bounds/Bounds.h"
#include "../../../lib/Placement/Bounds/Core.h"

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
  boundByDeviceCounts(search);
  boundByDomains(search);
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
  for (uint64_t seed : seeds(3000)) {
    Problem problem = randomProblem(seed + 900000, {4, 3});
    problem.revisit = true;
    ASSERT_EQ(findWrongBound(problem, 0), "") << seed;
  }
}

TEST(BoundsTest, NeverAboveTheOptimumWhereTheEndsDiffer) {
  for (uint64_t seed : seeds(3000)) {
    Problem problem = randomWithEnds(seed + 1100000, {4, 3});
    problem.revisit = true;
    ASSERT_EQ(findWrongBound(problem, 0), "") << seed;
  }
}

/// In how many of the problems a bound is above all that come before it.
TEST(BoundsTest, EachBoundAddsToTheOthers) {
  int counts = 0, domains = 0, domainsOfAny = 0;
  for (uint64_t seed : seeds(1000)) {
    Problem problem = randomWithEnds(seed + 1200000, {6, 4});
    SolveOptions options;
    SearchState search(problem, options);
    boundByWork(search);
    boundByConnection(search);
    int64_t before = search.lower();
    boundByDeviceCounts(search);
    counts += search.lower() > before;
    before = search.lower();
    boundByDomains(search);
    domains += search.lower() > before;
    problem.revisit = true;
    options.searchClass = SolutionClass::Revisiting;
    SearchState any(problem, options);
    boundByWork(any);
    boundByConnection(any);
    before = any.lower();
    boundByDomains(any);
    domainsOfAny += any.lower() > before;
  }
  EXPECT_GT(counts, 100 / Thinned);
  EXPECT_GT(domains, 100 / Thinned);
  EXPECT_GT(domainsOfAny, 100 / Thinned);
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

TEST(BoundsTest, WithoutSmallTasksNothingTakesLonger) {
  int smaller = 0, compared = 0;
  for (uint64_t seed : seeds(3000)) {
    Draw draw(seed);
    Problem problem = randomWithEnds(seed + 1600000, {6, 3});
    Core core(problem, draw.below(6000));
    ASSERT_EQ(core.problem().check(), "") << seed;
    smaller += core.problem().tasks.size() < problem.tasks.size();
    Optimum optimum = enumerateContiguous(problem);
    if (optimum.bottleneckNs == Unlimited || core.problem().tasks.empty())
      continue;
    // The best plan is left over, and the bounds are below it.
    Placement left = core.of(optimum.placement);
    SearchState search(core.problem(), {});
    boundByWork(search);
    boundByDeviceCounts(search);
    ASSERT_LE(search.lower(), optimum.bottleneckNs) << seed << "\n"
                                                    << describe(problem);
    if (!core.hasFreeOrder())
      continue;
    ++compared;
    Evaluation evaluation = evaluate(core.problem(), left);
    ASSERT_TRUE(evaluation.violations.empty())
        << evaluation.violations.front() << "\n"
        << describe(problem);
    ASSERT_LE(evaluation.bottleneckNs, optimum.bottleneckNs)
        << seed << "\n"
        << describe(problem);
  }
  EXPECT_GT(smaller, 1000 / Thinned);
  EXPECT_GT(compared, 50 / Thinned);
}

TEST(BoundsTest, TheCoreKeepsWhatMakesNoIdeals) {
  // A small task between two large ones, and one beside the second large one.
  Builder builder = chain(1, {1000, 1, 1000}, {1, 1});
  builder.tensor(1, {builder.task(2)}, 1);
  Core core(builder.get(), 10);
  ASSERT_EQ(core.problem().tasks.size(), 3u);
  EXPECT_EQ(core.problem().timeOf(1, 0), 1);
  EXPECT_EQ(core.problem().timeOf(2, 0), 1000);
}

TEST(BoundsTest, WithoutSmallTasksNoMoreIsStreamed) {
  // Task 0 takes no time and reads the larger weight first, which then is the
  // one in the cache: 20 ns and 5 bytes, each 1 ns. Without it the order is
  // another one, the smaller weight is in the cache, and 6 bytes would be
  // streamed.
  Builder builder(1);
  for (int64_t time : {0, 10, 10})
    builder.task(time);
  builder.tensor(1, {2}, 1);
  builder.weight(6, {0, 2});
  builder.weight(5, {1});
  builder.problem.devices[0].weightCache = 10;
  builder.problem.devices[0].streamRate = 1000000000;
  Problem problem = builder.get();
  EXPECT_EQ(evaluate(problem, {{0, 0, 0}, {0}}).bottleneckNs, 25);
  Core core(problem, 1);
  ASSERT_EQ(core.problem().tasks.size(), 2u);
  EXPECT_LE(evaluate(core.problem(), {{0, 0}, {0}}).bottleneckNs, 25);
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

TEST(BoundsTest, ReplicatedPlansSayNothingOfDevicesThatAreRevisited) {
  // Only device 1 can run the middle task, and the others take a hundred times
  // as long there. With replicas alone all is on it; device 0, a second time.
  Builder builder = chain(2, {10, 1, 10}, {1, 1});
  builder.problem.replicate = true;
  Problem problem = builder.get();
  problem.taskTime = {10, Unlimited, 10, 1000, 1, 1000};
  problem.devices[1].speedClass = 1;
  ASSERT_EQ(problem.check(), "");
  SolveOptions options;
  options.searchClass = SolutionClass::Replicating;
  Result once = solve(problem, options);
  EXPECT_EQ(once.evaluation.bottleneckNs, 1001);
  EXPECT_EQ(once.bound.value, 1001);
  EXPECT_EQ(once.bound.ofClass, SolutionClass::Replicated);
  problem.revisit = true;
  Result often = solve(problem, options);
  EXPECT_EQ(often.evaluation.bottleneckNs, 20);
  EXPECT_EQ(often.bound.value, 20);
  EXPECT_GE(often.bound.ofClass, SolutionClass::Replicating);
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

TEST(BoundsTest, DeviceCountsDoNotPartTasks) {
  // Of four tasks, device 1 can do one in 12 ns, and device 0 needs 18 for the
  // others; LB1 is 16, and the order is no matter.
  Builder builder = chain(2, {6, 6, 6, 6}, {0, 0, 0});
  builder.slowDown(1, 2);
  auto [name, bound] = bestBound(builder.get(), SolutionClass::Contiguous);
  EXPECT_EQ(bound, 18);
  EXPECT_EQ(name, "LB7 device counts");
  EXPECT_EQ(bestBound(builder.get(), SolutionClass::Revisiting).second, 16);
}

TEST(BoundsTest, DomainsFollowWhatCannotTravel) {
  // Below 50 ns the input stays where it is, and so does what follows: 30 ns on
  // a device ten times slower. The others have links that carry everything, so
  // that LB5 and LB6 tie nothing.
  Builder builder = chain(3, {1, 2, 3}, {50, 2});
  builder.tensor(None, {0}, 100);
  builder.slowDown(0, 10);
  builder.link(1, 2, ByteRate * 1000);
  builder.link(2, 1, ByteRate * 1000);
  builder.problem.ingress = 0;
  for (SolutionClass ofClass :
       {SolutionClass::Contiguous, SolutionClass::Revisiting}) {
    auto [name, bound] = bestBound(builder.get(), ofClass);
    EXPECT_EQ(bound, 30);
    EXPECT_EQ(name, "LB8 domains");
  }
  EXPECT_EQ(solve(builder.get(), {}).evaluation.bottleneckNs, 30);
}

TEST(BoundsTest, SuperDeviceSeesTheCutsOfTheOrder) {
  // Work 12 on three devices, but 6 + 6 is the only cut that 6 ns allow.
  Problem problem = chain(3, {3, 3, 3, 3}, {9, 1, 9}).get();
  EXPECT_EQ(bestBound(problem, SolutionClass::FixedOrder).second, 6);
}
