//===- FixedShapes.h - Symbolic extents that the user fixes -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The options `shape=NAME=1x3x224x224` and `dim=NAME=1`. Private to the
/// library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_DIALECT_ONNX_TRANSFORMS_FIXEDSHAPES_H
#define ONNX_SPLIT_LIB_DIALECT_ONNX_TRANSFORMS_FIXEDSHAPES_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace onnx_split::graph {

/// Writes what the user fixes into the declarations of the model's graph and of
/// the bodies inside it; a symbol is one and the same in all of them. Fails,
/// with an error at the model, where an option is malformed, names nothing or
/// contradicts the model.
llvm::LogicalResult fixShapes(ModelOp model, llvm::ArrayRef<std::string> shapes,
                              llvm::ArrayRef<std::string> dims);

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_LIB_DIALECT_ONNX_TRANSFORMS_FIXEDSHAPES_H
