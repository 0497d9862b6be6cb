//===- DeviceAbility.h - What keeps a device from a node --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A device may lack operators (`unsupported` in cluster.yaml) and may compute
/// in some element types alone (`types`).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_DEVICEABILITY_H
#define ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_DEVICEABILITY_H

#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

namespace onnx_split::split {

/// False where the device lacks the operator, or one in the node's bodies, or
/// where it does not compute in an element type that the node or something in
/// its bodies computes in. Nodes without arithmetic can run anywhere.
bool canRun(graph::NodeOp node, const OpCost &cost,
            const ClusterDevice &device);

/// For a node that none of the devices can run: why, by device, to follow a
/// colon.
std::string describeInability(graph::NodeOp node, const OpCost &cost,
                              llvm::ArrayRef<const ClusterDevice *> devices);

/// True where a pattern "Op", "domain:Op" or "domain:*" names the operator.
bool namesOperator(llvm::StringRef pattern, llvm::StringRef domain,
                   llvm::StringRef opType);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_DEVICEABILITY_H
