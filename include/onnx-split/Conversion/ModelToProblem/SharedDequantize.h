//===- SharedDequantize.h - What several stages dequantise ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A DequantizeLinear with one reader stays in its reader's stage, so that the
/// small integers travel. One with several readers, as before a residual
/// connection, is computed by each stage that has one of them. The planner
/// knows no copies: it plans with the bytes of the integers, and the copies are
/// added to what it decides.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_SHAREDDEQUANTIZE_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_SHAREDDEQUANTIZE_H

#include "onnx-split/Conversion/ModelToProblem/Rematerialize.h"

namespace onnx_split::split {

/// A DequantizeLinear by its task, and the tensors that it reads and makes.
struct SharedDequantize {
  int32_t task = placement::None, stored = placement::None,
          made = placement::None;
};

/// Those with several readers and constant parameters, whose integers can be
/// sent, are made by a node, and are read by nothing else. Where the user pins
/// the node, or wants to see the result cross, it is left alone. Linear.
std::vector<SharedDequantize>
findSharedDequantizes(const ModelProblem &problem);

/// The problem with the integers' bytes in place of the results' in messages.
/// No plan with the copies has less in its messages, and copies take time on
/// top of it, so that its bounds hold. `alsoInMemory` counts them so in memory
/// too: for plans that are checked with their copies later.
ModelProblem sendIntegers(const ModelProblem &problem,
                          llvm::ArrayRef<SharedDequantize> shared,
                          bool alsoInMemory);

/// Moves each such node to the first stage that reads it, unless it is all that
/// its stage has, and returns the copies for the others. Nothing, and the
/// placement as it was, where the plan with them violates a constraint or a
/// limit of the options.
std::optional<Copies> copyDequantizes(graph::ModelOp model,
                                      const ModelProblem &problem,
                                      llvm::ArrayRef<SharedDequantize> shared,
                                      const placement::SolveOptions &options,
                                      placement::Placement &placement);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_SHAREDDEQUANTIZE_H
