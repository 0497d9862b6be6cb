//===- Placement.h - Plans, their evaluation and their solvers --*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A placement says which stage runs each task and which device runs each
/// stage. `evaluate` is written once and is what verifies every solver.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLACEMENT_PLACEMENT_H
#define ONNX_SPLIT_PLACEMENT_PLACEMENT_H

#include "onnx-split/Placement/Problem.h"

#include <atomic>
#include <functional>

namespace onnx_split::placement {

struct Placement {
  /// Stage of each task, 0 .. stages - 1; never falls along a tensor.
  std::vector<int32_t> stageOf;
  /// Device of each stage; each device at most once, unless the problem allows
  /// to revisit a device.
  std::vector<int32_t> deviceOf;
  /// Further devices of each stage, where the problem allows to replicate: with
  /// r devices in all, item i goes to number i mod r, deviceOf being number 0.
  /// Empty: no stage has any.
  std::vector<std::vector<int32_t>> replicas = {};
};

/// One message: a tensor and the stage that receives it. There is one wire per
/// (tensor, destination stage), straight from the producer's stage.
struct Wire {
  int32_t tensor = None;
  int32_t from = 0, to = 0;
  int64_t timeNs = 0;
};

struct StageLoad {
  /// Of one item, on the slowest device that runs the stage: its tasks and
  /// the overheads of its messages.
  int64_t computeNs = 0;
  /// The overheads alone, on the device where they are largest.
  int64_t overheadNs = 0;
  int64_t weightBytes = 0;
  /// Largest sum of live activations at any step, see docs/CostModel.md.
  int64_t peakActivationBytes = 0;
  /// Send and receive buffers, double so that transfer overlaps compute.
  int64_t bufferBytes = 0;
  int64_t memoryBytes() const {
    return addSaturating(addSaturating(weightBytes, peakActivationBytes),
                         bufferBytes);
  }
};

/// What the stages of one device ask of it.
struct DeviceLoad {
  int32_t device = None;
  /// Ascending.
  std::vector<int32_t> stages;
  /// Per item of the pipeline: a stage that r devices run in turn counts one
  /// r-th on each of them.
  int64_t computeNs = 0;
  /// Weights, each once; the largest peak of any stage; all buffers.
  int64_t weightBytes = 0, peakActivationBytes = 0, bufferBytes = 0;
  int64_t memoryBytes() const {
    return addSaturating(addSaturating(weightBytes, peakActivationBytes),
                         bufferBytes);
  }
};

struct LinkLoad {
  int32_t from = None, to = None;
  int64_t timeNs = 0;
};

/// What a placement means, by the definitions of docs/CostModel.md.
struct Evaluation {
  std::vector<StageLoad> stages;
  /// The devices in use, ascending.
  std::vector<DeviceLoad> devices;
  /// Sorted by (from, to, tensor).
  std::vector<Wire> wires;
  /// Directed device pairs in use, sorted; includes ingress and egress traffic.
  std::vector<LinkLoad> links;
  std::vector<int64_t> mediaNs;
  int64_t bottleneckNs = 0;
  /// Longest path through stages and wires, for the item that takes longest.
  /// Overheads of messages do not add to it, for they are within what a link
  /// takes from one end to the other.
  int64_t latencyNs = 0;
  /// One sentence per violated constraint, with names and numbers. Empty: the
  /// placement is feasible.
  std::vector<std::string> violations;
};

Evaluation evaluate(const Problem &problem, const Placement &placement);

enum class Strategy { Auto, Exact, LocalSearch, KPath, Greedy, Random };
/// From narrow to wide: each class contains the ones before it.
enum class SolutionClass { FixedOrder, Contiguous, Revisiting, Replicating };
/// What is made small: the bottleneck; the time of one item from end to end; or
/// the number of devices within a bottleneck that is given.
enum class Objective { Throughput, Latency, Devices };

/// As written on the command line and in plan.json.
const char *toString(Strategy strategy);
const char *toString(SolutionClass solutionClass);
const char *toString(Objective objective);

struct SolveOptions {
  Strategy strategy = Strategy::Auto;
  Objective objective = Objective::Throughput;
  /// For Objective::Devices: the largest bottleneck in ns that will do.
  int64_t targetNs = Unlimited;
  /// The widest class to search. Revisiting asks for Problem::revisit too.
  SolutionClass searchClass = SolutionClass::Contiguous;
  double timeLimitSeconds = 10;
  /// Stop when (upper - lower) / upper is at most this.
  double gap = 0;
  uint64_t seed = 0;
  /// Called now and then with the best plan's bottleneck and the lower bound,
  /// both in ns (Unlimited and 0 while unknown); may be empty.
  std::function<void(int64_t upperNs, int64_t lowerNs)> progress;
  /// Set by another thread or a signal handler to end the search with the best
  /// plan so far; may be null.
  const std::atomic<bool> *stop = nullptr;
};

struct Result {
  /// No placement: infeasible when `provenInfeasible`, otherwise nothing was
  /// found by this strategy within the time limit.
  bool found = false;
  bool provenInfeasible = false;
  Placement placement;
  Evaluation evaluation;
  /// No plan of `boundClass` has a smaller bottleneck; with Objective::Latency,
  /// a smaller latency.
  int64_t lowerBoundNs = 0;
  /// With Objective::Devices: no plan of `boundClass` within the target uses
  /// fewer devices.
  int32_t lowerBoundDevices = 0;
  /// Which bound it is, as docs/Planner.md names them: "exact", "LB1 work" and
  /// so on. Empty if there is none.
  std::string boundName;
  SolutionClass boundClass = SolutionClass::FixedOrder;
  /// The class that the placement belongs to.
  SolutionClass planClass = SolutionClass::FixedOrder;
  /// What was run in the end: auto resolves to the one that found the
  /// placement. Exact also where its search was stopped or narrowed; it has
  /// proven the optimum only if lowerBoundNs says so.
  Strategy strategy = Strategy::Exact;
  /// The tier that found the placement, as docs/Planner.md names them.
  std::string tier;
  double seconds = 0;
};

/// Searches for the placement with the smallest bottleneck. The problem must
/// pass check().
Result solve(const Problem &problem, const SolveOptions &options);

/// Judges a placement that somebody else made: `found` tells whether it is
/// feasible, `evaluation.violations` why it is not. Of the options the
/// objective alone counts. The lower bound holds for any placement.
Result assess(const Problem &problem, const Placement &placement,
              const SolveOptions &options = {});

/// Why no plan can exist or was found: sentences with numbers (the task that
/// fits no device and by how much, total memory against total weights, missing
/// links, contradicting pins and cuts), most telling first. The last one says
/// how much more memory would be enough, if that can be found out within about
/// `seconds`, before `stop` is set, if it is not null.
std::vector<std::string>
explainInfeasible(const Problem &problem, double seconds = 2,
                  const std::atomic<bool> *stop = nullptr);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_PLACEMENT_PLACEMENT_H
