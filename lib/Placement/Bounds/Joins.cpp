//===- Joins.cpp - Tasks that all others lie before or behind -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Joins.h"

#include "../Tables/Wide.h"

#include <algorithm>
#include <bitset>
#include <numeric>

using namespace onnx_split::placement;

std::vector<int64_t> onnx_split::placement::leastTimes(const Problem &p) {
  std::vector<int64_t> least(p.tasks.size(), Unlimited);
  std::vector<char> isUsed(
      p.tasks.empty() ? 0 : p.taskTime.size() / p.tasks.size(), 0);
  for (const Device &device : p.devices)
    isUsed[device.speedClass] = 1;
  for (size_t c = 0; c < isUsed.size(); ++c)
    for (size_t t = 0; t < p.tasks.size() && isUsed[c]; ++t)
      least[t] = std::min(least[t], p.taskTime[c * p.tasks.size() + t]);
  for (size_t t = 0; t < p.tasks.size(); ++t)
    if (int32_t pin = p.tasks[t].pin; pin != None)
      least[t] = p.timeOf(static_cast<int32_t>(t), pin);
  return least;
}

std::vector<char>
onnx_split::placement::heavyTasks(const Problem &problem,
                                  const std::vector<int64_t> &times) {
  constexpr int64_t thousand = 1000;
  Wide work = std::accumulate(times.begin(), times.end(), Wide(0)), left = 0;
  std::vector<int32_t> order(problem.tasks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return times[a] < times[b]; });
  std::vector<char> counts(order.size(), true);
  for (int32_t t : order) {
    left += times[t];
    if (left * thousand > work)
      break;
    counts[t] = false;
  }
  return counts;
}

std::vector<char>
onnx_split::placement::localTasks(const Problem &problem, const Graph &graph,
                                  const std::vector<int64_t> &times) {
  constexpr int32_t shareOfDepth = 8;
  int32_t numTasks = static_cast<int32_t>(problem.tasks.size());
  std::vector<int32_t> level(numTasks, 0);
  int32_t depth = 0;
  for (int32_t t = 0; t < numTasks; ++t) {
    depth = std::max(depth, level[t]);
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : problem.tensors[x].consumers)
        level[reader] = std::max(level[reader], level[t] + 1);
  }
  std::vector<char> counts = heavyTasks(problem, times), leads(numTasks, 0);
  Wide work = 0, dropped = 0;
  for (int32_t t = numTasks; t-- > 0;) {
    work += times[t];
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : problem.tensors[x].consumers)
        leads[t] |=
            leads[reader] || (level[reader] - level[t]) * shareOfDepth > depth;
    if (leads[t])
      dropped += times[t];
  }
  for (int32_t t = 0; t < numTasks && 2 * dropped <= work; ++t)
    counts[t] &= !leads[t];
  return counts;
}

namespace {

/// A stretch of more tasks without a join is taken as one to the end.
constexpr size_t MostInBlock = 256;

/// Which tasks lead to one.
struct Origins {
  /// The last of the tasks so far that all that count before them lead to.
  int32_t join = -1;
  /// Of the tasks that count since the last one of all, those that lead here:
  /// bits that hold while the number of such tasks is `epoch`.
  size_t epoch = 0;
  std::bitset<MostInBlock> others;

  void add(const Origins &from) {
    join = std::max(join, from.join);
    if (from.epoch > epoch)
      others.reset();
    epoch = std::max(epoch, from.epoch);
    if (from.epoch == epoch)
      others |= from.others;
  }
};

} // namespace

