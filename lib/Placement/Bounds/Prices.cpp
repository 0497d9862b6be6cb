//===- Prices.cpp - What dual values show of a problem --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The proof of LB9 from any prices, in integers: what each atom costs on each
/// device, and what the cheapest devices come to.
///
//===----------------------------------------------------------------------===//

#include "Relaxation.h"

#include <cmath>

using namespace onnx_split::placement;

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
  double perItem = scale * static_cast<double>(threshold);
  int64_t heaviest = 0;
  for (int64_t bytes : ownWeights)
    heaviest = std::max(heaviest, bytes);
  for (int32_t d = 0; d < numDevices; ++d) {
    int64_t room = std::max<int64_t>(1, p.devices[d].room());
    readUpper(roomRow[d], perItem / static_cast<double>(room),
              (Wide(1) << 100) / std::max(room, heaviest));
  }
  for (const Load &load : loads) {
    // The loads' shares of an optimum are 1 in all.
    readUpper(load.row, scale, Wide(1) << (Digits + 4));
    for (const WholeItems &items : load.counted)
      readUpper(items.row, perItem, Wide(1) << 96);
  }
  const Wide largest = Wide(1) << 100;
  auto read = [&](int32_t row, bool isSigned) {
    if (row != None)
      rowPrice[row] =
          rounded(duals[row] * perItem, largest) -
          (isSigned ? rounded(-duals[row] * perItem, largest) : Wide(0));
  };
  // Of flows they are equations, whose prices may be below 0.
  bool isFlow = kind == Rows::Flows;
  for (const Bundle &bundle : bundles) {
    for (int32_t row : bundle.flowRow)
      read(row, false);
    for (int32_t row : bundle.outRow)
      read(row, isFlow);
    for (size_t i = 0; i < bundle.inRow.size() && !isFlow; ++i)
      read(bundle.inRow[i], false);
  }
}

Wide Relaxation::priceOf(const Load &load, int64_t time) const {
  if (load.row == None)
    return 0;
  Wide sum = rowPrice[load.row] * time;
  for (const WholeItems &items : load.counted)
    sum += rowPrice[items.row] * items.countOf(time);
  return sum;
}

Wide Relaxation::priceOfMessage(int32_t from, int32_t to, int64_t bytes) const {
  return priceOf(loads[loadOfLink(from, to)], timeOn(from, to, bytes));
}

/// The flows of a message, or the cuts that it is in, must not pay more than
/// its link asks for it: what is too much is taken off them.
void Relaxation::limitPrices(const Bundle &bundle) {
  for (int32_t d = 0; d < numDevices; ++d)
    for (int32_t e = 0; e < numDevices; ++e) {
      if (bundle.message[d * numDevices + e] == None)
        continue;
      Wide left = priceOfMessage(d, e, bundle.bytes);
      auto limit = [&](int32_t row) {
        if (row == None)
          return;
        rowPrice[row] = std::min(rowPrice[row], left);
        left -= rowPrice[row];
      };
      for (size_t r = 0; r < bundle.readers.size(); ++r) {
        if (kind == Rows::Flows) {
          limit(bundle.flowRow[flowOf(r, d, e)]);
          continue;
        }
        if (ofAtom(bundle.readers[r]) >> e & 1)
          limit(bundle.outRow[r * numDevices + d]);
        limit(bundle.inRow[r * numDevices + e]);
      }
    }
}

void Relaxation::listEdges() {
  edges.clear();
  edgesOf.assign(numAtoms, {});
  edgesOfBundle.assign(bundles.size(), {});
  for (size_t b = 0; b < bundles.size(); ++b)
    for (size_t r = 0; r < bundles[b].readers.size(); ++r) {
      int32_t index = static_cast<int32_t>(edges.size());
      edges.push_back({b, r, std::vector<Wide>(numDevices, 0),
                       std::vector<Wide>(numDevices, 0)});
      if (bundles[b].maker != None)
        edgesOf[bundles[b].maker].push_back(index);
      edgesOf[bundles[b].readers[r]].push_back(index);
      edgesOfBundle[b].push_back(index);
    }
}

/// What maker and reader may earn together, on two devices.
Wide Relaxation::limitOf(const Edge &edge, int32_t from, int32_t to) const {
  if (from == to)
    return 0;
  const Bundle &bundle = bundles[edge.bundle];
  if (!isPooled)
    if (int32_t row = bundle.flowRow[flowOf(edge.reader, from, to)];
        row != None)
      return rowPrice[row];
  Wide limit = priceOfMessage(from, to, bundle.bytes);
  if (bundle.maker == None)
    return limit / static_cast<Wide>(bundle.readers.size());
  for (int32_t other : edgesOfBundle[edge.bundle])
    if (&edges[other] != &edge &&
        ofAtom(bundle.readers[edges[other].reader]) >> to & 1)
      limit -=
          std::max<Wide>(0, edges[other].made[from] + edges[other].read[to]);
  return limit;
}

