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
#include <limits>
#include <string>
#include <vector>

namespace onnx_split::placement {

/// A plan: which tasks form each stage, and where each stage runs. Plain data;
/// evaluate() says what it is worth and whether it is allowed.
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

/// A tensor and the stage that receives it. There is one wire per (tensor,
/// destination stage), straight from the producer's stage.
struct Wire {
  int32_t tensor = None;
  int32_t from = 0, to = 0;
  /// The share of its bytes in the time of its message.
  int64_t timeNs = 0;
};

/// What one stage sends to another for one item, or the ingress device to a
/// stage, or a stage to the egress device: all tensors at once.
struct Message {
  /// Stages; None: the ingress device, and the egress device.
  int32_t from = None, to = None;
  /// Ascending.
  std::vector<int32_t> tensors = {};
  int64_t bytes = 0;
  /// How long it occupies its link, and how long it is on its way in all;
  /// between the slowest pair of devices where there are several. 0 between
  /// stages of one device.
  int64_t timeNs = 0, deliveryNs = 0;
};

/// What one stage asks of its devices.
struct StageLoad {
  /// Of one item, on the slowest device that runs the stage: its tasks and
  /// the overheads of its messages.
  int64_t computeNs = 0;
  /// The overheads alone, on the device where they are largest.
  int64_t overheadNs = 0;
  /// Weights, and of these what is state.
  int64_t weightBytes = 0, stateBytes = 0;
  /// Largest sum of live activations at any step, see docs/CostModel.md.
  int64_t peakActivationBytes = 0;
  /// Send and receive buffers, double so that transfer overlaps compute.
  int64_t bufferBytes = 0;
  /// Of its process before any model, on the device where that is largest.
  int64_t runtimeBytes = 0;
  /// Of its weights, those that stay in fast memory and those that are read
  /// again for each item; of several stages on one device that read a weight,
  /// the first one counts it. On devices without a weight cache, both are 0. Of
  /// several devices, the one that streams longest.
  int64_t cachedBytes = 0, streamedBytes = 0;
  /// The part of `computeNs` that streaming takes.
  int64_t streamNs = 0;
  /// What the first item adds to `computeNs`: the time to fill the cache.
  int64_t fillNs = 0;
  int64_t memoryBytes() const {
    return addSaturating(addSaturating(weightBytes, peakActivationBytes),
                         addSaturating(bufferBytes, runtimeBytes));
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
  /// Weights, each once, and of these what is state; the largest peak of any
  /// stage; all buffers; the processes of all stages.
  int64_t weightBytes = 0, stateBytes = 0;
  int64_t peakActivationBytes = 0, bufferBytes = 0;
  int64_t runtimeBytes = 0;
  /// Of the weights of all its stages, as StageLoad has them.
  int64_t cachedBytes = 0, streamedBytes = 0;
  int64_t memoryBytes() const {
    return addSaturating(addSaturating(weightBytes, peakActivationBytes),
                         addSaturating(bufferBytes, runtimeBytes));
  }
};

/// What one directed link carries for each item of the pipeline, on average
/// where replicas take turns.
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
  /// Sorted by (from, to): those of the ingress device first, and of each stage
  /// those to the egress device last. None from a device to itself at the
  /// boundary.
  std::vector<Message> messages;
  /// Directed device pairs in use, sorted; includes ingress and egress traffic.
  std::vector<LinkLoad> links;
  /// By medium: the sum of the times of its links.
  std::vector<int64_t> mediaNs;
  int64_t bottleneckNs = 0;
  /// Longest path through stages and messages, for the item that takes longest.
  /// Overheads of messages do not add to it, for they are within what a link
  /// takes from one end to the other.
  int64_t latencyNs = 0;
  /// The same of the very first item, which fills the weight caches on its way.
  int64_t firstItemNs = 0;
  /// Where items wait for their predecessors (Problem::sequences): the latency
  /// and what the last stage's device tells the first one's; of replicas, the
  /// slowest pair counts. Otherwise 0.
  int64_t roundTripNs = 0;
  /// Between two items; see intervalOf(). Its inverse is the rate.
  int64_t intervalNs = 0;
  /// One sentence per violated constraint, with names and numbers. Empty: the
  /// placement is feasible.
  std::vector<std::string> violations;
};

/// What the placement costs and every constraint that it violates, computed
/// from the definitions of docs/CostModel.md alone: nothing is shared with the
/// solvers, so that it verifies them. Takes any placement: one that is
/// malformed (wrong sizes, indices out of range, an empty stage) gets
/// violations, and figures only as far as they make sense. Times in ns, sizes
/// in bytes; sums saturate at Unlimited. The problem must pass check().
/// O((tasks + readers) log + messages x replicas) time, and the sum of all live
/// ranges for memory.
Evaluation evaluate(const Problem &problem, const Placement &placement);

/// How to look for a plan: one for each row of Strategies.def.
enum class Strategy {
#define STRATEGY(ID, NAME, HELP, SEARCH) ID,
#include "onnx-split/Placement/Strategies.def"
};
/// A row of Strategies.def, for command lines and messages.
struct StrategyInfo {
  Strategy strategy;
  const char *name, *help;
};
/// All rows, in the order of the enum.
const std::vector<StrategyInfo> &strategies();

/// From narrow to wide: each class contains the ones before it, but that plans
/// with one stage on each device and several devices for a stage (Replicated)
/// have none with several stages on a device (Revisiting) among them.
enum class SolutionClass {
  FixedOrder,
  Contiguous,
  Revisiting,
  Replicated,
  Replicating
};
/// What is made small: the time between two items, which is the bottleneck
/// unless items wait for their predecessors; the time of one item from end to
/// end; or the number of devices within a time between items that is given.
enum class Objective { Throughput, Latency, Devices };

/// As written on the command line and in plan.json.
const char *toString(Strategy strategy);
const char *toString(SolutionClass solutionClass);
const char *toString(Objective objective);

/// What to look for, and for how long.
struct SolveOptions {
  Strategy strategy = Strategy::Auto;
  Objective objective = Objective::Throughput;
  /// The longest time between items, in ns, that will do: for latency and for
  /// the number of devices. Throughput makes it as small as it can be anyway.
  int64_t targetNs = Unlimited;
  /// The longest time of one item, in ns, that will do, whatever is made small.
  int64_t maxLatencyNs = Unlimited;
  /// The widest class to search. Revisiting asks for Problem::revisit too.
  SolutionClass searchClass = SolutionClass::Contiguous;
  double timeLimitSeconds = 10;
  /// Stop when (upper - lower) / upper is at most this.
  double gap = 0;
  uint64_t seed = 0;
  /// With 2, better plans are looked for beside a proof. What comes out is the
  /// same, as far as the clock does not strike.
  int32_t threads = 2;
  /// Of improvement and proof, where a problem stays open: limits work where
  /// time must not.
  int32_t mostRounds = std::numeric_limits<int32_t>::max();
  /// Of k-path: into how many classes the transfers go; 0 for 2, 5, ..., 20 and
  /// the best of these.
  int32_t kPathClasses = 0;
  /// Called now and then with the best plan's bottleneck and the lower bound,
  /// both in ns (Unlimited and 0 while unknown); may be empty.
  std::function<void(int64_t upperNs, int64_t lowerNs)> progress;
  /// Set by another thread or a signal handler to end the search with the best
  /// plan so far; may be null.
  const std::atomic<bool> *stop = nullptr;
};

/// What a bound rests on; docs/Planner.md says why each one holds.
enum class BoundKind {
  Nothing,
  // Without a search.
  Work,         ///< LB1: the work over all devices.
  LargestTask,  ///< LB2: the largest task on its best device.
  SuperDevice,  ///< LB3: stages on devices as good as the best in everything.
  Connection,   ///< LB4 to LB6: what must run together, and where it can.
  DeviceCounts, ///< LB7: how far so many devices of each kind get.
  Domains,      ///< LB8: which devices can run each task.
  Relaxation,   ///< LB9: tasks may be shared among devices.
  Branching,    ///< LB11: LB8 and LB9, one case after another.
  Core,         ///< LB10: what holds without the small tasks.
  EndStages,    ///< LB12: LB8 and LB9, by the devices of both end stages.
  CriticalPath, ///< The longest path of tasks, each on its best device.
  PathOfBlocks, ///< The same, where only stages inside of a block overlap.
  Memory,       ///< The devices that hold all weights.
  Target,       ///< A bottleneck below the target is as good as the target.
  // What a search has excluded so far.
  FixedOrderSearch,
  IdealSearch,
  LatencySearch,
  PlanSearch,
  DeviceSearch,
};

/// No plan of a class is better than a value.
struct Bound {
  BoundKind kind = BoundKind::Nothing;
  /// The widest class that it is known to hold for.
  SolutionClass ofClass = SolutionClass::FixedOrder;
  /// A bottleneck or a latency in ns, or with Objective::Devices a number of
  /// devices. Unlimited: the class has no plan.
  int64_t value = 0;
  /// A plan has this value.
  bool isReached = false;
};

/// As in plan.json: "LB1 work" and so on; "exact" where a search went on until
/// a plan reached the bound, else its name and ", stopped"; "" for Nothing.
std::string toString(const Bound &bound);

/// What found a plan, as docs/Planner.md names it: a strategy may try several.
struct Method {
  const char *name = "none";
  /// It proves what it finds to be best, if it ends by itself.
  bool isExact = false;
};

/// What a search came to: the best placement, if there is one, and what is
/// proven about better ones.
struct Result {
  /// No placement: infeasible when `provenInfeasible()`, otherwise nothing was
  /// found by this strategy, within the time limit if `stoppedByClock`.
  bool found = false;
  Placement placement;
  Evaluation evaluation;
  /// Of the class that was searched, or of a wider one.
  Bound bound;
  /// The class that the placement belongs to.
  SolutionClass planClass = SolutionClass::FixedOrder;
  /// What was asked for.
  Strategy strategy = Strategy::Auto;
  /// What found the placement.
  Method method;
  /// The time limit, or a share of it, or `stop` ended some search: another run
  /// may find another placement or bound.
  bool stoppedByClock = false;
  double seconds = 0;

