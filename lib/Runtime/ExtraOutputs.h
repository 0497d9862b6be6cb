//===- ExtraOutputs.h - A model that shows what is inside it ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_EXTRAOUTPUTS_H
#define ONNX_SPLIT_LIB_RUNTIME_EXTRAOUTPUTS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "llvm/ADT/StringMap.h"

namespace onnx_split::runtime {

/// Makes values that nodes of the main graph make, and which are no outputs
/// yet, outputs, declared with the given types; null declares none. Names that
/// no node makes are passed over.
void addOutputs(graph::ModelOp model, llvm::StringMap<mlir::Type> wanted);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_EXTRAOUTPUTS_H
