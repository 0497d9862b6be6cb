//===- Throughput.cpp - Smallest bottleneck -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include "../Bounds/Bounds.h"
#include "../LocalSearch/LocalSearch.h"
#include "../Strategies/Strategies.h"

using namespace onnx_split::placement;

/// The strategies place contiguous stages. What else is allowed starts from
/// their plan.
void onnx_split::placement::searchThroughput(SearchState &search) {
  boundByWork(search);
  boundByConnection(search);
  boundInterval(search);
  // The baselines know nothing of items that wait, nor of limits.
  bool waits = (search.problem.sequences > 0 || search.isLimited()) &&
               !search.isBaseline();
  auto runContiguous = [&] {
    waits ? searchInterval(search) : runStrategy(search);
  };
  if (search.scope <= SolutionClass::Contiguous) {
    runContiguous();
    return;
  }
  // What is proven of contiguous stages, even that there are none, says nothing
  // about wider classes.
  search.inScope(SolutionClass::Contiguous,
                 [&] { search.within(0.5, runContiguous); });
  if (search.scope == SolutionClass::Revisiting && !search.closed() &&
      !search.isBaseline())
    search.within(0.4, [&] {
      boundByDomains(search);
      boundByRelaxation(search);
      boundByBranching(search);
    });
  if (search.problem.revisit)
    search.improve({"local search"}, [&] { searchLocally(search); });
  if (search.problem.replicate)
    search.improve({"replication"}, [&] { searchReplicas(search); });
}

void onnx_split::placement::boundForAll(SearchState &search) {
  switch (search.options.objective) {
  case Objective::Throughput:
    boundByWork(search);
    boundByConnection(search);
    boundInterval(search);
    break;
  case Objective::Latency:
    boundLatency(search);
    break;
  case Objective::Devices:
    boundDevices(search);
    break;
  }
}
