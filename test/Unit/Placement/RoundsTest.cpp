//===- RoundsTest.cpp - Improvement beside proof --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Strategies/Rounds.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// A chain that all starts in one stage.
static SearchState chainSearch(const Problem &problem, int32_t mostRounds) {
  SolveOptions options;
  options.timeLimitSeconds = 600;
  options.mostRounds = mostRounds;
  SearchState search(problem, options);
  Placement single;
  single.stageOf.assign(problem.tasks.size(), 0);
  single.deviceOf = {0};
  search.offer(single);
  return search;
}

static Problem longChain() {
  std::vector<int64_t> times, sizes;
  for (int64_t t = 0; t < 40; ++t) {
    times.push_back(1000 + 371 * t % 977);
    sizes.push_back(100 + 113 * t % 701);
  }
  sizes.pop_back();
  Builder builder = chain(5, times, sizes);
  for (int32_t d = 0; d < 5; ++d)
    builder.slowDown(d, 3 + d);
  return builder.get();
}

/// What a proof raises and what a restart finds are both in the result.
TEST(RoundsTest, JoinsPlansAndBounds) {
  Problem problem = longChain();
  SearchState search = chainSearch(problem, 1);
  int64_t before = search.upper();
  searchInRounds(search, {{1,
                           [](SearchState &fork) {
                             fork.raiseBound(17, BoundKind::Work,
                                             SolutionClass::Replicating);
                           },
                           nullptr}});
  EXPECT_EQ(search.lower(), 17);
  EXPECT_LT(search.upper(), before);
  EXPECT_STREQ(search.result.method.name, "local search");
  EXPECT_FALSE(search.hasClockStruck());
}

/// With one thread the same comes out as with two.
TEST(RoundsTest, ThreadsMakeNoDifference) {
  for (uint64_t seed : seeds(60)) {
    Problem problem = randomProblem(seed + 1700000, {7, 4});
    problem.revisit = seed % 2;
    SolveOptions options;
    options.searchClass =
        problem.revisit ? SolutionClass::Revisiting : SolutionClass::Contiguous;
    options.timeLimitSeconds = 600;
    options.mostRounds = 4;
    options.seed = seed;
    Result two = solve(problem, options);
    options.threads = 1;
    Result one = solve(problem, options);
    ASSERT_FALSE(one.stoppedByClock);
    ASSERT_FALSE(two.stoppedByClock);
    EXPECT_EQ(one.placement.stageOf, two.placement.stageOf) << seed;
    EXPECT_EQ(one.placement.deviceOf, two.placement.deviceOf) << seed;
    EXPECT_EQ(one.bound.value, two.bound.value) << seed;
    EXPECT_STREQ(one.method.name, two.method.name) << seed;
  }
}

/// A proof that ends the search leaves no restart running, and a step that does
/// not apply takes no round.
TEST(RoundsTest, EndsWhenClosed) {
  Problem problem = longChain();
  SearchState search = chainSearch(problem, 1000000);
  int asked = 0;
  auto never = [](SearchState &) { FAIL() << "does not apply"; };
  auto prove = [](SearchState &fork) {
    fork.raiseBound(fork.upper(), BoundKind::Work, SolutionClass::Contiguous);
  };
  searchInRounds(search, {{1, never,
                           [&](const SearchState &) {
                             ++asked;
                             return false;
                           }},
                          {1, prove, nullptr},
                          {1, never, nullptr}});
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(search.closed());
}

/// Without proofs there are restarts, until nobody would notice the gap.
TEST(RoundsTest, RestartsUntilTheGapIsSmall) {
  Problem problem = longChain();
  SearchState search = chainSearch(problem, 3);
  // Any plan is near enough.
  search.raiseBound(search.upper() - 1, BoundKind::Work,
                    SolutionClass::Contiguous);
  int64_t before = search.upper();
  searchInRounds(search, {});
  EXPECT_EQ(search.upper(), before);
  SearchState open = chainSearch(problem, 3);
  searchInRounds(open, {});
  EXPECT_LT(open.upper(), before);
}
