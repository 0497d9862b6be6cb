//===- Functions.h - Calls of model-local functions -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a call of a model-local function expands to.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_ANALYSIS_FUNCTIONS_H
#define ONNX_SPLIT_ANALYSIS_FUNCTIONS_H

#include "onnx-split/Dialect/Onnx/IR/FunctionTable.h"
#include "onnx-split/Inference/Extents.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace onnx_split {

/// A module with one model whose graph is the body of `function`, with the
/// types, small constants and attributes of the call `node`, with the extents
/// that planning uses. Types inside are not inferred yet.
mlir::OwningOpRef<mlir::ModuleOp>
instantiate(graph::FunctionOp function, graph::NodeOp node, ExtentsUse use);

} // namespace onnx_split

#endif // ONNX_SPLIT_ANALYSIS_FUNCTIONS_H
