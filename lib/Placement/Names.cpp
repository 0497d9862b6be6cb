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
#define STRATEGY(ID, NAME, HELP, SEARCH)                                       \
  case Strategy::ID:                                                           \
    return NAME;
#include "onnx-split/Placement/Strategies.def"
  }
  return "unknown";
}

const std::vector<StrategyInfo> &onnx_split::placement::strategies() {
  static const std::vector<StrategyInfo> rows = {
#define STRATEGY(ID, NAME, HELP, SEARCH) {Strategy::ID, NAME, HELP},
#include "onnx-split/Placement/Strategies.def"
  };
  return rows;
}

const char *onnx_split::placement::toString(SolutionClass solutionClass) {
  switch (solutionClass) {
  case SolutionClass::FixedOrder:
    return "fixed-order";
  case SolutionClass::Contiguous:
    return "contiguous";
  case SolutionClass::Revisiting:
    return "revisiting";
  case SolutionClass::Replicated:
    return "replicated";
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

static const char *toString(BoundKind kind) {
  switch (kind) {
  case BoundKind::Nothing:
    return "";
  case BoundKind::Work:
    return "LB1 work";
  case BoundKind::LargestTask:
    return "LB2 largest task";
  case BoundKind::SuperDevice:
    return "LB3 super device";
  case BoundKind::Connection:
    return "LB6 connection";
  case BoundKind::DeviceCounts:
    return "LB7 device counts";
  case BoundKind::Domains:
    return "LB8 domains";
  case BoundKind::Relaxation:
    return "LB9 relaxation";
  case BoundKind::Core:
    return "LB10 core";
  case BoundKind::Branching:
    return "LB11 branching";
  case BoundKind::EndStages:
    return "LB12 end stages";
  case BoundKind::CriticalPath:
    return "critical path";
  case BoundKind::PathOfBlocks:
    return "path of blocks";
  case BoundKind::Memory:
    return "memory";
  case BoundKind::Target:
    return "target";
  case BoundKind::FixedOrderSearch:
    return "fixed-order search";
  case BoundKind::IdealSearch:
    return "ideal search";
  case BoundKind::LatencySearch:
    return "latency search";
  case BoundKind::PlanSearch:
    return "plan search";
  case BoundKind::DeviceSearch:
    return "search for fewer devices";
  }
  return "unknown";
}

std::string onnx_split::placement::toString(const Bound &bound) {
  if (bound.kind < BoundKind::FixedOrderSearch)
    return ::toString(bound.kind);
  return bound.isReached ? "exact"
                         : std::string(::toString(bound.kind)) + ", stopped";
}
