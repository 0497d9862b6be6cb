//===- IntervalTest.cpp - Items that wait for their predecessors ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Objectives/Objectives.h"
#include "onnx-split/Placement/Advice.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

static int64_t valueOf(const Evaluation &evaluation) {
  return evaluation.intervalNs;
}

/// Three stages of 10, 30 and 20 ns on devices of their own; messages take 3
/// and 4 ns, and back from the last device to the first 8 bytes take 8 ns and a
/// latency of 5.
static Problem threeStages(int32_t sequences) {
  Builder builder = chain(3, {10, 30, 20}, {3, 4});
  builder.link(2, 0, ByteRate, 0, 5);
  builder.problem.sequences = sequences;
  return builder.get();
}

TEST(IntervalTest, RoundTripOverSequences) {
  Placement apart{{0, 1, 2}, {0, 1, 2}, {}};
  constexpr int64_t latency = 10 + 3 + 30 + 4 + 20, trip = latency + 8 + 5;
  for (auto [sequences, interval] : std::vector<std::pair<int32_t, int64_t>>{
           {1, trip}, {2, trip / 2}, {3, 30}, {1000, 30}}) {
    Evaluation found = evaluate(threeStages(sequences), apart);
    EXPECT_TRUE(found.violations.empty());
    EXPECT_EQ(found.latencyNs, latency);
    EXPECT_EQ(found.bottleneckNs, 30);
    EXPECT_EQ(found.roundTripNs, trip);
    EXPECT_EQ(found.intervalNs, interval) << sequences;
  }
  // Without waiting there is no round trip; on one device it is the latency.
  Evaluation free = evaluate(threeStages(0), apart);
  EXPECT_EQ(free.roundTripNs, 0);
  EXPECT_EQ(free.intervalNs, 30);
  Evaluation alone = evaluate(threeStages(1), {{0, 0, 0}, {1}, {}});
  EXPECT_EQ(alone.roundTripNs, 60);
  EXPECT_EQ(alone.intervalNs, 60);
}

TEST(IntervalTest, RoundsUp) {
  Evaluation found = evaluate(threeStages(7), {{0, 0, 0}, {0}, {}});
  EXPECT_EQ(found.intervalNs, 60);
  Problem quick = threeStages(7);
  quick.taskTime.assign(quick.taskTime.size(), 0);
  found = evaluate(quick, {{0, 1, 2}, {0, 1, 2}, {}});
  EXPECT_EQ(found.roundTripNs, 3 + 4 + 13);
  EXPECT_EQ(found.intervalNs, 4); // the link; 20 / 7 is less
  quick.sequences = 3;
  EXPECT_EQ(evaluate(quick, {{0, 1, 2}, {0, 1, 2}, {}}).intervalNs, 7);
}

TEST(IntervalTest, NeedsAWayBack) {
  Problem problem = threeStages(2);
  problem.links[2 * 3 + 0].bitsPerSecond = 0;
  Evaluation found = evaluate(problem, {{0, 1, 2}, {0, 1, 2}, {}});
  ASSERT_EQ(found.violations.size(), 1u);
  EXPECT_NE(found.violations.front().find("no link from device 'd2' back to "
                                          "'d0'"),
            std::string::npos)
      << found.violations.front();
  // Other devices have one.
  Result result = solve(problem, SolveOptions());
  ASSERT_TRUE(result.found);
  EXPECT_TRUE(evaluate(problem, result.placement).violations.empty());
}

TEST(IntervalTest, StatefulStagesAreNotReplicated) {
  Builder builder = chain(2, {10}, {});
  builder.problem.replicate = true;
  Problem problem = builder.get();
  Placement twice{{0}, {0}, {{1}}};
  EXPECT_TRUE(evaluate(problem, twice).violations.empty());
  problem.tasks[0].hasState = true;
  EXPECT_EQ(evaluate(problem, twice).violations.size(), 1u);
  EXPECT_TRUE(evaluate(problem, {{0}, {0}, {{}}}).violations.empty());
}

/// Solves and checks that the answer is what enumeration says, with proof.
static void expectLeast(const Problem &problem, SolutionClass ofClass) {
  SolveOptions options;
  options.searchClass = ofClass;
  Result result = solve(problem, options);
  int64_t least = leastValue(problem, ofClass, valueOf);
  ASSERT_EQ(result.found, least != Unlimited) << describe(problem);
  if (!result.found) {
    EXPECT_TRUE(result.provenInfeasible()) << describe(problem);
    return;
  }
  EXPECT_EQ(evaluate(problem, result.placement).intervalNs, least)
      << describe(problem);
  EXPECT_EQ(result.bound.value, least) << describe(problem);
  EXPECT_GE(result.bound.ofClass, ofClass);
}

