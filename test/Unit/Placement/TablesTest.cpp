//===- TablesTest.cpp - Tables of the searches against evaluate -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Every interval of many random orders, and every stage between two ideals:
/// what a table says of its memory must be what the evaluation measures.
///
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include "../../../lib/Placement/FixedOrder/StageWindows.h"
#include "../../../lib/Placement/Ideals/DeviceMemory.h"
#include "../../../lib/Placement/Ideals/Lattice.h"
#include "../../../lib/Placement/Tables/TaskSums.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// The stages that `stageOf` gives, in any number, each on a device of its own
/// without limits, which is neither the ingress nor the egress device: loads
/// are measured, whatever else is violated.
static Evaluation measure(Problem p, const std::vector<int32_t> &stageOf,
                          int32_t numStages) {
  Placement plan;
  plan.stageOf = stageOf;
  p.devices.resize(numStages + 1, p.devices.front());
  p.links.assign(p.devices.size() * p.devices.size(), Link());
  p.mediumOf.clear();
  p.media.clear();
  for (int32_t *end : {&p.ingress, &p.egress})
    if (*end != None)
      *end = numStages;
  p.maxStages = 0;
  for (Task &task : p.tasks)
    task.pin = None;
  for (int32_t s = 0; s < numStages; ++s)
    plan.deviceOf.push_back(s);
  return evaluate(p, plan);
}

/// Random problems whose tensors are cut wherever a table is asked.
static Problem anyCut(uint64_t seed, const RandomLimits &limits) {
  Problem p = randomProblem(seed, limits);
  for (Tensor &tensor : p.tensors) {
    tensor.canCut = true;
    tensor.mustCut = false;
  }
  // The tables know stages, not the processes that they run in.
  for (Device &device : p.devices) {
    device.memory = 1;
    device.runtimeBytes = 0;
  }
  return p;
}

TEST(TablesTest, MemoryOfEveryInterval) {
  int withAliases = 0;
  for (uint64_t seed : seeds(1500)) {
    Problem p = anyCut(seed, {12, 3});
    CutTable table(p);
    IntervalMemory memory(p, table);
    int32_t n = static_cast<int32_t>(p.tasks.size());
    for (const Tensor &tensor : p.tensors)
      withAliases += tensor.aliasOf != None;
    for (int32_t begin = 0; begin < n; ++begin)
      for (int32_t end = begin + 1; end <= n; ++end) {
        // One stage before, which may be empty, and one behind.
        std::vector<int32_t> stageOf(n, 0);
        int32_t own = begin > 0;
        for (int32_t t = begin; t < n; ++t)
          stageOf[t] = own + (t >= end);
        StageLoad load = measure(p, stageOf, own + 1 + (end < n)).stages[own];
        int32_t from = table.indexOf(begin), to = table.indexOf(end);
        ASSERT_EQ(memory.peak(from, to), load.peakActivationBytes)
            << begin << " to " << end << ", seed " << seed << "\n"
            << describe(p);
        ASSERT_EQ(addSaturating(memory.withoutSends(None, from, to),
                                memory.sendBytes(from, to)),
                  load.memoryBytes())
            << begin << " to " << end << ", seed " << seed << "\n"
            << describe(p);
      }
  }
  EXPECT_GT(withAliases, 100 / Thinned);
}

