//===- RestOf.h - Strings and what is left of a message ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What readers of ONNX messages make attributes of: names, and the bytes of a
/// message from which all that the IR models was cleared.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_RESTOF_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_RESTOF_H

#include "mlir/IR/Builders.h"

#include <string>

namespace onnx_split {

/// Null where nothing is left.
template <typename Proto>
mlir::StringAttr restOf(mlir::Builder &builder, const Proto &proto) {
  std::string bytes = proto.SerializeAsString();
  return bytes.empty() ? mlir::StringAttr() : builder.getStringAttr(bytes);
}

/// Null where the message does not have it.
inline mlir::StringAttr stringIf(mlir::Builder &builder, bool present,
                                 const std::string &string) {
  return present ? builder.getStringAttr(string) : mlir::StringAttr();
}

template <typename Names>
mlir::ArrayAttr stringArray(mlir::Builder &builder, const Names &names) {
  llvm::SmallVector<mlir::Attribute> result;
  for (const std::string &name : names)
    result.push_back(builder.getStringAttr(name));
  return builder.getArrayAttr(result);
}

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_RESTOF_H
