//===- EmitParts.h - Writing the output folder ------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes every part and plan.json to a folder that appears complete or not at
/// all.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PIPELINE_EMITPARTS_H
#define ONNX_SPLIT_PIPELINE_EMITPARTS_H

#include "onnx-split/Plan/Plan.h"
#include "onnx-split/Target/Onnx/Export.h"

namespace onnx_split {

/// Writes the models of the module and the plan under a temporary name beside
/// `folder`, then renames it. Nothing is left behind on failure, which is also
/// what an interrupt (Ctrl-C) leads to. `folder` is named without a separator
/// at its end. With `force` a folder that this program wrote is replaced.
/// `forMpi` adds a `hostfile`.
mlir::LogicalResult emitParts(mlir::ModuleOp module, const Plan &plan,
                              WeightsMode weights, bool forMpi,
                              llvm::StringRef folder, bool force);

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_EMITPARTS_H
