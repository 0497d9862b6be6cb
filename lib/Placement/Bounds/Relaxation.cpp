//===- Relaxation.cpp - Shares of tasks on devices ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Relaxation.h"

#include "Bounds.h"

#include <cmath>
#include <map>

using namespace onnx_split::placement;

Relaxation::Relaxation(const Problem &problem, const Domains &narrowed,
                       int64_t bottleneck, int64_t mostEntries)
    : p(problem), domains(narrowed), threshold(bottleneck),
      numDevices(static_cast<int32_t>(p.devices.size())),
      numAtoms(static_cast<int32_t>(domains.atoms().tasks.size())) {
  listBundles();
  keepHeaviest(mostEntries);
  addAtoms();
  for (Bundle &bundle : bundles) {
    addMessages(bundle);
    addCutRows(bundle);
  }
  addLoads();
  addRoom();
  lp.rowBegin.push_back(static_cast<int32_t>(lp.column.size()));
}

/// Leaves out the bundles of fewest bytes, which ties tasks less.
void Relaxation::keepHeaviest(int64_t mostEntries) {
  std::stable_sort(
      bundles.begin(), bundles.end(),
      [](const Bundle &a, const Bundle &b) { return a.bytes > b.bytes; });
  Wide entries = 0;
  for (size_t b = 0; b < bundles.size(); ++b) {
    Wide to = 0;
    for (int32_t reader : bundles[b].readers)
      to += __builtin_popcountll(domains.ofAtom(reader));
    entries += 4 * to * __builtin_popcountll(bundles[b].from);
    if (entries > mostEntries) {
      bundles.resize(b);
      isWhole = false;
      return;
    }
  }
}

void Relaxation::listBundles() {
  std::map<std::pair<int32_t, std::vector<int32_t>>, int64_t> sums;
  outputBytes.assign(numAtoms, -1);
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    const Tensor &tensor = p.tensors[x];
    bool isInput = tensor.producer == None;
    if (isInput && p.ingress == None)
      continue;
    int32_t maker = isInput ? None : domains.atoms().atomOf[tensor.producer];
    if (!isInput && tensor.isOutput)
      outputBytes[maker] = addSaturating(
          std::max<int64_t>(0, outputBytes[maker]), tensor.sent());
    std::vector<int32_t> readers;
    for (int32_t t : tensor.consumers)
      if (domains.atoms().atomOf[t] != maker)
        readers.push_back(domains.atoms().atomOf[t]);
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    if (readers.empty())
      continue;
    int64_t &bytes = sums[{maker, std::move(readers)}];
    bytes = addSaturating(bytes, tensor.sent());
  }
  for (const auto &[key, bytes] : sums) {
    Bundle bundle;
    bundle.maker = key.first;
    bundle.readers = key.second;
    bundle.bytes = bytes;
    bundle.from =
        key.first == None ? Set(1) << p.ingress : domains.ofAtom(key.first);
    bundles.push_back(std::move(bundle));
  }
}

/// The share of an item that its bytes take of the link, rounded down: what
/// messages take besides is left out, since they may carry more.
int64_t Relaxation::timeOn(int32_t from, int32_t to, int64_t bytes) const {
  int64_t rate = p.link(from, to).bitsPerSecond;
  if (rate == Unlimited || rate <= 0)
    return 0;
  return saturate(Wide(bytes) * 8000000000 / rate);
}

/// The bottleneck as a share of the threshold, and the share of each atom on
/// each device.
void Relaxation::addAtoms() {
  lp.addColumn(1, 0, LinearProgram::Infinity);
  share.assign(static_cast<size_t>(numAtoms) * numDevices, None);
  for (int32_t a = 0; a < numAtoms; ++a) {
    lp.addRow(1, 1);
    for (Set left = domains.ofAtom(a); left; left &= left - 1) {
      int32_t column = lp.addColumn(0, 0, 1);
      share[static_cast<size_t>(a) * numDevices + lowest(left)] = column;
      lp.enter(column, 1);
    }
  }
}

