//===- Import.h - From an ONNX file to the IR -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads a model in any of the formats of `onnx.load`, by extension: `.onnx`
/// and everything unknown is binary protobuf, `.textproto`, `.onnxtxt` (ONNX
/// text syntax), and `.mlir` or `.mlirbc` (our own IR).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_IMPORT_H
#define ONNX_SPLIT_TARGET_ONNX_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace onnx_split {

/// What is let pass.
struct ImportOptions {
  /// Tolerate external data that is not here (no file, an empty one, a pointer
  /// of Git LFS): nothing will be written.
  bool allowMissingData = false;
  /// Read external data through symbolic links and from files with several
  /// names.
  bool allowLinkedWeights = false;
};

/// Reads a file without loading its weights. Errors are emitted at the node or
/// the file they belong to, and the result is then null.
mlir::OwningOpRef<mlir::ModuleOp> importFile(llvm::StringRef path,
                                             mlir::MLIRContext *context,
                                             const ImportOptions &options = {});

/// The same for a buffer; its identifier is the path that its payloads will be
/// read from later, and that external data is looked for beside.
mlir::OwningOpRef<mlir::ModuleOp>
importBuffer(llvm::MemoryBufferRef buffer, mlir::MLIRContext *context,
             const ImportOptions &options = {});

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_IMPORT_H
