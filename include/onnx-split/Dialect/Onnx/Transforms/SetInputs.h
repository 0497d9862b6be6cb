//===- SetInputs.h - Inputs that become constants ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_SETINPUTS_H
#define ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_SETINPUTS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include <string>

namespace onnx_split::graph {

/// Replaces inputs of the main graph by initializers of the same name. Each of
/// `settings` is INPUT=VALUE; see parseGivenTensor for the values. The default
/// of an input goes with it. Fails, with an error at the model, where a setting
/// is malformed, names no input or one twice, or does not fit the input.
llvm::LogicalResult setInputs(ModelOp model,
                              llvm::ArrayRef<std::string> settings);

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_SETINPUTS_H
