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

#include <functional>

namespace onnx_split {

/// A text file beside the parts.
struct FurtherFile {
  std::string name;
  std::function<void(llvm::raw_ostream &)> write;
};

/// Writes the models of the module and the plan under a temporary name beside
/// `folder`, then renames it. Nothing is left behind on failure, which is also
/// what an interrupt (Ctrl-C) leads to. `folder` is named without a separator
/// at its end. With `force` a folder that this program wrote is replaced.
/// `further` files stand beside the parts; describeForeign() must know them.
mlir::LogicalResult emitParts(mlir::ModuleOp module, const Plan &plan,
                              WeightsMode weights,
                              llvm::ArrayRef<FurtherFile> further,
                              llvm::StringRef folder, bool force);

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_EMITPARTS_H
