//===- Ideals.cpp - Every place to cut a graph ------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Contraction of tasks into atoms, and the enumeration of ideals: each ideal
/// but the empty one has one parent, itself without its last atom, so that
/// walking this tree meets every ideal once and needs no table of those seen.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Ideals.h"

#include "../Tables/Unions.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

using namespace onnx_split;
using namespace onnx_split::placement;

namespace {

/// Edges by source: those of `v` are targets[begin[v]] .. targets[begin[v+1]].
struct Adjacency {
  std::vector<int32_t> begin, targets;

  Adjacency(int32_t numVertices, const Edges &edges)
      : begin(numVertices + 1), targets(edges.size()) {
    for (auto [from, to] : edges)
      ++begin[from + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<int32_t> next(begin.begin(), begin.end() - 1);
    for (auto [from, to] : edges)
      targets[next[from]++] = to;
  }
};

/// Replaces the ends of each edge by their sets; drops loops and repeats.
Edges quotient(const Edges &edges, const std::vector<int32_t> &setOf) {
  Edges result;
  for (auto [from, to] : edges)
    if (setOf[from] != setOf[to])
      result.emplace_back(setOf[from], setOf[to]);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::vector<int32_t> namesOf(Unions &sets, int32_t size) {
  std::vector<int32_t> names(size);
  for (int32_t i = 0; i < size; ++i)
    names[i] = sets.find(i);
  return names;
}

/// Merges what lies on a common cycle: Tarjan's strongly connected components
/// (SIAM J. Comput. 1, 1972), with a stack of its own so that long chains do
/// not overflow the machine's.
class CycleMerger {
public:
  CycleMerger(int32_t size, const Edges &edges, Unions &sharedSets)
      : graph(size, edges), sets(sharedSets), order(size), low(size),
        onPath(size), next(graph.begin.begin(), graph.begin.end() - 1) {
    for (int32_t v = 0; v < size; ++v)
      if (!order[v])
        visit(v);
  }

private:
  void visit(int32_t root) {
    enter(root);
    while (!calls.empty()) {
      int32_t v = calls.back();
      if (next[v] == graph.begin[v + 1]) {
        leave(v);
        continue;
      }
      int32_t to = graph.targets[next[v]++];
      if (!order[to])
        enter(to);
      else if (onPath[to])
        low[v] = std::min(low[v], order[to]);
    }
  }
  void enter(int32_t v) {
    order[v] = low[v] = ++visited;
    onPath[v] = true;
    calls.push_back(v);
    path.push_back(v);
  }
  void leave(int32_t v) {
    calls.pop_back();
    if (!calls.empty())
      low[calls.back()] = std::min(low[calls.back()], low[v]);
    if (low[v] != order[v])
      return;
    int32_t member;
    do {
      member = path.back();
      path.pop_back();
      onPath[member] = false;
      sets.merge(v, member);
    } while (member != v);
  }

  Adjacency graph;
  Unions &sets;
  /// Numbers from 1 in the order of the visit; 0: not visited.
  std::vector<int32_t> order, low;
  std::vector<char> onPath;
  std::vector<int32_t> next, calls, path;
  int32_t visited = 0;
};

/// Topological numbers of the sets, the smallest name first; other entries stay
/// 0. `edges` has no cycle.
std::vector<int32_t> numberSets(const std::vector<int32_t> &nameOf,
                                const Edges &edges) {
  int32_t size = static_cast<int32_t>(nameOf.size());
  Adjacency graph(size, edges);
  std::vector<int32_t> missing(size), number(size);
  for (auto [from, to] : edges)
    ++missing[to];
  std::priority_queue<int32_t, std::vector<int32_t>, std::greater<>> ready;
  for (int32_t v = 0; v < size; ++v)
    if (nameOf[v] == v && !missing[v])
      ready.push(v);
  for (int32_t counter = 0; !ready.empty(); ++counter) {
    int32_t v = ready.top();
    ready.pop();
    number[v] = counter;
    for (int32_t e = graph.begin[v]; e < graph.begin[v + 1]; ++e)
      if (!--missing[graph.targets[e]])
        ready.push(graph.targets[e]);
  }
  return number;
}

} // namespace

Atoms placement::contractAtoms(int32_t numTasks, const Edges &edges,
                               const Edges &together) {
  Unions sets(numTasks);
  for (auto [a, b] : together)
    sets.merge(a, b);
  CycleMerger(numTasks, quotient(edges, namesOf(sets, numTasks)), sets);

  std::vector<int32_t> nameOf = namesOf(sets, numTasks);
  std::vector<int32_t> number = numberSets(nameOf, quotient(edges, nameOf));
  Atoms atoms;
  atoms.atomOf.resize(numTasks);
  for (int32_t t = 0; t < numTasks; ++t) {
    atoms.atomOf[t] = number[nameOf[t]];
    if (nameOf[t] == t)
      atoms.tasks.emplace_back();
  }
  for (int32_t t = 0; t < numTasks; ++t)
    atoms.tasks[atoms.atomOf[t]].push_back(t);
  atoms.edges = quotient(edges, atoms.atomOf);
  return atoms;
}

namespace {

/// The table of ideals stays below this many bytes.
constexpr size_t MaxTableBytes = size_t(512) << 20;

/// What extends the ideals of one size: for each of them, the atoms above its
/// last one whose predecessors it holds, as bits.
using Candidates = std::vector<uint64_t>;

} // namespace

Ideals::Ideals(int32_t numAtoms, const Edges &edges, size_t maxIdeals,
               const std::function<bool()> &isOver)
    : numWords((numAtoms + 63) / 64) {
  maxIdeals = std::min(maxIdeals, MaxTableBytes / (8 * numWords + 16));
  // A graph has no fewer ideals than the prefixes of one order.
  if (static_cast<size_t>(numAtoms) + 1 > maxIdeals)
    return;

  Edges reversed;
  for (auto [from, to] : edges)
    reversed.emplace_back(to, from);
  Adjacency readers(numAtoms, edges), producers(numAtoms, reversed);

  Candidates current(numWords), following;
  for (int32_t a = 0; a < numAtoms; ++a)
    if (producers.begin[a] == producers.begin[a + 1])
      current[a / 64] |= uint64_t(1) << (a % 64);
  storage.assign(numWords, 0);
  // Of no meaning for the empty ideal.
  parents.assign(1, 0);
  lastAtoms.assign(1, 0);
  count = 1;

  auto holdsProducers = [&](const uint64_t *ideal, int32_t atom) {
    for (int32_t e = producers.begin[atom]; e < producers.begin[atom + 1]; ++e)
      if (int32_t p = producers.targets[e]; !(ideal[p / 64] >> (p % 64) & 1))
        return false;
    return true;
  };
  // Appends the child of `parent` by `atom`, and its candidates.
  auto extend = [&](size_t parent, const uint64_t *candidates, int32_t atom) {
    size_t at = storage.size();
    storage.resize(at + numWords);
    uint64_t *child = storage.data() + at;
    std::copy_n(bits(parent), numWords, child);
    child[atom / 64] |= uint64_t(1) << (atom % 64);
    parents.push_back(static_cast<int32_t>(parent));
    lastAtoms.push_back(atom);
    ++count;

    size_t word = atom / 64, base = following.size();
    following.resize(base + numWords);
    uint64_t *rest = following.data() + base;
    std::copy(candidates + word, candidates + numWords, rest + word);
    rest[word] &= ~uint64_t(0) << (atom % 64) << 1;
    for (int32_t e = readers.begin[atom]; e < readers.begin[atom + 1]; ++e)
      if (int32_t r = readers.targets[e]; holdsProducers(child, r))
        rest[r / 64] |= uint64_t(1) << (r % 64);
  };

  for (size_t first = 0, last = 1; first < last; first = last, last = count) {
    following.clear();
    for (size_t ideal = first; ideal < last; ++ideal) {
      const uint64_t *candidates = current.data() + (ideal - first) * numWords;
      for (size_t w = 0; w < numWords; ++w)
        for (uint64_t left = candidates[w]; left; left &= left - 1) {
          if (count == maxIdeals || (count % 64 == 0 && isOver && isOver())) {
            storage = {};
            parents = lastAtoms = {};
            count = 0;
            return;
          }
          extend(ideal, candidates,
                 static_cast<int32_t>(w * 64 + __builtin_ctzll(left)));
        }
    }
    current.swap(following);
  }
  isComplete = true;
}