TEST(TablesTest, ATableOfSomeCutsIsOneOfAllWithoutTheOthers) {
  int numThinned = 0;
  for (uint64_t seed : seeds(300)) {
    Problem p = anyCut(seed, {30, 3});
    CutTable whole(p);
    ASSERT_TRUE(whole.isComplete());
    const int64_t most = 40 + static_cast<int64_t>(seed % 160);
    CutTable table(p, most);
    numThinned += !table.isComplete();
    ASSERT_EQ(table.cuts().front(), 0);
    ASSERT_EQ(table.cuts().back(), static_cast<int32_t>(p.tasks.size()));
    ASSERT_LE(table.cuts().size(), whole.cuts().size());
    int64_t numOpen = 0;
    for (size_t k = 0; k < table.cuts().size(); ++k) {
      int32_t cut = static_cast<int32_t>(k);
      int32_t same = whole.indexOf(table.cuts()[k]);
      ASSERT_NE(same, None);
      auto expectAlike = [&](Slice<OpenTensor> some, Slice<OpenTensor> all) {
        ASSERT_EQ(some.size(), all.size());
        for (size_t i = 0; i < some.size(); ++i) {
          EXPECT_EQ(some[i].tensor, all[i].tensor);
          EXPECT_EQ(some[i].nextReader, all[i].nextReader);
          EXPECT_EQ(some[i].readersLeft, all[i].readersLeft);
        }
        // The first cut is there whatever it holds.
        numOpen += k > 0 ? static_cast<int64_t>(some.size()) : 0;
      };
      expectAlike(table.open(cut), whole.open(same));
      expectAlike(table.inputs(cut), whole.inputs(same));
    }
    if (!table.isComplete())
      ASSERT_LE(numOpen, most) << seed;
    else
      ASSERT_EQ(table.cuts(), whole.cuts());
  }
  EXPECT_GT(numThinned, 100 / Thinned);
}

/// A tensor of each of so many branches is open across each cut, over links so
/// slow that what they carry decides, and a bound by work alone is not reached.
TEST(TablesTest, WideCutsThatAreLeftOutProveNothing) {
  constexpr int32_t width = 2850;
  Builder builder(2);
  builder.link(0, 1, ByteRate / 2);
  builder.link(1, 0, ByteRate / 2);
  builder.task(1);
  for (int32_t t = 0; t < width; ++t)
    builder.task(1);
  builder.task(1);
  std::vector<int32_t> all(width);
  std::iota(all.begin(), all.end(), 1);
  builder.tensor(0, all, 1);
  for (int32_t t : all)
    builder.tensor(t, {width + 1}, 1);
  Problem problem = builder.get();
  EXPECT_FALSE(CutTable(problem).isComplete());
  SolveOptions options;
  options.searchClass = SolutionClass::FixedOrder;
  options.strategy = Strategy::Exact;
  options.timeLimitSeconds = 120;
  Result result = solve(problem, options);
  ASSERT_TRUE(result.found);
  EXPECT_EQ(result.bound.kind, BoundKind::Work);
  EXPECT_LT(result.bound.value, result.evaluation.bottleneckNs);
  EXPECT_FALSE(result.stoppedByClock);
}

TEST(TablesTest, MemoryBetweenEveryTwoIdeals) {
  int asked = 0;
  for (uint64_t seed : seeds(320)) {
    Problem p = anyCut(seed, {7, 2});
    SearchState search(p, SolveOptions());
    Lattice lattice(p, Unlimited, 500, search);
    if (!lattice.usable())
      continue;
    for (int32_t from = 0; from < lattice.size(); ++from)
      for (int32_t to = 0; to < lattice.size(); ++to) {
        if (from == to || !lattice.ideals().isSubset(from, to))
          continue;
        ++asked;
        // The ideal before, the stage, and what is left, without empty ones.
        std::vector<int32_t> stageOf(p.tasks.size(), 2);
        lattice.assign(from, to, 1, stageOf);
        lattice.assign(0, from, 0, stageOf);
        int32_t first = from == 0;
        for (int32_t &stage : stageOf)
          stage -= first;
        bool endsAll = to + 1 == lattice.size();
        int64_t needed = measure(p, stageOf, 3 - first - endsAll)
                             .stages[1 - first]
                             .memoryBytes();
        // Within the cap or not is all that a search asks; beyond it, the exact
        // figure is not needed, and within it a larger one will do.
        int64_t boundary = 0;
        if (p.ingress != None)
          boundary += 2 * lattice.inputsRead(from, to).held;
        if (p.egress != None)
          boundary += 2 * lattice.outputsMade(from, to).held;
        for (int64_t cap : {needed, needed - 1, needed / 2})
          ASSERT_EQ(lattice.memory(from, to, cap, boundary) <= cap,
                    needed <= cap)
              << "seed " << seed << "\n"
              << describe(p);
        ASSERT_GE(lattice.memory(from, to, needed, boundary), needed);
      }
  }
  EXPECT_GT(asked, 5000 / Thinned);
}

