//===- TensorReader.h - From a TensorProto to the IR ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part of the importer that turns tensors into attributes and keeps the
/// list of the files that their payloads lie in. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_TENSORREADER_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_TENSORREADER_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Target/Onnx/Import.h"
#include "onnx-split/Target/Onnx/Skeleton.h"

#include "mlir/IR/Builders.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringMap.h"

#include <set>

namespace onnx_split {

/// The type that a tensor's own dims and element type make.
mlir::Type typeOf(graph::TensorAttr tensor);
mlir::Type typeOf(graph::SparseTensorAttr tensor);

/// Turns tensors into attributes. Payloads become ranges of files, whether they
/// were in the model's file or are external; small values stay in the rest.
class TensorReader {
public:
  /// `filePayloads` are those of `file`.
  TensorReader(mlir::MLIRContext *context, llvm::StringRef file,
               llvm::ArrayRef<Payload> filePayloads,
               const ImportOptions &importOptions)
      : builder(context), path(file), payloads(filePayloads),
        options(importOptions) {}

  /// Takes the tensor apart. Errors are emitted at `loc`.
  mlir::FailureOr<graph::TensorAttr> read(onnx::TensorProto &proto,
                                          mlir::Location loc);
  mlir::FailureOr<graph::SparseTensorAttr> read(onnx::SparseTensorProto &proto,
                                                mlir::Location loc);

  /// Every file that a payload lies in, in the order of their first use.
  mlir::ArrayAttr getFiles() { return builder.getArrayAttr(files); }

private:
  int64_t fileIndex(llvm::StringRef file, bool exists);

  mlir::Builder builder;
  llvm::StringRef path;
  llvm::ArrayRef<Payload> payloads;
  const ImportOptions &options;
  llvm::SmallVector<mlir::Attribute> files;
  llvm::StringMap<int64_t> fileIndices;
  /// Files whose checksum was compared, with the checksum.
  std::set<std::pair<std::string, std::string>> checked;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_TENSORREADER_H
