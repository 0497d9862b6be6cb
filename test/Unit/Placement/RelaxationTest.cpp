//===- RelaxationTest.cpp - Any dual values give a bound ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What LB9 proves must not rest on how good the dual values are: here they are
/// HiGHS's, where the build has it, those moved by chance, and chance alone.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Bounds/Bounds.h"
#include "../../../lib/Placement/Bounds/Relaxation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// Dual values of the kind: those of an optimum, where there is a solver, these
/// up to a few percent off, and any.
static std::vector<double> drawDuals(const LinearProgram &program, int kind,
                                     Draw &draw) {
  std::vector<double> duals;
  if (kind < 2)
    duals = solveLinear(program, /*seconds=*/60).duals;
  bool isKnown = !duals.empty();
  duals.resize(program.rowLower.size());
  for (double &dual : duals) {
    double chance = static_cast<double>(draw.below(2001) - 1000) / 1000;
    if (!isKnown)
      dual = chance;
    else if (kind == 1)
      dual *= 1 + chance / 20;
  }
  // Nor may what is no number do harm.
  if (kind == 2 && draw.chance(10))
    duals[draw.below(static_cast<int64_t>(duals.size()))] =
        draw.chance(50) ? std::nan("") : LinearProgram::Infinity;
  return duals;
}

/// The devices of a plan stay allowed. Of revisiting plans there may be none
/// here.
static void keepsDevices(const Problem &problem, const Placement &best,
                         const std::vector<Domains::Set> &allowed) {
  for (size_t t = 0; t < best.stageOf.size(); ++t)
    EXPECT_TRUE(allowed[t] >> best.deviceOf[best.stageOf[t]] & 1)
        << "task " << t << "\n"
        << describe(problem);
}

/// The best plan's bottleneck is at least the bound for each kind of dual
/// values, and its devices stay allowed. Returns whether some bound is above 0.
static bool keepsOptimum(const Problem &problem, const Optimum &optimum,
                         bool convex, Draw &draw, int *counted = nullptr) {
  Domains domains(problem, convex);
  const SearchState search(problem, SolveOptions());
  int64_t threshold = optimum.bottleneckNs + draw.below(8);
  if (threshold == 0)
    return false;
  std::vector<Domains::Set> allowed;
  bool isUseful = false;
  using Rows = Relaxation::Rows;
  for (auto [kind, rows] : {std::pair{0, Rows::Cuts},
                            {1, Rows::Cuts},
                            {2, Rows::Cuts},
                            {0, Rows::Flows},
                            {1, Rows::Flows},
                            {2, Rows::Flows}}) {
    if (!domains.narrow(threshold, allowed)) {
      ADD_FAILURE() << "excludes the optimum by domains, threshold "
                    << threshold << "\n"
                    << describe(problem);
      return false;
    }
    Relaxation relaxation(problem, domains, threshold, rows);
    EXPECT_TRUE(relaxation.isComplete());
    // With rows for what does not fit in shares, or without.
    if (draw.chance(50)) {
      size_t before = relaxation.program().rowLower.size();
      relaxation.solve(search);
      if (counted)
        *counted += relaxation.program().rowLower.size() > before;
    }
    int64_t bound =
        relaxation.boundBy(drawDuals(relaxation.program(), kind, draw));
    isUseful |= bound > 0;
    EXPECT_LE(bound, optimum.bottleneckNs) << "kind " << kind << "\n"
                                           << describe(problem);
    allowed = relaxation.allowed();
    keepsDevices(problem, optimum.placement, allowed);
    if (rows == Rows::Cuts)
      continue;
    // Prices of two clusters' loads, or any, and those of flows by ascent.
    Relaxation rough(problem, domains, threshold, rows,
                     /*mostEntries=*/400000, /*mostAtoms=*/2);
    Relaxation::LoadPrices prices =
        rough.pricesOfLoads(drawDuals(rough.program(), kind, draw));
    int64_t climbed =
        relaxation.boundByLoads(prices, static_cast<int>(draw.below(6)));
    EXPECT_LE(climbed, optimum.bottleneckNs) << "kind " << kind << "\n"
                                             << describe(problem);
    keepsDevices(problem, optimum.placement, relaxation.allowed());
    EXPECT_LE(relaxation.boundBySides(prices), optimum.bottleneckNs)
        << "kind " << kind << "\n"
        << describe(problem);
    keepsDevices(problem, optimum.placement, relaxation.allowed());
  }
  return isUseful;
}

