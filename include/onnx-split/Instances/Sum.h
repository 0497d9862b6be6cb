//===- Sum.h - The load model of dnn-partitioning -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The throughput model of Tarnawski et al., "Efficient Algorithms for Device
/// Placement of DNN Graph Operators" (NeurIPS 2020): equal accelerators and
/// equal CPUs. The load of an accelerator is its compute time plus the cost of
/// each producer outside with a reader inside and of each producer inside with
/// a reader outside, each once; that of a CPU is its compute time. The
/// objective is the largest load.
///
/// Times are integers of 1e-9 of the instance's unit.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_SUM_H
#define ONNX_SPLIT_INSTANCES_SUM_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

/// Units of time per unit of an instance. Rounding to the nearest changes each
/// figure by at most half a unit.
inline constexpr double SumUnitsPerTime = 1e9;

/// What one task takes on a device of either kind.
struct SumTask {
  int64_t acceleratorTime = 0, cpuTime = 0;
  /// Time that the task's output costs each accelerator it leaves or enters.
  /// Where a file gives one cost per edge, the largest one.
  int64_t communicationCost = 0;
  /// Bytes, against SumProblem::capacity.
  int64_t size = 0;
  /// Tasks of one class share a device; None: of no class.
  int32_t colour = None;
  bool onAccelerator = true;
};

/// Tasks, the edges between them, and the devices.
struct SumProblem {
  std::vector<SumTask> tasks;
  /// From producer to reader; repeats count once.
  std::vector<std::pair<int32_t, int32_t>> edges;
  /// Devices 0 .. numAccelerators - 1 are accelerators, the others CPUs.
  int32_t numAccelerators = 1, numCpus = 0;
  /// Bytes of each accelerator; CPUs have no limit.
  int64_t capacity = Unlimited;

  /// Empty, or what is wrong: ranges, negative figures, sums that could
  /// overflow, more than 64 devices.
  std::string check() const;
};

/// What a placement costs, and whether it is allowed.
struct SumEvaluation {
  /// By device.
  std::vector<int64_t> load, size;
  int64_t objective = 0;
  /// Capacity, support and colours; whatever the class of the plan.
  bool feasible = true;
};

/// By definition, independent of the solvers. O((tasks + edges) x devices).
SumEvaluation evaluateSum(const SumProblem &problem,
                          const std::vector<int32_t> &deviceOf);

/// What to look for, and for how long.
struct SumOptions {
  /// Contiguous: there is an order of the devices along which no edge goes
  /// back. Revisiting: any placement.
  SolutionClass searchClass = SolutionClass::Contiguous;
  double timeLimitSeconds = 10;
  uint64_t seed = 0;
  /// Ends the search with the best plan so far; may be null.
  const std::atomic<bool> *stop = nullptr;
};

/// The best placement found, and what bounds it.
struct SumResult {
  bool found = false, provenInfeasible = false;
  /// Device of each task.
  std::vector<int32_t> deviceOf;
  int64_t objective = Unlimited;
  /// No plan of `boundClass` has a smaller objective.
  int64_t lowerBound = 0;
  std::string boundName;
  SolutionClass boundClass = SolutionClass::Revisiting;
  /// What found the placement.
  std::string tier;
  /// Of the whole search.
  double seconds = 0;
};

/// The problem must pass check().
SumResult solveSum(const SumProblem &problem, const SumOptions &options);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_INSTANCES_SUM_H
