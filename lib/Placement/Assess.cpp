//===- Assess.cpp - What a given plan is worth ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Objectives/Objectives.h"

using namespace onnx_split::placement;

Result onnx_split::placement::assess(const Problem &problem,
                                     const Placement &placement,
                                     const SolveOptions &options) {
  SearchState search(problem, options);
  Result &result = search.result;
  result.placement = placement;
  result.method = {"plan"};
  result.evaluation = evaluate(problem, placement);
  result.found = result.evaluation.violations.empty();
  if (result.found) {
    boundForAll(search);
    search.finish();
  }
  return result;
}
