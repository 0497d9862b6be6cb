//===- ModelReader.h - From a ModelProto to the IR --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part of the importer that walks protobuf messages. Private to the
/// library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_MODELREADER_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_MODELREADER_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Target/Onnx/Import.h"
#include "onnx-split/Target/Onnx/Skeleton.h"

#include "onnx/onnx_pb.h"

namespace onnx_split {

/// Turns a parsed skeleton into a module. Takes `model` apart. `path` is the
/// file that `payloads` lie in.
mlir::OwningOpRef<mlir::ModuleOp>
readModel(onnx::ModelProto &model, llvm::ArrayRef<Payload> payloads,
          llvm::StringRef path, llvm::StringRef digest,
          mlir::MLIRContext *context, const ImportOptions &options);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_MODELREADER_H
