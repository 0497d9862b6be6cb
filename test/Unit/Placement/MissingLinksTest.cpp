//===- MissingLinksTest.cpp - Networks that lack most links ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Placement/Heuristics/Heuristics.h"
#include "../../../lib/Placement/Strategies/Exact.h"
#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

namespace {
enum class Topology { Path, Ring, Star, Tree, Grid };
constexpr int NumTopologies = 5;
} // namespace

/// Whether two of the devices are neighbours; a grid has rows of three.
static bool areLinked(Topology topology, int32_t from, int32_t to,
                      int32_t numDevices) {
  int32_t low = std::min(from, to), high = std::max(from, to);
  switch (topology) {
  case Topology::Path:
    return to == from + 1;
  case Topology::Ring:
    return high == low + 1 || (low == 0 && high == numDevices - 1);
  case Topology::Star:
    return low == 0;
  case Topology::Tree:
    return (high - 1) / 2 == low;
  case Topology::Grid:
    return high == low + 3 || (high == low + 1 && high % 3 != 0);
  }
  return false;
}

/// A chain with skips or a random graph, on devices of which few are linked.
/// Some have little memory, some problems pins, ends or cuts that are demanded.
static Problem sparseProblem(uint64_t seed, int32_t maxTasks,
                             int32_t minDevices, int32_t maxDevices) {
  Draw draw(seed);
  int32_t n = 2 + static_cast<int32_t>(draw.below(maxTasks - 1));
  int32_t numDevices =
      minDevices +
      static_cast<int32_t>(draw.below(maxDevices - minDevices + 1));
  Builder b(numDevices);
  for (int32_t t = 0; t < n; ++t)
    b.weight(draw.below(40), {b.task(1 + draw.below(30))});
  bool isChain = draw.chance(50);
  for (int32_t t = 0; t < n; ++t) {
    std::vector<int32_t> readers;
    for (int32_t r = t + 1; r < n; ++r)
      if (draw.chance(isChain ? (r == t + 1 ? 100 : 10) : 40))
        readers.push_back(r);
    b.tensor(t, readers, draw.below(12));
    b.problem.tensors.back().isOutput = readers.empty();
  }
  auto topology = static_cast<Topology>(seed % NumTopologies);
  std::vector<int32_t> number(numDevices);
  for (int32_t d = 0; d < numDevices; ++d) {
    number[d] = d;
    std::swap(number[d], number[draw.below(d + 1)]);
    b.slowDown(d, 1 + draw.below(4));
    if (draw.chance(60))
      b.problem.devices[d].memory = 40 + draw.below(80);
  }
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      b.link(number[from], number[to],
             areLinked(topology, from, to, numDevices)
                 ? ByteRate / (1 + draw.below(3))
                 : 0,
             draw.below(5));
  if (draw.chance(20))
    b.problem.ingress = static_cast<int32_t>(draw.below(numDevices));
  if (draw.chance(20))
    b.problem.egress = static_cast<int32_t>(draw.below(numDevices));
  if (draw.chance(20))
    b.problem.tasks[draw.below(n)].pin =
        static_cast<int32_t>(draw.below(numDevices));
  if (draw.chance(10))
    b.problem.maxStages = 1 + static_cast<int32_t>(draw.below(numDevices));
  return b.get();
}

/// The tier that proves things knows missing links by enumeration's measure.
TEST(MissingLinksTest, ExactIsExact) {
  int feasible = 0;
  for (uint64_t seed : seeds(400)) {
    Problem p = sparseProblem(seed, 5, 2, 5);
    Optimum optimum = enumerateContiguous(p);
    SolveOptions options;
    options.strategy = Strategy::Exact;
    options.timeLimitSeconds = 60;
    Result result = solve(p, options);
    ASSERT_EQ(result.found, optimum.bottleneckNs != Unlimited)
        << "seed " << seed << "\n"
        << describe(p);
    feasible += result.found;
    if (!result.found) {
      EXPECT_TRUE(result.provenInfeasible());
      continue;
    }
    EXPECT_EQ(result.evaluation.bottleneckNs, optimum.bottleneckNs)
        << "seed " << seed << "\n"
        << describe(p);
    EXPECT_EQ(result.bound.value, optimum.bottleneckNs);
  }
  EXPECT_GT(feasible, 200 / Thinned);
}

/// With so many devices `auto` begins with heuristics. It has a plan where
/// there is one, and no bound is above it.
TEST(MissingLinksTest, AutoFindsAPlanWhereThereIsOne) {
  int feasible = 0;
  for (uint64_t seed : seeds(60)) {
    Problem p = sparseProblem(seed + 40000, 4, 9, 9);
    Optimum optimum = enumerateContiguous(p);
    SolveOptions options;
    options.timeLimitSeconds = 60;
    Result result = solve(p, options);
    ASSERT_EQ(result.found, optimum.bottleneckNs != Unlimited)
        << "seed " << seed << "\n"
        << describe(p);
    if (!result.found)
      continue;
    ++feasible;
    EXPECT_TRUE(evaluate(p, result.placement).violations.empty());
    EXPECT_GE(result.evaluation.bottleneckNs, optimum.bottleneckNs);
    EXPECT_LE(result.bound.value, optimum.bottleneckNs);
  }
  EXPECT_GT(feasible, 30 / Thinned);
}

/// Alone it finds nearly all plans of the given order, and the best one mostly.
TEST(MissingLinksTest, BeamProbingFindsMostPlans) {
  int feasible = 0, found = 0, best = 0;
  for (uint64_t seed : seeds(600)) {
    Problem p = sparseProblem(seed + 80000, 6, 2, 5);
    Optimum optimum = enumerateFixedOrder(p);
    SolveOptions options;
    options.searchClass = SolutionClass::FixedOrder;
    options.timeLimitSeconds = 60;
    SearchState search(p, options);
    searchBeamProbes(search, /*scale=*/4);
    EXPECT_FALSE(search.result.stoppedByClock);
    if (optimum.bottleneckNs == Unlimited) {
      EXPECT_FALSE(search.result.found);
      continue;
    }
    ++feasible;
    if (!search.result.found)
      continue;
    ++found;
    EXPECT_GE(search.upper(), optimum.bottleneckNs);
    best += search.upper() == optimum.bottleneckNs;
    // Nothing is proven by it.
    EXPECT_EQ(search.lower(), 0);
  }
  EXPECT_GT(feasible, 300 / Thinned);
  EXPECT_GE(found * 100, feasible * 98) << found << " of " << feasible;
  EXPECT_GE(best * 100, feasible * 80) << best << " of " << feasible;
}

TEST(MissingLinksTest, KnowsWhereLinksAreMissing) {
  Builder b = chain(3, {1, 1}, {1});
  EXPECT_FALSE(lacksLinks(b.get()));
  b.link(1, 1, 0);
  EXPECT_FALSE(lacksLinks(b.get()));
  b.link(2, 1, 0);
  EXPECT_TRUE(lacksLinks(b.get()));
}