void Relaxation::addMessages(Bundle &bundle) {
  bundle.message.assign(static_cast<size_t>(numDevices) * numDevices, None);
  Set to = 0;
  for (int32_t reader : bundle.readers)
    to |= domains.ofAtom(reader);
  for (Set from = bundle.from; from; from &= from - 1)
    for (Set left = to & ~(from & -from); left; left &= left - 1) {
      int32_t d = lowest(from), e = lowest(left);
      if (transferTime(p.link(d, e), bundle.bytes) <= threshold)
        bundle.message[d * numDevices + e] = lp.addColumn(0, 0, 1);
    }
}

/// What is made on a device and not read there is sent from it; what is read on
/// a device and not made there is sent to it.
void Relaxation::addCutRows(Bundle &bundle) {
  size_t size = bundle.readers.size() * numDevices;
  bundle.outRow.assign(size, None);
  bundle.inRow.assign(size, None);
  for (size_t r = 0; r < bundle.readers.size(); ++r) {
    Set to = domains.ofAtom(bundle.readers[r]);
    auto made = [&](int32_t device, double sign) {
      if (bundle.maker != None && columnOf(bundle.maker, device) != None)
        lp.enter(columnOf(bundle.maker, device), sign);
    };
    auto read = [&](int32_t device, double sign) {
      if (int32_t column = columnOf(bundle.readers[r], device); column != None)
        lp.enter(column, sign);
    };
    for (Set left = bundle.from; left && bundle.maker != None;
         left &= left - 1) {
      int32_t d = lowest(left);
      bundle.outRow[r * numDevices + d] = lp.addRow(0, LinearProgram::Infinity);
      made(d, -1);
      read(d, 1);
      for (Set others = to; others; others &= others - 1)
        if (int32_t m = bundle.message[d * numDevices + lowest(others)];
            m != None)
          lp.enter(m, 1);
    }
    for (Set left = to; left; left &= left - 1) {
      int32_t e = lowest(left);
      if (bundle.maker == None && e == p.ingress)
        continue;
      bundle.inRow[r * numDevices + e] = lp.addRow(0, LinearProgram::Infinity);
      read(e, -1);
      made(e, 1);
      for (Set others = bundle.from; others; others &= others - 1)
        if (int32_t m = bundle.message[lowest(others) * numDevices + e];
            m != None)
          lp.enter(m, 1);
    }
  }
}

/// Loads of devices, links and media, as shares of the threshold.
void Relaxation::addLoads() {
  double unit = 1 / static_cast<double>(threshold);
  auto begin = [&] {
    int32_t row = lp.addRow(-LinearProgram::Infinity, 0);
    lp.enter(0, -1);
    return row;
  };
  auto enterLink = [&](int32_t from, int32_t to) {
    for (const Bundle &bundle : bundles)
      if (int32_t m = bundle.message[from * numDevices + to]; m != None)
        if (int64_t time = timeOn(from, to, bundle.bytes); time > 0)
          lp.enter(m, static_cast<double>(time) * unit);
    for (int32_t a = 0; a < numAtoms && to == p.egress && from != to; ++a)
      if (columnOf(a, from) != None && outputBytes[a] > 0)
        lp.enter(columnOf(a, from),
                 static_cast<double>(timeOn(from, to, outputBytes[a])) * unit);
  };
  for (int32_t d = 0; d < numDevices; ++d) {
    deviceRow.push_back(begin());
    for (int32_t a = 0; a < numAtoms; ++a)
      if (columnOf(a, d) != None)
        lp.enter(columnOf(a, d),
                 static_cast<double>(domains.timeOf(a, d)) * unit);
  }
  mediumRow.assign(p.media.size(), None);
  linkRow.assign(static_cast<size_t>(numDevices) * numDevices, None);
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      // A link of a medium is no more than its medium.
      if (from != to && p.medium(from, to) == None) {
        linkRow[from * numDevices + to] = begin();
        enterLink(from, to);
      }
  for (size_t m = 0; m < p.media.size(); ++m) {
    mediumRow[m] = begin();
    for (int32_t from = 0; from < numDevices; ++from)
      for (int32_t to = 0; to < numDevices; ++to)
        if (from != to && p.medium(from, to) == static_cast<int32_t>(m))
          enterLink(from, to);
  }
}

