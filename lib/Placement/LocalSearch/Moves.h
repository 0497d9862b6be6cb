//===- Moves.h - Small changes of a plan ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The neighbourhood of the local search, and what it takes to get there.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_MOVES_H
#define ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_MOVES_H

#include "Loads.h"

#include "onnx-split/Placement/Ideals.h"

#include <random>

namespace onnx_split::placement {

struct Move {
  enum class Kind {
    /// The first or last `c` tasks of stage `a` go to the stage `b` next to it.
    Shift,
    /// Atom `a` goes to stage `b`.
    Atom,
    /// Atom `a` goes to the stage `b` next to its own, with all in its stage
    /// that
    /// must follow.
    Cone,
    /// Atoms `a` and `b` exchange their stages.
    Exchange,
    /// Stage `a` goes to device `b`.
    Device,
    /// Stages `a` and `b` exchange their devices.
    Swap,
    /// `c` tasks of stage `a` from number `b` become a stage on device `d`;
    /// what is behind them becomes one on the device of `a`.
    Extract,
    /// The devices of the positions `a` to `b` change order (2-opt).
    Reverse,
  };
  Kind kind;
  int32_t a = None, b = None, c = 0, d = None;
};

class Moves {
public:
  /// With `keepOrder`, tasks stay in the order that is given.
  Moves(Loads &loads, bool keepOrder, uint64_t seed);

  void apply(const Move &move);

  /// Moves that change the loads of the stage's device or links, in a random
  /// order; at most `limit`.
  std::vector<Move> around(const std::vector<int32_t> &stages, size_t limit);
  /// Some move somewhere.
  Move any();

private:
  int32_t below(size_t bound) { return static_cast<int32_t>(random() % bound); }
  int32_t anyDevice();
  void moveTasks(const std::vector<int32_t> &tasks, int32_t stage);
  void change(const Move &move);
  void dropEmpty();
  void addShifts(int32_t stage, std::vector<Move> &moves);
  struct Range {
    int32_t low, high;
  };
  Range rangeOf(int32_t atom) const;
  void addAtoms(int32_t stage, std::vector<Move> &moves);
  Wide timeOf(int32_t atom, int32_t stage) const;
  void addExchanges(int32_t stage, std::vector<Move> &moves);
  std::vector<int32_t> coneOf(int32_t atom, bool forward) const;
  void addCones(int32_t stage, std::vector<Move> &moves);
  void addDevices(int32_t stage, std::vector<Move> &moves);
  void addExtracts(int32_t stage, std::vector<Move> &moves);
  void addReversals(int32_t stage, std::vector<Move> &moves);

  Loads &loads;
  const Problem &p;
  bool keepOrder;
  Atoms atoms;
  std::mt19937_64 random;
  /// Stages that tasks have left during a move.
  std::vector<int32_t> left;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_MOVES_H
