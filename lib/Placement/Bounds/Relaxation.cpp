//===- Relaxation.cpp - Shares of tasks on devices ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Relaxation.h"

#include "Bounds.h"

#include <map>

using namespace onnx_split::placement;

Relaxation::Relaxation(const Problem &problem, const Domains &domains,
                       int64_t bottleneck, Rows rows, int64_t mostEntries,
                       int32_t mostAtoms)
    : p(problem), kind(rows), threshold(bottleneck),
      numDevices(static_cast<int32_t>(p.devices.size())) {
  copyAtoms(domains);
  isMerged = numAtoms > mostAtoms;
  if (isMerged)
    mergeAtoms(mostAtoms);
  listBundles();
  keepHeaviest(mostEntries);
  addAtoms();
  for (Bundle &bundle : bundles) {
    addMessages(bundle);
    if (kind == Rows::Flows)
      addFlows(bundle);
    else
      addCutRows(bundle);
  }
  listLoads();
  for (Load &load : loads)
    addLoad(load);
  addRoom();
  forgetCosts();
}

void Relaxation::copyAtoms(const Domains &domains) {
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      mayMeet.push_back(domains.mayMeet(from, to));
  numAtoms = static_cast<int32_t>(domains.atoms().tasks.size());
  atomOf = domains.atoms().atomOf;
  times.assign(static_cast<size_t>(numAtoms) * numDevices, Unlimited);
  for (int32_t a = 0; a < numAtoms; ++a) {
    domainOf.push_back(domains.ofAtom(a));
    for (Set left = domains.ofAtom(a); left; left &= left - 1)
      times[static_cast<size_t>(a) * numDevices + lowest(left)] =
          domains.timeOf(a, lowest(left));
  }
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
      to += __builtin_popcountll(ofAtom(reader));
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
    int32_t maker = isInput ? None : atomOf[tensor.producer];
    if (!isInput && tensor.isOutput)
      outputBytes[maker] = addSaturating(
          std::max<int64_t>(0, outputBytes[maker]), tensor.sent());
    std::vector<int32_t> readers;
    for (int32_t t : tensor.consumers)
      if (atomOf[t] != maker)
        readers.push_back(atomOf[t]);
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
    bundle.from = key.first == None ? Set(1) << p.ingress : ofAtom(key.first);
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
    for (Set left = ofAtom(a); left; left &= left - 1) {
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
    to |= ofAtom(reader);
  for (Set from = bundle.from; from; from &= from - 1)
    for (Set left = to & ~(from & -from); left; left &= left - 1) {
      int32_t d = lowest(from), e = lowest(left);
      if (bundle.maker != None && !mayMeet[d * numDevices + e])
        continue;
      int64_t time = transferTime(p.link(d, e), bundle.bytes);
      if (time <= threshold || (isMerged && time < Unlimited))
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
    Set to = ofAtom(bundle.readers[r]);
    // The share there, of which what the other end has there is taken off.
    auto addRow = [&](int32_t device, bool isMade) {
      int32_t row = lp.addRow(0, LinearProgram::Infinity);
      if (bundle.maker != None && columnOf(bundle.maker, device) != None)
        lp.enter(columnOf(bundle.maker, device), isMade ? -1 : 1);
      if (int32_t column = columnOf(bundle.readers[r], device); column != None)
        lp.enter(column, isMade ? 1 : -1);
      for (Set others = isMade ? to : bundle.from; others;
           others &= others - 1) {
        int32_t other = lowest(others);
        if (int32_t m = bundle.message[isMade ? device * numDevices + other
                                              : other * numDevices + device];
            m != None)
          lp.enter(m, 1);
      }
      return row;
    };
    for (Set left = bundle.from; left && bundle.maker != None; left &= left - 1)
      bundle.outRow[r * numDevices + lowest(left)] = addRow(lowest(left), true);
    for (Set left = to; left; left &= left - 1)
      if (bundle.maker != None || lowest(left) != p.ingress)
        bundle.inRow[r * numDevices + lowest(left)] =
            addRow(lowest(left), false);
  }
}

/// For each reader, flows from where a bundle is made to where that reads it.
void Relaxation::addFlows(Bundle &bundle) {
  size_t size = bundle.readers.size() * numDevices;
  bundle.outRow.assign(size, None);
  bundle.inRow.assign(size, None);
  bundle.flowRow.assign(size * numDevices, None);
  for (size_t r = 0; r < bundle.readers.size(); ++r)
    addFlowsOf(bundle, r);
}

void Relaxation::addFlowsOf(Bundle &bundle, size_t reader) {
  int32_t atom = bundle.readers[reader];
  bool isOnly = bundle.readers.size() == 1;
  Set to = ofAtom(atom);
  // Its column: of inputs, which come from one device, the reader's share.
  std::vector<int32_t> flow(static_cast<size_t>(numDevices) * numDevices, None);
  for (Set made = bundle.from; made; made &= made - 1)
    for (Set read = to; read; read &= read - 1) {
      int32_t d = lowest(made), e = lowest(read), pair = d * numDevices + e;
      if (!flows(bundle, d, e))
        continue;
      bool isMessage = isOnly && d != e;
      flow[pair] = bundle.maker == None ? columnOf(atom, e)
                   : isMessage ? bundle.message[pair]
                               : lp.addColumn(0, 0, LinearProgram::Infinity);
      if (d == e || flow[pair] == bundle.message[pair])
        continue;
      bundle.flowRow[flowOf(reader, d, e)] =
          lp.addRow(0, LinearProgram::Infinity);
      lp.enter(bundle.message[pair], 1);
      lp.enter(flow[pair], -1);
    }
  if (bundle.maker == None)
    return;
  auto addUp = [&](int32_t of, int32_t device, bool isMaker) {
    int32_t row = lp.addRow(0, 0);
    lp.enter(columnOf(of, device), -1);
    for (int32_t other = 0; other < numDevices; ++other)
      if (int32_t column = flow[isMaker ? device * numDevices + other
                                        : other * numDevices + device];
          column != None)
        lp.enter(column, 1);
    return row;
  };
  for (Set made = bundle.from; made; made &= made - 1)
    bundle.outRow[reader * numDevices + lowest(made)] =
        addUp(bundle.maker, lowest(made), true);
  for (Set read = to; read; read &= read - 1)
    bundle.inRow[reader * numDevices + lowest(read)] =
        addUp(atom, lowest(read), false);
}

void Relaxation::listLink(int32_t from, int32_t to, Load &load) const {
  for (const Bundle &bundle : bundles)
    if (int32_t m = bundle.message[from * numDevices + to]; m != None)
      if (int64_t time = timeOn(from, to, bundle.bytes); time > 0)
        load.entries.push_back({m, time});
  for (int32_t a = 0; a < numAtoms && to == p.egress && from != to; ++a)
    if (columnOf(a, from) != None && outputBytes[a] > 0)
      load.entries.push_back(
          {columnOf(a, from), timeOn(from, to, outputBytes[a])});
}

void Relaxation::listLoads() {
  size_t pairs = static_cast<size_t>(numDevices) * numDevices;
  loads.resize(numDevices + pairs + p.media.size());
  for (int32_t d = 0; d < numDevices; ++d)
    for (int32_t a = 0; a < numAtoms; ++a)
      if (columnOf(a, d) != None)
        loads[d].entries.push_back({columnOf(a, d), timeOf(a, d)});
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to)
        listLink(from, to, loads[loadOfLink(from, to)]);
}

