//===- Solve.cpp - The best plan of a problem -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives/Objectives.h"

using namespace onnx_split::placement;

/// A class without what the problem allows is a narrower one.
static SolveOptions clampClass(const Problem &problem, SolveOptions options) {
  if (!problem.replicate)
    options.searchClass =
        std::min(options.searchClass, SolutionClass::Revisiting);
  if (!problem.replicate && !problem.revisit)
    options.searchClass =
        std::min(options.searchClass, SolutionClass::Contiguous);
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
    breakTies(search);
  }
  search.report();
  search.finish();
  search.result.seconds = search.secondsSinceStart();
  return std::move(search.result);
}
