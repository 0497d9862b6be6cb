//===- Pipeline.h - The pass pipeline ---------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The one list of passes that every program runs, and the registration of
/// everything that a program of this project knows.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PIPELINE_PIPELINE_H
#define ONNX_SPLIT_PIPELINE_PIPELINE_H

#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"
#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace onnx_split {

/// Options of the whole pipeline: those of its passes, where they are declared
/// with their defaults. How transfers are lowered, and whether extents must be
/// known, follows from those of planning.
struct PipelineOptions {
  graph::InferTypesPassOptions inferTypes;
  split::AnnotateCostPassOptions annotateCost;
  split::PlacePassOptions place;
};

/// Adds every pass from an imported model to parts that can be exported.
void buildSplitPipeline(mlir::OpPassManager &manager,
                        const PipelineOptions &options);

/// A copy of a module with the types that the parts will declare and, beside
/// them, the extents that planning will use: what can be known of a model
/// before it is planned. Fails, with errors, where the pipeline would;
/// warnings are left to it.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
inferTypesOfCopy(mlir::ModuleOp module, const PipelineOptions &options);

/// Registers this project's dialects.
void registerDialects(mlir::DialectRegistry &registry);

/// Registers this project's passes, and the pipeline as `split-pipeline`, whose
/// options have the names of the command line.
void registerPasses();

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_PIPELINE_H
