//===- Pareto.cpp - Plans between rate and latency ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Advice.h"

#include <algorithm>
#include <chrono>

using namespace onnx_split;
using namespace onnx_split::placement;

ParetoFront
onnx_split::placement::findParetoFront(const Problem &problem,
                                       const SolveOptions &options) {
  using Clock = std::chrono::steady_clock;
  auto start = Clock::now();
  ParetoFront front;
  SolveOptions each = options;
  each.objective = Objective::Throughput;
  each.gap = 0;
  while (true) {
    double left = options.timeLimitSeconds -
                  std::chrono::duration<double>(Clock::now() - start).count();
    if (left <= 0 || (options.stop && *options.stop)) {
      front.isComplete = false;
      break;
    }
    // What is left for the others is not known.
    each.timeLimitSeconds = left / 3;
    Result found = solve(problem, each);
    front.ofClass = std::min(front.ofClass, found.bound.ofClass);
    if (!found.found) {
      front.isComplete &= found.provenInfeasible();
      break;
    }
    front.isComplete &= found.bound.isReached;
    int64_t latency = found.evaluation.latencyNs;
    // A search that the clock ended may find less than a later one.
    while (!front.plans.empty() && front.plans.back().evaluation.intervalNs >=
                                       found.evaluation.intervalNs)
      front.plans.pop_back();
    if (found.evaluation.intervalNs <= options.targetNs)
      front.plans.push_back(std::move(found));
    if (latency == 0 || (front.plans.empty() && options.targetNs != Unlimited))
      break;
    each.maxLatencyNs = latency - 1;
  }
  return front;
}
