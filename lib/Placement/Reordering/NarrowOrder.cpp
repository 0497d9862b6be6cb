//===- NarrowOrder.cpp - An order with little between its parts -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NarrowOrder.h"

#include "../Tables/Wide.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split::placement;

namespace {

class NarrowOrder {
public:
  NarrowOrder(const Problem &problem, const Atoms &contracted);
  std::vector<int32_t> run();

private:
  void listTensors();
  void close(int32_t tensor, int32_t reader);
  int32_t takeBest();
  void schedule();
  void delay();

  const Problem &p;
  const Atoms &atoms;
  int32_t numAtoms;
  /// Tensors between atoms: bytes, and atoms that read them and have not come.
  std::vector<int64_t> bytes;
  std::vector<int32_t> readersLeft;
  /// The sum of these readers, which is the last one when it is the only one.
  std::vector<int64_t> readerSum;
  /// By atom: what it reads from others, and the atoms that follow.
  std::vector<std::vector<int32_t>> read, next;
  /// By atom: bytes that are open after it and were not before.
  std::vector<Wide> growth;
  std::vector<int32_t> missing;
  /// Atoms that can come next; the last one became possible last.
  std::vector<int32_t> ready;
  std::vector<int32_t> order;
  /// By atom, when it came: whether more was open after it than before.
  std::vector<char> grew;
};

} // namespace

NarrowOrder::NarrowOrder(const Problem &problem, const Atoms &contracted)
    : p(problem), atoms(contracted),
      numAtoms(static_cast<int32_t>(atoms.tasks.size())), read(numAtoms),
      next(numAtoms), growth(numAtoms), missing(numAtoms), grew(numAtoms) {
  listTensors();
  for (auto [from, to] : atoms.edges) {
    next[from].push_back(to);
    ++missing[to];
  }
}

void NarrowOrder::listTensors() {
  for (const Tensor &tensor : p.tensors) {
    if (tensor.producer == None)
      continue;
    int32_t home = atoms.atomOf[tensor.producer];
    std::vector<int32_t> readers;
    for (int32_t reader : tensor.consumers)
      if (atoms.atomOf[reader] != home)
        readers.push_back(atoms.atomOf[reader]);
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    if (readers.empty())
      continue;
    int32_t index = static_cast<int32_t>(bytes.size());
    bytes.push_back(tensor.sent());
    readersLeft.push_back(static_cast<int32_t>(readers.size()));
    readerSum.push_back(
        std::accumulate(readers.begin(), readers.end(), int64_t(0)));
    growth[home] += bytes[index];
    if (readers.size() == 1)
      growth[readers.front()] -= bytes[index];
    for (int32_t reader : readers)
      read[reader].push_back(index);
  }
}

/// The reader has come: whoever is the last one left closes the tensor.
void NarrowOrder::close(int32_t tensor, int32_t reader) {
  readerSum[tensor] -= reader;
  if (--readersLeft[tensor] == 1)
    growth[readerSum[tensor]] -= bytes[tensor];
}

int32_t NarrowOrder::takeBest() {
  // More seldom change anything.
  constexpr size_t window = 64;
  size_t from = ready.size() - std::min(window, ready.size());
  size_t best = ready.size() - 1;
  Wide least = growth[ready[best]];
  for (size_t i = best; i-- > from;)
    if (growth[ready[i]] < least) {
      least = growth[ready[i]];
      best = i;
    }
  int32_t atom = ready[best];
  ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(best));
  grew[atom] = least > 0;
  return atom;
}

void NarrowOrder::schedule() {
  for (int32_t a = numAtoms; a-- > 0;)
    if (missing[a] == 0)
      ready.push_back(a);
  while (!ready.empty()) {
    int32_t atom = takeBest();
    order.push_back(atom);
    for (int32_t x : read[atom])
      close(x, atom);
    for (size_t i = next[atom].size(); i-- > 0;)
      if (--missing[next[atom][i]] == 0)
        ready.push_back(next[atom][i]);
  }
}

/// What grew the open bytes comes no sooner than it must. Walked from the end,
/// so that whatever leads to it alone moves with it.
void NarrowOrder::delay() {
  // A key is the place of the reader that it moved to, and how far before it.
  using Key = std::pair<int32_t, int32_t>;
  std::vector<Key> keys(numAtoms);
  for (int32_t place = numAtoms; place-- > 0;) {
    int32_t atom = order[place];
    keys[atom] = {place, 0};
    if (!grew[atom] || next[atom].empty())
      continue;
    Key first = {numAtoms, 0};
    for (int32_t reader : next[atom])
      first = std::min(first, keys[reader]);
    keys[atom] = {first.first, first.second - 1};
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return keys[a] < keys[b]; });
}

std::vector<int32_t> NarrowOrder::run() {
  schedule();
  delay();
  std::vector<int32_t> tasks;
  for (int32_t atom : order)
    tasks.insert(tasks.end(), atoms.tasks[atom].begin(),
                 atoms.tasks[atom].end());
  return tasks;
}

std::vector<int32_t> onnx_split::placement::narrowOrder(const Problem &problem,
                                                        const Atoms &atoms) {
  return NarrowOrder(problem, atoms).run();
}