TEST(IntervalTest, EqualsEnumeration) {
  for (uint64_t seed : seeds(1500)) {
    Problem problem = randomProblem(seed, {5, 3});
    problem.sequences = 1 + static_cast<int32_t>(seed % 4);
    expectLeast(problem, SolutionClass::Contiguous);
  }
}

TEST(IntervalTest, BlocksEqualEnumeration) {
  for (uint64_t seed : seeds(400)) {
    Problem problem = randomBlocks(seed + 55000);
    problem.sequences = 1 + static_cast<int32_t>(seed % 2);
    expectLeast(problem, SolutionClass::Contiguous);
  }
}

/// Of several stages the last one tells the first one, which takes time; one
/// alone has no way back. What runs more often may be back where it began.
TEST(IntervalTest, TheWayBackIsInTheBound) {
  for (int64_t latency : {0, 2, 30}) {
    Builder builder = chain(2, {20, 20}, {1});
    builder.slowDown(0, 2);
    builder.link(0, 1, ByteRate, 0, latency);
    builder.link(1, 0, ByteRate, 0, latency);
    Problem problem = builder.get();
    problem.sequences = 1;
    problem.tasks[0].pin = 0;
    SearchState search(problem, SolveOptions());
    boundInterval(search);
    // Tasks of 40 and 20 ns, a message of 1 byte, and 8 bytes back; or 80 ns on
    // device 0 alone.
    EXPECT_EQ(search.lower(SolutionClass::Contiguous),
              std::min<int64_t>(80, 60 + 1 + latency + 8 + latency));
    EXPECT_EQ(search.lower(SolutionClass::Revisiting),
              std::min<int64_t>(80, 60 + 1 + latency));
  }
}

TEST(IntervalTest, EqualsEnumerationInTheGivenOrder) {
  for (uint64_t seed : seeds(700)) {
    Problem problem = randomProblem(seed + 70000, {6, 4});
    problem.sequences = 1 + static_cast<int32_t>(seed % 3);
    expectLeast(problem, SolutionClass::FixedOrder);
  }
}

/// So many sequences that none waits.
TEST(IntervalTest, ManySequencesAreAsNone) {
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 2000, {6, 4});
    for (Link &link : problem.links)
      if (link.bitsPerSecond == 0)
        link.bitsPerSecond = ByteRate;
    Result free = solve(problem, SolveOptions());
    problem.sequences = 1 << 30;
    Result many = solve(problem, SolveOptions());
    ASSERT_EQ(free.found, many.found) << describe(problem);
    if (free.found && free.evaluation.bottleneckNs > 0) {
      EXPECT_EQ(free.evaluation.bottleneckNs, many.evaluation.intervalNs)
          << describe(problem);
      EXPECT_EQ(free.bound.value, many.bound.value);
    }
  }
}

TEST(IntervalTest, BoundsHoldForWiderClasses) {
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 5000, {4, 3});
    problem.sequences = 1 + static_cast<int32_t>(seed % 3);
    problem.revisit = true;
    SolveOptions options;
    options.searchClass = SolutionClass::Revisiting;
    Result result = solve(problem, options);
    int64_t least = leastValue(problem, SolutionClass::Revisiting, valueOf);
    if (result.found)
      EXPECT_LE(result.bound.value, least) << describe(problem);
    else
      EXPECT_TRUE(!result.provenInfeasible() || least == Unlimited);
  }
}

TEST(IntervalTest, FewestDevicesForARate) {
  for (uint64_t seed : seeds(300)) {
    Problem problem = randomProblem(seed + 9000, {5, 3});
    problem.sequences = 1 + static_cast<int32_t>(seed % 3);
    int64_t best = leastValue(problem, SolutionClass::Contiguous, valueOf);
    if (best == Unlimited)
      continue;
    SolveOptions options;
    options.objective = Objective::Devices;
    options.targetNs = best + best / 4;
    int64_t fewest = leastValue(
        problem, SolutionClass::Contiguous, [&](const Evaluation &found) {
          return found.intervalNs <= options.targetNs
                     ? static_cast<int64_t>(found.devices.size())
                     : Unlimited;
        });
    Result result = solve(problem, options);
    ASSERT_TRUE(result.found) << describe(problem);
    EXPECT_EQ(static_cast<int64_t>(result.evaluation.devices.size()), fewest)
        << describe(problem);
    EXPECT_LE(result.evaluation.intervalNs, options.targetNs);
  }
}