TEST(RelaxationTest, AnyDualValuesKeepTheOptimum) {
  int useful = 0, counted = 0;
  for (uint64_t seed : seeds(2000)) {
    Draw draw(seed);
    Problem problem = draw.chance(50) ? randomWithEnds(seed + 1300000, {5, 3})
                                      : randomProblem(seed + 1300000, {5, 3});
    Optimum optimum = enumerateContiguous(problem);
    if (optimum.bottleneckNs == Unlimited)
      continue;
    useful += keepsOptimum(problem, optimum, /*convex=*/true, draw, &counted);
    ASSERT_FALSE(HasFailure()) << seed;
  }
  EXPECT_GT(useful, 400 / Thinned);
  if (hasLinearPrograms()) {
    EXPECT_GT(counted, 100 / Thinned);
  }
}

TEST(RelaxationTest, AnyDualValuesKeepTheOptimumOfRevisitingPlans) {
  for (uint64_t seed : seeds(1000)) {
    Draw draw(seed);
    Problem problem = draw.chance(50) ? randomWithEnds(seed + 1400000, {4, 3})
                                      : randomProblem(seed + 1400000, {4, 3});
    problem.revisit = true;
    Optimum optimum;
    optimum.bottleneckNs =
        leastValue(problem, SolutionClass::Revisiting,
                   [](const Evaluation &found) { return found.bottleneckNs; });
    if (optimum.bottleneckNs == Unlimited)
      continue;
    keepsOptimum(problem, optimum, /*convex=*/false, draw);
    ASSERT_FALSE(HasFailure()) << seed;
  }
}

/// Two devices on each side of slow links, and two tasks between two that are
/// bound to a side: whichever sides these are on, a tensor crosses one of four
/// links.
static Problem twoSides() {
  Builder builder = chain(4, {1, 1, 1, 1}, {1000, 1000, 1000});
  for (int32_t d = 0; d < 4; ++d)
    builder.slowDown(d, d + 1);
  for (int32_t from : {0, 1})
    for (int32_t to : {2, 3}) {
      builder.link(from, to, ByteRate / 100);
      builder.link(to, from, ByteRate / 100);
    }
  Problem problem = builder.get();
  auto forbid = [&](size_t task, int32_t device) {
    problem.taskTime[problem.devices[device].speedClass * 4 + task] = Unlimited;
  };
  for (int32_t d : {0, 1}) {
    forbid(0, d + 2);
    forbid(3, d);
  }
  return problem;
}

TEST(RelaxationTest, WhatCrossesLeavesWhereItIsMade) {
  if (!hasLinearPrograms())
    GTEST_SKIP() << "built without HiGHS, which utils/bootstrap installs";
  // As quick links lead from device to device on each side, shares of the
  // tensor in the middle go from one to the other there, where they are not
  // tied to shares of its maker.
  constexpr int64_t optimum = 100000;
  Problem problem = twoSides();
  EXPECT_EQ(enumerateContiguous(problem).bottleneckNs, optimum);
  Domains domains(problem, /*convex=*/false);
  ASSERT_TRUE(domains.narrow(optimum));
  Relaxation cuts(problem, domains, optimum, Relaxation::Rows::Cuts);
  EXPECT_LT(cuts.boundBy(solveLinear(cuts.program(), /*seconds=*/60).duals),
            optimum / 10);
  Relaxation relaxation(problem, domains, optimum, Relaxation::Rows::Flows);
  std::vector<double> duals =
      solveLinear(relaxation.program(), /*seconds=*/60).duals;
  constexpr int64_t quarter = optimum / 4;
  EXPECT_NEAR(relaxation.boundBy(duals), quarter, 10);
  // Prices of loads alone show the same, after some sweeps and not before.
  Relaxation::LoadPrices prices = relaxation.pricesOfLoads(duals);
  EXPECT_LT(relaxation.boundByLoads(prices, 0), quarter / 10);
  EXPECT_NEAR(relaxation.boundByLoads(prices, 10), quarter, 10);
  // What crosses between the sides is a cut.
  EXPECT_NEAR(relaxation.boundBySides(prices), quarter, 10);
}

