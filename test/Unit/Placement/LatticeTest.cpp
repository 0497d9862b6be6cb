//===- LatticeTest.cpp - Exact over all topological orders ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/IdealSearch/Decision.h"
#include "../../../lib/Placement/IdealSearch/Search.h"
#include "../../../lib/Placement/Objectives/Objectives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

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
static ::testing::AssertionResult compare(const Problem &problem,
                                          const Optimum &optimum,
                                          const Result &result,
                                          int &numProven) {
  auto fail = [&](const char *what, int64_t got) {
    return ::testing::AssertionFailure()
           << what << " is " << got << ", the optimum " << optimum.bottleneckNs
           << "\n"
           << describe(problem);
  };
  if (optimum.bottleneckNs == Unlimited) {
    numProven += result.provenInfeasible();
    return result.found ? fail("found", result.evaluation.bottleneckNs)
                        : ::testing::AssertionSuccess();
  }
  if (result.provenInfeasible())
    return fail("proven infeasible", 1);
  if (result.bound.value > optimum.bottleneckNs)
    return fail("bound", result.bound.value);
  if (!result.found)
    return ::testing::AssertionSuccess();
  if (result.evaluation.bottleneckNs < optimum.bottleneckNs)
    return fail("bottleneck", result.evaluation.bottleneckNs);
  numProven += result.bound.value == result.evaluation.bottleneckNs;
  if (!evaluate(problem, result.placement).violations.empty())
    return fail("violations", 1);
  return ::testing::AssertionSuccess();
}

static ::testing::AssertionResult agrees(const Problem &problem,
                                         int &numProven) {
  return compare(problem, enumerateContiguous(problem),
                 solveContiguous(problem), numProven);
}

TEST(LatticeTest, SmallProblems) {
  int numProven = 0;
  for (uint64_t seed : seeds(9000))
    ASSERT_TRUE(agrees(randomProblem(seed, {5, 3}), numProven))
        << "seed " << seed;
  EXPECT_EQ(numProven, static_cast<int>(seeds(9000).size()));
}

TEST(LatticeTest, LargerProblems) {
  int numProven = 0;
  for (uint64_t seed : seeds(1000))
    ASSERT_TRUE(agrees(randomProblem(seed + 1000000, {6, 4}), numProven))
        << "seed " << seed;
  EXPECT_EQ(numProven, static_cast<int>(seeds(1000).size()));
}

/// The graph with an edge i -> j for each bit of the mask, in the order (0, 1),
/// (0, 2), (1, 2), (0, 3) ..., with random figures.
static Problem graphOf(int32_t numTasks, uint32_t mask, int32_t numDevices,
                       Draw &draw) {
  Builder builder(numDevices);
  for (int32_t t = 0; t < numTasks; ++t)
    builder.task(draw.below(12));
  for (int32_t to = 1; to < numTasks; ++to)
    for (int32_t from = 0; from < to; ++from, mask >>= 1)
      if (mask & 1)
        builder.tensor(from, {to}, draw.below(8));
  for (int32_t d = 1; d < numDevices; ++d)
    builder.slowDown(d, 1 + draw.below(3));
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to)
        builder.link(from, to, ByteRate / (1 + draw.below(3)), draw.below(3));
  return builder.get();
}

static uint32_t edgeBit(int32_t from, int32_t to) {
  return uint32_t(1) << (to * (to - 1) / 2 + from);
}

/// Whether the mask is the least of those that give the same graph with the
/// tasks in another topological order.
static bool isRepresentative(int32_t numTasks, uint32_t mask) {
  std::vector<int32_t> place(numTasks);
  std::iota(place.begin(), place.end(), 0);
  do {
    uint32_t other = 0;
    bool isInOrder = true;
    for (int32_t to = 1; to < numTasks && isInOrder; ++to)
      for (int32_t from = 0; from < to; ++from)
        if (mask & edgeBit(from, to)) {
          isInOrder &= place[from] < place[to];
          other |= edgeBit(std::min(place[from], place[to]),
                           std::max(place[from], place[to]));
        }
    if (isInOrder && other < mask)
      return false;
  } while (std::next_permutation(place.begin(), place.end()));
  return true;
}

/// The graph of the mask with its tasks in an order by chance: next is any task
/// whose producers were there.
static uint32_t reorder(int32_t numTasks, uint32_t mask, Draw &draw) {
  std::vector<int32_t> place(numTasks, None);
  for (int32_t next = 0; next < numTasks; ++next) {
    std::vector<int32_t> ready;
    for (int32_t task = 0; task < numTasks; ++task) {
      bool isReady = place[task] == None;
      for (int32_t from = 0; from < task; ++from)
        isReady &= !(mask & edgeBit(from, task)) || place[from] != None;
      if (isReady)
        ready.push_back(task);
    }
    place[ready[draw.below(static_cast<int64_t>(ready.size()))]] = next;
  }
  uint32_t result = 0;
  for (int32_t to = 1; to < numTasks; ++to)
    for (int32_t from = 0; from < to; ++from)
      if (mask & edgeBit(from, to))
        result |= edgeBit(place[from], place[to]);
  return result;
}