/// Weights that one atom alone reads.
void Relaxation::addRoom() {
  std::vector<int32_t> readerOf(p.weights.size(), None);
  constexpr int32_t several = -2;
  for (size_t t = 0; t < p.tasks.size(); ++t)
    for (int32_t w : p.tasks[t].weights) {
      int32_t atom = domains.atoms().atomOf[t];
      readerOf[w] = readerOf[w] == None || readerOf[w] == atom ? atom : several;
    }
  ownWeights.assign(numAtoms, 0);
  Wide all = 0;
  for (size_t w = 0; w < p.weights.size(); ++w)
    if (readerOf[w] >= 0) {
      ownWeights[readerOf[w]] =
          addSaturating(ownWeights[readerOf[w]], p.weights[w].bytes);
      all += p.weights[w].bytes;
    }
  roomRow.assign(numDevices, None);
  for (int32_t d = 0; d < numDevices; ++d) {
    int64_t room = p.devices[d].room();
    if (all <= room || room <= 0)
      continue;
    roomRow[d] = lp.addRow(-LinearProgram::Infinity, 1);
    for (int32_t a = 0; a < numAtoms; ++a)
      if (columnOf(a, d) != None && ownWeights[a] > 0)
        lp.enter(columnOf(a, d), static_cast<double>(ownWeights[a]) /
                                     static_cast<double>(room));
  }
}

//===----------------------------------------------------------------------===//
// What dual values show
//===----------------------------------------------------------------------===//

/// Each multiplier as an integer of at least 0; what is not finite counts as 0.
/// Any prices show something that is so. These are at most as large as keeps
/// all that they are in within 128 bits: a load's share of 2^44 times 2^63 ns
/// or bytes, a room of 2^100, for each of 2^17 atoms.
void Relaxation::readPrices(const std::vector<double> &duals) {
  double scale = std::ldexp(1.0, Digits);
  auto rounded = [](double price, Wide most) {
    constexpr double largest = 1e30;
    return price > 0 && price < largest
               ? std::min(static_cast<Wide>(price), most)
               : Wide(0);
  };
  rowPrice.assign(lp.rowLower.size(), 0);
  auto readUpper = [&](int32_t row, double unit, Wide most) {
    if (row != None)
      rowPrice[row] = rounded(-duals[row] * unit, most);
  };
  // The loads' shares of an optimum are 1 in all.
  for (const auto *rows : {&deviceRow, &linkRow, &mediumRow})
    for (int32_t row : *rows)
      readUpper(row, scale, Wide(1) << (Digits + 4));
  double perItem = scale * static_cast<double>(threshold);
  int64_t heaviest = 0;
  for (int64_t bytes : ownWeights)
    heaviest = std::max(heaviest, bytes);
  for (int32_t d = 0; d < numDevices; ++d) {
    int64_t room = std::max<int64_t>(1, p.devices[d].room());
    readUpper(roomRow[d], perItem / static_cast<double>(room),
              (Wide(1) << 100) / std::max(room, heaviest));
  }
  for (const Bundle &bundle : bundles)
    for (const auto *rows : {&bundle.outRow, &bundle.inRow})
      for (int32_t row : *rows)
        if (row != None)
          rowPrice[row] = rounded(duals[row] * perItem, Wide(1) << 100);
}

Wide Relaxation::priceOfLink(int32_t from, int32_t to) const {
  int32_t medium = p.medium(from, to);
  return rowPrice[medium == None ? linkRow[from * numDevices + to]
                                 : mediumRow[medium]];
}

