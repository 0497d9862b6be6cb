//===- NodeMetadata.h - Metadata of nodes -----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_NODEMETADATA_H
#define ONNX_SPLIT_TARGET_ONNX_NODEMETADATA_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

namespace onnx_split {

/// Sets an entry of a node's metadata_props; one of that key is replaced.
void setMetadata(graph::NodeOp node, llvm::StringRef key,
                 llvm::StringRef value);

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_NODEMETADATA_H
