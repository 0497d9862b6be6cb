//===- AnnotateLayers.h - The whole model with its stages -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PIPELINE_ANNOTATELAYERS_H
#define ONNX_SPLIT_PIPELINE_ANNOTATELAYERS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Plan/PlanFile.h"

namespace onnx_split {

/// Annotates each node of the main graph with the layer of the stage that owns
/// it, and gives the model the name that it is written under. `whole` is the
/// model that was planned, as it was before. Nodes in bodies belong to theirs.
void annotateLayers(graph::ModelOp whole, const PlanFile &plan);

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_ANNOTATELAYERS_H
