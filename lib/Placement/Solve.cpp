//===- Solve.cpp - The best plan of a problem -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives/Objectives.h"

#include "Tables/Wide.h"

#include <algorithm>

using namespace onnx_split::placement;

/// A class without what the problem allows is a narrower one.
static SolveOptions clampClass(const Problem &problem, SolveOptions options) {
  if (!problem.replicate)
    options.searchClass =
        std::min(options.searchClass, SolutionClass::Revisiting);
  if (!problem.replicate && !problem.revisit)
    options.searchClass =
        std::min(options.searchClass, SolutionClass::Contiguous);
  if (!problem.revisit && options.searchClass == SolutionClass::Revisiting)
    options.searchClass = SolutionClass::Contiguous;
  if (problem.replicate && !problem.revisit)
    options.searchClass =
        std::min(options.searchClass, SolutionClass::Replicated);
  return options;
}

static void searchObjective(SearchState &search) {
  switch (search.options.objective) {
  case Objective::Throughput:
    searchThroughput(search);
    break;
  case Objective::Latency:
    searchLatency(search);
    break;
  case Objective::Devices:
    searchDevices(search);
    break;
  }
}

/// Where the time was over before anything was found, all on one device mostly
/// is a plan: of those with most memory, which hold all weights, the fastest
/// one. There is no time to try them all.
static void offerAnyDevice(SearchState &search) {
  const Problem &p = search.problem;
  Wide weights = 0;
  for (const Weight &weight : p.weights)
    weights += weight.bytes;
  std::vector<std::pair<int64_t, int32_t>> byMemory;
  for (size_t d = 0; d < p.devices.size(); ++d)
    if (p.devices[d].room() >= weights)
      byMemory.push_back({-p.devices[d].room(), static_cast<int32_t>(d)});
  std::sort(byMemory.begin(), byMemory.end());
  constexpr size_t most = 8;
  byMemory.resize(std::min(byMemory.size(), most));
  int64_t least = Unlimited;
  Placement fastest{std::vector<int32_t>(p.tasks.size(), 0), {}, {}};
  for (auto [memory, device] : byMemory) {
    int64_t time = 0;
    for (size_t t = 0; t < p.tasks.size(); ++t)
      time = addSaturating(time, p.timeOf(static_cast<int32_t>(t), device));
    if (time < least)
      fastest.deviceOf.assign(1, device);
    least = std::min(least, time);
  }
  if (least != Unlimited)
    search.by({"one device"}, [&] { search.offer(fastest); });
}

Result onnx_split::placement::solve(const Problem &problem,
                                    const SolveOptions &options) {
  SolveOptions clamped = clampClass(problem, options);
  SearchState search(problem, clamped);
  search.result.strategy = options.strategy;
  if (problem.tasks.empty()) {
    // No stage at all.
    search.offer(Placement());
  } else {
    // The rest of the time is for ties.
    constexpr double share = 0.95;
    search.within(share, [&] { searchObjective(search); });
    if (!search.result.found && search.hasClockStruck() &&
        options.objective != Objective::Devices && !search.isBaseline())
      offerAnyDevice(search);
    breakTies(search);
  }
  search.report();
  search.finish();
  search.result.seconds = search.secondsSinceStart();
  return std::move(search.result);
}
