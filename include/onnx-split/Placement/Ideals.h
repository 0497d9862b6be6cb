//===- Ideals.h - Every place to cut a graph --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An ideal is a set of atoms that holds the predecessors of its members: what
/// can lie before a cut. Stages that are contiguous in some topological order
/// are the differences along a chain of ideals.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLACEMENT_IDEALS_H
#define ONNX_SPLIT_PLACEMENT_IDEALS_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace onnx_split::placement {

using Edges = std::vector<std::pair<int32_t, int32_t>>;

/// Tasks that are never apart.
struct Atoms {
  /// Atom of each task; atoms are numbered in a topological order.
  std::vector<int32_t> atomOf;
  /// Tasks of each atom, ascending.
  std::vector<std::vector<int32_t>> tasks;
  /// Between atoms, ascending, each once, no loops.
  Edges edges;
};

/// Merges the tasks of each edge in `together`, and what lies on a cycle after
/// that. Linear in tasks and edges. The numbers follow the smallest tasks as
/// far as the order allows.
Atoms contractAtoms(int32_t numTasks, const Edges &edges,
                    const Edges &together);

/// All ideals of a graph as rows of bits, in one table. Its memory is limited
/// as well as their number.
class Ideals {
public:
  /// Enumerates the ideals of an acyclic graph whose atoms are numbered in a
  /// topological order; gives up above `maxIdeals`, or when `isOver` returns
  /// true, if it is not empty. O(ideals x atoms / 64 + ideals x width) time.
  Ideals(int32_t numAtoms, const Edges &edges, size_t maxIdeals,
         const std::function<bool()> &isOver = {});

  /// False: there are more ideals, or it ended before; nothing else may be
  /// asked.
  bool complete() const { return isComplete; }
  /// By size, so ideal 0 is empty and the last one is full; those of equal size
  /// in a deterministic order.
  size_t size() const { return count; }
  size_t words() const { return numWords; }
  const uint64_t *bits(size_t ideal) const {
    return storage.data() + ideal * numWords;
  }
  bool contains(size_t ideal, int32_t atom) const {
    return bits(ideal)[atom / 64] >> (atom % 64) & 1;
  }
  bool isSubset(size_t inner, size_t outer) const {
    const uint64_t *a = bits(inner), *b = bits(outer);
    for (size_t w = 0; w < numWords; ++w)
      if (a[w] & ~b[w])
        return false;
    return true;
  }

  /// Of all but the empty one: its atom of the highest number, and the ideal
  /// without that, which has a lower number. So figures that add up over atoms
  /// take one step for each ideal.
  int32_t lastAtom(size_t ideal) const { return lastAtoms[ideal]; }
  size_t parent(size_t ideal) const {
    return static_cast<size_t>(parents[ideal]);
  }

private:
  bool isComplete = false;
  size_t count = 0, numWords = 0;
  std::vector<uint64_t> storage;
  std::vector<int32_t> parents, lastAtoms;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_PLACEMENT_IDEALS_H
