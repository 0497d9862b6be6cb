//===- Cuts.cpp - Contiguous plans of the SUM model -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Dynamic programming over pairs of cuts, after the ideal program of Tarnawski
/// et al. What it adds: work windows. If better than U is wanted, the ideal
/// after j accelerators and c CPUs holds at most as much work as these can do
/// in U, and leaves at most as much as the others can; only pairs of cuts in
/// the windows of neighbouring states are looked at.
///
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>

using namespace onnx_split;
using namespace onnx_split::placement;
using namespace onnx_split::placement::sum;

namespace {

/// A state is a number of accelerators and CPUs that have their stages. The
/// table has, for each state and cut, the least largest load of those devices
/// on what lies before the cut, and the step that gave it.
class CutSearch {
public:
  CutSearch(const Model &forModel, const Cuts &among, const Clock &until,
            int64_t below)
      : model(forModel), cuts(among), clock(until), upper(below),
        states((model.problem.numAccelerators + 1) *
               (model.problem.numCpus + 1)),
        best(states, std::vector<int64_t>(cuts.count, Unlimited)),
        from(states, std::vector<int32_t>(cuts.count, None)) {
    prepare();
  }

  /// False if the time ran out.
  bool run() {
    best[0][0] = 0;
    for (int32_t a = 0; a <= model.problem.numAccelerators; ++a)
      for (int32_t c = 0; c <= model.problem.numCpus; ++c) {
        if (a < model.problem.numAccelerators && !advance(a, c, /*fast=*/true))
          return false;
        if (c < model.problem.numCpus && !advance(a, c, /*fast=*/false))
          return false;
      }
    return true;
  }

  /// The best plan below `upper`, by atom; empty if there is none.
  std::vector<int32_t> plan() const {
    size_t last = cuts.count - 1;
    int32_t end = None;
    int64_t least = upper;
    for (int32_t s = 0; s < states; ++s)
      if (best[s][last] < least)
        least = best[s][last], end = s;
    std::vector<int32_t> deviceOf;
    if (end == None)
      return deviceOf;
    deviceOf.assign(model.numAtoms(), 0);
    int32_t a = end / (model.problem.numCpus + 1);
    int32_t c = end % (model.problem.numCpus + 1);
    for (size_t cut = last; a + c > 0;) {
      int32_t step = from[stateOf(a, c)][cut];
      bool fast = step & 1;
      size_t before = static_cast<size_t>(step >> 1);
      int32_t device = fast ? --a : model.problem.numAccelerators + --c;
      for (int32_t atom = 0; atom < model.numAtoms(); ++atom)
        if (has(cut, atom) && !has(before, atom))
          deviceOf[atom] = device;
      cut = before;
    }
    return deviceOf;
  }

private:
  int32_t stateOf(int32_t a, int32_t c) const {
    return a * (model.problem.numCpus + 1) + c;
  }
  const uint64_t *bits(size_t cut) const {
    return cuts.bits + cut * cuts.words;
  }
  bool has(size_t cut, int32_t atom) const {
    return bits(cut)[atom / 64] >> (atom % 64) & 1;
  }

  /// Tables by cut. O(cuts x (atoms + producers x words)).
  void prepare() {
    work.resize(cuts.count);
    cpuWork.resize(cuts.count);
    banned.resize(cuts.count);
    bytes.resize(cuts.count);
    crossing.resize(cuts.count);
    readers.assign(model.producers.size() * cuts.words, 0);
    for (size_t p = 0; p < model.producers.size(); ++p)
      for (int32_t r : model.producers[p].readers)
        readers[p * cuts.words + r / 64] |= uint64_t(1) << (r % 64);
    for (size_t i = 0; i < cuts.count; ++i)
      measure(i);
    byWork.resize(cuts.count);
    for (size_t i = 0; i < cuts.count; ++i)
      byWork[i] = static_cast<int32_t>(i);
    std::stable_sort(byWork.begin(), byWork.end(),
                     [&](int32_t x, int32_t y) { return work[x] < work[y]; });
    for (int32_t atom = 0; atom < model.numAtoms(); ++atom) {
      double fast = static_cast<double>(timeOf(atom));
      if (fast > 0)
        cpuSpeed = std::max(cpuSpeed, model.cpuTime[atom] > 0
                                          ? fast / double(model.cpuTime[atom])
                                          : 1e30);
    }
  }
  /// Work of what accelerators cannot run counts nothing, which only widens
  /// the windows.
  int64_t timeOf(int32_t atom) const {
    return model.acceleratorTime[atom] == Unlimited
               ? 0
               : model.acceleratorTime[atom];
  }
  void measure(size_t i) {
    for (int32_t atom = 0; atom < model.numAtoms(); ++atom)
      if (has(i, atom)) {
        work[i] += timeOf(atom);
        cpuWork[i] += model.cpuTime[atom];
        bytes[i] += model.size[atom];
        banned[i] += model.acceleratorTime[atom] == Unlimited;
      }
    for (size_t p = 0; p < model.producers.size(); ++p)
      if (has(i, model.producers[p].atom))
        for (size_t w = 0; w < cuts.words; ++w)
          if (readers[p * cuts.words + w] & ~bits(i)[w]) {
            crossing[i].push_back(static_cast<int32_t>(p));
            break;
          }
  }

