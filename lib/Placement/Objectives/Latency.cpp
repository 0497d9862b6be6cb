//===- Latency.cpp - Smallest time of one item ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include "../Bounds/Bounds.h"
#include "../Ideals/LatencyLabels.h"

#include "../LocalSearch/LocalSearch.h"

#include <algorithm>
#include <set>
#include <tuple>

using namespace onnx_split::placement;

static constexpr size_t MaxIdeals = 40000;

//===----------------------------------------------------------------------===//
// What labels remember
//===----------------------------------------------------------------------===//

/// Everything where that makes few different memories; otherwise only the own
/// group, until a plan shows that more is needed.
Memories::Memories(const FixedOrder &fixed)
    : order(fixed), numResources(fixed.groups().size() + 1) {
  constexpr size_t few = 512;
  size_t sets = 1;
  for (const std::vector<int32_t> &group : order.groups())
    sets = std::min<size_t>(sets * (group.size() + 1), few + 1);
  size_t numGroups = order.groups().size();
  kept.assign(numGroups * numResources, sets <= few);
  int32_t all =
      static_cast<int32_t>(std::min(order.numDevices(), order.numTasks()));
  for (size_t g = 0; g < numGroups; ++g) {
    int32_t group = static_cast<int32_t>(g);
    keep(group, g);
    kept[g * numResources + numGroups] = order.maxStages() < all;
  }
}

int32_t Memories::limitOf(size_t resource) const {
  const auto &groups = order.groups();
  return resource < groups.size()
             ? static_cast<int32_t>(groups[resource].size())
             : order.maxStages();
}

bool Memories::extend(const std::vector<int32_t> &path) {
  bool isTooMuch = false;
  std::vector<std::vector<size_t>> uses(numResources);
  for (size_t i = 0; i < path.size(); ++i) {
    std::vector<size_t> &at = uses[path[i]];
    at.push_back(i);
    size_t limit = limitOf(path[i]);
    if (at.size() <= limit)
      continue;
    isTooMuch = true;
    for (size_t k = at[at.size() - 1 - limit]; k < i; ++k)
      keep(path[k], path[i]);
  }
  if (static_cast<int32_t>(path.size()) > limitOf(numResources - 1)) {
    isTooMuch = true;
    for (size_t g = 0; g + 1 < numResources; ++g)
      keep(static_cast<int32_t>(g), numResources - 1);
  }
  return isTooMuch;
}

//===----------------------------------------------------------------------===//
// Bounds and first plans
//===----------------------------------------------------------------------===//

/// The longest path of the graph if each task runs on its fastest device and
/// messages take no time. Holds for every plan.
static int64_t criticalPath(const Problem &p) {
  size_t n = p.tasks.size();
  std::vector<int64_t> start(n, 0);
  std::vector<std::vector<int32_t>> madeBy(n);
  for (size_t x = 0; x < p.tensors.size(); ++x)
    if (p.tensors[x].producer != None)
      madeBy[p.tensors[x].producer].push_back(static_cast<int32_t>(x));
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
    for (int32_t x : madeBy[t])
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

/// Everything on one device of each kind.
static void offerSingleDevices(SearchState &search) {
  const Problem &p = search.problem;
  std::set<std::tuple<int32_t, int64_t, bool, bool>> seen;
  constexpr size_t most = 64;
  for (size_t d = 0; d < p.devices.size() && seen.size() < most; ++d) {
    const Device &device = p.devices[d];
    int32_t index = static_cast<int32_t>(d);
    if (!seen.insert({device.speedClass, device.memory, index == p.ingress,
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
  searchThroughput(part);
  search.offerPlanOf(part);
  if (Bound none = part.bound(part.scope); none.value == Unlimited)
    search.raiseBound(Unlimited, none.kind, none.ofClass);
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

/// Each pass gives a bound, which rises as labels remember more.
static void searchLabels(SearchState &search, bool givenOrder) {
  SolutionClass ofClass =
      givenOrder ? SolutionClass::FixedOrder : SolutionClass::Contiguous;
  FixedOrder order(search.problem);
  Lattice lattice(order, search.upper(), MaxIdeals, search, givenOrder);
  if (!lattice.usable())
    return;
  Memories memories(order);
  while (!search.closed()) {
    LatencyLabels labels(lattice, memories, search);
    switch (labels.run()) {
    case LatencyLabels::Outcome::Stopped:
      return;
    case LatencyLabels::Outcome::Nothing:
      search.raiseBound(search.upper(), BoundKind::LatencySearch, ofClass);
      return;
    case LatencyLabels::Outcome::Found:
      break;
    }
    search.raiseBound(labels.latency(), BoundKind::LatencySearch, ofClass);
    if (!memories.extend(labels.path())) {
      search.offer(labels.placement());
      return;
    }
    search.report();
  }
}

/// Exact over contiguous stages where time allows.
static void searchExactly(SearchState &search) {
  constexpr Method method{"latency search", /*isExact=*/true};
  search.inScope(std::min(search.scope, SolutionClass::Contiguous), [&] {
    if (search.scope == SolutionClass::Contiguous)
      search.within(0.7, [&] {
        search.improve(method,
                       [&] { searchLabels(search, /*givenOrder=*/false); });
      });
    search.improve(method, [&] { searchLabels(search, /*givenOrder=*/true); });
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
