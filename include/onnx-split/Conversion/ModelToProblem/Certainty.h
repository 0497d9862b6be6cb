//===- Certainty.h - What a plan's figures rest on --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Says which assumptions, upper bounds and gaps the figures of a plan rest on,
/// and evaluates it at further operating points.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_CERTAINTY_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_CERTAINTY_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::split {

/// On a module: what the figures of its plan rest on, a dictionary. `assumed`:
/// dimensions, "N=1" each; `at_most`, `observed` and `open`: tensors whose
/// extents are upper bounds, those of one run, or not known; `refused`: nodes
/// that do not take what they are given; `input_shapes`:
/// "x=1x3" for each input whose extents planning knows; `points`: a
/// dictionary for each further operating point, with its `name`,
/// `bottleneck_ns` and `latency_ns`; `speeds`: what the cluster file leaves
/// open of the devices that run nodes, "box: i8 counts as f32, 470 GFLOP/s".
mlir::DictionaryAttr describeCertainty(graph::ModelOp model,
                                       const ModelProblem &problem,
                                       const placement::Placement &placement,
                                       const MeasuredCluster &cluster);

/// "x=1x3x224x224", as --shape takes it, for each input of the model without a
/// default whose extents planning knows.
std::vector<std::string> listInputShapes(graph::ModelOp model);

/// The first constraint that the plan violates at a further operating point, as
/// a sentence; empty where it fits at all of them. Sizes are what changes from
/// point to point, so that this is mostly a memory that is too small.
std::string findMisfit(graph::ModelOp model, const ModelProblem &problem,
                       const placement::Placement &placement);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_CERTAINTY_H
