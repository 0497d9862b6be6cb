//===- KnownValues.h - Results that are known before running ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_KNOWNVALUES_H
#define ONNX_SPLIT_INFERENCE_KNOWNVALUES_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Inference/KnownTensor.h"

namespace onnx_split {

/// On a node of the main graph: an array with an `#onnx.tensor` for each result
/// that is known whatever the model is fed with, and a unit for the others.
inline constexpr llvm::StringLiteral KnownValuesAttrName = "onnx.known_values";

/// On an initializer of a part: it holds what a node of another part computes.
inline constexpr llvm::StringLiteral CopiedValueAttrName = "onnx.copied_value";

/// A tensor of that name; every element must be exact.
graph::TensorAttr toAttribute(const KnownTensor &value, llvm::StringRef name,
                              mlir::MLIRContext *context);

/// The known value of a node's result, or null.
graph::TensorAttr getKnownValue(mlir::Value value);

/// True for a known value that the parts can hold as an initializer. Before IR
/// version 4 each initializer had to be an input as well, which a caller could
/// replace.
bool isCopiedValue(mlir::Value value);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_KNOWNVALUES_H
