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
/// after a accelerators and c CPUs holds at most as much work as these can do
/// in U, and leaves at most as much as the others can; only pairs of cuts in
/// the windows of neighbouring states are looked at. U begins close to a lower
/// bound and grows as long as no plan is below it.
///
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split;
using namespace onnx_split::placement;
using namespace onnx_split::placement::sum;

namespace {

/// A state is a number of accelerators and CPUs that have their stages. The
/// table has, for each state and cut, the least largest load of those devices
/// on what lies before the cut, and the step that gave it.
class CutSearch {
public:
  CutSearch(const Model &forModel, const Cuts &among, const Clock &until)
      : model(forModel), cuts(among), clock(until),
        states((model.problem.numAccelerators + 1) *
               (model.problem.numCpus + 1)) {}

  /// The tables of all cuts, before anything else; false if the time ran out.
  bool prepare();

  /// Looks for plans below `limit`; false if the time ran out.
  bool run(int64_t limit) {
    upper = limit;
    setRelief();
    best.assign(states, std::vector<int64_t>(cuts.count, Unlimited));
    from.assign(states, std::vector<int32_t>(cuts.count, None));
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
    for (size_t m = 0; m < model.nets.size(); ++m)
      if (crosses(m, bits(i))) {
        crossing[i].push_back(static_cast<int32_t>(m));
        crossingCost[i] += model.nets[m].cost;
      }
  }
  /// Whether the net has atoms on both sides of the cut.
  bool crosses(size_t net, const uint64_t *cut) const {
    bool before = false, behind = false;
    for (size_t w = 0; w < cuts.words; ++w) {
      uint64_t atoms = members[net * cuts.words + w];
      before |= (atoms & cut[w]) != 0;
      behind |= (atoms & ~cut[w]) != 0;
    }
    return before && behind;
  }

  /// By number of CPUs, the most accelerator work that they can take off within
  /// `upper`: the fractional knapsack of the atoms by accelerator time against
  /// CPU time.
  void setRelief() {
    std::vector<int32_t> order(model.numAtoms());
    std::iota(order.begin(), order.end(), 0);
    auto ratio = [&](int32_t a) {
      return model.cpuTime[a] ? double(timeOf(a)) / double(model.cpuTime[a])
                              : 1e300;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](int32_t a, int32_t b) { return ratio(a) > ratio(b); });
    relief.assign(model.problem.numCpus + 1, 0);
    for (int32_t c = 1; c <= model.problem.numCpus; ++c) {
      double left = static_cast<double>(upper) * c;
      for (int32_t a : order) {
        double cpu = static_cast<double>(model.cpuTime[a]);
        double share = cpu <= left ? 1 : left / cpu;
        relief[c] += share * static_cast<double>(timeOf(a));
        left -= share * cpu;
      }
    }
  }

  /// Whether `a` accelerators and `c` CPUs may do that work, and pay for a cut
  /// at its end, each in less than `upper`; with a margin for rounding. Without
  /// CPUs an accelerator pays for each net that crosses; a CPU may not.
  bool canDo(int64_t amount, int64_t cutCost, int32_t a, int32_t c) const {
    return static_cast<double>(amount + (c ? 0 : cutCost)) <=
           (a * static_cast<double>(upper) + relief[c]) * (1 + 1e-9) + 1;
  }
  /// True where some plan better than `upper` may have its cut here after `a`
  /// accelerators and `c` CPUs.
  bool inWindow(size_t cut, int32_t a, int32_t c) const {
    return canDo(work[cut], crossingCost[cut], a, c) &&
           canDo(work.back() - work[cut], crossingCost[cut],
                 model.problem.numAccelerators - a, model.problem.numCpus - c);
  }
  bool isSubset(size_t inner, size_t outer) const {
    const uint64_t *x = bits(inner), *y = bits(outer);
    for (size_t w = 0; w < cuts.words; ++w)
      if (x[w] & ~y[w])
        return false;
    return true;
  }
  /// Of what lies between two cuts on an accelerator; stops at `limit`. A net
  /// that crosses one of them has an atom between them and one outside. A net
  /// that crosses both has one outside, and pays once if it has one between.
  int64_t loadBetween(size_t inner, size_t outer, int64_t limit) const {
    int64_t load = work[outer] - work[inner] +
                   std::abs(crossingCost[outer] - crossingCost[inner]);
    if (load >= limit)
      return load;
    load =
        work[outer] - work[inner] + crossingCost[outer] + crossingCost[inner];
    const uint64_t *x = bits(inner), *y = bits(outer);
    const std::vector<int32_t> &one = crossing[inner], &other = crossing[outer];
    for (size_t i = 0, k = 0; i < one.size() && k < other.size();) {
      if (one[i] != other[k]) {
        ++(one[i] < other[k] ? i : k);
        continue;
      }
      const uint64_t *atoms = &members[one[i] * cuts.words];
      bool isBetween = false;
      for (size_t w = 0; w < cuts.words; ++w)
        isBetween |= (atoms[w] & y[w] & ~x[w]) != 0;
      load -= model.nets[one[i]].cost * (isBetween ? 1 : 2);
      ++i;
      ++k;
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
  /// Plans below it are looked for.
  int64_t upper = Unlimited;
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
  /// By cut, the nets with atoms on both sides, ascending, and their cost.
  std::vector<std::vector<int32_t>> crossing;
  std::vector<int64_t> crossingCost;
  /// By net, a bit for each of its atoms.
  std::vector<uint64_t> members;
  /// See setRelief.
  std::vector<double> relief;
};

} // namespace

/// O(cuts x (atoms + nets x words)).
bool CutSearch::prepare() {
  work.resize(cuts.count);
  cpuWork.resize(cuts.count);
  banned.resize(cuts.count);
  bytes.resize(cuts.count);
  crossing.resize(cuts.count);
  crossingCost.resize(cuts.count);
  members.assign(model.nets.size() * cuts.words, 0);
  for (size_t m = 0; m < model.nets.size(); ++m)
    for (int32_t a : model.nets[m].atoms)
      members[m * cuts.words + a / 64] |= uint64_t(1) << (a % 64);
  for (size_t i = 0; i < cuts.count; ++i) {
    if (clock.over())
      return false;
    measure(i);
  }
  byWork.resize(cuts.count);
  std::iota(byWork.begin(), byWork.end(), 0);
  std::stable_sort(byWork.begin(), byWork.end(),
                   [&](int32_t x, int32_t y) { return work[x] < work[y]; });
  return true;
}

bool sum::searchCuts(const Model &model, const Cuts &cuts, const Clock &clock,
                     const char *tier, SumResult &result) {
  CutSearch search(model, cuts, clock);
  if (!search.prepare())
    return false;
  // A sixty-fourth above the bound, then a sixteenth and so on: the last
  // search, which finds something or proves that there is nothing, costs most.
  for (int64_t slack = result.lowerBound / 64 + 1;; slack *= 4) {
    bool isLast = slack / 4 > result.lowerBound ||
                  result.lowerBound + slack >= result.objective;
    bool finished =
        search.run(isLast ? result.objective : result.lowerBound + slack);
    std::vector<int32_t> plan = search.plan();
    if (!plan.empty())
      offer(model.problem, model.taskDevices(plan), tier, result);
    if (!finished)
      return false;
    if (isLast || !plan.empty())
      return true;
  }
}
