//===- Graph.h - Orders of graphs -------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Orders and cycles of graphs that files describe, which may have any number
/// of nodes and any arcs between them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_GRAPH_H
#define ONNX_SPLIT_LIB_INSTANCES_GRAPH_H

#include <cstdint>
#include <utility>
#include <vector>

namespace onnx_split::instances {

/// (from, to), of nodes 0 .. numNodes - 1; repeats and loops are allowed.
using Arcs = std::vector<std::pair<int32_t, int32_t>>;

/// A topological order that takes the smallest index whenever it can choose.
/// Shorter than numNodes if there is a cycle; nodes on or behind cycles are
/// then missing. O((n + m) log n).
std::vector<int32_t> topologicalOrder(int32_t numNodes, const Arcs &arcs);

/// Which strongly connected component each node belongs to, numbered from 0 in
/// a topological order of the components (Tarjan 1972, without recursion).
/// Linear.
std::vector<int32_t> components(int32_t numNodes, const Arcs &arcs);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_LIB_INSTANCES_GRAPH_H
