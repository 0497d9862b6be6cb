//===- Revisit.cpp - Would a device with several stages help? -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Revisit.h"

using namespace onnx_split::placement;

std::string
onnx_split::placement::adviseRevisit(const Problem &problem,
                                     const Limits &limits, double seconds,
                                     const std::atomic<bool> *stop) {
  // A single stage leaves its device no second one.
  if (problem.revisit || problem.tasks.size() < 2 || problem.maxStages == 1)
    return "";
  Problem changed = problem;
  changed.revisit = true;
  Result result;
  if (askForPlan(changed, limits, seconds, stop, result) != Answer::Yes)
    return "";
  return "with --revisit, where a device may hold several stages, a " +
         limits.describePlan() + " exists";
}