/// Every graph of up to 6 tasks, each with figures of its own.
TEST(LatticeTest, AllGraphs) {
  // Acyclic graphs without names: sequence A003087 of the OEIS.
  static constexpr int numGraphs[] = {1, 1, 2, 6, 31, 302, 5984};
  int numProven = 0, count = 0;
  for (int32_t numTasks = 1; numTasks <= 6; ++numTasks) {
    uint32_t numMasks = 1u << (numTasks * (numTasks - 1) / 2);
    int rounds = numTasks < 6 && Thinned == 1 ? 8 : 1;
    int step = numTasks < 6 ? 1 : Thinned;
    int graphs = 0;
    for (uint32_t mask = 0; mask < numMasks; ++mask) {
      if (!isRepresentative(numTasks, mask) || graphs++ % step != 0)
        continue;
      for (int round = 0; round < rounds; ++round, ++count) {
        Draw draw(1000003 * mask + 10 * round + numTasks);
        uint32_t ordered = reorder(numTasks, mask, draw);
        ASSERT_TRUE(agrees(
            graphOf(numTasks, ordered, numTasks < 6 ? 3 : 2, draw), numProven))
            << numTasks << " tasks, edges " << mask << ", round " << round;
      }
    }
    EXPECT_EQ(graphs, numGraphs[numTasks]);
  }
  EXPECT_EQ(numProven, count);
}

TEST(LatticeTest, AWrongBoundIsCaught) {
  Problem p = chain(2, {5, 7, 4}, {1, 1}).get();
  Result result = solveContiguous(p);
  int numProven = 0;
  Optimum optimum = enumerateContiguous(p);
  EXPECT_TRUE(compare(p, optimum, result, numProven));
  ++result.bound.value;
  EXPECT_FALSE(compare(p, optimum, result, numProven));
}

/// 11 unequal devices are too many to count exactly from the start, so labels
/// forget, and learn what to keep. A task apart that takes no time gives the
/// chain a second order; without it, the fixed-order search has the answer.
TEST(LatticeTest, ManyUnequalDevices) {
  for (uint64_t seed : seeds(60)) {
    Draw draw(seed);
    int32_t numDevices = 11, numTasks = 14;
    std::vector<int64_t> sizes, times(numTasks, 0);
    for (int32_t t = 0; t + 1 < numTasks; ++t)
      sizes.push_back(10 + draw.below(90));
    Builder builder = chain(numDevices, times, sizes);
    for (int32_t t = 0; t < numTasks; ++t)
      builder.weight(100 + draw.below(900), {t});
    for (Device &device : builder.problem.devices)
      device.memory = 2600;
    for (int32_t from = 0; from < numDevices; ++from)
      for (int32_t to = 0; to < from; ++to) {
        int64_t rate = ByteRate / (1 + draw.below(40));
        builder.link(from, to, rate);
        builder.link(to, from, rate);
      }
    SolveOptions options;
    options.strategy = Strategy::Exact;
    options.timeLimitSeconds = 60;
    options.searchClass = SolutionClass::FixedOrder;
    Result one = solve(builder.get(), options);
    builder.task(0);
    options.searchClass = SolutionClass::Contiguous;
    Result two = solve(builder.get(), options);
    ASSERT_EQ(one.found, two.found) << seed;
    ASSERT_EQ(one.provenInfeasible(), two.provenInfeasible()) << seed;
    if (!one.found)
      continue;
    ASSERT_EQ(one.bound.value, one.evaluation.bottleneckNs) << seed;
    ASSERT_EQ(two.bound.value, two.evaluation.bottleneckNs) << seed;
    ASSERT_EQ(one.bound.value, two.bound.value) << seed;
  }
}

TEST(LatticeTest, MemoryOfASenderIsNotOverstated) {
  // t0 and t2 share device 0, so only another order than the given one will do.
  // Device 0 needs 18 (an input and its alias) + 4 buffers of 18 bytes, because
  // t1 and t3 read the alias on devices of their own.
  Builder builder(3);
  for (int32_t t = 0; t < 4; ++t)
    builder.task(1);
  builder.tensor(None, {0}, 18);
  int32_t alias = builder.tensor(0, {1, 3}, 18);
  builder.problem.tensors[alias].aliasOf = 0;
  builder.problem.tensors[builder.tensor(0, {2}, 0)].canCut = false;
  builder.tensor(1, {3}, 1);
  int32_t pins[] = {0, 1, 0, 2};
  for (int32_t t = 0; t < 4; ++t)
    builder.problem.tasks[t].pin = pins[t];
  builder.problem.devices[0].memory = 90;
  Result result = solve(builder.get(), {});
  EXPECT_TRUE(result.found);
  builder.problem.devices[0].memory = 89;
  result = solve(builder.get(), {});
  EXPECT_FALSE(result.found);
  EXPECT_TRUE(result.provenInfeasible());
}

