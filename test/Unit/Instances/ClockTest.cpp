//===- ClockTest.cpp - Searches that end before they begin ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Large problems of which every preparation takes longer than a limit: what is
/// cut short must prove nothing that is wrong, and say that it was cut short.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Synthetic.h"

#include <gtest/gtest.h>

using namespace onnx_split;
using namespace onnx_split::instances;
using namespace onnx_split::placement;

namespace {

/// What the objective makes small, of the planted plan.
int64_t valueOf(const Evaluation &evaluation, Objective objective) {
  return objective == Objective::Latency ? evaluation.latencyNs
         : objective == Objective::Devices
             ? static_cast<int64_t>(evaluation.devices.size())
             : evaluation.intervalNs;
}

/// Whoever is out of time before anything is done ends at once, without a plan
/// or with one that is a plan, and with no bound above a plan that there is.
void expectNothingWrong(const Synthetic &synthetic, SolveOptions options) {
  const Problem &p = synthetic.instance.problem;
  Evaluation planted = evaluate(p, synthetic.planted);
  ASSERT_TRUE(planted.violations.empty());
  Result result = solve(p, options);
  EXPECT_TRUE(result.stoppedByClock);
  EXPECT_FALSE(result.provenInfeasible());
  EXPECT_LE(result.bound.value, valueOf(planted, options.objective));
  if (result.found) {
    EXPECT_TRUE(evaluate(p, result.placement).violations.empty());
  }
}

} // namespace

TEST(ClockTest, WithoutAnyTime) {
  for (SyntheticShape shape : {SyntheticShape::Chain, SyntheticShape::Layers}) {
    Synthetic synthetic = makeSynthetic(10000, 100, 1, shape);
    std::atomic<bool> stop = true;
    for (Objective objective :
         {Objective::Throughput, Objective::Latency, Objective::Devices})
      for (const StrategyInfo &info : strategies()) {
        SCOPED_TRACE(info.name);
        SolveOptions options;
        options.objective = objective;
        options.strategy = info.strategy;
        if (objective == Objective::Devices)
          options.targetNs = synthetic.optimumNs;
        options.stop = &stop;
        expectNothingWrong(synthetic, options);
        options.stop = nullptr;
        options.timeLimitSeconds = 0;
        expectNothingWrong(synthetic, options);
      }
  }
}

/// The same for what devices may do besides.
TEST(ClockTest, WithoutAnyTimeInWiderClasses) {
  Synthetic synthetic = makeSynthetic(10000, 100, 2);
  Problem &p = synthetic.instance.problem;
  SolveOptions options;
  options.timeLimitSeconds = 0;
  p.revisit = true;
  options.searchClass = SolutionClass::Revisiting;
  expectNothingWrong(synthetic, options);
  p.replicate = true;
  options.searchClass = SolutionClass::Replicating;
  expectNothingWrong(synthetic, options);
  p.revisit = p.replicate = false;
  options.searchClass = SolutionClass::FixedOrder;
  expectNothingWrong(synthetic, options);
  options.searchClass = SolutionClass::Contiguous;
  p.sequences = 4;
  expectNothingWrong(synthetic, options);
}

/// Stopped at one report after another, which no clock decides: what is proven
/// by then is no more than there is.
TEST(ClockTest, InterruptedInBetween) {
  int interrupted = 0;
  for (SyntheticShape shape : {SyntheticShape::Chain, SyntheticShape::Layers}) {
    Synthetic synthetic = makeSynthetic(300, 6, 5, shape);
    const Problem &p = synthetic.instance.problem;
    for (int reports = 0; reports < 6; ++reports) {
      std::atomic<bool> stop = false;
      int count = 0;
      SolveOptions options;
      options.stop = &stop;
      options.progress = [&](int64_t, int64_t) { stop = ++count > reports; };
      Result result = solve(p, options);
      interrupted += stop;
      EXPECT_LE(result.bound.value, synthetic.optimumNs);
      if (result.found) {
        EXPECT_TRUE(evaluate(p, result.placement).violations.empty());
      }
    }
  }
  EXPECT_GT(interrupted, 4);
}

/// A table of times so large that LB1 and LB2 look at the clock, too.
TEST(ClockTest, BoundsOfLargeTables) {
  Synthetic synthetic = makeSynthetic(70000, 20, 3);
  SolveOptions options;
  options.timeLimitSeconds = 0;
  expectNothingWrong(synthetic, options);
  // With time, they are what they are for small ones.
  options.timeLimitSeconds = 60;
  options.gap = 0.1;
  Result result = solve(synthetic.instance.problem, options);
  EXPECT_LE(result.bound.value, synthetic.optimumNs);
  EXPECT_GE(result.bound.value, synthetic.optimumNs / 100 * 99);
}

/// The shorter the time to explain, the less is said; nothing that is wrong.
TEST(ClockTest, ExplainsWithoutTime) {
  Synthetic synthetic = makeSynthetic(10000, 100, 4);
  Problem &p = synthetic.instance.problem;
  p.weights.push_back({"large", 1000});
  p.tasks[5].weights = {0};
  for (placement::Device &device : p.devices)
    device.memory = 10;
  EXPECT_TRUE(explainInfeasible(p, 0).empty());
  std::atomic<bool> stop = true;
  EXPECT_TRUE(explainInfeasible(p, 2, &stop).empty());
}

TEST(ClockTest, TimeToExplain) {
  SolveOptions options;
  options.timeLimitSeconds = 10;
  Result result;
  result.seconds = 0.5;
  EXPECT_EQ(secondsToExplain(options, result), 2);
  result.seconds = 10;
  EXPECT_NEAR(secondsToExplain(options, result), 0.6, 1e-9);
  result.seconds = 12;
  EXPECT_EQ(secondsToExplain(options, result), 0);
}
