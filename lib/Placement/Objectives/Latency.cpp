//===- Latency.cpp - Smallest time of one item ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include "../Bounds/Bounds.h"
#include "../IdealSearch/Search.h"
#include "../LocalSearch/LocalSearch.h"

#include <algorithm>
#include <set>
#include <tuple>

using namespace onnx_split::placement;

void onnx_split::placement::boundLatency(SearchState &search) {
  // Plans come first, where there is little time for both.
  constexpr double share = 0.2;
  search.within(share, [&] {
    boundByPaths(search);
    boundByDevicePaths(search);
  });
  // With one stage for each device, no device works longer than the latency.
  SearchState part = search.part(search.problem);
  boundByWork(part);
  Bound work = part.bound(SolutionClass::Revisiting);
  search.raiseBound(work.value, work.kind, SolutionClass::Contiguous);
}

void onnx_split::placement::offerSingleDevices(SearchState &search) {
  const Problem &p = search.problem;
  std::set<std::tuple<int32_t, int64_t, int64_t, int64_t, bool, bool>> seen;
  constexpr size_t most = 64;
  for (size_t d = 0; d < p.devices.size() && seen.size() < most; ++d) {
    const Device &device = p.devices[d];
    int32_t index = static_cast<int32_t>(d);
    if (!seen.insert({device.speedClass, device.room(), device.weightCache,
                      device.streamRate, index == p.ingress, index == p.egress})
             .second)
      continue;
    Placement single;
    single.stageOf.assign(p.tasks.size(), 0);
    single.deviceOf.assign(1, index);
    search.offer(single);
  }
}

/// A plan for throughput is a plan; one that is fast enough will do.
static void offerFastPipeline(SearchState &search) {
  SearchState part = search.part(search.problem);
  part.options.maxLatencyNs = Unlimited;
  if (search.options.targetNs != Unlimited)
    part.goodEnoughNs = search.options.targetNs;
  searchThroughput(part);
  search.offerPlanOf(part);
  if (Bound none = part.bound(part.scope);
      none.value == Unlimited || none.value > search.options.targetNs)
    search.raiseBound(Unlimited, none.kind, none.ofClass);
}

/// Exact over contiguous stages where time allows.
static void searchExactly(SearchState &search) {
  constexpr Method method{"latency search", /*isExact=*/true};
  search.inScope(std::min(search.scope, SolutionClass::Contiguous), [&] {
    if (search.scope == SolutionClass::Contiguous)
      search.within(0.7, [&] {
        search.improve(method, [&] {
          searchContiguousLatency(search, /*givenOrder=*/false);
        });
      });
    search.improve(
        method, [&] { searchContiguousLatency(search, /*givenOrder=*/true); });
  });
}

void onnx_split::placement::searchLatency(SearchState &search) {
  boundLatency(search);
  Strategy strategy = search.options.strategy;
  bool isExact = strategy == Strategy::Auto || strategy == Strategy::Exact;
  bool isLocal =
      strategy == Strategy::Auto || strategy == Strategy::LocalSearch;
  if (isExact || isLocal)
    search.improve({"one device"}, [&] { offerSingleDevices(search); });
  if (!search.result.found)
    search.within(isExact ? 0.3 : 1.0, [&] { offerFastPipeline(search); });
  if (isExact && isLocal)
    searchInRounds(search, {{1, searchExactly, nullptr}, listPlanSearch()});
  else if (isExact) {
    searchExactly(search);
    searchAllPlans(search);
  } else if (isLocal)
    search.improve({"local search"}, [&] { searchLocally(search); });
}
