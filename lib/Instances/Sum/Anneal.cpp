//===- Anneal.cpp - Any plan of the SUM model -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Placements of the SUM model in which a device may take part several times,
/// found by simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) from the
/// best contiguous plan. Moves are of single atoms. Atoms here are colours
/// alone: other cycles may be separated.
///
//===----------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace onnx_split;
using namespace onnx_split::placement;
using namespace onnx_split::placement::sum;

namespace {

/// Loads under moves of single atoms, exact after each.
class Loads {
public:
  Loads(const Model &forModel, std::vector<int32_t> plan)
      : deviceOf(std::move(plan)), model(forModel),
        devices(model.problem.numAccelerators + model.problem.numCpus),
        load(devices), bytes(devices), netsOf(model.numAtoms()),
        spread(model.nets.size()), count(model.nets.size() * devices) {
    for (int32_t a = 0; a < model.numAtoms(); ++a)
      addAtom(a, 1);
    for (size_t n = 0; n < model.nets.size(); ++n) {
      for (int32_t a : model.nets[n].atoms) {
        netsOf[a].push_back(static_cast<int32_t>(n));
        spread[n] += count[n * devices + deviceOf[a]]++ == 0;
      }
      for (int32_t d = 0; spread[n] > 1 && d < devices; ++d)
        if (count[n * devices + d])
          pay(d, model.nets[n].cost);
    }
  }
  /// True where the device supports the atom and has room for it beside what it
  /// holds.
  bool allowed(int32_t atom, int32_t device) const {
    return device >= model.problem.numAccelerators ||
           (model.acceleratorTime[atom] != Unlimited &&
            model.size[atom] <= model.problem.capacity - bytes[device]);
  }
  /// O(nets of the atom).
  void move(int32_t atom, int32_t device) {
    int32_t old = deviceOf[atom];
    addAtom(atom, -1);
    deviceOf[atom] = device;
    addAtom(atom, 1);
    for (int32_t n : netsOf[atom]) {
      int64_t cost = model.nets[n].cost;
      bool wasSplit = spread[n] > 1;
      bool left = --count[n * devices + old] == 0;
      bool came = count[n * devices + device]++ == 0;
      spread[n] += came - left;
      bool isSplit = spread[n] > 1;
      // A net has two atoms at least: it is split before the last one leaves a
      // device, and after the first one comes.
      if (left)
        pay(old, -cost);
      if (came)
        pay(device, cost);
      // Where it becomes split, or whole, no third device has any of it.
      if (!wasSplit && isSplit)
        pay(old, cost);
      if (wasSplit && !isSplit)
        pay(device, -cost);
    }
  }
  int64_t largest() const {
    return *std::max_element(load.begin(), load.end());
  }
  /// The largest load, and a little of the others (their root mean square) so
  /// that plateaus slope.
  double energy() const {
    double squares = 0;
    for (int64_t l : load)
      squares += double(l) * double(l);
    return double(largest()) + 0.1 * std::sqrt(squares / devices);
  }

  std::vector<int32_t> deviceOf;

private:
  /// Adds the atom to its device's load, or takes it away with -1.
  void addAtom(int32_t a, int64_t sign) {
    int32_t d = deviceOf[a];
    bool fast = d < model.problem.numAccelerators;
    load[d] += sign * (fast ? model.acceleratorTime[a] : model.cpuTime[a]);
    bytes[d] += sign * model.size[a];
  }
  /// CPUs pay nothing for messages.
  void pay(int32_t device, int64_t cost) {
    if (device < model.problem.numAccelerators)
      load[device] += cost;
  }

  const Model &model;
  int32_t devices;
  std::vector<int64_t> load, bytes;
  std::vector<std::vector<int32_t>> netsOf;
  /// By net, how many devices have some of its atoms.
  std::vector<int32_t> spread;
  /// Atoms of each net on each device: [net * devices + device].
  std::vector<int32_t> count;
};

} // namespace

void sum::anneal(const Model &model, uint64_t seed, const Clock &clock,
                 int32_t maxRounds, SumResult &result) {
  int32_t n = model.numAtoms();
  int32_t devices = model.problem.numAccelerators + model.problem.numCpus;
  if (!result.found || n == 0 || devices < 2)
    return;
  std::mt19937_64 random(seed);
  std::vector<std::vector<int32_t>> neighbours(n);
  for (const Net &net : model.nets)
    for (int32_t a : net.atoms)
      for (int32_t b : net.atoms)
        if (a != b)
          neighbours[a].push_back(b);
  // Each round begins with the best plan so far. The heat is a share of the
  // objective, small and large in turn, so that rounds refine and look further
  // away by turns; it falls to a ten-thousandth within a round. Rounds become
  // longer, sixteen times at most: they cool more slowly.
  for (int32_t round = 0; round < maxRounds; ++round) {
    const int32_t steps = 400000 << std::min(round / 8, 4);
    std::vector<int32_t> start(n);
    for (int32_t a = 0; a < n; ++a)
      start[a] = result.deviceOf[model.atoms.tasks[a].front()];
    Loads loads(model, start);
    double hot = double(result.objective) * (round % 2 ? 0.3 : 0.03);
    double energy = loads.energy();
    int64_t least = result.objective;
    std::vector<int32_t> best;
    double heat = hot;
    for (int32_t step = 0; step < steps; ++step) {
      if (step % 256 == 0) {
        heat = hot * std::pow(1e-4, double(step) / steps);
        if (clock.over())
          break;
      }
      int32_t atom = static_cast<int32_t>(random() % n);
      int32_t device = static_cast<int32_t>(random() % devices);
      // Half of the moves bring an atom to something that it exchanges data
      // with.
      if (!neighbours[atom].empty() && random() % 2)
        device =
            loads
                .deviceOf[neighbours[atom][random() % neighbours[atom].size()]];
      int32_t old = loads.deviceOf[atom];
      if (device == old || !loads.allowed(atom, device))
        continue;
      loads.move(atom, device);
      double now = loads.energy();
      // Uniform in [0, 1), with all bits that a double holds.
      double chance = double(random() >> 11) * 0x1p-53;
      if (now > energy && chance >= std::exp((energy - now) / heat)) {
        loads.move(atom, old);
        continue;
      }
      energy = now;
      if (loads.largest() < least) {
        least = loads.largest();
        best = loads.deviceOf;
      }
    }
    if (!best.empty())
      offer(model.problem, model.taskDevices(best), "annealing", result);
    if (result.objective <= result.lowerBound || clock.over())
      return;
  }
}
