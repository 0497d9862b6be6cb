//===- Strategies.h - How to find contiguous stages -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs what was asked for, or what suits the problem.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_H
#define ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_H

#include "SearchState.h"

namespace onnx_split::placement {

/// Runs the strategy of the options.
void runStrategy(SearchState &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_STRATEGIES_H
