//===- OtherOrder.cpp - Plans in an order of our own ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a search finds over the given order depends on who wrote the file, and
/// a network that is unrolled over time is written in the worst order there is.
/// The same searches over the order of Rearranged know nothing of either.
///
//===----------------------------------------------------------------------===//

#include "Exact.h"

#include "../FixedOrder/StageWindows.h"
#include "../Heuristics/Heuristics.h"

using namespace onnx_split::placement;

OtherOrder::OtherOrder(const Problem &problem) : rearranged(problem) {}

/// The best plan so far is a limit, if it is a plan there. So is the bound of
/// the problem: whatever is better there lacks the memory here.
void onnx_split::placement::searchRearranged(
    SearchState &search, const Rearranged &other,
    const std::function<void(SearchState &)> &run) {
  SearchState part = search.part(other.problem());
  Bound known = search.bound(part.scope);
  part.raiseBound(known.value, known.kind, known.ofClass);
  if (search.result.found && search.result.placement.replicas.empty())
    part.offer(other.here(search.result.placement));
  part.onImprovement = [&](const Placement &plan) {
    search.offer(other.there(plan));
  };
  run(part);
}

void OtherOrder::search(SearchState &search, bool isExact) const {
  searchRearranged(search, rearranged, [&](SearchState &part) {
    part.improve({"probing"}, [&] { searchProbes(part); });
    if (!isExact)
      return;
    // The ideals are those of the problem itself, unless ties make them fewer.
    if (repeatsWeights())
      proveContiguous(part);
    else
      proveGivenOrder(part, /*oneOrder=*/false);
  });
}
