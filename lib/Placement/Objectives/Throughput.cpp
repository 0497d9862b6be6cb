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
#include "../Strategies.h"

using namespace onnx_split::placement;

/// The strategies place contiguous stages. What else is allowed starts from
/// their plan.
void onnx_split::placement::searchThroughput(SearchState &search) {
  boundByWork(search);
  boundByConnection(search);
  if (search.scope <= SolutionClass::Contiguous) {
    runStrategy(search);
    return;
  }
  SolutionClass scope = search.scope;
  search.scope = SolutionClass::Contiguous;
  search.within(0.5, [&] { runStrategy(search); });
  search.scope = scope;
  // A device that runs two stages may do what two devices cannot.
  search.result.provenInfeasible = false;
  if (search.problem.revisit)
    search.improve(Strategy::LocalSearch, "local search",
                   [&] { searchLocally(search); });
  if (search.problem.replicate)
    search.improve(search.result.strategy, "replication",
                   [&] { searchReplicas(search); });
}

void onnx_split::placement::boundForAll(SearchState &search) {
  switch (search.options.objective) {
  case Objective::Throughput:
    boundByWork(search);
    boundByConnection(search);
    break;
  case Objective::Latency:
    boundLatency(search);
    break;
  case Objective::Devices:
    boundDevices(search);
    break;
  }
}
