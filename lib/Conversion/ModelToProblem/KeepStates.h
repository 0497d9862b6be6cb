//===- KeepStates.h - States that stay with their stage ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A state in the planner's problem is a tie and a weight, so that no search
/// needs to know of it.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_KEEPSTATES_H
#define ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_KEEPSTATES_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

namespace onnx_split::split {

/// Ties the readers of each state's input and the maker of its output together,
/// gives them a weight of what both ends take, and adds it to
/// `problem.states`. The problem has its tasks, tensors and devices, but no
/// further operating points. Pairs that cannot be kept are an error where the
/// user named them, and else sent, with a warning.
mlir::LogicalResult keepStates(graph::ModelOp model,
                               const Constraints &constraints,
                               ModelProblem &problem);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_LIB_CONVERSION_MODELTOPROBLEM_KEEPSTATES_H
