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

#include <limits>

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
  /// Of the backward pass of a training step.
  bool isBackward = false;
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
  /// overflow, more than 64 devices, a forward task that reads a backward one.
  std::string check() const;
};

/// Pairs of tasks whose devices must be in order, or the same, in a contiguous
/// plan: the edges between forward tasks. A backward task follows the forward
/// tasks of its colour; for a class of backward tasks alone, edges between
/// backward tasks count in reverse, as if the class had a mirror image in the
/// forward pass. This is the rule of the authors' own program.
std::vector<std::pair<int32_t, int32_t>>
contiguityEdges(const SumProblem &problem);

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

/// Whether some order of the devices has none of contiguityEdges going back.
bool isContiguous(const SumProblem &problem,
                  const std::vector<int32_t> &deviceOf);

/// What to look for, and for how long.
struct SumOptions {
  /// Contiguous: there is an order of the devices along which none of
  /// contiguityEdges goes back. Revisiting: any placement.
  SolutionClass searchClass = SolutionClass::Contiguous;
  double timeLimitSeconds = 10;
  uint64_t seed = 0;
  /// Of annealing, beside the time limit; so that tests need no clock.
  int32_t maxRounds = std::numeric_limits<int32_t>::max();
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