  bool provenInfeasible() const { return !found && bound.value == Unlimited; }
};

/// Searches for the placement that the objective asks for, until it is proven
/// best (within `gap`), the time is over or `stop` is set. The problem must
/// pass check(). Deterministic for a seed as long as the clock does not end a
/// search. docs/Planner.md has the methods, their sources and what each one
/// costs.
Result solve(const Problem &problem, const SolveOptions &options);

/// Judges a placement that somebody else made: `found` tells whether it is
/// feasible, `evaluation.violations` why it is not. Of the options the
/// objective alone counts. The lower bound holds for any placement.
Result assess(const Problem &problem, const Placement &placement,
              const SolveOptions &options = {});

/// How long explainInfeasible() may take after such a search: what is left of
/// the time limit and a little more, but two seconds at most.
double secondsToExplain(const SolveOptions &options, const Result &result);

/// Why no plan can exist or was found: sentences with numbers (the task that
/// fits no device and by how much, total memory against total weights, missing
/// links, contradicting pins and cuts), most telling first. The last one says
/// how much more memory would be enough, if that can be found out. What cannot
/// be said within `seconds`, before `stop` is set, if it is not null, is left
/// out.
std::vector<std::string>
explainInfeasible(const Problem &problem, double seconds = 2,
                  const std::atomic<bool> *stop = nullptr);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_PLACEMENT_PLACEMENT_H
