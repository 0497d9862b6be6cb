//===- StageProblem.h - What crosses between given stages -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The planner's evaluation for stages that are formed already: for IR that
/// does not say what the evaluation of its placement found.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_STAGEPROBLEM_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_STAGEPROBLEM_H

#include "onnx-split/Dialect/Split/IR/Split.h"

#include "mlir/IR/BuiltinOps.h"

namespace onnx_split::split {

/// A tensor that goes from one stage to another.
struct StageTensor {
  int32_t from = 0, to = 0;
  int64_t bytes = 0;
};

/// Nanoseconds that a message with each tensor takes, by the evaluation of the
/// placement. Fails, with an error at the module, where a placement is so wrong
/// that there are no times.
mlir::FailureOr<llvm::SmallVector<int64_t>>
timeTensors(mlir::ModuleOp module, TopologyAttr topology,
            PlacementAttr placement, llvm::ArrayRef<StageTensor> tensors);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_STAGEPROBLEM_H
