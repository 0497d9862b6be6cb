//===- Lattice.cpp - The problem, prepared over all topological orders ----===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lattice.h"

#include "../Tables/Atoms.h"
#include "../Tables/WeightStreams.h"

#include <iterator>
#include <numeric>

using namespace onnx_split::placement;

/// Tasks around a tensor that takes `upper` or more are never apart.
static Atoms makeAtoms(const Problem &p, int64_t upper, bool givenOrder) {
  Link best = bestLinkOf(p);
  return atomsOf(p, givenOrder, [&](const Tensor &tensor) {
    return !tensor.canCut || transferTime(best, tensor.sent()) >= upper;
  });
}

Lattice::Lattice(const Problem &problem, int64_t upper, size_t maxIdeals,
                 const SearchState &search, bool givenOrder)
    : p(problem), deviceGroups(p), times(p), graph(p), storage(p, graph),
      atoms(makeAtoms(p, upper, givenOrder)),
      sets(static_cast<int32_t>(atoms.tasks.size()), atoms.edges, maxIdeals,
           [&] { return search.outOfTime(); }) {
  isUsable =
      sets.complete() && tablesFit() && figuresFit() && !search.outOfTime();
  if (!isUsable)
    return;
  sumTasks();
  countImpossible();
  sumWeights();
  if (p.hasStreams())
    listWeightUses();
  listTensors();
  if (!(isUsable = listOpenTensors(search)))
    return;
  priceTasks();
  if (p.hasStreams())
    for (int64_t eighths : {4, 8})
      tiltTasks(eighths);
}

