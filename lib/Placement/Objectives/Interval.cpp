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
#include "../Tables/DeviceGroups.h"

using namespace onnx_split::placement;

/// The least way back from one device to another; with one device there is
/// none.
static int64_t leastReturn(const Problem &p) {
  int64_t least = Unlimited;
  int32_t numDevices = static_cast<int32_t>(p.devices.size());
  for (int32_t last = 0; last < numDevices; ++last)
    for (int32_t first = 0; first < numDevices; ++first)
      if (last != first)
        least = std::min(least, returnTime(p, last, first));
  return least;
}

/// The least interval of a plan with one stage; None: there are too many
/// devices to try each.
static int64_t leastOnOneDevice(const SearchState &search) {
  const Problem &p = search.problem;
  constexpr size_t many = 256;
  if (p.devices.size() > many)
    return None;
  int64_t least = Unlimited;
  const DeviceGroups groups(p);
  for (size_t group = 0; group < groups.size(); ++group) {
    if (search.outOfTime())
      return None;
    Placement single;
    single.stageOf.assign(p.tasks.size(), 0);
    single.deviceOf.assign(1, groups.deviceOf(static_cast<int32_t>(group)));
    Evaluation evaluation = evaluate(p, single);
    if (evaluation.violations.empty())
      least = std::min(least, evaluation.intervalNs);
  }
  return least;
}

/// A contiguous plan has one stage, or its last one is on another device than
/// its first one, so that a way back comes on top of its latency.
static void boundContiguousInterval(SearchState &search, const Bound &latency) {
  const Problem &p = search.problem;
  int64_t single = leastOnOneDevice(search);
  if (single == None || latency.value == Unlimited)
    return;
  int64_t several =
      intervalOf(p, 0, addSaturating(latency.value, leastReturn(p)));
  search.raiseBound(std::min(single, several), latency.kind,
                    SolutionClass::Contiguous);
}

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
  boundContiguousInterval(search, part.bound(SolutionClass::Contiguous));
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
