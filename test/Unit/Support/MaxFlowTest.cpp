//===- MaxFlowTest.cpp - Largest flows against all cuts -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/MaxFlow.h"

#include <gtest/gtest.h>

#include <random>

using namespace onnx_split;

namespace {

struct Arc {
  int32_t from, to;
  int64_t capacity;
};

} // namespace

static int64_t flowOf(int32_t numNodes, const std::vector<Arc> &arcs) {
  MaxFlow flow(numNodes);
  for (const Arc &arc : arcs)
    flow.add(arc.from, arc.to, arc.capacity);
  return static_cast<int64_t>(flow.run(0, numNodes - 1));
}

/// The cheapest of all sets with the first node and without the last one.
static int64_t cheapestCut(int32_t numNodes, const std::vector<Arc> &arcs) {
  int64_t cheapest = std::numeric_limits<int64_t>::max();
  for (uint32_t set = 1; set < uint32_t(1) << (numNodes - 1); set += 2) {
    int64_t cost = 0;
    for (const Arc &arc : arcs)
      if ((set >> arc.from & 1) && !(set >> arc.to & 1))
        cost += arc.capacity;
    cheapest = std::min(cheapest, cost);
  }
  return cheapest;
}

TEST(MaxFlowTest, IsTheCheapestCut) {
  std::mt19937_64 random(1);
  auto below = [&](uint64_t bound) {
    return static_cast<int64_t>(random() % bound);
  };
  for (int i = 0; i < 2000; ++i) {
    int32_t numNodes = static_cast<int32_t>(2 + below(8));
    std::vector<Arc> arcs;
    for (int64_t n = below(30); n > 0; --n)
      arcs.push_back({static_cast<int32_t>(below(numNodes)),
                      static_cast<int32_t>(below(numNodes)), below(20)});
    ASSERT_EQ(flowOf(numNodes, arcs), cheapestCut(numNodes, arcs)) << i;
  }
}

/// Deeper than any stack of calls.
TEST(MaxFlowTest, FollowsLongPaths) {
  constexpr int32_t numNodes = 2000000;
  MaxFlow flow(numNodes);
  for (int32_t n = 0; n + 1 < numNodes; ++n)
    flow.add(n, n + 1, n == 1000 ? 3 : 5);
  EXPECT_TRUE(flow.run(0, numNodes - 1) == 3);
}

/// Capacities of more than 64 bits.
TEST(MaxFlowTest, TakesWideFigures) {
  MaxFlow::Figure large = MaxFlow::Figure(1) << 100;
  MaxFlow flow(3);
  flow.add(0, 1, large);
  flow.add(1, 2, large + 1);
  EXPECT_TRUE(flow.run(0, 2) == large);
}
