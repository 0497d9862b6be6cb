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

/// What is written beside the parts and plan.json. describeForeign() must know
/// all of it.
struct Further {
  std::vector<FurtherFile> files;
  /// Under their own names, with weights as the parts have them.
  std::vector<graph::ModelOp> models;
};

/// Writes the models of the module and the plan under a temporary name beside
/// `folder`, then renames it. Nothing is left behind on failure, which is also
/// what an interrupt (Ctrl-C) leads to. `folder` is named without a separator
/// at its end. With `force` a folder that this program wrote is replaced.
mlir::LogicalResult emitParts(mlir::ModuleOp module, const Plan &plan,
                              WeightsMode weights, const Further &further,
                              llvm::StringRef folder, bool force);

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_EMITPARTS_H