/// A message must not be worth more than its link asks for it: what is too much
/// is taken off the rows that it is in.
void Relaxation::repair(const Bundle &bundle, std::vector<Wide> &worth) const {
  for (int32_t d = 0; d < numDevices; ++d)
    for (int32_t e = 0; e < numDevices; ++e) {
      if (bundle.message[d * numDevices + e] == None)
        continue;
      Wide excess = -priceOfLink(d, e) * timeOn(d, e, bundle.bytes);
      std::vector<int32_t> rows;
      for (size_t r = 0; r < bundle.readers.size(); ++r)
        for (int32_t row : {domains.ofAtom(bundle.readers[r]) >> e & 1
                                ? bundle.outRow[r * numDevices + d]
                                : None,
                            bundle.inRow[r * numDevices + e]})
          if (row != None) {
            rows.push_back(row);
            excess += worth[row];
          }
      for (size_t i = 0; i < rows.size() && excess > 0; ++i) {
        Wide off = std::min(excess, worth[rows[i]]);
        worth[rows[i]] -= off;
        excess -= off;
      }
    }
}

int64_t Relaxation::boundBy(const std::vector<double> &duals) {
  if (duals.size() != lp.rowLower.size())
    return 0;
  readPrices(duals);
  std::vector<Wide> &worth = rowPrice;
  cost.assign(share.size(), 0);
  auto costOf = [&](int32_t atom, int32_t device) -> Wide & {
    return cost[static_cast<size_t>(atom) * numDevices + device];
  };
  Wide rooms = 0;
  total = supply = 0;
  for (int32_t d = 0; d < numDevices; ++d) {
    if (roomRow[d] != None)
      rooms += rowPrice[roomRow[d]] * p.devices[d].room();
    for (int32_t a = 0; a < numAtoms; ++a) {
      if (columnOf(a, d) == None)
        continue;
      costOf(a, d) += rowPrice[deviceRow[d]] * domains.timeOf(a, d);
      if (roomRow[d] != None)
        costOf(a, d) += rowPrice[roomRow[d]] * ownWeights[a];
      if (p.egress != None && p.egress != d && outputBytes[a] > 0)
        costOf(a, d) +=
            priceOfLink(d, p.egress) * timeOn(d, p.egress, outputBytes[a]);
    }
  }
  // Both kinds of rows give to where the tensor must be sent from or to, and
  // take where the other end is there, too.
  for (const Bundle &bundle : bundles) {
    repair(bundle, worth);
    for (size_t r = 0; r < bundle.readers.size(); ++r)
      for (int32_t d = 0; d < numDevices; ++d) {
        int32_t out = bundle.outRow[r * numDevices + d],
                in = bundle.inRow[r * numDevices + d];
        Wide gain =
            (out == None ? 0 : worth[out]) - (in == None ? 0 : worth[in]);
        // Sent from d: the maker is there, and the reader is not.
        if (bundle.maker != None)
          costOf(bundle.maker, d) += gain;
        costOf(bundle.readers[r], d) -= gain;
      }
  }
  for (int32_t a = 0; a < numAtoms; ++a) {
    Set left = domains.ofAtom(a);
    Wide least = costOf(a, lowest(left));
    for (; left; left &= left - 1)
      least = std::min(least, costOf(a, lowest(left)));
    total += least;
    for (left = domains.ofAtom(a); left; left &= left - 1)
      costOf(a, lowest(left)) -= least;
  }
  total -= rooms;
  for (const auto *rows : {&deviceRow, &linkRow, &mediumRow})
    for (int32_t row : *rows)
      supply += row == None ? 0 : rowPrice[row];
  return supply > 0 && total > 0 ? saturate((total + supply - 1) / supply) : 0;
}

std::vector<Domains::Set> Relaxation::allowed() const {
  std::vector<Set> sets(p.tasks.size(), 0);
  for (int32_t a = 0; a < numAtoms; ++a) {
    Set stays = 0;
    for (Set left = domains.ofAtom(a); left; left &= left - 1)
      if (total + cost[static_cast<size_t>(a) * numDevices + lowest(left)] <=
          supply * threshold)
        stays |= left & -left;
    for (int32_t t : domains.atoms().tasks[a])
      sets[t] = stays;
  }
  return sets;
}