/// What LB9 has for a threshold, with shares as the programme has them and with
/// what whole tasks and messages exclude.
static std::pair<int64_t, int64_t> inSharesAndWhole(const Problem &problem,
                                                    int64_t threshold) {
  Domains domains(problem, /*convex=*/true);
  EXPECT_TRUE(domains.narrow(threshold));
  Relaxation relaxation(problem, domains, threshold, Relaxation::Rows::Cuts);
  int64_t inShares = relaxation.boundBy(
      solveLinear(relaxation.program(), /*seconds=*/60).duals);
  const SearchState search(problem, SolveOptions());
  return {inShares, relaxation.boundBy(relaxation.solve(search).duals)};
}

/// What is less than the optimum is excluded whole, and not in shares; the
/// optimum is not.
static void excludesSharesAlone(const Problem &problem, int64_t optimum,
                                int64_t ofShares) {
  EXPECT_EQ(enumerateContiguous(problem).bottleneckNs, optimum);
  auto [inShares, whole] = inSharesAndWhole(problem, optimum - 1);
  constexpr double rounding = 10;
  EXPECT_NEAR(inShares, ofShares, rounding);
  EXPECT_GE(whole, optimum);
  EXPECT_LE(inSharesAndWhole(problem, optimum).second, optimum);
}

TEST(RelaxationTest, DevicesHoldWholeTasks) {
  if (!hasLinearPrograms())
    GTEST_SKIP() << "built without HiGHS, which utils/bootstrap installs";
  // Seven tasks on three devices: some device has three. They share nothing,
  // so that neither LB8 nor an end of the order has a say.
  constexpr int64_t time = 1000;
  Builder builder(3);
  for (int t = 0; t < 7; ++t)
    builder.task(time);
  excludesSharesAlone(builder.get(), 3 * time, 7 * time / 3);
}

TEST(RelaxationTest, LinksCarryWholeMessages) {
  if (!hasLinearPrograms())
    GTEST_SKIP() << "built without HiGHS, which utils/bootstrap installs";
  // What five tasks read comes over two links from a device that can run none
  // of them: three messages over one of these.
  constexpr int64_t bytes = 1000;
  Builder builder(3);
  for (int t = 0; t < 5; ++t) {
    builder.task(1);
    builder.tensor(None, {t}, bytes);
  }
  builder.problem.ingress = 2;
  builder.slowDown(2, 1000000);
  excludesSharesAlone(builder.get(), 3 * bytes, 5 * bytes / 2);
}

/// Stages that do not fall along any tensor, none empty, on devices of their
/// own.
static void isContiguous(const Problem &problem, const Placement &placement) {
  std::set<int32_t> stages(placement.stageOf.begin(), placement.stageOf.end());
  std::set<int32_t> devices(placement.deviceOf.begin(),
                            placement.deviceOf.end());
  EXPECT_EQ(stages.size(), placement.deviceOf.size());
  EXPECT_EQ(devices.size(), placement.deviceOf.size());
  for (const Tensor &tensor : problem.tensors)
    for (int32_t reader : tensor.consumers)
      EXPECT_TRUE(tensor.producer == None ||
                  placement.stageOf[tensor.producer] <=
                      placement.stageOf[reader]);
}

TEST(RelaxationTest, RoundsSharesToContiguousStages) {
  int moved = 0, inPlace = 0;
  for (uint64_t seed : seeds(300)) {
    Draw draw(seed);
    Problem problem = randomProblem(seed + 1500000, {8, 3});
    Domains domains(problem, /*convex=*/true);
    constexpr int64_t threshold = Unlimited / 2;
    if (!domains.narrow(threshold))
      continue;
    Relaxation relaxation(problem, domains, threshold, Relaxation::Rows::Cuts);
    LinearSolution solution;
    for (size_t c = 0; c < relaxation.program().cost.size(); ++c)
      solution.values.push_back(static_cast<double>(draw.below(1000000)));
    Placement rounded = relaxation.rounded(solution);
    ASSERT_EQ(rounded.stageOf.size(), problem.tasks.size());
    isContiguous(problem, rounded);
    // Where most of it is, or where something is made that it reads.
    for (size_t t = 0; t < rounded.stageOf.size(); ++t) {
      int32_t atom = domains.atoms().atomOf[t], stage = rounded.stageOf[t];
      auto shareOn = [&](int32_t device) {
        return relaxation.shareOf(atom, Domains::Set(1) << device, solution);
      };
      bool isMost = true, isPulled = false;
      for (int32_t d = 0; d < static_cast<int32_t>(problem.devices.size()); ++d)
        isMost &= shareOn(d) <= shareOn(rounded.deviceOf[stage]);
      for (const Tensor &tensor : problem.tensors)
        for (int32_t reader : tensor.consumers)
          isPulled |= tensor.producer != None &&
                      reader == static_cast<int32_t>(t) &&
                      rounded.stageOf[tensor.producer] == stage;
      EXPECT_TRUE(isMost || isPulled) << seed << " task " << t;
      ++(isMost ? inPlace : moved);
    }
    ASSERT_FALSE(HasFailure()) << describe(problem);
  }
  EXPECT_GT(inPlace, 300 / Thinned);
  EXPECT_GT(moved, 100 / Thinned);
}

