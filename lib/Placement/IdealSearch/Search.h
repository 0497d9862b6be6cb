//===- Search.h - Best stages in any order ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Exact search over contiguous stages in any topological order, or in the
/// given one.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_SEARCH_H
#define ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_SEARCH_H

#include "../SearchState.h"

namespace onnx_split::placement {

/// Which thresholds are asked: from the lower bound up, because few labels are
/// made there and the bound rises in any case; or just below the best plan at
/// once, where all of the time may go into that answer.
enum class Climb { Slowly, AtOnce };

/// Optimal over contiguous stages in any topological order if the ideals of the
/// graph are few enough and time allows. False: they are not, nothing was done.
/// With `givenOrder`, over stages of that order.
bool searchContiguous(SearchState &search, bool givenOrder = false,
                      Climb climb = Climb::Slowly);
/// The same for latency. With `givenOrder`, over stages of that order.
void searchContiguousLatency(SearchState &search, bool givenOrder);
/// Of all plans whose value is that of the best one, takes the one that
/// SearchState::rankOf() puts first. False: not all were looked at, because the
/// ideals or the labels are too many or the time is over.
bool chooseAmongBest(SearchState &search, bool givenOrder);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_IDEALSEARCH_SEARCH_H
