//===- Topology.h - A cluster as an attribute -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Conversion between `MeasuredCluster`, which the planner reads, and
/// `#split.topology`, which travels in the IR.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_TOPOLOGY_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_TOPOLOGY_H

#include "onnx-split/Conversion/ModelToProblem/DeviceTimes.h"
#include "onnx-split/Dialect/Split/IR/Split.h"

namespace onnx_split::split {

/// The attribute lists the links that differ from the most common one.
TopologyAttr toAttribute(const MeasuredCluster &cluster,
                         mlir::MLIRContext *context);
/// The cluster that an attribute describes. Profiles are not in it, but the
/// times that were taken from them are.
MeasuredCluster toCluster(TopologyAttr topology);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_TOPOLOGY_H
