//===- LocalSearch.h - Better plans by small changes ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_LOCALSEARCH_H
#define ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_LOCALSEARCH_H

#include "../SearchState.h"

namespace onnx_split::placement {

/// Iterated local search (Lourenço, Martin and Stützle 2003) from the best
/// placement of the search, or from everything on one device: descent by the
/// moves of Moves.h, of which those at the bottleneck are tried, then some
/// random moves, and so on. Proves nothing; keeps to the class that is searched
/// and ends after a number of trials, so that it depends on the seed alone
/// where time suffices.
void searchLocally(SearchState &search);

/// The same from elsewhere, with fewer trials: the best plan after so many
/// random moves, or, without any, that plan itself.
struct Restart {
  /// Beside that of the options.
  uint64_t seed = 0;
  int32_t randomMoves = 0;
};
void restartLocally(SearchState &search, Restart restart);

/// The same descent, by rank (SearchState::rankOf()) among plans that are no
/// worse than the best one. Random moves follow only where nothing better than
/// descent is to come, because the plan is not proven.
void breakTiesLocally(SearchState &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_LOCALSEARCH_LOCALSEARCH_H