/// Classes that have a device, ascending.
static std::vector<size_t> usedClasses(const Problem &p) {
  std::vector<size_t> classes;
  for (const Device &device : p.devices)
    classes.push_back(static_cast<size_t>(device.speedClass));
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

/// With 40,000 ideals and a thousand groups of devices, the tables here and
/// those of a decision would take gigabytes.
bool Lattice::tablesFit() const {
  constexpr size_t most = size_t(512) << 20;
  size_t groups = deviceGroups.size(), words = (groups + 63) / 64;
  size_t classes = p.taskTime.size() / std::max<size_t>(1, p.tasks.size());
  size_t ofIdeals =
      sets.size() * (classes * sizeof(int64_t) + groups * sizeof(int32_t));
  // LatticeDecision knows for each tensor and holder who gets it in time.
  size_t ofTensors = p.tensors.size() * groups * (words * sizeof(uint64_t) + 1);
  return ofIdeals <= most && ofTensors <= most;
}

/// Sums stay far below the range, so that differences need no care.
bool Lattice::figuresFit() {
  constexpr Wide limit = Wide(1) << 61;
  for (size_t c = 0; c * p.tasks.size() < p.taskTime.size(); ++c) {
    Wide sum = 0;
    for (size_t t = 0; t < p.tasks.size(); ++t)
      if (int64_t time = p.taskTime[c * p.tasks.size() + t]; time != Unlimited)
        sum += time;
    if (sum > limit)
      return false;
  }
  Wide bytes = 0;
  for (const Tensor &tensor : p.tensors)
    bytes += Wide(4) * tensor.bytes * (1 + tensor.consumers.size());
  for (const Weight &weight : p.weights)
    bytes += weight.bytes;
  Wide read = 0;
  for (const Task &task : p.tasks)
    for (int32_t w : task.weights)
      read += p.weights[w].bytes;
  if (p.hasStreams() && read > limit)
    return false;
  everything = saturate(bytes);
  return bytes <= limit;
}

/// Sums of each ideal over its atoms. O(ideals).
template <typename T, typename AtomFigure>
static std::vector<T> sumOver(const Ideals &sets, int32_t numAtoms,
                              AtomFigure figure) {
  std::vector<T> perAtom(numAtoms);
  for (int32_t a = 0; a < numAtoms; ++a)
    perAtom[a] = figure(a);
  std::vector<T> sums(sets.size(), T(0));
  for (size_t i = 1; i < sets.size(); ++i)
    sums[i] = sums[sets.parent(i)] + perAtom[sets.lastAtom(i)];
  return sums;
}

void Lattice::sumTasks() {
  int32_t numAtoms = static_cast<int32_t>(atoms.tasks.size());
  size_t n = p.tasks.size();
  for (size_t c = 0; c * n < p.taskTime.size(); ++c)
    work.push_back(sumOver<int64_t>(sets, numAtoms, [&](int32_t atom) {
      int64_t sum = 0;
      for (int32_t t : atoms.tasks[atom])
        if (int64_t time = p.taskTime[c * n + t]; time != Unlimited)
          sum += time;
      return sum;
    }));
  std::vector<int64_t> least(n, Unlimited);
  for (size_t c : usedClasses(p))
    for (size_t t = 0; t < n; ++t)
      least[t] = std::min(least[t], p.taskTime[c * n + t]);
  minWork = sumOver<int64_t>(sets, numAtoms, [&](int32_t atom) {
    int64_t sum = 0;
    for (int32_t t : atoms.tasks[atom])
      sum += least[t] == Unlimited ? 0 : least[t];
    return sum;
  });
  workOrder.resize(sets.size());
  std::iota(workOrder.begin(), workOrder.end(), 0);
  // Ideals are numbered by size, which breaks ties in favour of subsets.
  std::stable_sort(
      workOrder.begin(), workOrder.end(),
      [&](int32_t a, int32_t b) { return minWork[a] < minWork[b]; });
}

void Lattice::countImpossible() {
  int32_t numAtoms = static_cast<int32_t>(atoms.tasks.size());
  for (const std::vector<int32_t> &group : deviceGroups.groups())
    impossible.push_back(sumOver<int32_t>(sets, numAtoms, [&](int32_t atom) {
      int32_t count = 0;
      for (int32_t t : atoms.tasks[atom]) {
        int32_t pin = p.tasks[t].pin;
        count += p.timeOf(t, group.front()) == Unlimited ||
                 (pin != None && pin != group.front());
      }
      return count;
    }));
}

void Lattice::sumWeights() {
  int32_t numAtoms = static_cast<int32_t>(atoms.tasks.size());
  std::vector<int64_t> ownWeights(numAtoms, 0);
  std::vector<std::vector<int32_t>> readers(p.weights.size());
  for (size_t t = 0; t < p.tasks.size(); ++t)
    for (int32_t w : p.tasks[t].weights)
      readers[w].push_back(atoms.atomOf[t]);
  for (size_t w = 0; w < readers.size(); ++w) {
    std::sort(readers[w].begin(), readers[w].end());
    readers[w].erase(std::unique(readers[w].begin(), readers[w].end()),
                     readers[w].end());
    if (readers[w].size() == 1)
      ownWeights[readers[w].front()] += p.weights[w].bytes;
    else if (readers[w].size() > 1)
      sharedWeights.push_back({p.weights[w].bytes, std::move(readers[w])});
  }
  uniqueWeights = sumOver<int64_t>(
      sets, numAtoms, [&](int32_t atom) { return ownWeights[atom]; });
}

void Lattice::listWeightUses() {
  int32_t numAtoms = static_cast<int32_t>(atoms.tasks.size());
  std::vector<int64_t> read(numAtoms, 0);
  for (size_t t = 0; t < p.tasks.size(); ++t)
    for (int32_t w : p.tasks[t].weights)
      if (!p.weights[w].isState) {
        weightUses.push_back({atoms.atomOf[t], w, p.weights[w].bytes});
        read[atoms.atomOf[t]] += p.weights[w].bytes;
      }
  usedBytes = sumOver<int64_t>(sets, numAtoms,
                               [&](int32_t atom) { return read[atom]; });
  seenWeight.assign(p.weights.size(), 0);
}

int64_t Lattice::streamed(int64_t capacity, int32_t from, int32_t to) {
  if (usedBytes[to] - usedBytes[from] <= capacity)
    return 0;
  FirstFit cache(capacity);
  ++walk;
  for (const WeightUse &use : weightUses) {
    if (!inside(use.atom, from, to) || seenWeight[use.weight] == walk)
      continue;
    seenWeight[use.weight] = walk;
    cache.add(use.bytes);
  }
  return saturate(cache.streamed());
}

void Lattice::listTensors() {
  int32_t numAtoms = static_cast<int32_t>(atoms.tasks.size());
  readerAtoms.resize(p.tensors.size());
  std::vector<int64_t> made(numAtoms, 0);
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    const Tensor &tensor = p.tensors[x];
    int32_t index = static_cast<int32_t>(x);
    std::vector<int32_t> &readers = readerAtoms[x];
    for (int32_t t : tensor.consumers)
      readers.push_back(atoms.atomOf[t]);
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    if (tensor.producer == None) {
      ofModel.push_back(index);
      continue;
    }
    int32_t home = atoms.atomOf[tensor.producer];
    made[home] += tensor.bytes;
    if (tensor.mustCut && !tensor.consumers.empty())
      mustCut.push_back(index);
    if (tensor.isOutput)
      outputs.push_back(index);
    if (readers.size() > 1 || (readers.size() == 1 && readers[0] != home))
      between.push_back(index);
  }
  madeBytes = sumOver<int64_t>(sets, numAtoms,
                               [&](int32_t atom) { return made[atom]; });
}

