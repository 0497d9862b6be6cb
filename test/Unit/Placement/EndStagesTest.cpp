//===- EndStagesTest.cpp - Plans by the devices of both ends --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB12 against enumeration: what it leaves out is in no best plan, and it
/// shows what LB9 alone does not.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/Bounds/Bounds.h"
#include "../../../lib/Placement/Bounds/Relaxation.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// Each pair of devices of the plan of which the first one has a stage that no
/// other sends to, and the second one a stage that sends to no other.
static std::vector<EndStages> endsOf(const Problem &problem,
                                     const Placement &plan) {
  size_t numStages = plan.deviceOf.size();
  std::vector<char> gets(numStages, 0), sends(numStages, 0);
  for (const Tensor &tensor : problem.tensors)
    for (int32_t reader : tensor.consumers)
      if (tensor.producer != None) {
        int32_t from = plan.stageOf[tensor.producer], to = plan.stageOf[reader];
        gets[to] |= from != to;
        sends[from] |= from != to;
      }
  std::vector<EndStages> ends;
  for (size_t first = 0; first < numStages; ++first)
    for (size_t last = 0; last < numStages; ++last)
      if (first != last && !gets[first] && !sends[last])
        ends.push_back({plan.deviceOf[first], plan.deviceOf[last]});
  return ends;
}

