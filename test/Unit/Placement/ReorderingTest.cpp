//===- ReorderingTest.cpp - Plans in an order of our own ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Placement/Reordering/Rearranged.h"
#include "../../../lib/Placement/Reordering/SharedWeights.h"
#include "TestProblems.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

namespace {

/// A recurrent network of layers, unrolled over steps, task by task in the
/// order of time: in each layer and step a product with the layer's weight, and
/// what it does with the layer's state of the step before.
struct Unrolled {
  int32_t layers = 8, steps = 16;
  int64_t weightBytes = 1 << 20;

  int32_t product(int32_t layer, int32_t step) const {
    return 2 * (step * layers + layer);
  }

  Builder build(int32_t numDevices) const {
    Builder b(numDevices);
    for (int32_t t = 0; t < steps; ++t)
      for (int32_t l = 0; l < layers; ++l) {
        b.task(10000);
        b.task(500);
      }
    for (int32_t l = 0; l < layers; ++l) {
      std::vector<int32_t> readers;
      for (int32_t t = 0; t < steps; ++t) {
        readers.push_back(product(l, t));
        b.tensor(product(l, t), {product(l, t) + 1}, 2048);
        // To the next layer, and to the next step.
        if (l + 1 < layers)
          b.tensor(product(l, t) + 1, {product(l + 1, t)}, 2048);
        if (t + 1 < steps)
          b.tensor(product(l, t) + 1, {product(l, t + 1) + 1}, 2048);
      }
      b.weight(weightBytes, readers);
    }
    return b;
  }

  int64_t allWeights() const { return layers * weightBytes; }
};

} // namespace

static Problem unrolledOnFour(const Unrolled &net, int64_t memory) {
  Problem problem = net.build(4).get();
  for (Device &device : problem.devices)
    device.memory = memory;
  return problem;
}

static int64_t weightsOf(const Result &result) {
  int64_t sum = 0;
  for (const DeviceLoad &load : result.evaluation.devices)
    sum += load.weightBytes;
  return sum;
}

/// The problem with its tasks in a random topological order.
static Problem shuffled(const Problem &p, uint64_t seed) {
  Draw draw(seed);
  size_t n = p.tasks.size();
  std::vector<std::vector<int32_t>> readers(n);
  std::vector<int32_t> missing(n), ready, order, placeOf(n);
  for (const Tensor &tensor : p.tensors)
    for (int32_t reader : tensor.consumers)
      if (tensor.producer != None) {
        readers[tensor.producer].push_back(reader);
        ++missing[reader];
      }
  for (size_t t = 0; t < n; ++t)
    if (missing[t] == 0)
      ready.push_back(static_cast<int32_t>(t));
  while (!ready.empty()) {
    std::swap(ready[draw.below(static_cast<int64_t>(ready.size()))],
              ready.back());
    int32_t task = ready.back();
    ready.pop_back();
    placeOf[task] = static_cast<int32_t>(order.size());
    order.push_back(task);
    for (int32_t reader : readers[task])
      if (--missing[reader] == 0)
        ready.push_back(reader);
  }
  Problem other = p;
  for (size_t place = 0; place < n; ++place) {
    other.tasks[place] = p.tasks[order[place]];
    for (size_t row = 0; row < p.taskTime.size(); row += n)
      other.taskTime[row + place] = p.taskTime[row + order[place]];
  }
  for (Tensor &tensor : other.tensors) {
    if (tensor.producer != None)
      tensor.producer = placeOf[tensor.producer];
    for (int32_t &reader : tensor.consumers)
      reader = placeOf[reader];
    std::sort(tensor.consumers.begin(), tensor.consumers.end());
  }
  EXPECT_EQ(other.check(), "");
  return other;
}

/// All that a plan costs is the same in both orders, but for memory, and what
/// is put together is allowed to be.
TEST(ReorderingTest, PlansThereArePlansHere) {
  for (uint64_t seed : seeds(2000)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    // Which weights stay in a cache depends on the order, too.
    Problem p = randomProblem(seed + 9100000, {12, 4, 0});
    for (Device &device : p.devices)
      device.memory = Unlimited;
    Rearranged other(p);
    ASSERT_EQ(other.problem().check(), "");
    ASSERT_EQ(other.problem().tasks.size(), p.tasks.size());
    SolveOptions options;
    options.strategy = Strategy::Exact;
    options.timeLimitSeconds = 60;
    Result there = solve(other.problem(), options), here = solve(p, options);
    if (!there.found)
      continue;
    ASSERT_TRUE(here.found);
    Placement back = other.there(there.placement);
    Evaluation same = evaluate(p, back);
    EXPECT_TRUE(same.violations.empty());
    EXPECT_EQ(same.intervalNs, there.evaluation.intervalNs);
    EXPECT_EQ(same.latencyNs, there.evaluation.latencyNs);
    EXPECT_EQ(other.here(back).stageOf, there.placement.stageOf);
    EXPECT_LE(here.evaluation.intervalNs, same.intervalNs);
  }
}

