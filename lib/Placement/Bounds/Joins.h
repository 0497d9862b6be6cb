//===- Joins.h - Tasks that all others lie before or behind -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A network of layers is a row of blocks: tasks that lie before or behind
/// every other one, the joins, and branches between them. Not strictly so,
/// because masks and tables made at the begin are read by every layer; the
/// tasks that count are chosen so that they are not in the way.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_JOINS_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_JOINS_H

#include "../Tables/Graph.h"

namespace onnx_split::placement {

/// Tasks that count behind one join and before the next.
struct Block {
  int32_t from = None, to = None;
  std::vector<int32_t> tasks;
};

/// Each task on the fastest device that may run it; Unlimited where none may.
std::vector<int64_t> leastTimes(const Problem &problem);

/// Two ways to choose the tasks that count, by their times: all but the
/// smallest, a thousandth of the work together; and of these, all but what
/// leads to a result that is read over an eighth of the graph's depth, if that
/// is no more than half of the work. Both linear but for sorting.
std::vector<char> heavyTasks(const Problem &problem,
                             const std::vector<int64_t> &times);
std::vector<char> localTasks(const Problem &problem, const Graph &graph,
                             const std::vector<int64_t> &times);

/// The joins among the tasks that count, and the blocks between them. Linear.
std::vector<Block> blocksBetweenJoins(const Problem &problem,
                                      const Graph &graph,
                                      const std::vector<char> &counts);

/// Gives each block all tasks behind its first join and before the next,
/// whether they count or not. Linear.
void takeAllBetween(const Problem &problem, const Graph &graph,
                    std::vector<Block> &blocks);

/// By task, the longest path within its block to its end; 0 for joins and tasks
/// of no block. Linear.
std::vector<int64_t> longestWithin(const Problem &problem, const Graph &graph,
                                   const std::vector<Block> &blocks,
                                   const std::vector<int64_t> &times);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_JOINS_H
