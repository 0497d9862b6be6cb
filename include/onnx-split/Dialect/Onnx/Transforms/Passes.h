//===- Passes.h - Passes of the onnx dialect --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_H
#define ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace onnx_split::graph {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "onnx-split/Dialect/Onnx/Transforms/Passes.h.inc"

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_H
