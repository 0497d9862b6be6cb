//===- MaxFlow.h - Largest flows and least cuts -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a network carries from one node to another, which is what its cheapest
/// cut between them costs. Neither LLVM nor the standard library has one.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_MAXFLOW_H
#define ONNX_SPLIT_SUPPORT_MAXFLOW_H

#include <algorithm>
#include <cstdint>
#include <vector>

namespace onnx_split {

/// Dinic's algorithm ("Algorithm for solution of a problem of maximum flow in
/// networks with power estimation", 1970). All capacities together must fit in
/// the 128 bits that figures have here.
class MaxFlow {
public:
  using Figure = __int128;

  explicit MaxFlow(int32_t numNodes)
      : first(numNodes, NoArc), level(numNodes), next(numNodes) {}

  void add(int32_t from, int32_t to, Figure capacity) {
    addArc(from, to, capacity);
    addArc(to, from, 0);
  }

  /// The value of a largest flow; once only. O(nodes^2 arcs) at most, and near
  /// linear on networks with few levels.
  Figure run(int32_t source, int32_t sink) {
    Figure total = 0;
    while (setLevels(source, sink)) {
      next = first;
      while (Figure pushed = push(source, sink))
        total += pushed;
    }
    return total;
  }

private:
  static constexpr int32_t NoArc = -1;
  struct Arc {
    int32_t to, next;
    Figure capacity;
  };

  void addArc(int32_t from, int32_t to, Figure capacity) {
    arcs.push_back({to, first[from], capacity});
    first[from] = static_cast<int32_t>(arcs.size()) - 1;
  }

  /// Distances from the source over arcs that are not full; false where the
  /// sink is not reached.
  bool setLevels(int32_t source, int32_t sink) {
    std::fill(level.begin(), level.end(), NoArc);
    std::vector<int32_t> queue = {source};
    level[source] = 0;
    for (size_t i = 0; i < queue.size(); ++i)
      for (int32_t e = first[queue[i]]; e != NoArc; e = arcs[e].next)
        if (arcs[e].capacity > 0 && level[arcs[e].to] == NoArc) {
          level[arcs[e].to] = level[queue[i]] + 1;
          queue.push_back(arcs[e].to);
        }
    return level[sink] != NoArc;
  }

  /// Along one path, whose length no stack limits; 0 where there is none left.
  Figure push(int32_t source, int32_t sink) {
    path.clear();
    for (int32_t at = source; at != sink;) {
      int32_t &e = next[at];
      while (e != NoArc &&
             (arcs[e].capacity <= 0 || level[arcs[e].to] != level[at] + 1))
        e = arcs[e].next;
      if (e != NoArc) {
        path.push_back(e);
        at = arcs[e].to;
      } else if (path.empty()) {
        return 0;
      } else {
        // A dead end; its arc is not tried again.
        at = arcs[path.back() ^ 1].to;
        path.pop_back();
        next[at] = arcs[next[at]].next;
      }
    }
    Figure least = arcs[path.front()].capacity;
    for (int32_t e : path)
      least = std::min(least, arcs[e].capacity);
    for (int32_t e : path) {
      arcs[e].capacity -= least;
      arcs[e ^ 1].capacity += least;
    }
    return least;
  }

  /// Arcs 2 i and 2 i + 1 are each other's reverse.
  std::vector<Arc> arcs;
  std::vector<int32_t> path;
  /// By node: its last arc, from which Arc::next leads to the others; its
  /// distance; the arc to go on with.
  std::vector<int32_t> first, level, next;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_MAXFLOW_H
