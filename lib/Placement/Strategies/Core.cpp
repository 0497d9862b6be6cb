//===- Core.cpp - Bounds of large graphs by their large tasks -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exact.h"

#include "../Bounds/Bounds.h"
#include "../Bounds/Core.h"
#include "../IdealSearch/Search.h"
#include "../Ideals/DeviceMemory.h"
#include "../Ideals/Lattice.h"
#include "../Tables/Atoms.h"

#include <limits>

using namespace onnx_split::placement;

/// So many are searched in a second or two.
static constexpr size_t FewIdeals = 4000;

/// Few enough for the tables of the search over ideals, or for so many.
static bool hasFewIdeals(const SearchState &search, const Problem &p,
                         size_t mostIdeals) {
  int64_t upper = search.upper();
  Link best = bestLinkOf(p);
  Atoms atoms = atomsOf(p, /*givenOrder=*/false, [&](const Tensor &tensor) {
    return !tensor.canCut || transferTime(best, tensor.sent()) >= upper;
  });
  return Ideals(static_cast<int32_t>(atoms.tasks.size()), atoms.edges,
                mostIdeals, [&] { return search.outOfTime(); })
      .complete();
}

/// What is proven of the large tasks alone. True if that is all there is.
static bool boundOf(SearchState &search, const Core &core) {
  SearchState part = search.part(core.problem());
  part.scope = part.options.searchClass = SolutionClass::Contiguous;
  part.goodEnoughNs = None;
  // What is below the bound of the whole is of no interest.
  Bound known = search.bound(SolutionClass::Contiguous);
  part.raiseBound(known.value, known.kind, SolutionClass::Contiguous);
  if (search.result.found && search.result.placement.replicas.empty())
    part.offer(core.of(search.result.placement));
  boundByDeviceCounts(part);
  // Order in place of tasks must not cost more than they do.
  if (core.hasFreeOrder())
    searchContiguous(part);
  if (part.lower() > known.value)
    search.raiseBound(std::min(part.lower(), search.upper()), BoundKind::Core,
                      SolutionClass::Contiguous);
  return part.closed();
}

bool onnx_split::placement::hasQuickIdeals(const SearchState &search) {
  // With one medium for all, few of them can be cut.
  size_t most =
      mediumOfAllLinks(search.problem) == None ? FewIdeals : MaxIdeals;
  return search.scope == SolutionClass::Contiguous &&
         hasFewIdeals(search, search.problem, most);
}

bool onnx_split::placement::hasIdeals(const SearchState &search) {
  return search.scope == SolutionClass::Contiguous &&
         hasFewIdeals(search, search.problem, MaxIdeals);
}

/// So few that labels know which ones are used without being many.
bool onnx_split::placement::hasFewDevices(const Problem &problem) {
  constexpr size_t fewSets = 512;
  return DeviceMemory::countSets(DeviceGroups(problem), 1 << 20) <= fewSets;
}

bool onnx_split::placement::boundByCore(SearchState &search) {
  // What leaves most of the work, of what is searched in a moment and then of
  // what can be searched at all; and most of the time that is left for each.
  constexpr double share = 0.8;
  constexpr int64_t permyriads[] = {2, 5, 10, 20, 50, 100, 200, 500};
  // Nothing that leaves out more is of interest once one is searched.
  int64_t done = std::numeric_limits<int64_t>::max();
  for (size_t mostIdeals : {FewIdeals, MaxIdeals})
    for (int64_t leftOut : permyriads) {
      if (leftOut >= done || search.closed())
        break;
      if (search.outOfTime())
        return false;
      Core core(search.problem, leftOut);
      if (core.problem().tasks.empty() ||
          !hasFewIdeals(search, core.problem(), mostIdeals))
        continue;
      bool isDone = false;
      search.within(share, [&] { isDone = boundOf(search, core); });
      if (isDone)
        done = leftOut;
      if (mostIdeals == FewIdeals)
        break;
    }
  return done != std::numeric_limits<int64_t>::max();
}
