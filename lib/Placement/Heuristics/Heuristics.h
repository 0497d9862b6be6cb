//===- Heuristics.h - Plans without a proof ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Quick strategies. None proves anything.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_HEURISTICS_H
#define ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_HEURISTICS_H

#include "../SearchState.h"

namespace onnx_split::placement {

/// Quick placements of large problems by probing. False: it does not apply.
bool searchProbes(SearchState &search);

/// Probing with several partial plans side by side, for networks in which links
/// are missing: which device comes next decides which ones can be reached. With
/// a larger scale more of them are kept.
void searchBeamProbes(SearchState &search, int32_t scale = 1);

/// The baselines of arXiv 2210.12219, generalised.
void searchKPath(SearchState &search);
void searchGreedy(SearchState &search);
void searchRandom(SearchState &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_HEURISTICS_HEURISTICS_H
