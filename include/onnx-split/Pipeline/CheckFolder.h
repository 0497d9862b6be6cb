//===- CheckFolder.h - May the output folder be written? --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// --force replaces what this program has written, and nothing else.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PIPELINE_CHECKFOLDER_H
#define ONNX_SPLIT_PIPELINE_CHECKFOLDER_H

#include "mlir/IR/MLIRContext.h"

namespace onnx_split {

/// Whether `folder`, named without a separator at its end, may be written: it
/// does not exist, or `force` is given, its plan.json accounts for all in it,
/// and none of `read`, the paths that the run reads, lies in it. Emits the
/// reason, with the names of what is foreign.
llvm::LogicalResult checkFolder(llvm::StringRef folder, bool force,
                                llvm::ArrayRef<std::string> read,
                                mlir::MLIRContext *context);

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_CHECKFOLDER_H
