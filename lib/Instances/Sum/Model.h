//===- Model.h - The SUM model between atoms ------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A SumProblem after contraction, and the parts of its solver: bounds
/// (Bounds.cpp), contiguous plans (Cuts.cpp), all others (Anneal.cpp), and the
/// order in which they are asked (Solve.cpp). docs/Planner.md has the proofs.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_SUM_MODEL_H
#define ONNX_SPLIT_LIB_INSTANCES_SUM_MODEL_H

#include "onnx-split/Instances/Sum.h"
#include "onnx-split/Placement/Ideals.h"

#include <chrono>

namespace onnx_split::placement::sum {

/// Atoms that produce or read the same outputs, whose costs are added. An
/// accelerator with one of the atoms pays unless it has all of them: the
/// producer's because something is read elsewhere, a reader's because something
/// comes from elsewhere.
struct Net {
  int64_t cost = 0;
  /// Two at least, ascending, each once.
  std::vector<int32_t> atoms;
};

/// Atoms, what each takes, and what goes from one to others. The problem must
/// outlive it.
struct Model {
  /// Contiguous: atoms close cycles of contiguityEdges through colours, since
  /// no contiguous plan can separate them, and atoms that cost nothing are
  /// merged with what they hang on. Otherwise atoms are the colours alone.
  Model(const SumProblem &problem, bool contiguous);

  int32_t numAtoms() const { return static_cast<int32_t>(atoms.tasks.size()); }
  /// The device of each task, from those of the atoms.
  std::vector<int32_t> taskDevices(const std::vector<int32_t> &ofAtom) const;

  const SumProblem &problem;
  /// Tasks that are never apart; numbered in a topological order only where
  /// contiguous plans are asked for.
  Atoms atoms;
  /// By atom; acceleratorTime is Unlimited where it is not supported or passes
  /// the capacity.
  std::vector<int64_t> acceleratorTime, cpuTime, size;
  std::vector<Net> nets;

private:
  void sumUp();
  bool mergesAtoms(Edges &together) const;
};

/// When to end: at a time, or where somebody else says so.
struct Clock {
  std::chrono::steady_clock::time_point deadline;
  const std::atomic<bool> *stop;
  bool over() const {
    return (stop && *stop) || std::chrono::steady_clock::now() >= deadline;
  }
};

/// Takes a plan of tasks if it is feasible and better than the result's, or a
/// bound if it is higher. What is offered is evaluated, so that no solver can
/// be wrong about its plan. `tier` and `name` are what found it, for the
/// output.
void offer(const SumProblem &problem, const std::vector<int32_t> &deviceOf,
           const char *tier, SumResult &result);
void raise(int64_t bound, const char *name, SolutionClass boundClass,
           SumResult &result);

/// Bounds for any placement, see Bounds.cpp; 0 where nothing is known.
int64_t workBound(const Model &model);
int64_t cheapestSetBound(const Model &model, const Clock &clock);

/// Contiguous plans whose cuts are among `ideals` (bits, sorted by size, empty
/// first, full last). Returns true where none better than the result remains.
struct Cuts {
  size_t count = 0, words = 0;
  const uint64_t *bits = nullptr;
};
bool searchCuts(const Model &model, const Cuts &cuts, const Clock &clock,
                const char *tier, SumResult &result);

/// Simulated annealing over all placements, from the plan of the result; until
/// that meets the bound, or time or rounds are over.
void anneal(const Model &model, uint64_t seed, const Clock &clock,
            int32_t maxRounds, SumResult &result);

} // namespace onnx_split::placement::sum

#endif // ONNX_SPLIT_LIB_INSTANCES_SUM_MODEL_H
