//===- Graph.cpp - Orders of graphs ---------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Graph.h"

#include <algorithm>
#include <functional>
#include <queue>

using namespace onnx_split;
using namespace onnx_split::instances;

namespace {

/// The arcs by their source: targets of node n are
/// targets[begin[n] .. begin[n + 1]).
struct Adjacency {
  Adjacency(int32_t numNodes, const Arcs &arcs)
      : begin(numNodes + 1, 0), targets(arcs.size()) {
    for (auto [from, to] : arcs)
      ++begin[from + 1];
    for (int32_t n = 0; n < numNodes; ++n)
      begin[n + 1] += begin[n];
    std::vector<size_t> next(begin.begin(), begin.end() - 1);
    for (auto [from, to] : arcs)
      targets[next[from]++] = to;
  }
  std::vector<size_t> begin;
  std::vector<int32_t> targets;
};

} // namespace

std::vector<int32_t> instances::topologicalOrder(int32_t numNodes,
                                                 const Arcs &arcs) {
  Adjacency graph(numNodes, arcs);
  std::vector<int32_t> missing(numNodes, 0);
  for (auto [from, to] : arcs)
    ++missing[to];
  // Of all that could come next the first in the file does.
  std::priority_queue<int32_t, std::vector<int32_t>, std::greater<>> ready;
  for (int32_t n = 0; n < numNodes; ++n)
    if (missing[n] == 0)
      ready.push(n);
  std::vector<int32_t> order;
  while (!ready.empty()) {
    int32_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (size_t i = graph.begin[node]; i < graph.begin[node + 1]; ++i)
      if (--missing[graph.targets[i]] == 0)
        ready.push(graph.targets[i]);
  }
  return order;
}

// Tarjan's algorithm: `open` holds the nodes whose component is not complete,
// and `low` the earliest of them that a node is known to reach. With a path of
// its own instead of calls, as graphs of files may be deep.
std::vector<int32_t> instances::components(int32_t numNodes, const Arcs &arcs) {
  Adjacency graph(numNodes, arcs);
  constexpr int32_t unseen = -1;
  std::vector<int32_t> index(numNodes, unseen), low(numNodes), result(numNodes);
  std::vector<char> isOpen(numNodes, 0);
  std::vector<int32_t> open, path;
  std::vector<size_t> next(graph.begin.begin(), graph.begin.end() - 1);
  int32_t numSeen = 0, numComponents = 0;
  for (int32_t root = 0; root < numNodes; ++root) {
    if (index[root] != unseen)
      continue;
    path.push_back(root);
    while (!path.empty()) {
      int32_t node = path.back();
      if (index[node] == unseen) {
        index[node] = low[node] = numSeen++;
        open.push_back(node);
        isOpen[node] = 1;
      }
      if (next[node] < graph.begin[node + 1]) {
        int32_t target = graph.targets[next[node]++];
        if (index[target] == unseen)
          path.push_back(target);
        else if (isOpen[target])
          low[node] = std::min(low[node], index[target]);
        continue;
      }
      path.pop_back();
      if (!path.empty())
        low[path.back()] = std::min(low[path.back()], low[node]);
      if (low[node] != index[node])
        continue;
      int32_t member;
      do {
        member = open.back();
        open.pop_back();
        isOpen[member] = 0;
        result[member] = numComponents;
      } while (member != node);
      ++numComponents;
    }
  }
  // A component is complete only after those that it leads to.
  for (int32_t &component : result)
    component = numComponents - 1 - component;
  return result;
}