/// As a share of the threshold.
void Relaxation::addLoad(Load &load) {
  if (load.entries.empty())
    return;
  double unit = 1 / static_cast<double>(threshold);
  load.row = lp.addRow(-LinearProgram::Infinity, 0);
  lp.enter(0, -1);
  for (auto [column, time] : load.entries)
    lp.enter(column, static_cast<double>(time) * unit);
}

/// Weights that one atom alone reads.
void Relaxation::addRoom() {
  std::vector<int32_t> readerOf(p.weights.size(), None);
  constexpr int32_t several = -2;
  for (size_t t = 0; t < p.tasks.size(); ++t)
    for (int32_t w : p.tasks[t].weights) {
      int32_t atom = atomOf[t];
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
// Asking
//===----------------------------------------------------------------------===//

double Relaxation::shareOf(int32_t atom, Set on,
                           const LinearSolution &solution) const {
  double sum = 0;
  for (Set left = on & ofAtom(atom); left; left &= left - 1)
    sum += solution.values[columnOf(atom, lowest(left))];
  return sum;
}

std::vector<double> Relaxation::weightOfAtoms() const {
  std::vector<double> weights(numAtoms, 0);
  double unit = 1 / static_cast<double>(threshold);
  for (int32_t a = 0; a < numAtoms; ++a) {
    int64_t least = Unlimited;
    for (Set left = ofAtom(a); left; left &= left - 1)
      least = std::min(least, timeOf(a, lowest(left)));
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

/// By prices of a small programme and by sides of devices, in some
/// milliseconds.
static int64_t priceQuickly(const SearchState &search, const Domains &domains,
                            int64_t threshold, Relaxation &relaxation) {
  // Some milliseconds for HiGHS.
  constexpr int32_t clusters = 40;
  constexpr int64_t mostEntries = 10000;
  Relaxation rough(search.problem, domains, threshold, Relaxation::Rows::Flows,
                   mostEntries, clusters);
  LinearSolution shares = solveLinear(rough.program(), search.secondsLeft());
  return relaxation.boundBySides(rough.pricesOfLoads(shares.duals));
}

/// By the best prices that are found in tenths of a second.
static int64_t priceFlows(const SearchState &search, const Domains &domains,
                          int64_t threshold, Relaxation &relaxation) {
  // HiGHS takes some tenths of a second for a programme of this size.
  constexpr size_t large = 40000;
  // A few devices with hundreds of tasks; of many devices even few clusters
  // make a large programme.
  constexpr size_t fewDevices = 8;
  if (relaxation.program().value.size() <= large ||
      search.problem.devices.size() > fewDevices)
    return relaxation.boundBy(relaxation.solve(search).duals);
  constexpr int32_t clusters = 120;
  constexpr int sweeps = 24;
  Relaxation rough(search.problem, domains, threshold, Relaxation::Rows::Flows,
                   large, clusters);
  LinearSolution shares = solveLinear(rough.program(), search.secondsLeft(),
                                      LinearMethod::InteriorPoint);
  return relaxation.boundByLoads(rough.pricesOfLoads(shares.duals), sweeps);
}

/// The bound by the rows of the relaxation: by prices of a small programme
/// first, where these do not exclude the threshold, by the best ones.
static int64_t boundByPrices(const SearchState &search, const Domains &domains,
                             Relaxation::Rows rows, int64_t threshold,
                             Relaxation &relaxation) {
  if (rows == Relaxation::Rows::Cuts)
    return relaxation.boundBy(relaxation.solve(search).duals);
  int64_t bound = priceQuickly(search, domains, threshold, relaxation);
  if (bound > threshold || search.outOfTime())
    return bound;
  return std::max(bound, priceFlows(search, domains, threshold, relaxation));
}

int64_t onnx_split::placement::boundWithin(const SearchState &search,
                                           Domains &domains,
                                           Relaxation::Rows rows,
                                           int64_t threshold, EndStages ends) {
  constexpr int rounds = 2;
  int64_t known = 0;
  std::vector<Domains::Set> allowed;
  for (int round = 0; round < rounds; ++round) {
    if (!domains.narrow(threshold, allowed, ends))
      return Unlimited;
    Relaxation relaxation(search.problem, domains, threshold, rows);
    if (!relaxation.isComplete() || search.outOfTime())
      break;
    int64_t bound = boundByPrices(search, domains, rows, threshold, relaxation);
    if (bound > threshold)
      return Unlimited;
    known = std::max(known, coarse(bound));
    std::vector<Domains::Set> before = std::move(allowed);
    allowed = relaxation.allowed();
    if (allowed == before)
      break;
  }
  return known;
}

bool onnx_split::placement::canRelax(const SearchState &search) {
  const Problem &p = search.problem;
  constexpr size_t large = 100000;
  return hasLinearPrograms() && !p.tasks.empty() && search.result.found &&
         search.scope <= SolutionClass::Revisiting &&
         p.devices.size() <= Domains::MaxDevices &&
         p.tasks.size() * p.devices.size() <= large;
}

/// Thresholds by rows of one kind.
static bool boundByRows(SearchState &search, Relaxation::Rows rows) {
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
    int64_t before = search.lower(ofClass);
    int64_t known = boundWithin(search, domains, rows, threshold);
    if (known == Unlimited)
      known = threshold + 1;
    search.raiseBound(known, BoundKind::Relaxation, ofClass);
    inVain = known <= before ? inVain + 1 : 0;
    return inVain == patience ? -1 : std::max(known, threshold);
  };
  raiseByBisection(search, BoundKind::Relaxation, ofClass, test, fine);
  return search.closed() || !search.outOfTime();
}

bool onnx_split::placement::boundByRelaxation(SearchState &search) {
  return boundByRows(search, Relaxation::Rows::Cuts);
}

bool onnx_split::placement::hasOneLink(const Problem &p) {
  int32_t numDevices = static_cast<int32_t>(p.devices.size());
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to && !(p.link(from, to) == p.link(0, 1)))
        return false;
  return true;
}

/// Flows see which links are slow; where all are alike, there is nothing to
/// see.
bool onnx_split::placement::boundByFlows(SearchState &search) {
  if (hasOneLink(search.problem))
    return true;
  return boundByRows(search, Relaxation::Rows::Flows);
}
