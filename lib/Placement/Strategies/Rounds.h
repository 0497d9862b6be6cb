//===- Rounds.h - Improvement and proof side by side ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How `auto` uses the time that a problem leaves when it stays open: one
/// thread looks for better plans while another one proves.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_ROUNDS_H
#define ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_ROUNDS_H

#include "../SearchState.h"

#include <functional>
#include <vector>

namespace onnx_split::placement {

/// What can raise a bound or find the best plan.
struct ProofStep {
  /// Of the time that is left when its round begins.
  double share = 1;
  std::function<void(SearchState &)> run;
  /// Whether it is worth a round; empty: always.
  std::function<bool(const SearchState &)> applies;
};

/// Whether the gap is so small that nobody would notice what is left of it:
/// 0.1 %.
bool isAsGoodAsProven(const SearchState &search);

/// Whether there is a plan and its bound is so near, as a share of the plan.
bool isWithin(const SearchState &search, double gap);

/// In each round the next proof runs beside a restart of local search, each on
/// a state of its own, and both results are joined at its end. Behind the last
/// proof there are restarts until the time is over. Ends when the search is
/// closed or out of time, or as good as proven behind the last proof.
///
/// Deterministic as long as the clock does not strike: a restart is a number of
/// trials, and the results are joined in the same order, whoever ends first.
/// Once it has struck, restarts go on as long as the proof beside them.
void searchInRounds(SearchState &search, const std::vector<ProofStep> &proofs);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_ROUNDS_H
