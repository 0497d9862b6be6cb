//===- MeasuredTimes.h - From profiles to node times ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Relates the profiles of a cluster to the model that is planned for.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_MEASUREDTIMES_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_MEASUREDTIMES_H

#include "onnx-split/Analysis/ModelCosts.h"
#include "onnx-split/Conversion/ModelToProblem/DeviceTimes.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

namespace onnx_split::split {

/// The times of every device that was measured on this model, and what messages
/// and the process itself take of every one that was measured on any; a
/// runtime_memory of the cluster file counts before a measured one. Types must
/// have been inferred.
/// Warns where profiles were given and none is of this model, and where much of
/// the time is of kernels that are no nodes of the model. Fails, with an error
/// at the file, where a profile contradicts the model.
mlir::FailureOr<MeasuredCluster> resolveProfiles(graph::ModelOp model,
                                                 const Cluster &cluster,
                                                 const GraphCosts &costs);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_MEASUREDTIMES_H
