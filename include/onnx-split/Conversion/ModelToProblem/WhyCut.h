//===- WhyCut.h - Why a tensor is cut, or is not ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Remarks for --why.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_WHYCUT_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_WHYCUT_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::split {

/// Fails, with an error at the model, where one of them is no tensor of its
/// main graph, of a body in it or of a function.
mlir::LogicalResult checkTensorNames(graph::ModelOp model,
                                     llvm::ArrayRef<std::string> names);

/// A plan, as the answers see it.
struct PlanToExplain {
  /// Without copies of nodes, and with them.
  const ModelProblem &problem, &complete;
  /// Of the complete problem; `result` has the one without copies.
  const placement::Placement &placement;
  const placement::Result &result;
  const ConstantAnalysis &constants;
};

/// For each of the tensors a remark on where it is sent, what sending it would
/// take, or why it never is; and, where it could be otherwise, one on the best
/// plan with `--no-cut` or `--cut` of it. Each of these takes as long as
/// planning may take.
void explainCuts(graph::ModelOp model, llvm::ArrayRef<std::string> names,
                 const PlanToExplain &plan,
                 const placement::SolveOptions &options);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_WHYCUT_H
