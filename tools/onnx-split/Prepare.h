//===- Prepare.h - The model before it is planned ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the command line does to the model before the pipeline runs.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TOOLS_ONNX_SPLIT_PREPARE_H
#define ONNX_SPLIT_TOOLS_ONNX_SPLIT_PREPARE_H

#include "Options.h"

#include "mlir/IR/BuiltinOps.h"

namespace onnx_split {

/// Reads the cluster file, as planning will once the model is there: what is
/// wrong with it is said at once.
mlir::LogicalResult checkCluster(const Options &options, mlir::Location loc);

/// Gives the inputs of --set their values, and folds what then is known.
mlir::LogicalResult setInputs(mlir::ModuleOp module, const Options &options);

/// Runs the whole model before it is planned: for the extents that inference
/// leaves open under the shapes that the parts will declare, and to see whether
/// the parts can be verified. Null: not asked for.
mlir::LogicalResult runWhole(mlir::ModuleOp module, const Options &options,
                             runtime::ObserveRequest *observe,
                             runtime::Verifier *verifier);

} // namespace onnx_split

#endif // ONNX_SPLIT_TOOLS_ONNX_SPLIT_PREPARE_H
