//===- ExplainTest.cpp - Reasons for infeasibility ------------------------===//
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

/// The problem is infeasible and the first reason contains the text.
static void expectReason(const Problem &p, const std::string &text) {
  ASSERT_EQ(p.check(), "");
  SolveOptions options;
  EXPECT_TRUE(solve(p, options).provenInfeasible());
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

TEST(ExplainTest, WhyNowhere) {
  Problem p = chain(2, {1, 1}, {1}).get();
  p.taskTime[0] = p.taskTime[1] = Unlimited;
  p.tasks[0].whyNowhere = "it is too odd";
  expectReason(p, "node 't0' can run on none of the 2 devices: it is too odd");
  // The first stands for the others.
  EXPECT_EQ(explainInfeasible(p)[1], "nor can 1 other node");
}

TEST(ExplainTest, TooManyStages) {
  Builder builder = chain(3, {1, 1, 1}, {1, 1});
  builder.problem.tensors[0].canCut = false;
  builder.problem.minStages = 3;
  expectReason(builder.get(), "at least 3 stages are wanted, but the model can "
                              "be cut into 2 at most");
}

/// True where a sentence says that a device with several stages would help.
static bool namesRevisit(const Problem &p) {
  std::vector<std::string> reasons = explainInfeasible(p);
  return std::count(reasons.begin(), reasons.end(),
                    "with --revisit, where a device may hold several stages, a "
                    "plan exists") == 1;
}

TEST(ExplainTest, RevisitHelps) {
  Problem p = chain(2, {1, 1, 1}, {1, 1}).get();
  p.tasks[0].pin = p.tasks[2].pin = 0;
  p.tasks[1].pin = 1;
  EXPECT_TRUE(namesRevisit(p));
  p.maxStages = 2;
  EXPECT_FALSE(namesRevisit(p));
}

TEST(ExplainTest, RevisitDoesNotHelp) {
  Builder builder = chain(2, {1, 1}, {1});
  builder.weight(100, {0});
  Problem p = builder.get();
  for (Device &device : p.devices)
    device.memory = 50;
  EXPECT_FALSE(namesRevisit(p));
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

TEST(ExplainTest, OneWayChainNeverComesBack) {
  // Links d0 -> d1 -> d2 only, and the nodes go the other way.
  Builder builder(3);
  for (int32_t t = 0; t < 3; ++t)
    builder.task(1);
  builder.tensor(0, {1}, 1);
  builder.tensor(1, {2}, 1);
  for (int32_t from = 0; from < 3; ++from)
    for (int32_t to = 0; to < 3; ++to)
      builder.link(from, to, to == from + 1 ? ByteRate : 0);
  builder.problem.tasks[0].pin = 2;
  builder.problem.tasks[2].pin = 0;
  expectReason(builder.get(),
               "node 't2' on device 'd0' needs results of node 't0' on device "
               "'d2', but no chain of links leads from there to it; a link "
               "from 'd2' to 'd0' is missing");
}

TEST(ExplainTest, GroupsOfDevicesAreNamed) {
  // Two pairs; each holds two of the three weights.
  Builder builder = chain(4, {1, 1, 1}, {1, 1});
  for (int32_t t = 0; t < 3; ++t)
    builder.weight(100, {t});
  for (int32_t from = 0; from < 4; ++from)
    for (int32_t to = 0; to < 4; ++to)
      if (from / 2 != to / 2)
        builder.link(from, to, 0);
  for (Device &device : builder.problem.devices)
    device.memory = 110;
  std::vector<std::string> reasons = explainInfeasible(builder.get());
  bool isNamed = false;
  for (const std::string &reason : reasons)
    isNamed |= reason.find("2 groups without links between them: 'd0', 'd1'; "
                           "'d2', 'd3'") != std::string::npos;
  EXPECT_TRUE(isNamed) << reasons.front();
}

/// Two tasks with weights of 100 each, peak 30, buffers 60: 190 where each has
/// its own stage, 230 where both are on one device. The devices have 150 and
/// 160.
static Problem twoThatDoNotFit() {
  Builder builder = chain(2, {1, 1}, {30});
  builder.weight(100, {0});
  builder.weight(100, {1});
  Problem p = builder.get();
  p.devices[0].memory = 150;
  p.devices[1].memory = 160;
  return p;
}

TEST(ExplainTest, SaysHowMuchMemoryIsEnough) {
  Problem p = twoThatDoNotFit();
  std::string last = explainInfeasible(p).back();
  EXPECT_EQ(last, "with 70 bytes more memory on device 'd1', which has 160 "
                  "bytes, a plan exists, and with less there is none");
  p.devices[0].memory = 190;
  EXPECT_EQ(explainInfeasible(p).back(),
            "with 30 bytes more memory on device 'd1', which has 160 bytes, a "
            "plan exists, and with less there is none");
}

TEST(ExplainTest, AdviceKeepsTheLimits) {
  // Both tasks on one device take 2 ns, whatever the memory.
  Problem p = twoThatDoNotFit();
  SolveOptions options;
  options.maxLatencyNs = 2;
  Result result = solve(p, options);
  ASSERT_TRUE(result.provenInfeasible());
  EXPECT_EQ(
      explainNoPlan(p, options, result).back(),
      "with 70 bytes more memory on device 'd1', which has 160 bytes, a "
      "plan within 2 ns for one item exists, and with less there is none");
  options.maxLatencyNs = 1;
  std::vector<std::string> reasons = explainNoPlan(p, options, result);
  ASSERT_GE(reasons.size(), 2u);
  EXPECT_EQ(reasons[reasons.size() - 2],
            "memory is not the matter: without limits of memory there is no "
            "plan within 1 ns for one item either");
  EXPECT_EQ(reasons.back(),
            "without these limits: with 70 bytes more memory on device 'd1', "
            "which has 160 bytes, a plan exists, and with less there is none");
  options.targetNs = 1;
  reasons = explainNoPlan(p, options, result);
  EXPECT_NE(reasons[reasons.size() - 2].find(
                "no plan within 1 ns for one item and with at most 1 ns "
                "between items either"),
            std::string::npos)
      << reasons[reasons.size() - 2];
}

/// With what is advised there is a plan within the limits.
TEST(ExplainTest, AdviceWithinLimitsHelps) {
  int memory = 0, revisits = 0;
  for (uint64_t seed : seeds(1200)) {
    Problem p = randomProblem(seed + 52000, {5, 3});
    Problem roomy = p;
    for (Device &device : roomy.devices)
      device.memory = Unlimited;
    SolveOptions options;
    Result best = solve(roomy, options);
    Result result = solve(p, options);
    if (!best.found || !result.provenInfeasible())
      continue;
    (seed % 2 == 0 ? options.maxLatencyNs : options.targetNs) =
        seed % 2 == 0 ? best.evaluation.latencyNs : best.evaluation.intervalNs;
    for (const std::string &reason : explainNoPlan(p, options, result)) {
      Problem changed = p;
      if (reason.find("with --revisit") == 0) {
        changed.revisit = true;
        ++revisits;
      } else if (reason.find("more memory on device") != std::string::npos &&
                 reason.find("without") != 0) {
        int32_t device = std::stoi(reason.substr(reason.find("device '") + 9));
        changed.devices[device].memory += std::stoll(reason.substr(5));
        ++memory;
      } else {
        continue;
      }
      SolveOptions wide = options;
      wide.searchClass = SolutionClass::Replicating;
      Result found = solve(changed, wide);
      EXPECT_TRUE(found.found &&
                  found.evaluation.intervalNs <= options.targetNs)
          << reason << "\n"
          << describe(p);
    }
  }
  EXPECT_GT(memory, 40 / Thinned);
  // Rare, so that a run of some seeds may have none.
  EXPECT_GE(revisits, 3 / Thinned);
}

TEST(ExplainTest, WhereTheClockEndedTheSearchMoreTimeComesFirst) {
  Problem p = chain(2, {1, 1, 1}, {1, 1}).get();
  Result result;
  result.stoppedByClock = true;
  SolveOptions options;
  std::vector<std::string> reasons = explainNoPlan(p, options, result);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(
      reasons[0].find(
          "the time limit ended the search; another one found a plan in "),
      0u)
      << reasons[0];
  result.stoppedByClock = false;
  reasons = explainNoPlan(p, options, result);
  EXPECT_NE(reasons[0].find(": try --strategy=auto"), std::string::npos);
  // No plan is as fast as that, which the bound says.
  options.targetNs = 1;
  result.bound.value = 2;
  EXPECT_TRUE(isProvenImpossible(options, result));
  for (const std::string &reason : explainNoPlan(p, options, result))
    EXPECT_EQ(reason.find("--time-limit"), std::string::npos) << reason;
  options.targetNs = 2;
  EXPECT_FALSE(isProvenImpossible(options, result));
  options.targetNs = Unlimited;
  // There is none, which the search did not come to know.
  p.devices[0].memory = p.devices[1].memory = 0;
  p.tasks[0].pin = 0;
  p.tasks[1].pin = 1;
  p.tasks[2].pin = 0;
  for (const std::string &reason : explainNoPlan(p, options, result))
    EXPECT_EQ(reason.find("another one found"), std::string::npos) << reason;
}

TEST(ExplainTest, SaysIfMemoryIsNotTheMatter) {
  Problem p = chain(2, {1, 1}, {1}).get();
  p.tensors[0].canCut = false;
  p.tasks[0].pin = 0;
  p.tasks[1].pin = 1;
  EXPECT_EQ(explainInfeasible(p).back(),
            "memory is not the matter: without limits of memory there is no "
            "plan either");
}

/// Number before the text, in bytes; None if the text is not there.
static int64_t bytesBefore(const std::string &sentence,
                           const std::string &text) {
  size_t at = sentence.find(text);
  if (at == std::string::npos)
    return None;
  size_t begin = sentence.find_last_of("0123456789", at);
  while (begin > 0 && std::isdigit(sentence[begin - 1]))
    --begin;
  return std::stoll(sentence.substr(begin));
}

TEST(ExplainTest, AdvisedMemoryIsEnoughAndLeast) {
  int advised = 0;
  for (uint64_t seed : seeds(600)) {
    Problem p = randomProblem(seed + 45000, {5, 3});
    if (!solve(p, SolveOptions()).provenInfeasible())
      continue;
    std::string last = explainInfeasible(p).back();
    int64_t more = bytesBefore(last, " more memory on device");
    if (more == None)
      continue;
    ++advised;
    size_t name = last.find("device '") + 8;
    int32_t device = std::stoi(last.substr(name + 1));
    Problem changed = p;
    changed.devices[device].memory += more;
    EXPECT_NE(enumerateContiguous(changed).bottleneckNs, Unlimited)
        << last << "\n"
        << describe(p);
    if (last.find("with less there is none") == std::string::npos)
      continue;
    changed.devices[device].memory -= 1;
    EXPECT_EQ(enumerateContiguous(changed).bottleneckNs, Unlimited)
        << last << "\n"
        << describe(p);
  }
  EXPECT_GT(advised, 20 / Thinned);
}

TEST(ExplainTest, EveryInfeasibleProblemHasAReason) {
  int infeasible = 0;
  for (uint64_t seed : seeds(1500)) {
    Problem p = randomProblem(seed + 40000);
    if (!solve(p, SolveOptions()).provenInfeasible())
      continue;
    ++infeasible;
    EXPECT_FALSE(explainInfeasible(p).empty()) << describe(p);
  }
  EXPECT_GT(infeasible, 100 / Thinned);
}
