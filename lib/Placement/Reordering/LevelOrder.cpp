//===- LevelOrder.cpp - An order by depth ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LevelOrder.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split::placement;

std::vector<int32_t> onnx_split::placement::levelOrder(const Atoms &atoms) {
  // Atoms are numbered in a topological order, and edges are sorted by their
  // first atom.
  std::vector<int32_t> depth(atoms.tasks.size(), 0), height(depth);
  for (auto [from, to] : atoms.edges)
    depth[to] = std::max(depth[to], depth[from] + 1);
  for (size_t i = atoms.edges.size(); i-- > 0;) {
    auto [from, to] = atoms.edges[i];
    height[from] = std::max(height[from], height[to] + 1);
  }
  // Both grow along each edge: the depth, and the longest path of all less the
  // height.
  std::vector<int32_t> order(depth.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return depth[a] - height[a] < depth[b] - height[b];
  });
  std::vector<int32_t> tasks;
  for (int32_t atom : order)
    tasks.insert(tasks.end(), atoms.tasks[atom].begin(),
                 atoms.tasks[atom].end());
  return tasks;
}