double Relaxation::shareOf(int32_t atom, Set on,
                           const LinearSolution &solution) const {
  double sum = 0;
  for (Set left = on & domains.ofAtom(atom); left; left &= left - 1)
    sum += solution.values[columnOf(atom, lowest(left))];
  return sum;
}

std::vector<double> Relaxation::weightOfAtoms() const {
  std::vector<double> weights(numAtoms, 0);
  double unit = 1 / static_cast<double>(threshold);
  for (int32_t a = 0; a < numAtoms; ++a) {
    int64_t least = Unlimited;
    for (Set left = domains.ofAtom(a); left; left &= left - 1)
      least = std::min(least, domains.timeOf(a, lowest(left)));
    weights[a] = static_cast<double>(least) * unit;
  }
  for (const Bundle &bundle : bundles) {
    int64_t most = 0;
    for (int32_t pair = 0; pair < numDevices * numDevices; ++pair)
      if (bundle.message[pair] != None)
        most = std::max(
            most, timeOn(pair / numDevices, pair % numDevices, bundle.bytes));
    double weight = std::min(1.0, static_cast<double>(most) * unit);
    if (bundle.maker != None)
      weights[bundle.maker] += weight;
    for (int32_t reader : bundle.readers)
      weights[reader] += weight;
  }
  return weights;
}

int64_t onnx_split::placement::coarse(int64_t bound) {
  constexpr int digits = 12;
  int length = 64 - __builtin_clzll(static_cast<uint64_t>(bound) | 1);
  return length <= digits ? bound
                          : bound >> (length - digits) << (length - digits);
}

/// The least threshold that is not excluded, from there on; `known` is what
/// bounds below it are, too.
static int64_t leastAbove(const SearchState &search, Domains &domains,
                          int64_t threshold, int64_t &known) {
  constexpr int rounds = 2;
  std::vector<Domains::Set> allowed;
  for (int round = 0; round < rounds; ++round) {
    if (!domains.narrow(threshold, allowed))
      return threshold + 1;
    Relaxation relaxation(search.problem, domains, threshold);
    if (!relaxation.isComplete() || search.outOfTime())
      return threshold;
    int64_t bound = relaxation.boundBy(
        solveLinear(relaxation.program(), search.secondsLeft()).duals);
    if (bound > threshold)
      return threshold + 1;
    known = std::max(known, coarse(bound));
    std::vector<Domains::Set> before = std::move(allowed);
    allowed = relaxation.allowed();
    if (allowed == before)
      break;
  }
  return threshold;
}

bool onnx_split::placement::canRelax(const SearchState &search) {
  const Problem &p = search.problem;
  constexpr size_t large = 100000;
  return hasLinearPrograms() && !p.tasks.empty() && search.result.found &&
         search.scope <= SolutionClass::Revisiting &&
         p.devices.size() <= Domains::MaxDevices &&
         p.tasks.size() * p.devices.size() <= large;
}

bool onnx_split::placement::boundByRelaxation(SearchState &search) {
  if (!canRelax(search))
    return true;
  bool convex = search.scope <= SolutionClass::Contiguous;
  SolutionClass ofClass =
      convex ? SolutionClass::Contiguous : SolutionClass::Revisiting;
  Domains domains(search.problem, convex, &search);
  // Each question takes some tenths of a second or more.
  constexpr int64_t fine = 256;
  // What neither excludes its threshold nor raises the bound twice in a row
  // mostly never will, and others can use the time.
  constexpr int patience = 2;
  int inVain = 0;
  auto test = [&](int64_t threshold) -> int64_t {
    int64_t known = 0, before = search.lower(ofClass);
    int64_t least = leastAbove(search, domains, threshold, known);
    search.raiseBound(known, BoundKind::Relaxation, ofClass);
    bool isInVain = least <= threshold && known <= before;
    inVain = isInVain ? inVain + 1 : 0;
    return inVain == patience ? -1 : least;
  };
  raiseByBisection(search, BoundKind::Relaxation, ofClass, test, fine);
  return search.closed() || !search.outOfTime();
}
