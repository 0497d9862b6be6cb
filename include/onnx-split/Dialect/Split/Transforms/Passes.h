//===- Passes.h - Passes of the split dialect -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSES_H
#define ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSES_H

#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Dialect/Split/Transforms/PassOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace onnx_split::split {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "onnx-split/Dialect/Split/Transforms/Passes.h.inc"

} // namespace onnx_split::split

#endif // ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSES_H
