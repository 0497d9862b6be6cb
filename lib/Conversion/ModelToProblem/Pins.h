//===- Pins.h - Which devices the user wants for nodes ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A pin is PATTERN=DEVICE. The pattern is a glob on names of nodes, `#INDEX`,
/// `op:TYPE` or `tensor:NAME`; the device may be a group or a type, and several
/// are joined by `+`. docs/Planner.md tells users.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_PINS_H
#define ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_PINS_H

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

namespace onnx_split::split {

/// Where the node is in the source, as plan.json counts; `position` is its
/// place among the nodes of the main graph, for IR that does not say.
int64_t getPlanIndex(graph::NodeOp node, int64_t position);

/// For each node, some of which may be null, the devices that it is pinned to,
/// ascending; none where it is not. Of several pins of a node the last one
/// counts. Fails, with an error at the model or a node, where a pin is
/// malformed, matches no node or names no device. Linear in the nodes for each
/// pin.
mlir::FailureOr<std::vector<std::vector<int32_t>>>
resolvePins(graph::ModelOp model, llvm::ArrayRef<graph::NodeOp> nodes,
            const ConstantAnalysis &constants, const Cluster &cluster,
            llvm::ArrayRef<std::string> pins);

/// The same pins with the devices of each group in place of its name, for
/// readers that know no groups. Names that mean nothing stay.
std::vector<std::string> expandPins(llvm::ArrayRef<std::string> pins,
                                    const Cluster &cluster);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_PINS_H
