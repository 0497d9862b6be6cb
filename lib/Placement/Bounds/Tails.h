//===- Tails.h - From a task to the end of the item -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How long it is from a task to the end of the item, for searches that have
/// placed what comes before. docs/Planner.md has the proof.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_TAILS_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_TAILS_H

#include "../Tables/Graph.h"

namespace onnx_split::placement {

/// By task, how long it is at least from its begin to the end of the item, in
/// ns, in a plan of contiguous stages: along paths, and from joins on all that
/// lies behind them but for what blocks save. O(tasks log tasks + readers).
std::vector<int64_t> leastTails(const Problem &problem, const Graph &graph);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_TAILS_H
