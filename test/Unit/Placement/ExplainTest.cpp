//===- ExplainTest.cpp - Reasons for infeasibility ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// The problem is infeasible and the first reason contains the text.
static void expectReason(const Problem &p, const std::string &text) {
  ASSERT_EQ(p.check(), "");
  SolveOptions options;
  EXPECT_TRUE(solve(p, options).provenInfeasible);
  std::vector<std::string> reasons = explainInfeasible(p);
  ASSERT_FALSE(reasons.empty());
  EXPECT_NE(reasons[0].find(text), std::string::npos) << reasons[0];
}

TEST(ExplainTest, TaskTooLarge) {
  Builder builder = chain(2, {1, 1, 1}, {10, 20});
  builder.weight(100, {1});
  Problem p = builder.get();
  p.devices[0].memory = 50;
  p.devices[1].memory = 120;
  expectReason(
      p, "node 't1' needs at least 130 bytes of memory, but the largest device "
         "that may run it, 'd1', has 120 bytes: 10 bytes too little: "
         "weights 100 bytes, activations 30 bytes");
}

TEST(ExplainTest, TaskRunsNowhere) {
  Problem p = chain(2, {1, 1}, {1}).get();
  p.taskTime[1] = Unlimited;
  expectReason(p, "node 't1' can run on none of the 2 devices");
}

TEST(ExplainTest, PinnedWhereItCannotRun) {
  Builder builder = chain(2, {1, 1}, {1});
  builder.slowDown(1, 2);
  Problem p = builder.get();
  p.taskTime[1] = Unlimited;
  p.tasks[1].pin = 0;
  expectReason(p, "node 't1' is pinned to device 'd0', which cannot run it");
}

TEST(ExplainTest, TotalWeights) {
  Builder builder = chain(2, {1, 1, 1}, {0, 0});
  for (int32_t t = 0; t < 3; ++t)
    builder.weight(100, {t});
  Problem p = builder.get();
  for (Device &device : p.devices)
    device.memory = 140;
  expectReason(p, "the weights need 300 bytes in total but the devices "
                  "together have 280 bytes: 20 bytes too little");
}

TEST(ExplainTest, UncuttableBlockTooLarge) {
  Builder builder = chain(2, {1, 1, 1}, {0, 0});
  for (int32_t t = 0; t < 3; ++t)
    builder.weight(100, {t});
  builder.problem.tensors[1].canCut = false;
  Problem p = builder.get();
  for (Device &device : p.devices)
    device.memory = 199;
  expectReason(p, "the weights of the 2 nodes from 't1' to 't2', held together "
                  "by tensors that cannot be cut, need at least 200 bytes");
}

TEST(ExplainTest, PinsTornApart) {
  Problem p = chain(2, {1, 1}, {1}).get();
  p.tensors[0].canCut = false;
  p.tasks[0].pin = 0;
  p.tasks[1].pin = 1;
  expectReason(p, "nodes 't0' and 't1' are held together");
}

TEST(ExplainTest, PinsComeBack) {
  Problem p = chain(2, {1, 1, 1}, {1, 1}).get();
  p.tasks[0].pin = 0;
  p.tasks[1].pin = 1;
  p.tasks[2].pin = 0;
  expectReason(p, "a path leaves device 'd0' for another one and returns to it "
                  "at the pinned node 't2'");
}

TEST(ExplainTest, MustCutButCannot) {
  Problem p = chain(2, {1, 1}, {1}).get();
  p.tensors[0].mustCut = true;
  p.tensors[0].canCut = false;
  expectReason(p, "tensor 'x0' must be cut but cannot be cut");
  p.tensors[0].canCut = true;
  p.maxStages = 1;
  expectReason(p, "tensor 'x0' must be cut but at most one stage is allowed");
}

TEST(ExplainTest, MissingLinkBetweenPins) {
  Builder builder = chain(2, {1, 1}, {1});
  builder.link(0, 1, 0);
  Problem p = builder.get();
  p.tasks[0].pin = 0;
  p.tasks[1].pin = 1;
  expectReason(p, "tensor 'x0' goes from device 'd0' to 'd1', which are not "
                  "linked");
}

TEST(ExplainTest, CombinedCausesNameTheShortage) {
  // The weights fit two devices, but not with the buffers of any cut.
  Builder builder = chain(2, {1, 1}, {30});
  builder.weight(100, {0});
  builder.weight(100, {1});
  Problem p = builder.get();
  for (Device &device : p.devices)
    device.memory = 150;
  expectReason(p, "no single cause excludes a plan: memory, links, pins and "
                  "cuts together do for the 2 nodes on the 2 devices");
  std::vector<std::string> reasons = explainInfeasible(p);
  ASSERT_GE(reasons.size(), 2u);
  EXPECT_NE(reasons[1].find("needs 230 bytes"), std::string::npos)
      << reasons[1];
}

TEST(ExplainTest, EveryInfeasibleProblemHasAReason) {
  int infeasible = 0;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    Problem p = randomProblem(seed + 40000);
    if (!solve(p, SolveOptions()).provenInfeasible)
      continue;
    ++infeasible;
    EXPECT_FALSE(explainInfeasible(p).empty()) << describe(p);
  }
  EXPECT_GT(infeasible, 100);
}
