//===- MoreCache.h - What more fast memory would save -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_MORECACHE_H
#define ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_MORECACHE_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

/// The least addition to the weight cache of a device after which the stages
/// that a plan has there stream less, in bytes, and what they stream then.
struct MoreCache {
  int64_t bytes = 0, streamedBytes = 0;
};

/// The device must stream something. Linear in the readers of weights.
MoreCache findMoreCache(const Problem &problem, const Placement &plan,
                        int32_t device);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_MORECACHE_H
