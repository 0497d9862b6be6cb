//===- InputRanges.h - Whole numbers that inputs take -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_INPUTRANGES_H
#define ONNX_SPLIT_LIB_RUNTIME_INPUTRANGES_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Runtime/InputOptions.h"

namespace onnx_split::runtime {

/// The whole numbers that inputs of a model take, as far as its graph says so:
/// those that index tables lie below the smallest table's number of rows, and
/// lengths are at least 1 and at most what they are a length of. Masks and
/// token types are known by their names, and are 0 or 1. Follows values through
/// operators that move them, and into functions. Values must have their types.
InputRanges findInputRanges(graph::ModelOp model);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_INPUTRANGES_H
