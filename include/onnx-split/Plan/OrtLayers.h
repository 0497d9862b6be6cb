//===- OrtLayers.h - A plan as ONNX Runtime's layers ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// ONNX Runtime can assign the nodes of one model to its execution providers by
/// an annotation on each node, and a setting of the session that says which
/// provider an annotation stands for. A stage is such an annotation.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_ORTLAYERS_H
#define ONNX_SPLIT_PLAN_ORTLAYERS_H

#include "onnx-split/Plan/PlanFile.h"

namespace onnx_split {

inline constexpr llvm::StringLiteral OrtLayersName = "ort_layers.json";
inline constexpr llvm::StringLiteral AnnotatedModelName = "annotated.onnx";
/// The key of a node's metadata that ONNX Runtime looks at.
inline constexpr llvm::StringLiteral LayerKey = "layer_ann";

/// What the nodes of a stage are annotated with.
std::string getLayerName(int64_t stage);

/// Why one session of ONNX Runtime cannot run the plan's stages on what their
/// devices compute with, or nothing where it can.
std::string whyNoOrtLayers(const PlanFile &plan);

/// Writes the setting, the providers that a session needs for it, and what each
/// annotation stands for.
void writeOrtLayers(const PlanFile &plan, llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_ORTLAYERS_H
