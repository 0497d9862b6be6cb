//===- AdviceTest.cpp - What limits a plan, and what would help -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Advice.h"

#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static int64_t bottleneckWith(const std::vector<WhatIf> &answers,
                              const std::string &change) {
  for (const WhatIf &answer : answers)
    if (answer.change == change) {
      EXPECT_TRUE(answer.proven) << change;
      return answer.bottleneckNs;
    }
  ADD_FAILURE() << "no answer for: " << change;
  return None;
}

TEST(AdviceTest, AFasterDeviceHelpsWhereComputeLimits) {
  // d1 is twice as slow: 12 + 12 on d0 and 6 * 2 on d1. Twice as fast, d0
  // takes all in 15, or 12 | 6 * 2; d1 as fast as d0 takes 12 + 6 | 12.
  Builder builder = chain(2, {12, 12, 6}, {0, 0});
  builder.slowDown(1, 2);
  Problem p = builder.get();
  SolveOptions options;
  ASSERT_EQ(solve(p, options).evaluation.bottleneckNs, 24);
  std::vector<WhatIf> answers = whatHelps(p, options);
  EXPECT_EQ(bottleneckWith(answers, "device 'd0' twice as fast"), 12);
  EXPECT_EQ(bottleneckWith(answers, "device 'd1' twice as fast"), 18);
  // 12 | 12 | 6 * 2.
  EXPECT_EQ(bottleneckWith(answers, "one more device like 'd0'"), 12);
  // The links take no time already.
  EXPECT_EQ(
      bottleneckWith(answers, "the link between 'd0' and 'd1' twice as fast"),
      24);
  EXPECT_EQ(answers.front().bottleneckNs, 12);
  EXPECT_EQ(answers.back().bottleneckNs, 24);
}

TEST(AdviceTest, AFasterLinkHelpsWhereTheLinkLimits) {
  Builder builder = chain(2, {10, 10}, {16});
  Problem p = builder.get();
  SolveOptions options;
  ASSERT_EQ(solve(p, options).evaluation.bottleneckNs, 16);
  EXPECT_EQ(bottleneckWith(whatHelps(p, options),
                           "the link between 'd0' and 'd1' twice as fast"),
            10);
}

TEST(AdviceTest, MoreMemoryHelpsWhereMemoryForcesACut) {
  // The weights of 6 each do not fit one device, and the cut costs 50.
  Builder builder = chain(2, {1, 1}, {50});
  builder.weight(600, {0});
  builder.weight(600, {1});
  for (Device &device : builder.problem.devices)
    device.memory = 1000;
  Problem p = builder.get();
  SolveOptions options;
  ASSERT_EQ(solve(p, options).evaluation.bottleneckNs, 50);
  EXPECT_EQ(bottleneckWith(whatHelps(p, options),
                           "device 'd0' with twice the memory"),
            2);
}

TEST(AdviceTest, NamesTheBottleneck) {
  Problem p = chain(2, {10, 30}, {16}).get();
  EXPECT_NE(describeBottleneck(p, {{0, 1}, {0, 1}}).find("stage 1 computes"),
            std::string::npos);
  p = chain(2, {1, 3}, {16}).get();
  EXPECT_NE(describeBottleneck(p, {{0, 1}, {0, 1}})
                .find("the link from device 'd0' to 'd1'"),
            std::string::npos);
}
