//===- PassProgress.h - Progress of passes on a terminal --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A line of progress for each pass that takes long.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PIPELINE_PASSPROGRESS_H
#define ONNX_SPLIT_PIPELINE_PASSPROGRESS_H

#include "mlir/Pass/PassManager.h"

namespace onnx_split {

/// While passes of the manager run, a terminal shows what they do; see
/// Progress. They must be passes on the module, which run one after another.
void showProgress(mlir::PassManager &manager);

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_PASSPROGRESS_H
