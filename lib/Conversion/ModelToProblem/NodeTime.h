//===- NodeTime.h - The expected time of a node -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The time that the cost model expects of a node. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_NODETIME_H
#define ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_NODETIME_H

#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Cluster/Cluster.h"

namespace onnx_split::split {

/// Nanoseconds by the roofline of docs/CostModel.md: the slower of arithmetic
/// and memory, plus the fixed cost of starting an operator. A node with bodies
/// takes the times of theirs, on every trip. Below placement::Unlimited; linear
/// in the nodes inside.
int64_t estimateTime(const OpCost &cost, const ClusterDevice &device);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_NODETIME_H
