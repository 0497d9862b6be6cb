//===- Search.h - What every solver works on --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The state that the solvers share: the best placement, the best bound, and
/// the time. Plus the solvers themselves.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_SEARCH_H
#define ONNX_SPLIT_LIB_PLACEMENT_SEARCH_H

#include "onnx-split/Placement/Placement.h"

#include <chrono>

namespace onnx_split::placement {

class FixedOrder;

class Search {
public:
  Search(const Problem &problem, const SolveOptions &options);

  /// What the objective makes small: the bottleneck or the latency in ns, or
  /// the number of devices.
  int64_t value(const Evaluation &evaluation) const;

  /// Evaluates the placement and keeps it if it is feasible and better, or,
  /// with `evenIfEqual`, as good. Returns whether it is feasible. Among plans
  /// of equal latency or equally many devices, the bottleneck decides.
  bool offer(const Placement &placement, bool evenIfEqual = false);

  /// Records that no placement of the class has a smaller value. Holds for the
  /// narrower classes as well, and says nothing about wider ones.
  void raiseBound(int64_t least, const char *name, SolutionClass boundClass);
  /// Gives the bound of one class to a wider one that is the same here.
  void widenBound(SolutionClass from, SolutionClass to);

  /// Value of the best placement; Unlimited if there is none.
  int64_t upper() const {
    return result.found ? value(result.evaluation) : Unlimited;
  }
  /// Best bound for the placements of `scope`.
  int64_t lower() const { return lower(scope); }
  int64_t lower(SolutionClass ofClass) const;
  /// Name of the bound that lower() is.
  const char *boundName() const;
  /// True when the best placement is proven within `scope`, up to the gap that
  /// is allowed, or when it is known whether `goodEnoughNs` can be reached.
  bool closed() const;
  /// Writes the bound of the class that was asked for to the result.
  void finish();
  bool outOfTime() const {
    return (options.stop && *options.stop) ||
           std::chrono::steady_clock::now() >= deadline;
  }
  double secondsSinceStart() const;
  void report() const;

  /// Runs a strategy if there is still something to gain, and remembers it if
  /// it gained.
  template <typename Run>
  void improve(Strategy strategy, const char *tier, Run run) {
    if (closed() || result.provenInfeasible || outOfTime())
      return;
    int64_t before = upper();
    run();
    if (upper() < before) {
      result.strategy = strategy;
      result.tier = tier;
    }
    report();
  }

  /// Runs with a share of the time that is left.
  template <typename Run> void within(double share, Run run) {
    auto now = std::chrono::steady_clock::now(), whole = deadline;
    deadline = now + std::chrono::duration_cast<std::chrono::nanoseconds>(
                         (whole - now) * share);
    run();
    deadline = whole;
  }

  const Problem &problem;
  const SolveOptions &options;
  std::chrono::steady_clock::time_point start, deadline;
  /// The class that is being searched.
  SolutionClass scope;
  /// Asks only whether there is a plan within this bottleneck, unless None.
  int64_t goodEnoughNs = None;
  Result result;

private:
  bool isBetter(const Evaluation &evaluation) const;

  struct Bound {
    int64_t value = 0;
    const char *name = "";
  };
  static constexpr int NumClasses = 4;
  /// By class.
  Bound bounds[NumClasses];
};

/// LB1 and LB2 of docs/Planner.md: they hold for every placement, whatever its
/// class. The solvers start from them.
void boundByWork(Search &search);
/// LB4, LB5 and LB6, for plans up to revisiting ones.
void boundByConnection(Search &search);
/// LB3, for the fixed order.
void boundBySuperDevice(Search &search);

// The objectives. Each runs the strategies below; docs/Planner.md has the
// methods and proofs.

void searchThroughput(Search &search);
/// Stages are contiguous; time grows with the ideals of the graph.
void searchLatency(Search &search);
/// Asks searchThroughput whether K devices reach the target, for several K.
void searchDevices(Search &search);

/// The bounds of the objective that need no search.
void boundForAll(Search &search);
/// For latency: the longest path of tasks.
void boundLatency(Search &search);
/// For devices: memory, and LB1 for each number of devices.
void boundDevices(Search &search);

// The strategies for throughput.

/// Optimal over the contiguous stages of the fixed order if time and memory
/// allow, otherwise the best found; with `beam` never complete.
void searchFixedOrder(Search &search, bool beam);

/// Optimal over contiguous stages in any topological order if the ideals of the
/// graph are few enough and time allows. False: they are not, nothing was done.
bool searchContiguous(Search &search);

/// True if the graph has no other topological order that matters, or if there
/// can be one stage only, so that fixed order and contiguous are one class.
bool hasOneOrder(const Problem &problem);

/// True if the sets of devices, up to exchanging equal ones, are few enough for
/// exact search: always with up to 18 devices.
bool hasFewDeviceSets(const FixedOrder &order);

/// Quick placements of large problems by probing. False: it does not apply.
bool searchProbes(Search &search);

/// Replicates stages of the best placement, and of placements with fewer
/// stages, on unused devices. Proves nothing.
void searchReplicas(Search &search);

/// The baselines of arXiv 2210.12219, generalised.
void searchKPath(Search &search);
void searchGreedy(Search &search);
void searchRandom(Search &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_SEARCH_H
