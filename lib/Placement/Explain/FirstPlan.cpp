//===- FirstPlan.cpp - Is there a plan within the limits? -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FirstPlan.h"

#include "../Text.h"

using namespace onnx_split::placement;

std::string Limits::describePlan() const {
  std::string text = "plan";
  if (maxLatencyNs != Unlimited)
    text += " within " + timeText(maxLatencyNs) + " for one item";
  if (targetNs != Unlimited)
    text +=
        (maxLatencyNs != Unlimited ? " and with at most " : " with at most ") +
        timeText(targetNs) + " between items";
  return text;
}

Answer onnx_split::placement::askForPlan(const Problem &problem,
                                         const Limits &limits, double seconds,
                                         const std::atomic<bool> *stop,
                                         Result &result) {
  SolveOptions options;
  // The first plan will do. For throughput that could be one that is too slow,
  // whose bound says nothing yet; for latency, both limits are demands.
  options.gap = 1;
  if (limits.targetNs != Unlimited)
    options.objective = Objective::Latency;
  options.targetNs = limits.targetNs;
  options.maxLatencyNs = limits.maxLatencyNs;
  options.searchClass = SolutionClass::Replicating;
  options.timeLimitSeconds = seconds;
  options.stop = stop;
  result = solve(problem, options);
  if (result.found)
    return Answer::Yes;
  bool isTooSlow = options.objective == Objective::Latency &&
                   result.bound.value > limits.maxLatencyNs;
  return result.provenInfeasible() || isTooSlow ? Answer::No : Answer::Unknown;
}