/// One end earns what the other one leaves it.
void Relaxation::settle(Edge &edge, bool isMaker) {
  const Bundle &bundle = bundles[edge.bundle];
  Set readOn = ofAtom(bundle.readers[edge.reader]);
  std::vector<Wide> &mine = isMaker ? edge.made : edge.read;
  const std::vector<Wide> &theirs = isMaker ? edge.read : edge.made;
  for (Set left = isMaker ? bundle.from : readOn; left; left &= left - 1) {
    int32_t device = lowest(left);
    bool any = false;
    Wide least = 0;
    for (Set others = isMaker ? readOn : bundle.from; others;
         others &= others - 1) {
      int32_t other = lowest(others), from = isMaker ? device : other,
              to = isMaker ? other : device;
      if (!flows(bundle, from, to))
        continue;
      Wide most = limitOf(edge, from, to) - theirs[other];
      least = any ? std::min(least, most) : most;
      any = true;
    }
    mine[device] = least;
  }
}

/// What an atom costs on a device by itself.
void Relaxation::chargeLoads() {
  cost.assign(share.size(), 0);
  for (int32_t d = 0; d < numDevices; ++d)
    for (int32_t a = 0; a < numAtoms; ++a) {
      if (columnOf(a, d) == None)
        continue;
      costOf(a, d) += priceOf(loads[d], timeOf(a, d));
      if (roomRow[d] != None)
        costOf(a, d) += rowPrice[roomRow[d]] * ownWeights[a];
      if (p.egress != None && p.egress != d && outputBytes[a] > 0)
        costOf(a, d) += priceOfMessage(d, p.egress, outputBytes[a]);
    }
}

void Relaxation::chargeFlows() {
  for (const Edge &edge : edges) {
    const Bundle &bundle = bundles[edge.bundle];
    for (int32_t d = 0; d < numDevices; ++d) {
      if (bundle.maker != None)
        costOf(bundle.maker, d) += edge.made[d];
      costOf(bundle.readers[edge.reader], d) += edge.read[d];
    }
  }
}

/// The row of the maker has its price, and what that leaves is the reader's.
void Relaxation::priceByFlows() {
  isPooled = false;
  for (Edge &edge : edges) {
    const Bundle &bundle = bundles[edge.bundle];
    for (Set made = bundle.from; made && bundle.maker != None; made &= made - 1)
      edge.made[lowest(made)] =
          rowPrice[bundle.outRow[edge.reader * numDevices + lowest(made)]];
    settle(edge, /*isMaker=*/false);
    if (bundle.maker != None)
      settle(edge, /*isMaker=*/true);
  }
}

/// What being sent from a device is worth, less what getting there is, counts
/// for the maker, and against a reader. So on different devices both together
/// earn no more than what the two rows of a message do.
void Relaxation::priceByCuts() {
  auto priceOf = [&](int32_t row) { return row == None ? 0 : rowPrice[row]; };
  for (Edge &edge : edges) {
    const Bundle &bundle = bundles[edge.bundle];
    for (int32_t d = 0; d < numDevices; ++d) {
      size_t i = edge.reader * numDevices + d;
      Wide gain = priceOf(bundle.outRow[i]) - priceOf(bundle.inRow[i]);
      edge.made[d] = bundle.maker == None ? 0 : gain;
      edge.read[d] = -gain;
    }
  }
}

int64_t Relaxation::boundBy(const std::vector<double> &duals) {
  if (duals.size() != lp.rowLower.size())
    return 0;
  readPrices(duals);
  listEdges();
  for (const Bundle &bundle : bundles)
    limitPrices(bundle);
  if (kind == Rows::Flows)
    priceByFlows();
  else
    priceByCuts();
  chargeLoads();
  chargeFlows();
  return finish();
}

Wide Relaxation::leastCost(int32_t atom) const {
  Set left = ofAtom(atom);
  const Wide *costs = cost.data() + static_cast<size_t>(atom) * numDevices;
  Wide least = costs[lowest(left)];
  for (; left; left &= left - 1)
    least = std::min(least, costs[lowest(left)]);
  return least;
}

/// What loads are at least where atoms and messages cost so much in all.
int64_t Relaxation::perSupply(Wide sum) {
  supply = 0;
  total = sum;
  for (const Load &load : loads) {
    supply += load.row == None ? 0 : rowPrice[load.row];
    for (const WholeItems &items : load.counted)
      total -= rowPrice[items.row] * items.most;
  }
  for (int32_t d = 0; d < numDevices; ++d)
    if (roomRow[d] != None)
      total -= rowPrice[roomRow[d]] * p.devices[d].room();
  return supply > 0 && total > 0 ? saturate((total + supply - 1) / supply) : 0;
}

/// The bound by what atoms cost now.
int64_t Relaxation::finish() {
  total = 0;
  for (int32_t a = 0; a < numAtoms; ++a) {
    Wide least = leastCost(a);
    total += least;
    for (Set left = ofAtom(a); left; left &= left - 1)
      costOf(a, lowest(left)) -= least;
  }
  return perSupply(total);
}

std::vector<Domains::Set> Relaxation::allowed() const {
  std::vector<Set> sets(p.tasks.size(), 0), stay(numAtoms, 0);
  for (int32_t a = 0; a < numAtoms; ++a) {
    Set stays = 0;
    for (Set left = ofAtom(a); left; left &= left - 1)
      if (total + cost[static_cast<size_t>(a) * numDevices + lowest(left)] <=
          supply * threshold)
        stays |= left & -left;
    stay[a] = stays;
  }
  for (size_t t = 0; t < sets.size(); ++t)
    sets[t] = stay[atomOf[t]];
  return sets;
}
