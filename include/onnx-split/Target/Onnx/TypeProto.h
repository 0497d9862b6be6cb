//===- TypeProto.h - ONNX types and the IR's types --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Conversion between `onnx::TypeProto` and the types of the onnx dialect.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_TYPEPROTO_H
#define ONNX_SPLIT_TARGET_ONNX_TYPEPROTO_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "onnx/onnx_pb.h"

namespace onnx_split {

/// The dialect's type for `proto`; `!onnx.unknown` where it says nothing.
mlir::Type importType(const onnx::TypeProto &proto, mlir::MLIRContext *context);

/// Writes `type` to `proto`, which must be empty.
void exportType(mlir::Type type, onnx::TypeProto &proto);

/// The attribute for a ValueInfoProto, and back. Nothing is lost.
graph::ValueInfoAttr importValueInfo(onnx::ValueInfoProto proto,
                                     mlir::MLIRContext *context);
void exportValueInfo(graph::ValueInfoAttr info, onnx::ValueInfoProto &proto);

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_TYPEPROTO_H
