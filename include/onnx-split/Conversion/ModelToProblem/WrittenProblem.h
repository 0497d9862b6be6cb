//===- WrittenProblem.h - A model's problem for other planners --*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The problem that the planner is given for a model, as problem.json says it
/// (docs/problem.schema.json).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_WRITTENPROBLEM_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_WRITTENPROBLEM_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"
#include "onnx-split/Instances/ProblemFile.h"

namespace onnx_split::split {

/// The problem with the tasks' places in the source. A tensor has the largest
/// size of any operating point in memory, and times and messages are those of
/// the first. The results of shared DequantizeLinears are sent as integers, for
/// copies are added to what is planned and are no part of the problem. The
/// nodes must have indices (setIndices). What is asked of a plan, and the name,
/// are the caller's to add.
instances::ProblemFile describeProblem(graph::ModelOp model,
                                       const ModelProblem &problem);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_WRITTENPROBLEM_H