TEST(EndStagesTest, DomainsKeepTheOptimum) {
  int compared = 0, narrower = 0;
  for (uint64_t seed : seeds(1500)) {
    Draw draw(seed);
    Problem problem = draw.chance(50) ? randomWithEnds(seed + 1700000, {6, 3})
                                      : randomProblem(seed + 1700000, {6, 3});
    Optimum optimum = enumerateContiguous(problem);
    if (optimum.bottleneckNs == Unlimited || optimum.bottleneckNs == 0)
      continue;
    const Placement &plan = optimum.placement;
    Domains domains(problem, /*convex=*/true);
    for (EndStages ends : endsOf(problem, plan)) {
      ASSERT_TRUE(domains.narrow(optimum.bottleneckNs, {}, ends))
          << seed << " " << ends.first << " " << ends.last << "\n"
          << describe(problem);
      std::vector<Domains::Set> with;
      for (int32_t atom : domains.atoms().atomOf)
        with.push_back(domains.ofAtom(atom));
      Relaxation relaxation(problem, domains, optimum.bottleneckNs,
                            Relaxation::Rows::Flows);
      EXPECT_LE(relaxation.boundBy(
                    solveLinear(relaxation.program(), /*seconds=*/60).duals),
                optimum.bottleneckNs)
          << seed << "\n"
          << describe(problem);
      ASSERT_TRUE(domains.narrow(optimum.bottleneckNs));
      for (size_t t = 0; t < with.size(); ++t) {
        ASSERT_TRUE(with[t] >> plan.deviceOf[plan.stageOf[t]] & 1)
            << seed << " task " << t << "\n"
            << describe(problem);
        narrower += with[t] != domains.ofAtom(domains.atoms().atomOf[t]);
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 300 / Thinned);
  EXPECT_GT(narrower, compared);
}

/// The bound as the planner asks for it, where it knows plans of one device,
/// and in some cases the best one.
TEST(EndStagesTest, LeavesNoContiguousPlanOut) {
  int raised = 0, closed = 0;
  for (uint64_t seed : seeds(1200)) {
    Draw draw(seed);
    Problem problem = draw.chance(50) ? randomWithEnds(seed + 1800000, {5, 4})
                                      : randomProblem(seed + 1800000, {5, 4});
    Optimum optimum = enumerateContiguous(problem);
    SolveOptions options;
    SearchState search(problem, options);
    int32_t last = static_cast<int32_t>(problem.devices.size()) - 1;
    for (int32_t d = draw.chance(50) ? 0 : last; d <= last; ++d)
      search.offer({std::vector<int32_t>(problem.tasks.size(), 0), {d}});
    if (draw.chance(50) && optimum.bottleneckNs != Unlimited)
      search.offer(optimum.placement);
    if (!search.result.found)
      continue;
    boundByWork(search);
    boundByRelaxation(search);
    boundByFlows(search);
    int64_t before = search.lower();
    boundByEndStages(search);
    int64_t least =
        leastValue(problem, SolutionClass::Contiguous,
                   [](const Evaluation &found) { return found.bottleneckNs; });
    ASSERT_LE(search.lower(), least) << seed << "\n" << describe(problem);
    raised += search.lower() > before;
    closed += search.lower() > before && search.lower() == search.upper();
  }
  if (hasLinearPrograms()) {
    EXPECT_GT(raised, 30 / Thinned);
    EXPECT_GT(closed, 10 / Thinned);
  }
}

/// Three devices read an input, behind slow links are two more, and the last
/// task is on one of these. A body of tasks makes one tensor that nine tasks
/// read, each of which sends a part on.
static Problem withParts() {
  constexpr int32_t near = 3, far = 2, numParts = 9, body = 4;
  Builder builder(near + far);
  for (int32_t d = 0; d < near + far; ++d)
    builder.slowDown(d, d + 1);
  for (int32_t from = 0; from < near; ++from)
    for (int32_t to = near; to < near + far; ++to) {
      builder.link(from, to, ByteRate / 1000);
      builder.link(to, from, ByteRate / 1000);
    }
  constexpr int64_t inputBytes = 1000, partBytes = 60;
  for (int32_t t = 0; t < body; ++t)
    builder.tensor(t - 1, {builder.task(50000)}, inputBytes);
  builder.problem.tensors[0].producer = None;
  builder.problem.ingress = 0;
  int32_t whole = builder.tensor(body - 1, {}, inputBytes);
  std::vector<int32_t> read;
  for (int32_t i = 0; i < numParts; ++i) {
    int32_t part = builder.task(1);
    builder.problem.tensors[whole].consumers.push_back(part);
    read.push_back(builder.task(1));
    builder.tensor(part, {read.back()}, partBytes);
  }
  int32_t last = builder.task(1);
  for (int32_t task : read)
    builder.tensor(task, {last}, partBytes);
  Problem problem = builder.get();
  // All as quick as each other, but for the last task.
  size_t n = problem.tasks.size();
  for (int32_t d = 0; d < near + far; ++d)
    for (size_t t = 0; t < n; ++t)
      problem.taskTime[problem.devices[d].speedClass * n + t] =
          static_cast<int32_t>(t) == last && d < near ? Unlimited
                                                      : builder.times[t];
  return problem;
}

/// Which device comes first does not matter: it cannot send any part in time,
/// since it would run the whole body. So nine parts cross four links, not six,
/// and one of these carries three, not two.
TEST(EndStagesTest, WhatComesFirstSendsNoParts) {
  if (!hasLinearPrograms())
    GTEST_SKIP() << "built without HiGHS, which utils/bootstrap installs";
  Problem problem = withParts();
  SearchState search(problem, SolveOptions());
  // Three tasks of the body, the last one with five parts, and four parts;
  // on the other side five, which the last task reads, and four.
  Placement plan{{}, {0, 1, 2, 4, 3}};
  plan.stageOf = {0, 0, 0, 1};
  for (int32_t i = 0; i < 9; ++i) {
    bool isSecond = i >= 5;
    int32_t inSecond = i - 5;
    bool isLast = isSecond ? inSecond < 2 : i < 3;
    plan.stageOf.push_back(isSecond ? 2 : 1);
    plan.stageOf.push_back(isLast ? 4 : 3);
  }
  plan.stageOf.push_back(4);
  search.offer(plan);
  constexpr int64_t part = 60000, best = 3 * part;
  ASSERT_EQ(search.upper(), best);
  boundByFlows(search);
  EXPECT_LE(search.lower(), 2 * part);
  boundByEndStages(search);
  EXPECT_EQ(search.lower(), best);
}
