//===- AddStrategyTest.cpp - The example of docs/Planner.md ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// This program is built with the file, the declaration and the row that the
/// section shows, and with nothing else changed.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

TEST(AddStrategyTest, OneFileAndOneRow) {
  ASSERT_EQ(std::string(strategies().back().name), "two-stages");
  SolveOptions options;
  options.strategy = strategies().back().strategy;
  int found = 0;
  for (uint64_t seed : seeds(300)) {
    Problem p = randomProblem(seed);
    Result result = solve(p, options);
    EXPECT_EQ(toString(result.strategy), std::string("two-stages"));
    if (!result.found)
      continue;
    ++found;
    EXPECT_EQ(result.method.name, std::string("two-stages"));
    EXPECT_FALSE(result.method.isExact);
    EXPECT_EQ(result.placement.deviceOf.size(), 2u) << describe(p);
    Result best = solve(p, SolveOptions());
    EXPECT_LE(best.evaluation.bottleneckNs, result.evaluation.bottleneckNs);
    EXPECT_LE(result.bound.value, best.evaluation.bottleneckNs);
  }
  EXPECT_GT(found, 5);
}