//===----------------------------------------------------------------------===//
// Limits of the other figure
//===----------------------------------------------------------------------===//

/// The least value of the plans within a limit, and what the search says of it.
static void expectLeastWithin(const Problem &problem, Objective objective,
                              int64_t limit) {
  bool isLatency = objective == Objective::Latency;
  SolveOptions options;
  options.objective = objective;
  // Hundredths of a second, but for what else may run on the machine.
  options.timeLimitSeconds = 60;
  (isLatency ? options.targetNs : options.maxLatencyNs) = limit;
  int64_t least = leastValue(
      problem, SolutionClass::Contiguous, [&](const Evaluation &found) {
        int64_t value = isLatency ? found.latencyNs : found.intervalNs;
        int64_t other = isLatency ? found.intervalNs : found.latencyNs;
        return other <= limit ? value : Unlimited;
      });
  Result result = solve(problem, options);
  EXPECT_FALSE(result.stoppedByClock) << describe(problem);
  ASSERT_EQ(result.found, least != Unlimited)
      << toString(objective) << " within " << limit << "\n"
      << describe(problem);
  if (!result.found) {
    EXPECT_TRUE(result.provenInfeasible())
        << toString(objective) << " within " << limit << "\n"
        << describe(problem);
    return;
  }
  Evaluation found = evaluate(problem, result.placement);
  EXPECT_LE(isLatency ? found.intervalNs : found.latencyNs, limit);
  EXPECT_EQ(isLatency ? found.latencyNs : found.intervalNs, least)
      << toString(objective) << " within " << limit << "\n"
      << describe(problem);
  EXPECT_EQ(result.bound.value, least) << describe(problem);
}

/// Limits from below what is possible to above what the other objective gives.
TEST(LimitTest, EqualsEnumeration) {
  for (uint64_t seed : seeds(500)) {
    Problem problem = randomProblem(seed + 31000, {5, 3});
    for (Objective objective : {Objective::Throughput, Objective::Latency}) {
      SolveOptions options;
      options.objective = objective == Objective::Latency
                              ? Objective::Throughput
                              : Objective::Latency;
      Result other = solve(problem, options);
      if (!other.found)
        continue;
      int64_t least = objective == Objective::Latency
                          ? other.evaluation.intervalNs
                          : other.evaluation.latencyNs;
      for (int64_t limit : {least - 1, least, least + least / 5, 2 * least})
        if (limit >= 0)
          expectLeastWithin(problem, objective, limit);
    }
  }
}

/// Where items wait for their predecessors as well, and no search goes on until
/// its time is up.
TEST(LimitTest, LatencyOfItemsThatWait) {
  for (uint64_t seed : seeds(300)) {
    Problem problem = coarse(randomProblem(seed + 61000, {5, 3}));
    problem.sequences = 1 + static_cast<int32_t>(seed % 3);
    int64_t best = leastValue(problem, SolutionClass::Contiguous, valueOf);
    if (best == Unlimited)
      continue;
    for (int64_t limit : {Unlimited, best, best + best / 5, 2 * best})
      expectLeastWithin(problem, Objective::Latency, limit);
    if (HasFailure())
      return;
  }
}

/// From one end to the other, each plan the fastest of those with less latency
/// than the one before: no plan beats one of these in both figures.
TEST(LimitTest, WalksTheParetoFront) {
  for (uint64_t seed : seeds(150)) {
    Problem problem = randomProblem(seed + 47000, {5, 3});
    std::vector<std::pair<int64_t, int64_t>> front, all;
    ParetoFront walked = findParetoFront(problem, SolveOptions());
    EXPECT_TRUE(walked.isComplete);
    for (const Result &plan : walked.plans) {
      EXPECT_TRUE(evaluate(problem, plan.placement).violations.empty());
      front.push_back({plan.evaluation.intervalNs, plan.evaluation.latencyNs});
    }
    leastValue(problem, SolutionClass::Contiguous,
               [&](const Evaluation &found) {
                 if (std::max(found.latencyNs, found.intervalNs) != Unlimited)
                   all.push_back({found.intervalNs, found.latencyNs});
                 return int64_t(0);
               });
    auto isBeaten = [&](std::pair<int64_t, int64_t> plan) {
      return std::any_of(all.begin(), all.end(), [&](const auto &other) {
        return other != plan && other.first <= plan.first &&
               other.second <= plan.second;
      });
    };
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::vector<std::pair<int64_t, int64_t>> expected;
    for (const auto &plan : all)
      if (!isBeaten(plan))
        expected.push_back(plan);
    EXPECT_EQ(front, expected) << describe(problem);
  }
}
