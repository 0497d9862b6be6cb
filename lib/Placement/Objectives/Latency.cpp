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
#include "../Tables/Graph.h"

#include <algorithm>
#include <set>
#include <tuple>

using namespace onnx_split::placement;

/// The longest path of the graph if each task runs on its fastest device and
/// messages take no time. Holds for every plan.
static int64_t criticalPath(const Problem &p) {
  size_t n = p.tasks.size();
  std::vector<int64_t> start(n, 0);
  Graph graph(p);
  std::vector<char> isUsed(n == 0 ? 0 : p.taskTime.size() / n, 0);
  for (const Device &device : p.devices)
    isUsed[device.speedClass] = 1;
  int64_t longest = 0;
  for (size_t t = 0; t < n; ++t) {
    int64_t least = Unlimited;
    int32_t pin = p.tasks[t].pin;
    for (size_t c = 0; c < isUsed.size(); ++c)
      if (isUsed[c] &&
          (pin == None || p.devices[pin].speedClass == static_cast<int32_t>(c)))
        least = std::min(least, p.taskTime[c * n + t]);
    int64_t end = addSaturating(start[t], least);
    longest = std::max(longest, end);
    for (int32_t x : graph.madeBy(static_cast<int32_t>(t)))
      for (int32_t reader : p.tensors[x].consumers)
        start[reader] = std::max(start[reader], end);
  }
  return longest;
}

void onnx_split::placement::boundLatency(SearchState &search) {
  int64_t path = criticalPath(search.problem);
  // A task that can run nowhere is no matter of time.
  if (path == Unlimited)
    return;
  search.raiseBound(path, BoundKind::CriticalPath, SolutionClass::Replicating);
  // With one stage for each device, no device works longer than the latency.
  SearchState part = search.part(search.problem);
  boundByWork(part);
  Bound work = part.bound(SolutionClass::Revisiting);
  search.raiseBound(work.value, work.kind, SolutionClass::Contiguous);
}

void onnx_split::placement::offerSingleDevices(SearchState &search) {
  const Problem &p = search.problem;
  std::set<std::tuple<int32_t, int64_t, bool, bool>> seen;
  constexpr size_t most = 64;
  for (size_t d = 0; d < p.devices.size() && seen.size() < most; ++d) {
    const Device &device = p.devices[d];
    int32_t index = static_cast<int32_t>(d);
    if (!seen.insert({device.speedClass, device.room(), index == p.ingress,
                      index == p.egress})
             .second)
      continue;
    Placement single;
    single.stageOf.assign(p.tasks.size(), 0);
    single.deviceOf.assign(1, index);
    search.offer(single);
  }
}

/// A plan for throughput is a plan.
static void offerFastPipeline(SearchState &search) {
  SearchState part = search.part(search.problem);
  part.options.maxLatencyNs = Unlimited;
  searchThroughput(part);
  search.offerPlanOf(part);
  if (Bound none = part.bound(part.scope); none.value == Unlimited)
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
  if (isExact)
    search.within(isLocal ? 0.7 : 1.0, [&] { searchExactly(search); });
  if (isLocal)
    search.improve({"local search"}, [&] { searchLocally(search); });
}
