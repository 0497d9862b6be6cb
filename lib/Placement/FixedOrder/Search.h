//===- Search.h - Best stages of the given order ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Exact search over the contiguous stages of the fixed order.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_SEARCH_H
#define ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_SEARCH_H

#include "../SearchState.h"
#include "../Tables/DeviceGroups.h"

namespace onnx_split::placement {

/// Optimal over the contiguous stages of the fixed order if time and memory
/// allow, otherwise the best found; with `beam` never complete.
void searchFixedOrder(SearchState &search, bool beam);

/// True if the sets of devices, up to exchanging equal ones, are few enough for
/// labels of each set: always with up to 18 devices. Otherwise there is a beam
/// alone.
bool hasFewDeviceSets(const DeviceGroups &groups);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_FIXEDORDER_SEARCH_H
