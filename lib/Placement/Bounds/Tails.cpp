//===- Tails.cpp - From a task to the end of the item ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tails.h"

#include "Joins.h"

#include "../Tables/Messages.h"

using namespace onnx_split::placement;

/// The least time of any message from one device to another.
static int64_t leastMessage(const Problem &p) {
  int64_t fewest = p.tensors.empty() ? 0 : Unlimited;
  for (const Tensor &tensor : p.tensors)
    fewest = std::min(fewest, tensor.sent());
  return deliveryTime(bestLinkOf(p), fewest);
}

/// What a block between two joins takes at least: all of its work, or where
/// several stages lie inside of it, which takes two messages, the longest path
/// or their equal parts.
static int64_t leastOf(const Problem &p, int64_t work, int64_t path,
                       int64_t message) {
  int64_t inside = static_cast<int64_t>(p.devices.size()) - 2;
  if (inside < 2)
    return work;
  int64_t parted = addSaturating(std::max(path, work / inside),
                                 addSaturating(message, message));
  return std::min(work, parted);
}

/// Raises the figure of each join to what lies behind it at least.
static void raiseBehindJoins(const Problem &p, const Graph &graph,
                             const std::vector<int64_t> &times,
                             const std::vector<char> &counts,
                             std::vector<int64_t> &behind) {
  std::vector<Block> blocks = blocksBetweenJoins(p, graph, counts);
  takeAllBetween(p, graph, blocks);
  std::vector<int64_t> longestTo = longestWithin(p, graph, blocks, times);
  int64_t message = leastMessage(p), rest = 0;
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    if (block->from == None)
      continue;
    int64_t work = 0, path = 0;
    for (int32_t t : block->tasks) {
      work = addSaturating(work, times[t]);
      path = std::max(path, longestTo[t]);
    }
    rest = block->to == None
               ? path
               : addSaturating(leastOf(p, work, path, message),
                               addSaturating(times[block->to], rest));
    behind[block->from] = std::max(behind[block->from], rest);
  }
}

std::vector<int64_t> onnx_split::placement::leastTails(const Problem &problem,
                                                       const Graph &graph) {
  std::vector<int64_t> times = leastTimes(problem);
  std::vector<int64_t> tails(times.size(), 0);
  for (const std::vector<char> &counts :
       {heavyTasks(problem, times), localTasks(problem, graph, times)})
    raiseBehindJoins(problem, graph, times, counts, tails);
  for (int32_t t = static_cast<int32_t>(times.size()); t-- > 0;) {
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : problem.tensors[x].consumers)
        tails[t] = std::max(tails[t], tails[reader]);
    tails[t] = addSaturating(times[t], tails[t]);
  }
  return tails;
}
