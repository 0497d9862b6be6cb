//===- StageProblem.cpp - What crosses between given stages ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/StageProblem.h"

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"
#include "onnx-split/Conversion/ModelToProblem/Topology.h"
#include "onnx-split/Placement/Placement.h"

#include <numeric>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::split;

/// A problem with one task for each stage, as far as the times of wires depend
/// on it: tasks take no time and memory is not limited. Revisiting and replicas
/// are allowed, because whether the plan may have them is not asked here.
static placement::Problem makeStageProblem(TopologyAttr topology, size_t stages,
                                           ArrayRef<StageTensor> tensors) {
  placement::Problem problem = makeEmptyProblem(toCluster(topology));
  problem.revisit = problem.replicate = true;
  for (size_t stage = 0; stage < stages; ++stage)
    problem.tasks.push_back({"stage " + std::to_string(stage), {}});
  problem.taskTime.assign(stages, 0);
  for (const StageTensor &crossing : tensors) {
    placement::Tensor &tensor = problem.tensors.emplace_back();
    tensor.producer = crossing.from;
    tensor.consumers = {crossing.to};
    tensor.bytes = crossing.bytes;
  }
  return problem;
}

FailureOr<SmallVector<int64_t>>
split::timeTensors(ModuleOp module, TopologyAttr topology,
                   PlacementAttr attribute, ArrayRef<StageTensor> tensors) {
  placement::Placement placement;
  placement.deviceOf.assign(attribute.getDevices().begin(),
                            attribute.getDevices().end());
  for (DenseI32ArrayAttr others : attribute.getReplicas())
    placement.replicas.emplace_back(others.asArrayRef());
  placement.stageOf.resize(placement.deviceOf.size());
  std::iota(placement.stageOf.begin(), placement.stageOf.end(), 0);
  placement::Evaluation evaluation = placement::evaluate(
      makeStageProblem(topology, placement.stageOf.size(), tensors), placement);
  SmallVector<int64_t> times(tensors.size(), -1);
  // A tensor is one wire, since it has one reader.
  for (const placement::Wire &wire : evaluation.wires)
    times[wire.tensor] = wire.timeNs;
  if (llvm::is_contained(times, -1))
    return module.emitError("the placement is not valid: ")
           << (evaluation.violations.empty() ? "a wire ends where it begins"
                                             : evaluation.violations.front());
  return times;
}
