//===- Objectives.h - What a plan is to be best at --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Each objective runs strategies; docs/Planner.md has the methods and proofs.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_OBJECTIVES_OBJECTIVES_H
#define ONNX_SPLIT_LIB_PLACEMENT_OBJECTIVES_OBJECTIVES_H

#include "../SearchState.h"
#include "../Strategies/Rounds.h"

namespace onnx_split::placement {

void searchThroughput(SearchState &search);
/// For the strategies that look for the best plan, where items wait for their
/// predecessors (Problem::sequences) or the latency has a limit.
void searchInterval(SearchState &search);
/// Stages are contiguous; time grows with the ideals of the graph.
void searchLatency(SearchState &search);
/// Asks searchThroughput whether K devices reach the target, for several K.
void searchDevices(SearchState &search);

/// The bounds of the objective that need no search.
void boundForAll(SearchState &search);
/// For latency: the longest path of tasks.
void boundLatency(SearchState &search);
/// The same for the time between items, where they wait for their predecessors.
void boundInterval(SearchState &search);
/// For devices: memory, and LB1 for each number of devices.
void boundDevices(SearchState &search);

/// Everything on one device, each kind of device once.
void offerSingleDevices(SearchState &search);

/// The search over all plans of small problems, for classes beyond contiguous
/// stages.
ProofStep listPlanSearch();
/// The same at once.
void searchAllPlans(SearchState &search);

/// Replicates stages of the best placement, and of placements with fewer
/// stages, on unused devices. Proves nothing.
void searchReplicas(SearchState &search);

/// Among plans of equal value, takes the one that SearchState::rankOf() puts
/// first: exactly where the plan is proven and stages are contiguous, as far
/// as an effort allows, and by descent otherwise. docs/Planner.md says what
/// that means.
void breakTies(SearchState &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_OBJECTIVES_OBJECTIVES_H
