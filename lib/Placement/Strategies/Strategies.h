//===- Strategies.h - How to find contiguous stages -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The functions of Strategies.def, and the one that runs what was asked for.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_STRATEGIES_H
#define ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_STRATEGIES_H

#include "../SearchState.h"

namespace onnx_split::placement {

#define STRATEGY(ID, NAME, HELP, SEARCH) void SEARCH(SearchState &search);
#include "onnx-split/Placement/Strategies.def"

/// Runs the strategy of the options. What it offers was found by the method of
/// its name, unless it names others.
void runStrategy(SearchState &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_STRATEGIES_H
