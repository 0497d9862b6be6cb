//===- Export.h - From the IR to ONNX files ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes an `onnx.model`. Payloads are copied from file to file: the time is
/// that of a copy and the memory that of the skeleton, whatever the size.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_EXPORT_H
#define ONNX_SPLIT_TARGET_ONNX_EXPORT_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Target/Onnx/Skeleton.h"

#include "onnx/onnx_pb.h"

namespace onnx_split {

/// Where the weights of a written model go.
enum class WeightsMode {
  /// Leave every tensor as it is; external data stays where it lies. Nodes go
  /// back to the order that the file had, sorted or not; all others sort them.
  Keep,
  /// As in the source, but in a data file of the model's own, and external
  /// where the model would pass 2 GiB.
  Auto,
  /// All inside the model.
  Embed,
  /// All that can be in a data file of the model's own.
  External
};

/// A model ready to be written.
struct ExportedModel {
  Pieces model;
  /// Contents of the model's own data file; empty where it needs none.
  Pieces data;
};

/// Turns a model into pieces. `dataFileName` is the location that external
/// tensors will name. Fails where the model is too large for protobuf.
mlir::FailureOr<ExportedModel> exportModel(graph::ModelOp model,
                                           WeightsMode mode,
                                           llvm::StringRef dataFileName);

/// Writes pieces to a new file at `path`, reading payloads from the files that
/// the model lists. Fails, with an error at the model, where one of them has
/// changed since import or the disk refuses; the file may then be incomplete.
/// `progress` receives the number of bytes written since the last call; it
/// returns false to give up, which is a failure without a message.
mlir::LogicalResult
writePieces(graph::ModelOp model, const Pieces &pieces, llvm::StringRef path,
            llvm::function_ref<bool(uint64_t)> progress = nullptr);

/// The model as one serialised message for a runtime in this process. Large
/// initializers of the main graph stay in the files that they lie in, embedded
/// ones too: their locations are absolute paths without the first '/', so that
/// the root is the folder of the external data. Everything else is read into
/// the message. Fails, with an error at the model, where a file is missing or
/// has changed since import, or where the message passes 2 GiB.
mlir::FailureOr<std::string> exportToMemory(graph::ModelOp model);

/// Reads pieces of a model that would be written. Every file that the model
/// lists must be as it was at import.
mlir::FailureOr<std::string> readPieces(graph::ModelOp model,
                                        const Pieces &pieces);

/// The skeleton as protobuf messages, with every payload declared external: for
/// ONNX's shape inference and checks. Computes no weights.
onnx::ModelProto exportSkeleton(graph::ModelOp model);

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_EXPORT_H
