//===- EveryPlan.h - Exact search over all classes of plans -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Branch and bound over whole plans, for classes that the label settings do
/// not cover: devices that hold several stages, stages on several devices.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_ENUMERATION_EVERYPLAN_H
#define ONNX_SPLIT_LIB_PLACEMENT_ENUMERATION_EVERYPLAN_H

#include "../SearchState.h"

namespace onnx_split::placement {

/// Whether the problem is small enough to begin with: tasks and devices.
bool canSearchEveryPlan(const SearchState &search);

/// Tries every plan of the class for a smaller time between items, or latency,
/// but for those whose first tasks take as long as the best plan does. A number
/// of steps ends it, and then proves nothing; otherwise the best plan is
/// proven. Exponential in the tasks: six to ten of them, mostly.
void searchEveryPlan(SearchState &search);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_ENUMERATION_EVERYPLAN_H