  /// Most work of `a` accelerators and `c` CPUs within `upper`, with a margin
  /// for rounding.
  double reach(int32_t a, int32_t c) const {
    return (a + (c ? c * cpuSpeed : 0)) * static_cast<double>(upper) *
               (1 + 1e-9) +
           1;
  }
  /// True where some plan better than `upper` may have its cut here after `a`
  /// accelerators and `c` CPUs.
  bool inWindow(size_t cut, int32_t a, int32_t c) const {
    return static_cast<double>(work[cut]) <= reach(a, c) &&
           static_cast<double>(work.back() - work[cut]) <=
               reach(model.problem.numAccelerators - a,
                     model.problem.numCpus - c);
  }
  bool isSubset(size_t inner, size_t outer) const {
    const uint64_t *x = bits(inner), *y = bits(outer);
    for (size_t w = 0; w < cuts.words; ++w)
      if (x[w] & ~y[w])
        return false;
    return true;
  }
  /// Of what lies between two cuts on an accelerator; stops at `limit`.
  int64_t loadBetween(size_t inner, size_t outer, int64_t limit) const {
    int64_t load = work[outer] - work[inner];
    for (int32_t p : crossing[outer])
      if (!has(inner, model.producers[p].atom))
        load += model.producers[p].cost;
    if (load >= limit)
      return load;
    const uint64_t *x = bits(inner), *y = bits(outer);
    for (int32_t p : crossing[inner])
      for (size_t w = 0; w < cuts.words; ++w)
        if (readers[p * cuts.words + w] & y[w] & ~x[w]) {
          load += model.producers[p].cost;
          break;
        }
    return load;
  }

  /// Extends the plans of a state by one device, maybe an idle one. O(pairs of
  /// cuts in the windows of the two states) steps; false if the time ran out.
  bool advance(int32_t a, int32_t c, bool fast) {
    int32_t next = stateOf(a + fast, c + !fast);
    std::vector<int64_t> &source = best[stateOf(a, c)];
    std::vector<int64_t> &target = best[next];
    std::vector<int32_t> outers;
    for (int32_t cut : byWork)
      if (inWindow(cut, a + fast, c + !fast))
        outers.push_back(cut);
    size_t first = 0;
    for (int32_t inner : byWork) {
      while (first < outers.size() && work[outers[first]] < work[inner])
        ++first;
      if (source[inner] >= upper)
        continue;
      if (clock.over())
        return false;
      for (size_t k = first; k < outers.size(); ++k) {
        int32_t outer = outers[k];
        if (fast && work[outer] - work[inner] >= upper)
          break;
        if (source[inner] >= target[outer] || !isSubset(inner, outer))
          continue;
        int64_t load = cpuWork[outer] - cpuWork[inner];
        if (fast) {
          if (banned[outer] != banned[inner] ||
              bytes[outer] - bytes[inner] > model.problem.capacity)
            continue;
          load = loadBetween(inner, outer, std::min(upper, target[outer]));
        }
        load = std::max(load, source[inner]);
        if (load < upper && load < target[outer]) {
          target[outer] = load;
          from[next][outer] = inner * 2 + fast;
        }
      }
    }
    return true;
  }

  const Model &model;
  const Cuts &cuts;
  const Clock &clock;
  int64_t upper;
  int32_t states;
  /// [state][cut]: the least largest load; Unlimited where there is no plan.
  std::vector<std::vector<int64_t>> best;
  /// Twice the cut before, plus one if the step is an accelerator.
  std::vector<std::vector<int32_t>> from;
  /// By cut, of the atoms before it: their times on accelerators and on CPUs,
  /// and their sizes.
  std::vector<int64_t> work, cpuWork, bytes;
  /// By cut, how many atoms before it no accelerator can run; the cuts in the
  /// order of their work.
  std::vector<int32_t> banned, byWork;
  /// By cut, the producers before it with readers behind it.
  std::vector<std::vector<int32_t>> crossing;
  /// By producer, a bit for each atom that reads it.
  std::vector<uint64_t> readers;
  /// Most accelerator work that a CPU does in one unit of its time.
  double cpuSpeed = 0;
};

} // namespace

bool sum::searchCuts(const Model &model, const Cuts &cuts, const Clock &clock,
                     const char *tier, SumResult &result) {
  CutSearch search(model, cuts, clock, result.objective);
  bool finished = search.run();
  std::vector<int32_t> plan = search.plan();
  if (!plan.empty())
    offer(model.problem, model.taskDevices(plan), tier, result);
  return finished;
}
