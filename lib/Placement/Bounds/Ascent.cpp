//===- Ascent.cpp - Prices of flows by passing messages -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where the programme of LB9 is large, a smaller one, of clusters of atoms,
/// prices what devices and links are busy with. With these prices fixed, what
/// is left is to label each atom with a device at least cost, whose dual is
/// climbed by messages between neighbours (TRW-S, Kolmogorov 2006).
///
//===----------------------------------------------------------------------===//

#include "Relaxation.h"

#include "../Tables/Unions.h"

using namespace onnx_split::placement;

/// Merges atoms along the bundles of most bytes into about so many clusters,
/// none of which has much more than its part of the work. Those that have no
/// device in common stay apart.
void Relaxation::mergeAtoms(int32_t mostAtoms) {
  listBundles();
  std::stable_sort(
      bundles.begin(), bundles.end(),
      [](const Bundle &a, const Bundle &b) { return a.bytes > b.bytes; });
  std::vector<Wide> work(numAtoms, 0);
  std::vector<Set> merged = domainOf;
  Wide all = 0;
  for (int32_t a = 0; a < numAtoms; ++a) {
    int64_t least = Unlimited;
    for (Set left = ofAtom(a); left; left &= left - 1)
      least = std::min(least, timeOf(a, lowest(left)));
    work[a] = least;
    all += least;
  }
  Unions unions(numAtoms);
  int32_t count = numAtoms;
  // A quarter of an equal part at most, then twice as much each time.
  for (int32_t parts = 4 * mostAtoms; count > mostAtoms && parts > 0;
       parts /= 2)
    for (const Bundle &bundle : bundles)
      for (int32_t reader : bundle.readers) {
        if (bundle.maker == None || count <= mostAtoms)
          continue;
        int32_t a = unions.find(bundle.maker), b = unions.find(reader);
        if (a == b || (merged[a] & merged[b]) == 0 ||
            (work[a] + work[b]) * parts > all)
          continue;
        unions.merge(a, b);
        int32_t joined = unions.find(a);
        merged[joined] = merged[a] & merged[b];
        work[joined] = work[a] + work[b];
        --count;
      }
  std::vector<int32_t> number(numAtoms, None);
  std::vector<Set> sets;
  std::vector<int64_t> sums;
  for (int32_t a = 0; a < numAtoms; ++a) {
    int32_t first = unions.find(a);
    if (number[first] == None) {
      number[first] = static_cast<int32_t>(sets.size());
      sets.push_back(merged[first]);
      sums.insert(sums.end(), numDevices, 0);
    }
    number[a] = number[first];
    for (Set left = merged[first]; left; left &= left - 1) {
      int64_t &sum =
          sums[static_cast<size_t>(number[a]) * numDevices + lowest(left)];
      sum = addSaturating(sum, timeOf(a, lowest(left)));
    }
  }
  for (int32_t &atom : atomOf)
    atom = number[atom];
  numAtoms = static_cast<int32_t>(sets.size());
  domainOf = std::move(sets);
  times = std::move(sums);
  bundles.clear();
}

Relaxation::LoadPrices
Relaxation::pricesOfLoads(const std::vector<double> &duals) {
  LoadPrices prices;
  if (duals.size() != lp.rowLower.size())
    return prices;
  readPrices(duals);
  for (const Load &load : loads)
    prices.load.push_back(load.row == None ? 0 : rowPrice[load.row]);
  for (int32_t row : roomRow)
    prices.room.push_back(row == None ? 0 : rowPrice[row]);
  return prices;
}

/// Each atom, in one order or the other, gives what it costs on a device above
/// the least to the edges that lead ahead, each its part; what is given, the
/// other ends can earn. No pass lowers the sum of the least costs, apart from
/// what edges of one bundle take from each other.
void Relaxation::sweep(bool isForward) {
  for (int32_t i = 0; i < numAtoms; ++i) {
    int32_t a = isForward ? i : numAtoms - 1 - i;
    auto otherOf = [&](const Edge &edge) {
      const Bundle &bundle = bundles[edge.bundle];
      return bundle.maker == a ? bundle.readers[edge.reader] : bundle.maker;
    };
    std::vector<int32_t> ahead;
    int32_t behind = 0;
    for (int32_t index : edgesOf[a])
      if (int32_t other = otherOf(edges[index]); other != None) {
        if ((other > a) == isForward)
          ahead.push_back(index);
        else
          ++behind;
      }
    if (ahead.empty())
      continue;
    Wide least = leastCost(a);
    Wide parts = std::max(static_cast<int32_t>(ahead.size()), behind);
    std::vector<Wide> given(numDevices, 0);
    for (Set left = ofAtom(a); left; left &= left - 1)
      given[lowest(left)] = (costOf(a, lowest(left)) - least) / parts;
    for (int32_t index : ahead)
      give(edges[index], a, otherOf(edges[index]), given);
  }
}

void Relaxation::give(Edge &edge, int32_t atom, int32_t other,
                      const std::vector<Wide> &given) {
  bool isMaker = bundles[edge.bundle].maker == atom;
  std::vector<Wide> &mine = isMaker ? edge.made : edge.read;
  std::vector<Wide> &theirs = isMaker ? edge.read : edge.made;
  for (Set left = ofAtom(atom); left; left &= left - 1) {
    int32_t d = lowest(left);
    mine[d] -= given[d];
    costOf(atom, d) -= given[d];
  }
  std::vector<Wide> before = theirs;
  settle(edge, !isMaker);
  for (Set left = ofAtom(other); left; left &= left - 1)
    costOf(other, lowest(left)) += theirs[lowest(left)] - before[lowest(left)];
}

bool Relaxation::use(const LoadPrices &prices) {
  // Thirteen days, so that all sums stay within 128 bits.
  constexpr int64_t longest = int64_t(1) << 50;
  if (prices.load.empty() || threshold > longest)
    return false;
  rowPrice.assign(lp.rowLower.size(), 0);
  for (size_t i = 0; i < loads.size(); ++i)
    if (loads[i].row != None)
      rowPrice[loads[i].row] = prices.load[i];
  for (int32_t d = 0; d < numDevices; ++d)
    if (roomRow[d] != None)
      rowPrice[roomRow[d]] = prices.room[d];
  return true;
}

int64_t Relaxation::boundByLoads(const LoadPrices &prices, int sweeps) {
  if (!use(prices))
    return 0;
  isPooled = true;
  listEdges();
  for (Edge &edge : edges)
    if (bundles[edge.bundle].maker == None)
      settle(edge, /*isMaker=*/false);
  chargeLoads();
  chargeFlows();
  for (int i = 0; i < sweeps; ++i)
    sweep(i % 2 == 0);
  return finish();
}