/// What an ideal leaves open, its parent left open or its last atom makes.
/// O(ideals x width). False: out of time.
bool Lattice::listOpenTensors(const SearchState &search) {
  std::vector<std::vector<int32_t>> madeBy(atoms.tasks.size());
  for (int32_t x : between)
    madeBy[atoms.atomOf[p.tensors[x].producer]].push_back(x);
  std::vector<int32_t> candidates, inputsLeft;
  for (int32_t i = 0; i < size(); ++i) {
    if (i % 64 == 0 && search.outOfTime())
      return false;
    candidates.clear();
    if (i == 0) {
      inputsLeft = ofModel;
    } else {
      int32_t parent = static_cast<int32_t>(sets.parent(i));
      Slice<int32_t> before = open(parent), ofParent = inputs(parent);
      const std::vector<int32_t> &made = madeBy[sets.lastAtom(i)];
      std::merge(before.begin(), before.end(), made.begin(), made.end(),
                 std::back_inserter(candidates));
      inputsLeft.assign(ofParent.begin(), ofParent.end());
    }
    int64_t slowest = 0;
    for (int32_t x : candidates)
      if (isOpen(x, i)) {
        openTensors.add(x);
        slowest = std::max(slowest, times.least(x));
      }
    for (int32_t x : inputsLeft)
      if (isOpen(x, i))
        openInputs.add(x);
    openTensors.endList();
    openInputs.endList();
    floors.push_back(slowest);
  }
  return true;
}

/// Prices like speeds, as in Bounds/Work.cpp, where any prices give a bound.
void Lattice::priceTasks() {
  size_t n = p.tasks.size();
  double highest = 0;
  std::vector<double> speeds;
  for (const std::vector<int64_t> &sums : work) {
    double total = static_cast<double>(sums.back());
    speeds.push_back(total > 0 ? 1 / total : 0);
    highest = std::max(highest, speeds.back());
  }
  for (double speed : speeds)
    prices.push_back(
        highest > 0 ? static_cast<int64_t>(speed / highest * (1 << 20)) : 0);
  std::vector<Wide> least(n, -1);
  for (size_t c : usedClasses(p))
    for (size_t t = 0; t < n; ++t) {
      int64_t time = p.taskTime[c * n + t];
      Wide cost = Wide(prices[c]) * time;
      if (time != Unlimited && (least[t] < 0 || cost < least[t]))
        least[t] = cost;
    }
  std::vector<Wide> done = sumOver<Wide>(
      sets, static_cast<int32_t>(atoms.tasks.size()), [&](int32_t atom) {
        Wide sum = 0;
        for (int32_t t : atoms.tasks[atom])
          sum += std::max(least[t], Wide(0));
        return sum;
      });
  for (const Wide &priced : done)
    rest.push_back(done.back() - priced);
}

void Lattice::tiltTasks(int64_t eighths) {
  StreamParts parts(p);
  Tilt &tilt = tilted.emplace_back();
  for (const Device &device : p.devices)
    tilt.credit.push_back(Wide(prices[device.speedClass]) *
                          StreamParts::credit(device, eighths));
  tilt.rest = sumOver<Wide>(
      sets, static_cast<int32_t>(atoms.tasks.size()), [&](int32_t atom) {
        Wide sum = 0;
        for (int32_t t : atoms.tasks[atom]) {
          Wide least = -1;
          for (const std::vector<int32_t> &group : deviceGroups.groups()) {
            const Device &device = p.devices[group.front()];
            int64_t time = p.timeOf(t, group.front());
            Wide cost = Wide(prices[device.speedClass]) *
                        (Wide(time) + parts.part(device, t, eighths));
            if (time != Unlimited && (least < 0 || cost < least))
              least = cost;
          }
          sum += std::max(least, Wide(0));
        }
        return sum;
      });
  Wide all = tilt.rest.back();
  for (Wide &priced : tilt.rest)
    priced = all - priced;
}

