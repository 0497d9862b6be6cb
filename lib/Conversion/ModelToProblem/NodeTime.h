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

#include "llvm/ADT/STLFunctionalExtras.h"

namespace onnx_split::split {

/// The name that cluster.yaml gives the element type of an arithmetic
/// (onnx::TensorProto::DataType). Types that it has no name for go with the
/// next larger one of their kind, or with f32.
llvm::StringRef computeTypeName(int32_t type);

/// Visits the type that each arithmetic runs in, by that name: once for a node,
/// and for one with bodies, or a call, what is inside.
void forEachArithmetic(const OpCost &cost,
                       llvm::function_ref<void(llvm::StringRef)> visit);

/// Nanoseconds by the roofline of docs/CostModel.md: the slower of arithmetic
/// and memory, plus the fixed cost of starting an operator. A node with bodies
/// takes the times of theirs, on every trip. Below placement::Unlimited; linear
/// in the nodes inside.
int64_t estimateTime(const OpCost &cost, const ClusterDevice &device);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_NODETIME_H