TEST(RelaxationTest, LargeDualValuesDoNotOverflow) {
  // Two tasks of years on two devices, with weights that fill one of them.
  constexpr int64_t years = int64_t(1) << 59;
  Builder builder = chain(2, {years, years}, {1});
  builder.weight(years, {0});
  builder.weight(years, {1});
  for (Device &device : builder.problem.devices)
    device.memory = years + (int64_t(1) << 55);
  Problem problem = builder.get();
  Draw draw(1);
  for (int digits = 0; digits < 300; ++digits) {
    Domains domains(problem, /*convex=*/true);
    ASSERT_TRUE(domains.narrow(years, {}));
    Relaxation relaxation(problem, domains, years,
                          digits % 2 ? Relaxation::Rows::Cuts
                                     : Relaxation::Rows::Flows);
    std::vector<double> duals = drawDuals(relaxation.program(), 2, draw);
    for (double &dual : duals)
      dual *= std::pow(10.0, digits);
    EXPECT_LE(relaxation.boundBy(duals), years) << digits;
    EXPECT_LE(relaxation.boundBySides(relaxation.pricesOfLoads(duals)), years)
        << digits;
    for (Domains::Set allowed : relaxation.allowed())
      EXPECT_NE(allowed, 0u) << digits;
  }
}

/// The bound with a plan from somewhere, as the planner asks for it.
TEST(RelaxationTest, RaisesBoundsOfTheirClass) {
  int raised = 0;
  for (uint64_t seed : seeds(600)) {
    Problem problem = randomWithEnds(seed + 1500000, {5, 3});
    problem.revisit = seed % 2 == 0;
    SolveOptions options;
    options.searchClass =
        problem.revisit ? SolutionClass::Revisiting : SolutionClass::Contiguous;
    SearchState search(problem, options);
    for (int32_t d = 0; d < static_cast<int32_t>(problem.devices.size()); ++d)
      search.offer({std::vector<int32_t>(problem.tasks.size(), 0), {d}});
    if (!search.result.found)
      continue;
    boundByWork(search);
    boundByConnection(search);
    int64_t before = search.lower();
    seed % 4 < 2 ? boundByRelaxation(search) : boundByFlows(search);
    int64_t least =
        leastValue(problem, options.searchClass,
                   [](const Evaluation &found) { return found.bottleneckNs; });
    ASSERT_LE(search.lower(), least) << seed << "\n" << describe(problem);
    raised += search.lower() > before;
  }
  if (hasLinearPrograms())
    EXPECT_GT(raised, 20 / Thinned);
  else
    EXPECT_EQ(raised, 0);
}

TEST(RelaxationTest, AsksBelowThePlanHoweverNearTheBoundIs) {
  if (!hasLinearPrograms())
    GTEST_SKIP() << "built without HiGHS, which utils/bootstrap installs";
  // No plan is faster than the one task, and 0.1 % are left to learn.
  constexpr int64_t optimum = 100000, near = optimum - optimum / 1000;
  Builder builder(2);
  builder.task(optimum);
  Problem problem = builder.get();
  SearchState search(problem, SolveOptions());
  search.offer({{0}, {0}});
  search.raiseBound(near, BoundKind::Work, SolutionClass::Contiguous);
  boundByRelaxation(search);
  EXPECT_EQ(search.lower(), optimum);
}
