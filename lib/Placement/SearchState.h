//===- SearchState.h - What every solver works on ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The state that the solvers share: the best placement, the best bound, and
/// the time.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_SEARCHSTATE_H
#define ONNX_SPLIT_LIB_PLACEMENT_SEARCHSTATE_H

#include "onnx-split/Placement/Placement.h"

#include <chrono>

namespace onnx_split::placement {

class SearchState {
public:
  SearchState(const Problem &problem, const SolveOptions &options);

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

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_SEARCHSTATE_H
