//===- Bounds.cpp - Bounds for any plan of the SUM model ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "onnx-split/Support/MaxFlow.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split;
using namespace onnx_split::placement;
using namespace onnx_split::placement::sum;

/// Fractional assignment without communication: within T the CPUs best take
/// what saves most accelerator time per unit of theirs, and the rest has to
/// fit the accelerators. Each plan is such an assignment, so its objective is
/// no smaller than the least T that admits one.
int64_t sum::workBound(const Model &model) {
  std::vector<int32_t> order(model.numAtoms());
  std::iota(order.begin(), order.end(), 0);
  auto ratio = [&](int32_t a) {
    if (model.acceleratorTime[a] == Unlimited || model.cpuTime[a] == 0)
      return 1e300;
    return double(model.acceleratorTime[a]) / double(model.cpuTime[a]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return ratio(a) > ratio(b); });
  // True where the assignment exists for a bottleneck of t. O(atoms).
  auto admits = [&](int64_t t) {
    double left = double(t) * model.problem.numCpus, rest = 0;
    for (int32_t a : order) {
      double cpu = double(model.cpuTime[a]);
      bool only = model.acceleratorTime[a] == Unlimited;
      if (cpu <= left && model.problem.numCpus > 0) {
        left -= cpu;
        continue;
      }
      if (only)
        return false;
      rest +=
          double(model.acceleratorTime[a]) * (1 - (cpu > 0 ? left / cpu : 0));
      left = 0;
    }
    return rest <= double(t) * model.problem.numAccelerators;
  };
  int64_t low = 0, high = int64_t(1) << 55;
  if (!admits(high))
    return 0;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (admits(middle))
      high = middle;
    else
      low = middle + 1;
  }
  // Doubles hold 53 bits, and errors add up over the atoms.
  double margin = double(low) * 1e-15 * (model.numAtoms() + 10) + 1;
  return std::max<int64_t>(0, low - static_cast<int64_t>(margin) - 1);
}

namespace {

/// The least load of an accelerator that holds `atom`, over all sets of atoms:
/// a set's load is a cut function. Source side: in the set.
int64_t cheapestSet(const Model &model, int32_t atom) {
  // Above every sum of times that SumProblem::check lets pass.
  constexpr int64_t never = int64_t(1) << 58;
  int32_t n = model.numAtoms(), m = static_cast<int32_t>(model.nets.size());
  // Each net has two nodes. `in` is on the source side if an atom of the net is
  // in the set, `out` on the sink side if one is not; the arc between them
  // costs where both are.
  int32_t source = n + 2 * m, sink = source + 1;
  MaxFlow flow(sink + 1);
  flow.add(source, atom, never);
  for (int32_t a = 0; a < n; ++a)
    flow.add(a, sink, std::min(model.acceleratorTime[a], never));
  for (int32_t i = 0; i < m; ++i) {
    const Net &net = model.nets[i];
    int32_t in = n + 2 * i, out = in + 1;
    flow.add(in, out, net.cost);
    for (int32_t a : net.atoms) {
      flow.add(a, in, never);
      flow.add(out, a, never);
    }
  }
  return static_cast<int64_t>(
      std::min<MaxFlow::Figure>(Unlimited, flow.run(source, sink)));
}

} // namespace

/// Each atom is on a CPU, which then has its time, or in some accelerator's
/// set, whose load is no smaller than that of the cheapest set with this atom.
/// Each atom gives a bound, so that the clock may end the loop anywhere.
int64_t sum::cheapestSetBound(const Model &model, const Clock &clock) {
  int64_t bound = 0;
  // One flow for each atom; above that size an atom counts with its own time
  // alone.
  constexpr int32_t maxSize = 20000;
  bool small = model.numAtoms() + 2 * model.nets.size() <= maxSize;
  for (int32_t a = 0; a < model.numAtoms() && !clock.over(); ++a) {
    int64_t cpu = model.problem.numCpus ? model.cpuTime[a] : Unlimited;
    int64_t fast =
        model.problem.numAccelerators ? model.acceleratorTime[a] : Unlimited;
    if (fast != Unlimited && cpu > bound && small)
      fast = cheapestSet(model, a);
    if (std::min(cpu, fast) != Unlimited)
      bound = std::max(bound, std::min(cpu, fast));
  }
  return bound;
}
