//===- CompletionTest.cpp - What can be finished from an ideal ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The table must keep every beginning of a plan within the threshold; and the
/// search that asks it from the first label on must give what enumeration does.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/IdealSearch/Decision.h"

#include <gtest/gtest.h>

#include <map>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// Ideals by their tasks.
static std::map<std::vector<char>, int32_t> idealsByTasks(const Lattice &from) {
  std::map<std::vector<char>, int32_t> ideals;
  for (int32_t ideal = 0; ideal < from.size(); ++ideal) {
    std::vector<int32_t> stageOf(from.problem().tasks.size(), None);
    from.assign(0, ideal, 0, stageOf);
    std::vector<char> holds;
    for (int32_t stage : stageOf)
      holds.push_back(stage == 0);
    ideals[holds] = ideal;
  }
  return ideals;
}

/// Each beginning of the plan is one that can be finished.
static void keepsBeginnings(const Completion &table, const Lattice &lattice,
                            const Placement &plan) {
  std::map<std::vector<char>, int32_t> ideals = idealsByTasks(lattice);
  int64_t used = 0;
  std::vector<char> holds(plan.stageOf.size(), 0);
  for (size_t stage = 0; stage < plan.deviceOf.size(); ++stage) {
    auto ideal = ideals.find(holds);
    ASSERT_NE(ideal, ideals.end());
    EXPECT_TRUE(table.canFinish(ideal->second))
        << "before stage " << stage << "\n"
        << describe(lattice.problem());
    EXPECT_TRUE(table.canFinish(ideal->second, used))
        << "before stage " << stage << "\n"
        << describe(lattice.problem());
    int32_t group = lattice.devices().groupOf(plan.deviceOf[stage]);
    used += table.deviceStates().groups()[group].stride;
    for (size_t t = 0; t < holds.size(); ++t)
      holds[t] |= plan.stageOf[t] == static_cast<int32_t>(stage);
  }
}

/// Whether the search finds a plan within the threshold, if it makes the table
/// before its first label.
static LatticeDecision::Outcome
decide(Lattice &lattice, const SearchState &search, int64_t threshold) {
  Tracking tracking(lattice, /*keepsNearest=*/false);
  Limits limits;
  limits.bottleneckNs = threshold;
  Effort effort;
  effort.beforeCompletion = 0;
  LatticeDecision decision(lattice, tracking, limits, Wanted::Any, search,
                           effort);
  return decision.run();
}

TEST(CompletionTest, KeepsWhatEnumerationFinds) {
  int planned = 0, excluded = 0, withOverheads = 0;
  for (uint64_t seed : seeds(1500)) {
    Problem p = seed % 3 ? randomProblem(seed) : randomWithEnds(seed);
    if (p.sequences > 0 || p.minStages > 1)
      continue;
    Optimum best = enumerateContiguous(p);
    SearchState search(p, SolveOptions());
    Lattice lattice(p, Unlimited, 500, search);
    if (best.bottleneckNs == Unlimited || !lattice.usable())
      continue;
    ++planned;
    withOverheads += p.hasOverheads();
    for (bool isExact : {true, false}) {
      Completion table(lattice, best.bottleneckNs, isExact, search);
      ASSERT_TRUE(table.usable());
      keepsBeginnings(table, lattice, best.placement);
    }
    using Outcome = LatticeDecision::Outcome;
    EXPECT_EQ(decide(lattice, search, best.bottleneckNs), Outcome::Feasible)
        << describe(p);
    if (best.bottleneckNs == 0)
      continue;
    EXPECT_EQ(decide(lattice, search, best.bottleneckNs - 1),
              Outcome::Infeasible)
        << describe(p);
    for (int64_t below : {best.bottleneckNs - 1, best.bottleneckNs * 3 / 4,
                          best.bottleneckNs / 2}) {
      Completion table(lattice, below, /*isExact=*/true, search);
      EXPECT_GT(table.lowestRejected(), below);
      if (table.canFinish(0, 0))
        continue;
      ++excluded;
      EXPECT_LE(table.lowestRejected(), best.bottleneckNs) << describe(p);
    }
  }
  EXPECT_GT(planned, 700 / Thinned);
  EXPECT_GT(excluded, 700 / Thinned);
  EXPECT_GT(withOverheads, 20 / Thinned);
}

/// Two devices here and two there, each pair with a fast link of its own and
/// slow ones between them.
static Builder twoSides(const std::vector<int64_t> &times,
                        const std::vector<int64_t> &sizes) {
  Builder builder = chain(4, times, sizes);
  for (int32_t here : {0, 1})
    for (int32_t there : {2, 3}) {
      builder.link(here, there, ByteRate / 10);
      builder.link(there, here, ByteRate / 10);
    }
  return builder;
}

TEST(CompletionTest, KnowsWhichLinksCarryATensor) {
  // Devices 0 and 1 have all until the last tensor, or nothing after it: each
  // other one takes 100 ns or more to the other side.
  Problem p = twoSides({10, 10, 10, 10, 1}, {10, 10, 10, 1}).get();
  SearchState search(p, SolveOptions());
  Lattice lattice(p, Unlimited, 500, search);
  // Two stages of 20 ns on one side, and 1 ns wherever it is.
  Completion within(lattice, 21, /*isExact=*/true, search);
  EXPECT_TRUE(within.canFinish(0, 0));
  Completion below(lattice, 19, /*isExact=*/true, search);
  EXPECT_FALSE(below.canFinish(0, 0));
  EXPECT_EQ(below.lowestRejected(), 20);
}

TEST(CompletionTest, KnowsWhatLinksCarryTogether) {
  // Six tensors of 9 bytes for a task that only device 2 can run: 54 bytes over
  // two links, each of which has one byte in 10 ns.
  Builder builder = twoSides({}, {});
  std::vector<int32_t> makers;
  for (int i = 0; i < 6; ++i)
    makers.push_back(builder.task(1));
  int32_t last = builder.task(1);
  for (int32_t maker : makers)
    builder.tensor(maker, {last}, 9);
  Problem p = builder.get();
  p.tasks[last].pin = 2;
  for (int32_t maker : makers)
    p.tasks[maker].pin = maker % 2;
  SearchState search(p, SolveOptions());
  Lattice lattice(p, Unlimited, 500, search);
  EXPECT_FALSE(Completion(lattice, 269, true, search).canFinish(0, 0));
  EXPECT_EQ(Completion(lattice, 269, true, search).lowestRejected(), 270);
  EXPECT_TRUE(Completion(lattice, 270, true, search).canFinish(0, 0));
}
