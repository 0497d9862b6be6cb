//===- BeamProbes.cpp - Beam probing over several orders ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where links are missing, a branch that the order leaves behind is read
/// stages later, from a device that need not be linked any more. So beam
/// probing tries orders in which branches keep pace as well as the given one.
///
//===----------------------------------------------------------------------===//

#include "Exact.h"
#include "Rounds.h"

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

namespace {

/// Beam probing over several orders, wider and wider.
class OrderProbes {
public:
  explicit OrderProbes(SearchState &searchState) : search(searchState) {
    if (search.scope == SolutionClass::FixedOrder ||
        hasOneOrder(search.problem))
      return;
    others.emplace_back(search.problem, OrderKind::Levels);
    others.emplace_back(search.problem, OrderKind::Narrow);
  }
  void run();

private:
  SearchState &search;
  std::vector<Rearranged> others;
};

} // namespace

void OrderProbes::run() {
  for (int32_t scale : {1, 4, 16, 64}) {
    int64_t before = search.upper();
    for (size_t i = 0; i <= others.size(); ++i) {
      // What is so near the bound is left to others.
      if (isAsGoodAsProven(search))
        return;
      search.improve({"beam probing"}, [&] {
        if (i == 0)
          searchBeamProbes(search, scale);
        else
          searchRearranged(search, others[i - 1], [&](SearchState &part) {
            searchBeamProbes(part, scale);
          });
      });
    }
    // Where a wide beam gains nothing, a still wider one mostly does not.
    if (scale > 4 && search.result.found && search.upper() == before)
      return;
  }
}

void onnx_split::placement::probeOrders(SearchState &search) {
  // Beyond these, tables of tasks and devices take too long to fill.
  constexpr size_t largestTable = 4000000;
  if (search.problem.tasks.size() * search.problem.devices.size() <=
      largestTable)
    OrderProbes(search).run();
}
