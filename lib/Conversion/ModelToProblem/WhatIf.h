//===- WhatIf.h - A cluster with one change ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The changes of --what-if.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_WHATIF_H
#define ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_WHATIF_H

#include "onnx-split/Conversion/ModelToProblem/DeviceTimes.h"

#include "mlir/IR/Diagnostics.h"

namespace onnx_split::split {

/// The cluster after a change, as ExplainPlan.h lists them. Names are those of
/// devices, groups and device types; a change of a group is one of each of its
/// devices. Fails, with an error from `emitError` that says what would be
/// right, where the change names nothing or cannot be read.
mlir::FailureOr<MeasuredCluster>
applyChange(MeasuredCluster cluster, llvm::StringRef change,
            llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_WHATIF_H