bool onnx_split::placement::hasOneOrder(const Problem &p) {
  // All tasks in one stage are the same stage in any order.
  if (p.maxStages == 1 || p.devices.size() == 1)
    return true;
  Atoms atoms = makeAtoms(p, Unlimited, /*givenOrder=*/false);
  // There is one order of the atoms if each has an edge from the one before,
  // and it is the given one if they are intervals of that.
  int32_t linked = 1;
  for (auto [from, to] : atoms.edges)
    linked += to == from + 1;
  return linked >= static_cast<int32_t>(atoms.tasks.size()) &&
         std::is_sorted(atoms.atomOf.begin(), atoms.atomOf.end());
}

bool Lattice::allows(int32_t group, int32_t from, int32_t to) const {
  if (impossible[group][from] != impossible[group][to])
    return false;
  for (int32_t x : mustCut)
    if (makes(x, from, to) && reads(x, from, to))
      return false;
  return true;
}

int32_t Lattice::readersLeft(int32_t tensor, int32_t ideal) const {
  int32_t left = 0;
  for (int32_t atom : readerAtoms[tensor])
    left += !sets.contains(ideal, atom);
  return left;
}

Traffic Lattice::inputsRead(int32_t from, int32_t to) const {
  Traffic traffic;
  for (int32_t x : inputs(from))
    if (reads(x, from, to))
      traffic.add(p.tensors[x]);
  return traffic;
}

Traffic Lattice::outputsMade(int32_t from, int32_t to) const {
  Traffic traffic;
  for (int32_t x : outputs)
    if (makes(x, from, to))
      traffic.add(p.tensors[x]);
  return traffic;
}

int64_t Lattice::longestTail(int32_t tensor, int32_t ideal,
                             const std::vector<int64_t> &tails) const {
  int64_t longest = 0;
  for (int32_t t : p.tensors[tensor].consumers)
    if (!sets.contains(ideal, atoms.atomOf[t]))
      longest = std::max(longest, tails[t]);
  return longest;
}

int64_t Lattice::memory(int32_t from, int32_t to, int64_t cap,
                        int64_t boundary) {
  // What each tensor that is sent takes is in there, so that nobody may add it.
  if (everything <= cap)
    return 0;
  int64_t held = boundary + uniqueWeights[to] - uniqueWeights[from];
  for (const auto &[bytes, readers] : sharedWeights)
    for (int32_t atom : readers)
      if (inside(atom, from, to)) {
        held += bytes;
        break;
      }
  int64_t received = 0, read = 0;
  for (int32_t x : open(from))
    if (reads(x, from, to))
      received += p.tensors[x].bytes;
  for (int32_t x : open(to))
    if (makes(x, from, to))
      held += 2 * p.tensors[x].bytes;
  held += 2 * received;
  for (int32_t x : inputs(from))
    if (reads(x, from, to))
      read += p.tensors[x].bytes;
  if (held > cap)
    return held;
  // All at once is more than what is ever live, and each reader in a stage of
  // its own is more than what is ever sent.
  int64_t most = held + received + read + madeBytes[to] - madeBytes[from];
  int64_t sends = 0;
  for (int32_t x : open(to))
    if (makes(x, from, to))
      sends += 2 * p.tensors[x].bytes * (readersLeft(x, to) - 1);
  if (most + sends <= cap)
    return most;
  return held + peak(from, to);
}

int64_t Lattice::peak(int32_t from, int32_t to) {
  auto isHere = [&](int32_t task) {
    return inside(atoms.atomOf[task], from, to);
  };
  std::vector<int32_t> tasks;
  for (int32_t t = 0; t < static_cast<int32_t>(p.tasks.size()); ++t)
    if (isHere(t))
      tasks.push_back(t);
  return saturate(storage.peak(
      static_cast<int32_t>(tasks.size()),
      [&](int32_t step) { return tasks[step]; }, isHere));
}

void Lattice::assign(int32_t from, int32_t to, int32_t stage,
                     std::vector<int32_t> &stageOf) const {
  for (size_t t = 0; t < p.tasks.size(); ++t)
    if (inside(atoms.atomOf[t], from, to))
      stageOf[t] = stage;
}
