//===- EmulatedLinksTest.cpp - Unit tests ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/Mpi/Run/EmulatedLinks.h"

#include "gtest/gtest.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

/// Two messages of which the first takes 100 and is 30 longer on its way, the
/// second 10 and 7.
static ExecutionPlan makePlan() {
  ExecutionPlan plan;
  plan.groups = {{0, 1, {}, 0, 100, 30}, {0, 2, {}, 0, 10, 7}};
  return plan;
}

TEST(EmulatedLinks, None) {
  ExecutionPlan plan = makePlan();
  EmulatedLinks links(plan, Emulation::None);
  EXPECT_EQ(links.handOver(0, "b", 5), 5);
  EXPECT_EQ(links.answerNs(0), 0);
}

/// Messages do not wait for each other.
TEST(EmulatedLinks, Latency) {
  ExecutionPlan plan = makePlan();
  EmulatedLinks links(plan, Emulation::Latency);
  EXPECT_EQ(links.handOver(0, "b", 5), 35);
  EXPECT_EQ(links.handOver(0, "b", 6), 36);
  EXPECT_EQ(links.answerNs(1), 7);
}

/// They wait for the link, and not for the latency of those before.
TEST(EmulatedLinks, Links) {
  ExecutionPlan plan = makePlan();
  EmulatedLinks links(plan, Emulation::Links);
  EXPECT_EQ(links.handOver(0, "b", 1000), 1130);
  EXPECT_EQ(links.handOver(0, "b", 1001), 1230);
  // Another message over the same link, and one over another.
  EXPECT_EQ(links.handOver(1, "b", 1050), 1217);
  EXPECT_EQ(links.handOver(1, "c", 1050), 1067);
  // The link was free meanwhile.
  EXPECT_EQ(links.handOver(0, "b", 2000), 2130);
  EXPECT_EQ(links.answerNs(0), 30);
}

TEST(EmulatedLinks, Forever) {
  ExecutionPlan plan = makePlan();
  plan.groups[0].timeNs = INT64_MAX;
  EmulatedLinks links(plan, Emulation::Links);
  EXPECT_EQ(links.handOver(0, "b", 5), INT64_MAX);
  EXPECT_EQ(links.handOver(0, "b", 6), INT64_MAX);
}