/// First those that all before them lead to, and of these those that lead to
/// all that follow.
static std::vector<int32_t> joinsOf(const Problem &p, const Graph &graph,
                                    const std::vector<char> &counts) {
  int32_t numTasks = static_cast<int32_t>(p.tasks.size());
  std::vector<Origins> origins(numTasks);
  std::vector<int32_t> found, joinBefore(numTasks, -1);
  size_t since = 0;
  for (int32_t t = 0; t < numTasks; ++t) {
    Origins &mine = origins[t];
    for (int32_t x : graph.readBy(t))
      if (int32_t producer = p.tensors[x].producer; producer != None)
        mine.add(origins[producer]);
    joinBefore[t] = mine.join;
    if (!counts[t])
      continue;
    if (mine.epoch < found.size())
      mine.others.reset();
    mine.epoch = found.size();
    if (mine.join + 1 == static_cast<int32_t>(found.size()) &&
        since <= MostInBlock && mine.others.count() == since) {
      ++mine.join;
      found.push_back(t);
      mine.epoch = found.size();
      mine.others.reset();
      since = 0;
    } else if (since < MostInBlock) {
      mine.others.set(since++);
    } else {
      since = MostInBlock + 1;
    }
  }
  std::vector<int32_t> both;
  int32_t leastBehind = static_cast<int32_t>(found.size());
  for (int32_t t = numTasks; t-- > 0 && !found.empty();) {
    if (t == found.back()) {
      if (leastBehind >= static_cast<int32_t>(found.size()) - 1)
        both.push_back(t);
      found.pop_back();
    }
    if (counts[t])
      leastBehind = std::min(leastBehind, joinBefore[t]);
  }
  std::reverse(both.begin(), both.end());
  return both;
}

std::vector<Block>
onnx_split::placement::blocksBetweenJoins(const Problem &problem,
                                          const Graph &graph,
                                          const std::vector<char> &counts) {
  std::vector<int32_t> joins = joinsOf(problem, graph, counts);
  std::vector<Block> made(1);
  for (size_t t = 0; t < counts.size(); ++t) {
    if (!counts[t])
      continue;
    int32_t task = static_cast<int32_t>(t);
    if (made.size() > joins.size() || task != joins[made.size() - 1]) {
      made.back().tasks.push_back(task);
      continue;
    }
    made.back().to = task;
    made.emplace_back();
    made.back().from = task;
  }
  return made;
}

void onnx_split::placement::takeAllBetween(const Problem &p, const Graph &graph,
                                           std::vector<Block> &blocks) {
  size_t numTasks = p.tasks.size();
  int32_t numJoins = static_cast<int32_t>(blocks.size()) - 1;
  // By task: joins up to it, and the first one from it on.
  std::vector<int32_t> joinOf(numTasks, None), before(numTasks, 0),
      after(numTasks, numJoins);
  for (int32_t j = 0; j < numJoins; ++j)
    joinOf[blocks[j].to] = j;
  for (size_t t = 0; t < numTasks; ++t) {
    for (int32_t x : graph.readBy(static_cast<int32_t>(t)))
      if (int32_t m = p.tensors[x].producer; m != None)
        before[t] = std::max(before[t], before[m]);
    if (joinOf[t] != None)
      before[t] = joinOf[t] + 1;
  }
  for (size_t t = numTasks; t-- > 0;) {
    for (int32_t x : graph.madeBy(static_cast<int32_t>(t)))
      for (int32_t reader : p.tensors[x].consumers)
        after[t] = std::min(after[t], after[reader]);
    if (joinOf[t] != None)
      after[t] = joinOf[t];
  }
  for (Block &block : blocks)
    block.tasks.clear();
  for (size_t t = 0; t < numTasks; ++t)
    if (joinOf[t] == None && before[t] == after[t])
      blocks[before[t]].tasks.push_back(static_cast<int32_t>(t));
}

std::vector<int64_t>
onnx_split::placement::longestWithin(const Problem &p, const Graph &graph,
                                     const std::vector<Block> &blocks,
                                     const std::vector<int64_t> &times) {
  size_t numTasks = p.tasks.size();
  std::vector<int64_t> longestTo(numTasks, 0);
  std::vector<int32_t> blockOf(numTasks, None);
  for (size_t b = 0; b < blocks.size(); ++b)
    for (int32_t t : blocks[b].tasks)
      blockOf[t] = static_cast<int32_t>(b);
  for (size_t t = 0; t < numTasks; ++t) {
    if (blockOf[t] == None)
      continue;
    for (int32_t x : graph.readBy(static_cast<int32_t>(t)))
      if (int32_t m = p.tensors[x].producer;
          m != None && blockOf[m] == blockOf[t])
        longestTo[t] = std::max(longestTo[t], longestTo[m]);
    longestTo[t] = addSaturating(longestTo[t], times[t]);
  }
  return longestTo;
}
