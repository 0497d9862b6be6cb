//===- SharedWeights.cpp - Tasks that a weight holds together -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedWeights.h"

#include "../Tables/Graph.h"
#include "../Tables/Wide.h"

#include <algorithm>

using namespace onnx_split::placement;

namespace {

class WeightTies {
public:
  explicit WeightTies(const Problem &problem);
  WeightAtoms run();

private:
  void listEdges();
  void tieDeadEnds();
  void listShared();
  void tie(size_t first, size_t last);
  bool isUseful(const Atoms &atoms) const;
  bool mayBeTogether(const Atoms &atoms) const;
  Wide leastTime(int32_t task) const;

  const Problem &p;
  std::vector<std::vector<int32_t>> readers;
  /// Weights to tie, those that save most first.
  std::vector<int32_t> shared;
  Edges edges;
  WeightAtoms made;
  /// Of all tasks, each on its fastest device.
  Wide work = 0;
  int64_t largestRoom = 0;
  /// Some task cannot run on some device.
  bool hasImpossible = false;
  /// Contractions that are left: some tenths of a second.
  int64_t budget = 0;
};

} // namespace

WeightTies::WeightTies(const Problem &problem)
    : p(problem), readers(p.weights.size()) {
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    work += leastTime(static_cast<int32_t>(t));
    for (int32_t w : p.tasks[t].weights)
      readers[w].push_back(static_cast<int32_t>(t));
  }
  for (const Device &device : p.devices)
    largestRoom = std::max(largestRoom, device.room());
  hasImpossible = std::count(p.taskTime.begin(), p.taskTime.end(), Unlimited);
}

/// 0 where no device can run it: that is for others to find.
Wide WeightTies::leastTime(int32_t task) const {
  int64_t least = Unlimited;
  for (size_t at = task; at < p.taskTime.size(); at += p.tasks.size())
    least = std::min(least, p.taskTime[at]);
  return least == Unlimited ? 0 : least;
}

/// Those with several readers, but for the smallest: those of which copies for
/// all readers cost a thousandth of all weights together.
void WeightTies::listShared() {
  constexpr int64_t thousand = 1000;
  Wide all = 0, left = 0;
  std::vector<Wide> saved(p.weights.size());
  for (size_t w = 0; w < p.weights.size(); ++w) {
    all += p.weights[w].bytes;
    saved[w] =
        Wide(p.weights[w].bytes) *
        (static_cast<int64_t>(std::max<size_t>(readers[w].size(), 1)) - 1);
  }
  for (size_t w = 0; w < p.weights.size(); ++w)
    if (saved[w] > 0)
      shared.push_back(static_cast<int32_t>(w));
  std::stable_sort(shared.begin(), shared.end(),
                   [&](int32_t a, int32_t b) { return saved[a] > saved[b]; });
  while (!shared.empty() && (left += saved[shared.back()]) * thousand < all)
    shared.pop_back();
}

void WeightTies::listEdges() {
  for (const Tensor &tensor : p.tensors) {
    if (tensor.producer == None)
      continue;
    for (int32_t reader : tensor.consumers) {
      edges.push_back({tensor.producer, reader});
      if (!tensor.canCut)
        made.together.push_back(edges.back());
    }
  }
}

/// What makes nothing that anybody reads goes with the last task that it needs:
/// each of these would double the ideals. Problems that name no outputs do not
/// say what is dead.
void WeightTies::tieDeadEnds() {
  if (std::none_of(p.tensors.begin(), p.tensors.end(),
                   [](const Tensor &tensor) { return tensor.isOutput; }))
    return;
  Graph graph(p);
  std::vector<char> isDead(p.tasks.size());
  for (int32_t t = static_cast<int32_t>(p.tasks.size()); t-- > 0;) {
    isDead[t] = true;
    for (int32_t x : graph.madeBy(t)) {
      const Tensor &tensor = p.tensors[x];
      if (tensor.isOutput ||
          std::any_of(tensor.consumers.begin(), tensor.consumers.end(),
                      [&](int32_t reader) { return !isDead[reader]; }))
        isDead[t] = false;
    }
    int32_t last = None;
    for (int32_t x : graph.readBy(t))
      if (!p.tensors[x].mustCut)
        last = std::max(last, p.tensors[x].producer);
    if (isDead[t] && last != None && p.tasks[t].pin == None && !hasImpossible)
      made.together.push_back({last, t});
  }
}

