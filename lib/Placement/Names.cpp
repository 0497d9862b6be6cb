//===- Names.cpp - What things are called in plans ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Placement.h"

using namespace onnx_split::placement;

const char *onnx_split::placement::toString(Strategy strategy) {
  switch (strategy) {
  case Strategy::Auto:
    return "auto";
  case Strategy::Exact:
    return "exact";
  case Strategy::LocalSearch:
    return "local-search";
  case Strategy::KPath:
    return "k-path";
  case Strategy::Greedy:
    return "greedy";
  case Strategy::Random:
    return "random";
  }
  return "unknown";
}

const char *onnx_split::placement::toString(SolutionClass solutionClass) {
  switch (solutionClass) {
  case SolutionClass::FixedOrder:
    return "fixed-order";
  case SolutionClass::Contiguous:
    return "contiguous";
  case SolutionClass::Revisiting:
    return "revisiting";
  case SolutionClass::Replicating:
    return "replicating";
  }
  return "unknown";
}

const char *onnx_split::placement::toString(Objective objective) {
  switch (objective) {
  case Objective::Throughput:
    return "throughput";
  case Objective::Latency:
    return "latency";
  case Objective::Devices:
    return "devices";
  }
  return "unknown";
}
