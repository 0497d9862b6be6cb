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

  /// Evaluates the placement and keeps it if it is feasible and better, or,
  /// with `evenIfEqual`, as good. Returns whether it is feasible.
  bool offer(const Placement &placement, bool evenIfEqual = false);

  /// Records that no placement of the class has a smaller bottleneck. Holds for
  /// the narrower classes as well, and says nothing about wider ones.
  void raiseBound(int64_t ns, const char *name, SolutionClass boundClass);
  /// Gives the bound of one class to a wider one that is the same here.
  void widenBound(SolutionClass from, SolutionClass to);

  /// Bottleneck of the best placement; Unlimited if there is none.
  int64_t upper() const {
    return result.found ? result.evaluation.bottleneckNs : Unlimited;
  }
  /// Best bound for the placements of `scope`.
  int64_t lower() const { return lower(scope); }
  int64_t lower(SolutionClass ofClass) const;
  /// Name of the bound that lower() is.
  const char *boundName() const;
  /// True when the best placement is proven within `scope`, up to the gap that
  /// is allowed.
  bool closed() const;
  /// Writes the bound of the class that was asked for to the result.
  void finish();
  bool outOfTime() const {
    return (options.stop && *options.stop) ||
           std::chrono::steady_clock::now() >= deadline;
  }
  double secondsSinceStart() const;
  void report() const;

  const Problem &problem;
  const SolveOptions &options;
  std::chrono::steady_clock::time_point start, deadline;
  /// The class that is being searched.
  SolutionClass scope;
  Result result;

private:
  struct Bound {
    int64_t ns = 0;
    const char *name = "";
  };
  /// By class.
  Bound bounds[3];
};

/// LB1 and LB2 of docs/Planner.md: they hold for every placement, whatever its
/// class. The solvers start from them.
void boundByWork(Search &search);

/// Optimal over the contiguous stages of the fixed order if time and memory
/// allow, otherwise the best found; with `beam` never complete.
void searchFixedOrder(Search &search, bool beam);

/// Optimal over contiguous stages in any topological order if the ideals of the
/// graph are few enough and time allows. False: they are not, nothing was done.
bool searchContiguous(Search &search);

/// True if the graph has no other topological order that matters, so that fixed
/// order and contiguous are one class.
bool hasOneOrder(const Problem &problem);

/// True if the sets of devices, up to exchanging equal ones, are few enough for
/// exact search: always with up to 18 devices.
bool hasFewDeviceSets(const FixedOrder &order);

/// Quick placements of large problems by probing. False: it does not apply.
bool searchProbes(Search &search);

/// The baselines of arXiv 2210.12219, generalised.
void searchKPath(Search &search);
void searchGreedy(Search &search);
void searchRandom(Search &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_SEARCH_H
