//===- Assess.cpp - How good a given placement is -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Search.h"

using namespace onnx_split::placement;

Result onnx_split::placement::assess(const Problem &problem,
                                     const Placement &placement) {
  SolveOptions options;
  Search search(problem, options);
  Result &result = search.result;
  result.placement = placement;
  result.evaluation = evaluate(problem, placement);
  result.found = result.evaluation.violations.empty();
  if (result.found) {
    boundByWork(search);
    search.finish();
  }
  return result;
}
