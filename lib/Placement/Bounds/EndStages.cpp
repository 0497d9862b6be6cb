//===- EndStages.cpp - Devices of the first and the last stage ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB12. The stages of a contiguous plan have an order in which nothing is sent
/// back. So if there are several, there is one that no other one sends to,
/// which runs all that leads to its tasks, and one that sends to no other one.
/// LB8 and LB9 for each pair of devices that these can be on.
///
//===----------------------------------------------------------------------===//

#include "Bounds.h"
#include "Relaxation.h"

#include "../Tables/DeviceGroups.h"

using namespace onnx_split::placement;

namespace {

class EndStagesBound {
public:
  explicit EndStagesBound(const SearchState &ofSearch)
      : search(ofSearch), p(ofSearch.problem), groups(p),
        domains(p, /*isConvex=*/true, &ofSearch) {}
  /// False: there are more pairs than are worth trying.
  bool listPairs();
  /// What no plan with a bottleneck of at most the threshold is below, as far
  /// as is known; above the threshold: there is no such plan.
  int64_t leastOf(int64_t bottleneck);

private:
  bool fitsOneDevice();

  const SearchState &search;
  const Problem &p;
  const DeviceGroups groups;
  Domains domains;
  std::vector<EndStages> pairs;
  int64_t threshold = 0;
};

} // namespace

/// Of devices that change places one stands for all.
bool EndStagesBound::listPairs() {
  constexpr size_t most = 64;
  if (groups.size() * groups.size() > most)
    return false;
  for (const std::vector<int32_t> &first : groups.groups())
    for (const std::vector<int32_t> &last : groups.groups()) {
      if (&first != &last)
        pairs.push_back({first.front(), last.front()});
      else if (first.size() > 1)
        pairs.push_back({first[0], first[1]});
    }
  return true;
}

/// A plan of one stage has no two ends.
bool EndStagesBound::fitsOneDevice() {
  for (const std::vector<int32_t> &group : groups.groups()) {
    Domains::Set only = Domains::Set(1) << group.front();
    if (domains.narrow(threshold,
                       std::vector<Domains::Set>(p.tasks.size(), only)))
      return true;
  }
  return false;
}

int64_t EndStagesBound::leastOf(int64_t bottleneck) {
  threshold = bottleneck;
  if (fitsOneDevice())
    return search.lower();
  int64_t least = threshold + 1;
  for (EndStages ends : pairs) {
    least =
        std::min(least, boundWithin(search, domains, Relaxation::Rows::Flows,
                                    threshold, ends));
    if (search.outOfTime() || least <= search.lower())
      return search.lower();
  }
  return least;
}

void onnx_split::placement::boundByEndStages(SearchState &search) {
  if (!canRelax(search) || search.scope > SolutionClass::Contiguous ||
      hasOneLink(search.problem))
    return;
  EndStagesBound bound(search);
  if (!bound.listPairs())
    return;
  constexpr int64_t fine = 256;
  // What does not raise the bound twice in a row mostly never will.
  constexpr int patience = 2;
  int inVain = 0;
  auto test = [&](int64_t threshold) -> int64_t {
    int64_t before = search.lower(SolutionClass::Contiguous);
    int64_t least = bound.leastOf(threshold);
    search.raiseBound(std::min(least, search.upper()), BoundKind::EndStages,
                      SolutionClass::Contiguous);
    inVain = least <= before ? inVain + 1 : 0;
    return inVain == patience ? -1 : least;
  };
  raiseByBisection(search, BoundKind::EndStages, SolutionClass::Contiguous,
                   test, fine);
}
