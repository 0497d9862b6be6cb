//===- MediumLoadsTest.cpp - What a medium carries behind an ideal --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where computing and one medium are all there is, the table alone says which
/// thresholds have a plan, as enumeration does; elsewhere it must keep every
/// beginning of a plan.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/IdealSearch/Decision.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// All messages over one medium.
static Problem overAir(Problem p) {
  size_t numDevices = p.devices.size();
  p.media = {{"air", {}}};
  for (size_t d = 0; d < numDevices; ++d)
    p.media.front().devices.push_back(static_cast<int32_t>(d));
  p.mediumOf.assign(numDevices * numDevices, 0);
  return p;
}

/// Nothing but computing and bytes on the medium.
static Problem withoutLimits(Problem p) {
  for (Device &device : p.devices) {
    device.memory = Unlimited;
    device.weightCache = Unlimited;
    device.messageNs = device.bytePs = 0;
  }
  for (Link &link : p.links)
    link = {ByteRate, 0, 0};
  p.maxStages = 0;
  return p;
}

/// Whether the search finds a plan within the threshold; what it excludes on
/// the way must not reach the optimum.
static LatticeDecision::Outcome decide(Lattice &lattice,
                                       const SearchState &search,
                                       int64_t threshold, int64_t optimum) {
  Tracking tracking(lattice, /*keepsNearest=*/false);
  Limits limits;
  limits.bottleneckNs = threshold;
  LatticeDecision decision(lattice, tracking, limits, Wanted::Any, search);
  LatticeDecision::Outcome outcome = decision.run();
  EXPECT_TRUE(decision.hasTable());
  if (outcome == LatticeDecision::Outcome::Infeasible) {
    EXPECT_GT(decision.lowestRejected(), threshold);
    EXPECT_LE(decision.lowestRejected(), optimum);
  }
  return outcome;
}

TEST(MediumLoadsTest, DecidesAloneWhereNothingElseCounts) {
  int planned = 0, divided = 0;
  for (uint64_t seed : seeds(600)) {
    Problem p = overAir(
        withoutLimits(seed % 3 ? randomProblem(seed) : randomWithEnds(seed)));
    if (p.sequences > 0 || p.minStages > 1 || p.devices.size() < 2)
      continue;
    Optimum best = enumerateContiguous(p);
    SearchState search(p, SolveOptions());
    Lattice lattice(p, Unlimited, 500, search);
    if (best.bottleneckNs == Unlimited || !lattice.usable())
      continue;
    ++planned;
    divided += best.placement.deviceOf.size() > 1;
    for (int64_t threshold : {best.bottleneckNs, best.bottleneckNs - 1,
                              best.bottleneckNs * 2 / 3}) {
      if (threshold < 0)
        continue;
      MediumLoads table(lattice, threshold, search);
      ASSERT_TRUE(table.usable());
      EXPECT_EQ(table.behind(0, 0) <= threshold, threshold >= best.bottleneckNs)
          << threshold << " of " << best.bottleneckNs << "\n"
          << describe(p);
      if (threshold >= best.bottleneckNs)
        continue;
      EXPECT_GT(table.lowestRejected(), threshold);
      EXPECT_LE(std::min(table.lowestRejected(),
                         std::max(threshold + 1, table.behind(0, 0))),
                best.bottleneckNs)
          << describe(p);
    }
  }
  EXPECT_GT(planned, 200 / Thinned);
  EXPECT_GT(divided, 100 / Thinned);
}

TEST(MediumLoadsTest, KeepsWhatEnumerationFinds) {
  int planned = 0;
  for (uint64_t seed : seeds(600)) {
    Problem p = overAir(seed % 3 ? randomProblem(seed) : randomWithEnds(seed));
    if (p.sequences > 0 || p.minStages > 1)
      continue;
    Optimum best = enumerateContiguous(p);
    SearchState search(p, SolveOptions());
    Lattice lattice(p, Unlimited, 500, search);
    if (best.bottleneckNs == Unlimited || !lattice.usable() ||
        bestLinkOf(p).bitsPerSecond == 0)
      continue;
    ++planned;
    using Outcome = LatticeDecision::Outcome;
    EXPECT_EQ(decide(lattice, search, best.bottleneckNs, best.bottleneckNs),
              Outcome::Feasible)
        << describe(p);
    for (int64_t below : {best.bottleneckNs - 1, best.bottleneckNs / 2})
      if (below >= 0 && below < best.bottleneckNs) {
        EXPECT_EQ(decide(lattice, search, below, best.bottleneckNs),
                  Outcome::Infeasible)
            << describe(p);
      }
    // A state without the devices that are used has no more behind it.
    MediumLoads table(lattice, best.bottleneckNs, search);
    const DeviceStates &states = table.deviceStates();
    for (int32_t ideal = 0; ideal < lattice.size(); ++ideal)
      for (const DeviceStates::Group &group : states.groups())
        for (int64_t s = 0; s < states.size(); ++s)
          if (states.used(group, s) > 0) {
            EXPECT_LE(table.behind(ideal, s - group.stride),
                      table.behind(ideal, s))
                << describe(p);
          }
  }
  EXPECT_GT(planned, 200 / Thinned);
}

TEST(MediumLoadsTest, CountsATensorForEachStageThatReadsIt) {
  // Three tasks of 10 ns on three devices; the first one's tensor of 5 bytes is
  // read by both others, in a stage each, or in one of 20 ns.
  Builder builder(3);
  int32_t first = builder.task(10);
  int32_t second = builder.task(10), third = builder.task(10);
  builder.tensor(first, {second, third}, 5);
  Problem p = overAir(builder.get());
  SearchState search(p, SolveOptions());
  Lattice lattice(p, Unlimited, 500, search);
  EXPECT_EQ(MediumLoads(lattice, 10, search).behind(0, 0), 10);
  EXPECT_EQ(MediumLoads(lattice, 19, search).behind(0, 0), 10);
  EXPECT_EQ(MediumLoads(lattice, 20, search).behind(0, 0), 5);
  EXPECT_EQ(MediumLoads(lattice, 30, search).behind(0, 0), 0);
  // A link of its own, and none of this holds.
  p.mediumOf[1] = None;
  EXPECT_FALSE(MediumLoads(lattice, 10, search).usable());
}
