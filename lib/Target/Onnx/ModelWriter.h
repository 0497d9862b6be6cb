//===- ModelWriter.h - From the IR to a ModelProto --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part of the exporter that makes protobuf messages. Private to the
/// library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_MODELWRITER_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_MODELWRITER_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace onnx_split {

/// Says where a tensor's payload goes; the message holds everything else.
using PlacePayload =
    llvm::function_ref<void(graph::TensorAttr, onnx::TensorProto &)>;

/// Writes the model; `place` is called for every tensor with a payload. Nodes
/// stand in topological order, or with `inSourceOrder` as in the file that the
/// model was read from.
onnx::ModelProto writeModel(graph::ModelOp model, PlacePayload place,
                            bool inSourceOrder = false);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_MODELWRITER_H