/// Windows may not exclude a plan: what they reject is below the optimum.
TEST(TablesTest, WindowsHoldTheOptimum) {
  int excluded = 0;
  for (uint64_t seed : seeds(2000)) {
    Problem p = randomProblem(seed, {6, 3});
    int64_t optimum = enumerateFixedOrder(p).bottleneckNs;
    if (optimum == Unlimited)
      continue;
    FixedOrder order(p);
    DeviceSets sets(order.devices());
    std::vector<int32_t> cuts;
    for (size_t cut = 0; cut < order.table().cuts().size(); ++cut)
      cuts.push_back(static_cast<int32_t>(cut));
    EXPECT_TRUE(StageWindows(order, optimum, cuts, &sets).feasible())
        << "seed " << seed << "\n"
        << describe(p);
    for (int64_t threshold : {optimum - 1, optimum / 2}) {
      if (threshold < 0)
        continue;
      StageWindows windows(order, threshold, cuts, &sets);
      if (windows.feasible())
        continue;
      ++excluded;
      EXPECT_LE(windows.lowestRejected(), optimum) << "seed " << seed;
    }
  }
  // They exclude something often enough for this to mean something.
  EXPECT_GT(excluded, 300 / Thinned);
}

/// A group of two, another of one, and the number of stages.
TEST(TablesTest, DeviceMemoryRemembersWhatIsUsedTooOften) {
  Problem p = chain(3, {1, 1, 1, 1}, {1, 1, 1}).get();
  p.devices[2].memory = 100;
  DeviceGroups devices(p);
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices.maxStages(), 3);
  EXPECT_EQ(DeviceMemory::countSets(devices, 100), 6u);
  DeviceMemory memory(devices, /*everyGroup=*/false);
  EXPECT_TRUE(memory.keeps(0, 0) && !memory.keeps(0, 1));
  // Twice the group of two is no more than there are.
  EXPECT_FALSE(memory.extend({0, 1, 0}, DeviceMemory::Where::BetweenUses));
  EXPECT_TRUE(memory.extend({1, 0, 1}, DeviceMemory::Where::BetweenUses));
  EXPECT_TRUE(memory.keeps(0, 1));
  EXPECT_FALSE(memory.keeps(1, 0) || memory.isKept(memory.stages()));
  EXPECT_TRUE(memory.extend({0, 1, 0, 0}, DeviceMemory::Where::Everywhere));
  EXPECT_TRUE(memory.keeps(1, 0) && memory.isKept(memory.stages()));
}

/// Both a sum for each task and sums of blocks, at and beside their borders.
TEST(TablesTest, SumsOfTasks) {
  for (int32_t numTasks : {200, 600000}) {
    Problem p;
    p.tasks.resize(numTasks);
    p.devices.resize(2);
    p.devices[1].speedClass = 1;
    p.links.resize(4);
    Draw draw(static_cast<uint64_t>(numTasks));
    std::vector<int64_t> times;
    for (int32_t i = 0; i < 2 * numTasks; ++i)
      times.push_back(draw.chance(10) ? Unlimited : draw.below(1000));
    p.taskTime = times;
    TaskSums sums(p);
    for (int32_t speedClass : {0, 1}) {
      Wide ns = 0;
      int32_t impossible = 0;
      for (int32_t t = 0; t <= numTasks; ++t) {
        TaskSums::Sum sum = sums.before(speedClass, t);
        ASSERT_TRUE(sum.ns == ns && sum.impossible == impossible) << t;
        if (t == numTasks)
          break;
        int64_t time = times[speedClass * numTasks + t];
        ns += time == Unlimited ? 0 : time;
        impossible += time == Unlimited;
      }
      EXPECT_TRUE(sums.allTime(speedClass) == ns);
    }
  }
}

TEST(TablesTest, CopiesOfAProblemShareItsTimes) {
  Problem p = chain(2, {1, 2, 3}, {1, 1}).get();
  Problem copy = p;
  copy.maxStages = 1;
  EXPECT_EQ(copy.taskTime.data(), p.taskTime.data());
}
