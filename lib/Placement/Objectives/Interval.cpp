//===- Interval.cpp - The rate where items wait for their predecessors ----===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// With S sequences in flight, a result comes each max(bottleneck, round trip /
/// S). Plans for the bottleneck and for the latency are its two ends, and start
/// the search; "is there a plan with a bottleneck of at most T and a round trip
/// of at most S T" is what the search over ideals answers exactly. A limit of
/// the latency is one more figure of the same question.
///
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include "../IdealSearch/Search.h"
#include "../LocalSearch/LocalSearch.h"

using namespace onnx_split::placement;

void onnx_split::placement::boundInterval(SearchState &search) {
  int64_t sequences = search.problem.sequences;
  if (sequences == 0)
    return;
  // A round trip takes no less than one item does.
  SearchState part = search.part(search.problem);
  part.options.objective = Objective::Latency;
  boundLatency(part);
  for (SolutionClass ofClass :
       {SolutionClass::Contiguous, SolutionClass::Replicating}) {
    Bound path = part.bound(ofClass);
    if (path.value != Unlimited)
      search.raiseBound(path.value / sequences + (path.value % sequences != 0),
                        path.kind, path.ofClass);
  }
}

/// The best plan for another objective of the problem in which items do not
/// wait. That there is none holds here as well.
static void offerPlanFor(SearchState &search, const Problem &withoutWaiting,
                         Objective objective) {
  SearchState part = search.part(withoutWaiting);
  part.options.objective = objective;
  part.options.maxLatencyNs = part.options.targetNs = Unlimited;
  if (objective == Objective::Latency)
    searchLatency(part);
  else
    searchThroughput(part);
  search.offerPlanOf(part);
  Bound found = part.bound(part.scope);
  if (objective == Objective::Throughput || found.value == Unlimited)
    search.raiseBound(found.value, found.kind, found.ofClass);
  else if (found.value > search.options.maxLatencyNs)
    search.raiseBound(Unlimited, found.kind, found.ofClass);
}

/// Exact over contiguous stages where time allows.
static void searchIntervalExactly(SearchState &search) {
  if (search.scope == SolutionClass::Contiguous)
    search.within(0.7, [&] {
      search.improve({"ideal search", /*isExact=*/true},
                     [&] { searchContiguous(search); });
    });
  search.inScope(SolutionClass::FixedOrder, [&] {
    search.improve({"ideal search", /*isExact=*/true},
                   [&] { searchContiguous(search, /*givenOrder=*/true); });
  });
}

void onnx_split::placement::searchInterval(SearchState &search) {
  bool isExact = search.options.strategy != Strategy::LocalSearch;
  bool isLocal = search.options.strategy != Strategy::Exact;
  Problem withoutWaiting = search.problem;
  withoutWaiting.sequences = 0;
  search.improve({"one device"}, [&] { offerSingleDevices(search); });
  for (Objective end : {Objective::Throughput, Objective::Latency})
    search.improve({"none"}, [&] {
      search.within(0.3, [&] { offerPlanFor(search, withoutWaiting, end); });
    });
  if (isExact && isLocal)
    searchInRounds(search, {{1, searchIntervalExactly, nullptr}});
  else if (isExact)
    searchIntervalExactly(search);
  else
    search.improve({"local search"}, [&] { searchLocally(search); });
}
