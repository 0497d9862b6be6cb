//===- Sides.cpp - What crosses between two sets of devices ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB9 by cuts of a network. With prices of loads fixed, let the devices be in
/// two sets, and let an atom or a message cost on a side, or between sides,
/// what it costs where it costs least. The cheapest way to put each atom on one
/// side is a least cut, and no plan costs less. It is exact where slow links
/// divide the devices and the prices on a side are alike, for which passing
/// messages takes long.
///
//===----------------------------------------------------------------------===//

#include "Relaxation.h"

#include "../Tables/Unions.h"

#include "onnx-split/Support/MaxFlow.h"

using namespace onnx_split::placement;

/// Devices that links of some speed or more connect, for each speed; also each
/// device by itself. None twice, and of a set and its complement one.
std::vector<Relaxation::Set> Relaxation::listSides() const {
  std::vector<int64_t> rates = {Unlimited};
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to)
        rates.push_back(p.link(from, to).bitsPerSecond);
  std::sort(rates.begin(), rates.end());
  rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
  Set all = 0;
  for (int32_t d = 0; d < numDevices; ++d)
    all |= Set(1) << d;
  std::vector<Set> sides;
  auto add = [&](Set side) {
    side = side & 1 ? side : all & ~side;
    if (side != all &&
        std::find(sides.begin(), sides.end(), side) == sides.end())
      sides.push_back(side);
  };
  // The slowest links divide most.
  constexpr size_t most = 12;
  for (int64_t rate : rates) {
    if (sides.size() >= most)
      break;
    Unions unions(numDevices);
    for (int32_t from = 0; from < numDevices; ++from)
      for (int32_t to = 0; to < numDevices; ++to)
        if (from != to && p.link(from, to).bitsPerSecond > rate)
          unions.merge(from, to);
    std::vector<Set> byFirst(numDevices, 0);
    for (int32_t d = 0; d < numDevices; ++d)
      byFirst[unions.find(d)] |= Set(1) << d;
    for (Set side : byFirst)
      if (side != 0 && sides.size() < most)
        add(side);
  }
  return sides;
}

/// The bundle's cheapest message from one set to the other; below 0: none.
Wide Relaxation::leastOf(const Bundle &bundle, Set from, Set to) const {
  Wide least = -1;
  Set readOn = 0;
  for (int32_t reader : bundle.readers)
    readOn |= ofAtom(reader);
  for (Set made = bundle.from & from; made; made &= made - 1)
    for (Set read = readOn & to; read; read &= read - 1) {
      int32_t d = lowest(made), e = lowest(read);
      if (bundle.message[d * numDevices + e] == None)
        continue;
      Wide price = priceOfMessage(d, e, bundle.bytes);
      least = least < 0 ? price : std::min(least, price);
    }
  return least;
}

/// The atom's least cost on a set of devices; below 0: it is on none of them.
Wide Relaxation::leastOf(int32_t atom, Set on) const {
  Wide least = -1;
  for (Set left = on & ofAtom(atom); left; left &= left - 1) {
    Wide there = cost[static_cast<size_t>(atom) * numDevices + lowest(left)];
    least = least < 0 ? there : std::min(least, there);
  }
  return least;
}

/// Nodes are atoms, then two for each bundle: one that is on the side where all
/// of its readers must be unless it is sent there, and the same for the way
/// back; then what stands for the side and for the rest. 0 where figures are
/// too large for a sum.
Wide Relaxation::cutBetween(Set side) const {
  int32_t numBundles = static_cast<int32_t>(bundles.size());
  std::vector<Wide> on, off, sent, back;
  Wide all = 1;
  auto list = [&](std::vector<Wide> &prices, Wide price) {
    prices.push_back(price);
    // Each is below 2^112, and a cut can have each of them or `all`.
    constexpr Wide most = Wide(1) << 112;
    all = std::min(most, all + std::max<Wide>(0, price));
  };
  for (int32_t a = 0; a < numAtoms; ++a) {
    list(on, leastOf(a, side));
    list(off, leastOf(a, ~side));
  }
  for (const Bundle &bundle : bundles) {
    list(sent, leastOf(bundle, side, ~side));
    list(back, leastOf(bundle, ~side, side));
  }
  constexpr Wide largest = Wide(1) << 126;
  if (all > largest / (2 * (numAtoms + numBundles + 1)))
    return 0;
  int32_t here = numAtoms + 2 * numBundles, there = here + 1;
  MaxFlow flow(there + 1);
  auto add = [&](int32_t from, int32_t to, Wide price) {
    flow.add(from, to, price < 0 ? all : price);
  };
  for (int32_t a = 0; a < numAtoms; ++a) {
    add(a, there, on[a]);
    add(here, a, off[a]);
  }
  for (int32_t b = 0; b < numBundles; ++b) {
    const Bundle &bundle = bundles[b];
    int32_t sender = numAtoms + 2 * b, returner = sender + 1;
    bool isInput = bundle.maker == None;
    if (!isInput || (bundle.from & side) != 0) {
      add(isInput ? here : bundle.maker, sender, sent[b]);
      for (int32_t reader : bundle.readers)
        add(sender, reader, all);
    }
    if (!isInput || (bundle.from & side) == 0) {
      add(returner, isInput ? there : bundle.maker, back[b]);
      for (int32_t reader : bundle.readers)
        add(reader, returner, all);
    }
  }
  return flow.run(here, there);
}

int64_t Relaxation::boundBySides(const LoadPrices &prices) {
  if (!use(prices))
    return 0;
  chargeLoads();
  int64_t best = 0;
  for (Set side : listSides())
    best = std::max(best, perSupply(cutBetween(side)));
  // Nothing is known of single devices.
  forgetCosts();
  return best;
}
