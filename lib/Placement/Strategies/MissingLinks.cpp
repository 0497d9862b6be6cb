//===- MissingLinks.cpp - Plans where not all devices are linked ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A branch that the order leaves behind is read stages later, from a device
/// that need not be linked any more. So beam probing tries orders in which
/// branches keep pace as well as the given one.
///
//===----------------------------------------------------------------------===//

#include "Exact.h"

#include "../Heuristics/Heuristics.h"
#include "../Ideals/Lattice.h"

using namespace onnx_split::placement;

bool onnx_split::placement::lacksLinks(const Problem &p) {
  int32_t numDevices = static_cast<int32_t>(p.devices.size());
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to && p.link(from, to).bitsPerSecond == 0)
        return true;
  return false;
}

/// Plans of another order that are plans of the given one as well.
static void probeOrder(SearchState &search, OrderKind kind) {
  Rearranged rearranged(search.problem, kind);
  SearchState part = search.part(rearranged.problem());
  Bound known = search.bound(part.scope);
  part.raiseBound(known.value, known.kind, known.ofClass);
  if (search.result.found && search.result.placement.replicas.empty())
    part.offer(rearranged.here(search.result.placement));
  part.onImprovement = [&](const Placement &plan) {
    search.offer(rearranged.there(plan));
  };
  searchBeamProbes(part);
}

void onnx_split::placement::searchMissingLinks(SearchState &search) {
  constexpr double ofEach = 0.4;
  auto probe = [&](auto run) {
    search.within(ofEach, [&] { search.improve({"beam probing"}, run); });
  };
  probe([&] { searchBeamProbes(search); });
  if (search.scope == SolutionClass::FixedOrder || hasOneOrder(search.problem))
    return;
  probe([&] { probeOrder(search, OrderKind::Levels); });
  probe([&] { probeOrder(search, OrderKind::Narrow); });
}
