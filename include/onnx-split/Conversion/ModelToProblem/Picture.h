//===- Picture.h - What a picture shows beside the plan ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Notes down, for a report, what only planning knows and the plan itself does
/// not keep.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PICTURE_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PICTURE_H

#include "onnx-split/Conversion/ModelToProblem/ExplainPlan.h"

namespace onnx_split::split {

/// Writes `split.task` to the nodes, and `split.picture` to the module:
/// `no_cut`, a dictionary from the name of each tensor that cannot be cut to
/// the reason; `sizes`, one to the bytes that each takes in a message;
/// `advice`, a dictionary for each change with `change`, `asked`, `now`,
/// `proven` and, where a plan was found, `value`; `points`, for each further
/// operating point `stage_ns` and `message_ns`, times by stage and by message.
/// `problem` and `placement` are those with all copies of nodes.
void writePicture(graph::ModelOp model, const ModelProblem &problem,
                  const placement::Placement &placement,
                  llvm::ArrayRef<Advice> advice);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PICTURE_H
