//===- Exact.h - The searches that prove ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The two exact engines as methods, and how the exact strategy divides its
/// time between them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_EXACT_H
#define ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_EXACT_H

#include "../Reordering/Rearranged.h"
#include "../SearchState.h"

#include <cstdint>
#include <functional>

namespace onnx_split::placement {

/// Which engine goes first, and with which share of the time that is left.
struct ExactPolicy {
  /// More sets of devices than this make the labels of the given order many, so
  /// that the ideals, which track only devices in dispute, go first.
  int64_t manySets = 4096;
  /// Where the graph has one order, sets stay quick up to so many kinds of
  /// devices, because few cuts are left for each set.
  int32_t manyGroups = 12;
  /// For the ideals, where they go first. The rest is for the given order, in
  /// case the ideals are too many.
  double idealsFirst = 0.7;
  /// For the given order, where it goes first: most of the time if its proof is
  /// the whole truth; less than half if the ideals must still follow.
  double onlyOrder = 0.8, oneOfOrders = 0.4;
  /// For an order of our own where weights are read again and again, before
  /// all else.
  double otherOrder = 0.2;
};

/// Stages of the given order. With `beam`, and where the sets of devices are
/// too many for labels of each, the most promising labels only, which proves
/// nothing.
void searchGivenOrder(SearchState &search, bool beam);
/// Stages of any order, if the scope allows it and the ideals are few enough.
void searchEveryOrder(SearchState &search);
void provePlanBest(SearchState &search);
/// Both, as the policy says.
void proveGivenOrder(SearchState &search, bool oneOrder);
void proveContiguous(SearchState &search);

/// Whether some device has no link to another one.
bool lacksLinks(const Problem &problem);
/// Beam probing over the given order and, where the scope allows it, others.
void probeOrders(SearchState &search);

/// Whether the ideals are few enough for the search over all of them.
bool hasIdeals(const SearchState &search);
/// Whether they are so few that one decision takes a second or two.
bool hasQuickIdeals(const SearchState &search);
bool hasFewDevices(const Problem &problem);
/// LB10, for such a problem: the exact bounds of its large tasks alone. False:
/// more time may show more.
bool boundByCore(SearchState &search);

/// Runs a search of the problem in another order, whose plans are offered.
void searchRearranged(SearchState &search, const Rearranged &other,
                      const std::function<void(SearchState &)> &run);

/// The searches over an order of our own, whose plans are offered. They prove
/// nothing.
class OtherOrder {
public:
  explicit OtherOrder(const Problem &problem);
  /// Whether weights are read again and again, so that the order matters most.
  bool repeatsWeights() const { return rearranged.tiesWeights(); }
  /// Probing, and with `isExact` the exact engines. The problem of the search
  /// is the one that this was made of.
  void search(SearchState &search, bool isExact) const;

private:
  Rearranged rearranged;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_EXACT_H