TEST(LatticeTest, ForgettingDevicesProvesWhatSetsProve) {
  // With 13 unequal devices the search over ideals forgets devices and repeats
  // its decisions; the fixed-order search counts sets of devices. On a chain
  // both classes are the same.
  for (uint64_t seed = 0; seed < (Thinned == 1 ? 30 : 6); ++seed) {
    Draw draw(seed);
    std::vector<int64_t> times, sizes;
    for (int32_t t = 0; t < 14; ++t) {
      times.push_back(draw.below(3));
      if (t > 0)
        sizes.push_back(20 + draw.below(60));
    }
    Builder builder = chain(13, times, sizes);
    for (int32_t t = 0; t < 14; ++t)
      builder.weight(1000, {t});
    for (int32_t d = 0; d < 13; ++d) {
      builder.problem.devices[d].memory = 2300 + draw.below(4) * 300;
      for (int32_t to = 0; to < 13; ++to)
        builder.link(d, to, ByteRate / (1 + draw.below(12)), draw.below(20));
    }
    Problem problem = builder.get();
    SolveOptions options;
    options.strategy = Strategy::Exact;
    options.timeLimitSeconds = 100;
    Result byIdeals = solve(problem, options);
    options.searchClass = SolutionClass::FixedOrder;
    Result bySets = solve(problem, options);
    ASSERT_EQ(byIdeals.found, bySets.found) << seed;
    if (!bySets.found)
      continue;
    EXPECT_EQ(byIdeals.bound.value, byIdeals.evaluation.bottleneckNs) << seed;
    EXPECT_EQ(bySets.bound.value, bySets.evaluation.bottleneckNs) << seed;
    EXPECT_EQ(byIdeals.evaluation.bottleneckNs, bySets.evaluation.bottleneckNs)
        << seed;
  }
}

TEST(LatticeTest, GivesUpAfterSoManySteps) {
  // Eight branches on eight devices, at a bottleneck that takes long to
  // exclude.
  Builder builder(8);
  int32_t first = builder.task(1), last = None;
  std::vector<int32_t> branches;
  for (int64_t time : {11, 13, 17, 19, 23, 29, 31, 37})
    branches.push_back(builder.task(time));
  last = builder.task(1);
  builder.tensor(first, branches, 1);
  for (int32_t task : branches)
    builder.tensor(task, {last}, 1);
  Problem problem = builder.get();
  SearchState search(problem, {});
  Lattice lattice(problem, Unlimited, 500, search);
  ASSERT_TRUE(lattice.usable());
  Tracking tracking(lattice, /*keepsNearest=*/false);
  auto ask = [&](size_t steps) {
    Effort effort;
    effort.steps = steps;
    LatticeDecision decision(lattice, tracking, {60, Unlimited},
                             Wanted::Tidiest, search, effort);
    LatticeDecision::Outcome outcome = decision.run();
    return std::pair(outcome, decision.numSteps());
  };
  auto [whole, needed] = ask(Effort().steps);
  EXPECT_EQ(whole, LatticeDecision::Outcome::Feasible);
  // The clock is looked at every 256 steps, and one stage has a step for each
  // group of devices.
  constexpr size_t few = 500, slack = 256 + 8;
  ASSERT_GT(needed, 2 * (few + slack));
  auto [part, used] = ask(few);
  EXPECT_EQ(part, LatticeDecision::Outcome::Unknown);
  EXPECT_LE(used, few + slack);
}

TEST(LatticeTest, AnswersAtOnceWhatItAnswersStepByStep) {
  int searched = 0;
  for (uint64_t seed : seeds(300)) {
    Problem p = randomProblem(seed);
    if (p.sequences > 0 || p.minStages > 1)
      continue;
    int64_t optimum = enumerateContiguous(p).bottleneckNs;
    for (Climb climb : {Climb::Slowly, Climb::AtOnce}) {
      SearchState search(p, SolveOptions());
      // A plan to start below, if one device can run everything.
      offerSingleDevices(search);
      if (!searchContiguous(search, /*givenOrder=*/false, climb))
        continue;
      ++searched;
      EXPECT_EQ(search.upper(), optimum) << describe(p);
      EXPECT_EQ(search.bound(SolutionClass::Contiguous).value, optimum)
          << describe(p);
    }
  }
  EXPECT_GT(searched, 300 / Thinned);
}