/// Stages that follow the weights, although the order follows the steps.
TEST(ReorderingTest, UnrolledNetworksHoldEachWeightOnce) {
  Unrolled net;
  for (int32_t steps : {16, 100})
    for (Strategy strategy :
         {Strategy::Auto, Strategy::Exact, Strategy::LocalSearch}) {
      SCOPED_TRACE(toString(strategy) + (" " + std::to_string(steps)));
      net.steps = steps;
      Problem p = unrolledOnFour(net, 6 << 20);
      SolveOptions options;
      options.strategy = strategy;
      // Two layers on each device.
      int64_t best = 2 * steps * int64_t(10500);
      options.gap = 0.001;
      Result result = solve(p, options);
      ASSERT_TRUE(result.found);
      EXPECT_EQ(result.evaluation.bottleneckNs, best);
      EXPECT_EQ(weightsOf(result), net.allWeights());
    }
}

TEST(ReorderingTest, TheOrderOfTheFileIsNoMatter) {
  Unrolled net;
  net.layers = 5;
  net.steps = 6;
  Problem p = unrolledOnFour(net, 3 << 20);
  SolveOptions options;
  // What comes first knows nothing of the order; restarts begin with chance.
  options.mostRounds = 0;
  options.timeLimitSeconds = 60;
  int64_t first = solve(p, options).evaluation.bottleneckNs;
  EXPECT_GT(first, 0);
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Result again = solve(shuffled(p, seed), options);
    ASSERT_TRUE(again.found);
    EXPECT_EQ(again.evaluation.bottleneckNs, first);
  }
}

/// A weight at both ends of a network, such as a matrix of embeddings that is
/// read again for the scores, would leave nothing to split.
TEST(ReorderingTest, WeightsAtBothEndsAreNotTied) {
  Builder b = chain(2, {10, 10, 10, 10, 10}, {1, 1, 1, 1});
  b.weight(1000, {0, 4});
  EXPECT_TRUE(tieSharedWeights(b.get()).tied.empty());
  EXPECT_EQ(tieSharedWeights(b.get()).atoms.tasks.size(), 5u);
}

/// Nor is one tied of which all that it ties would fit no device.
TEST(ReorderingTest, TiedWeightsFitSomeDevice) {
  Builder b = chain(2, {10, 10, 10, 10, 10, 10}, {1, 1, 1, 1, 1});
  b.weight(1000, {0, 2});
  b.weight(500, {1});
  Problem p = b.get();
  EXPECT_EQ(tieSharedWeights(p).tied, std::vector<int32_t>{0});
  for (Device &device : p.devices)
    device.memory = 1400;
  EXPECT_TRUE(tieSharedWeights(p).tied.empty());
}

/// Nor where the user, or what devices can do, keeps its readers apart.
TEST(ReorderingTest, WhatMustBeApartIsNotTied) {
  auto make = [] {
    Builder b =
        chain(2, std::vector<int64_t>(12, 10), std::vector<int64_t>(11, 1));
    b.weight(1000, {0, 2});
    return b;
  };
  EXPECT_EQ(tieSharedWeights(make().get()).tied, std::vector<int32_t>{0});
  Problem pinned = make().get();
  pinned.tasks[0].pin = 0;
  pinned.tasks[1].pin = 0;
  EXPECT_EQ(tieSharedWeights(pinned).tied, std::vector<int32_t>{0});
  pinned.tasks[2].pin = 1;
  EXPECT_TRUE(tieSharedWeights(pinned).tied.empty());
  Problem cut = make().get();
  cut.tensors[1].mustCut = true;
  EXPECT_TRUE(tieSharedWeights(cut).tied.empty());
  Builder unequal = make();
  unequal.slowDown(1, 2);
  Problem impossible = unequal.get();
  impossible.taskTime[0] = Unlimited;
  EXPECT_EQ(tieSharedWeights(impossible).tied, std::vector<int32_t>{0});
  impossible.taskTime[impossible.tasks.size() + 2] = Unlimited;
  EXPECT_TRUE(tieSharedWeights(impossible).tied.empty());
}

/// What nobody reads goes with what it needs, where outputs say what is read.
TEST(ReorderingTest, DeadEndsAreNoPlacesToCut) {
  Builder b = chain(2, {10, 10, 10, 10, 10, 10}, {1, 1, 1, 1, 1});
  int32_t end = b.task(1);
  b.tensor(2, {end}, 1);
  EXPECT_EQ(tieSharedWeights(b.get()).atoms.tasks.size(), 7u);
  b.problem.tensors[b.tensor(5, {}, 1)].isOutput = true;
  WeightAtoms tied = tieSharedWeights(b.get());
  EXPECT_EQ(tied.atoms.tasks.size(), 6u);
  EXPECT_EQ(tied.atoms.atomOf[2], tied.atoms.atomOf[end]);
}

/// Small ones never decide.
TEST(ReorderingTest, SmallWeightsAreNotTied) {
  Builder b = chain(2, {10, 10, 10, 10, 10, 10}, {1, 1, 1, 1, 1});
  b.weight(4, {0, 2});
  b.weight(100000, {3});
  EXPECT_TRUE(tieSharedWeights(b.get()).tied.empty());
}