/// Whether some device may run each atom whole, and the user does not want it
/// cut inside.
bool WeightTies::mayBeTogether(const Atoms &atoms) const {
  for (const Tensor &tensor : p.tensors)
    if (tensor.mustCut && tensor.producer != None)
      for (int32_t reader : tensor.consumers)
        if (atoms.atomOf[reader] == atoms.atomOf[tensor.producer])
          return false;
  std::vector<int32_t> pins(atoms.tasks.size(), None);
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    int32_t pin = p.tasks[t].pin, &known = pins[atoms.atomOf[t]];
    if (pin != None && known != None && pin != known)
      return false;
    known = pin == None ? known : pin;
  }
  std::vector<char> canRun(atoms.tasks.size(), !hasImpossible);
  size_t numClasses = p.taskTime.size() / std::max<size_t>(1, p.tasks.size());
  for (size_t c = 0; c < numClasses && hasImpossible; ++c)
    for (size_t a = 0; a < atoms.tasks.size(); ++a)
      canRun[a] |= std::all_of(
          atoms.tasks[a].begin(), atoms.tasks[a].end(), [&](int32_t task) {
            return p.taskTime[c * p.tasks.size() + task] != Unlimited;
          });
  return std::count(canRun.begin(), canRun.end(), 0) == 0;
}

bool WeightTies::isUseful(const Atoms &atoms) const {
  if (!mayBeTogether(atoms))
    return false;
  std::vector<Wide> bytes(atoms.tasks.size()), time(atoms.tasks.size());
  for (size_t t = 0; t < p.tasks.size(); ++t)
    time[atoms.atomOf[t]] += leastTime(static_cast<int32_t>(t));
  std::vector<int32_t> seen(atoms.tasks.size(), None);
  for (size_t w = 0; w < readers.size(); ++w)
    for (int32_t t : readers[w])
      if (int32_t atom = atoms.atomOf[t];
          seen[atom] != static_cast<int32_t>(w)) {
        seen[atom] = static_cast<int32_t>(w);
        bytes[atom] += p.weights[w].bytes;
      }
  for (size_t a = 0; a < atoms.tasks.size(); ++a)
    if (2 * time[a] > work || 2 * atoms.tasks[a].size() > p.tasks.size() + 1 ||
        (largestRoom != Unlimited && bytes[a] > largestRoom))
      return false;
  return true;
}

/// All of them at once if that is useful, otherwise each half.
void WeightTies::tie(size_t first, size_t last) {
  if (first == last || budget-- <= 0)
    return;
  size_t before = made.together.size();
  for (size_t i = first; i < last; ++i)
    for (int32_t reader : readers[shared[i]])
      if (reader != readers[shared[i]].front())
        made.together.push_back({readers[shared[i]].front(), reader});
  Atoms atoms =
      contractAtoms(static_cast<int32_t>(p.tasks.size()), edges, made.together);
  if (isUseful(atoms)) {
    made.tied.insert(made.tied.end(), shared.begin() + first,
                     shared.begin() + last);
    made.atoms = std::move(atoms);
    return;
  }
  made.together.resize(before);
  if (last - first == 1)
    return;
  size_t middle = first + (last - first) / 2;
  tie(first, middle);
  tie(middle, last);
}

WeightAtoms WeightTies::run() {
  listEdges();
  listShared();
  constexpr int64_t effort = 2000000, least = 8, most = 200;
  auto size = static_cast<int64_t>(p.tasks.size() + edges.size() + 1);
  budget = std::clamp(effort / size, least, most);
  tieDeadEnds();
  made.atoms =
      contractAtoms(static_cast<int32_t>(p.tasks.size()), edges, made.together);
  tie(0, shared.size());
  return std::move(made);
}

WeightAtoms onnx_split::placement::tieSharedWeights(const Problem &problem) {
  return WeightTies(problem).run();
}
