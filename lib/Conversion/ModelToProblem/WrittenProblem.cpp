//===- WrittenProblem.cpp - A model's problem for other planners ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/WrittenProblem.h"

#include "onnx-split/Conversion/ModelToProblem/SavedPlacement.h"
#include "onnx-split/Conversion/ModelToProblem/SharedDequantize.h"

using namespace onnx_split;
using namespace onnx_split::split;

instances::ProblemFile split::describeProblem(graph::ModelOp model,
                                              const ModelProblem &problem) {
  instances::ProblemFile file;
  file.sourceDigest = model.getDigest().value_or("").str();
  file.problem = sendIntegers(problem, findSharedDequantizes(problem),
                              /*alsoInMemory=*/false)
                     .withLargestSizes();
  for (graph::NodeOp node : problem.tasks) {
    instances::ProblemFile::Node &place = file.nodes.emplace_back();
    if (!node)
      continue;
    PlanFile::Node found = getPlace(node);
    place = {found.index, std::move(found.path)};
  }
  return file;
}
