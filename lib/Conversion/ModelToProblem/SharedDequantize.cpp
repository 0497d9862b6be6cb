//===- SharedDequantize.cpp - What several stages dequantise --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/SharedDequantize.h"

#include "onnx-split/Conversion/ModelToProblem/Certainty.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;
using placement::None;
using placement::Placement;
using placement::SolveOptions;
using placement::Tensor;

std::vector<SharedDequantize>
split::findSharedDequantizes(const ModelProblem &problem) {
  std::vector<SharedDequantize> found;
  const std::vector<Tensor> &tensors = problem.problem.tensors;
  for (auto [index, made] : llvm::enumerate(tensors)) {
    if (made.producer == None || made.consumers.size() < 2 || !made.canCut ||
        made.mustCut || problem.problem.tasks[made.producer].pin != None ||
        problem.problem.tasks[made.producer].hasState)
      continue;
    NodeOp node = problem.tasks[made.producer];
    if (isQuantisation(node, "DequantizeLinear"))
      found.push_back({made.producer, None, int32_t(index)});
  }
  if (found.empty())
    return found;
  llvm::DenseMap<int32_t, SmallVector<int32_t, 2>> reads;
  for (const SharedDequantize &each : found)
    reads[each.task];
  for (auto [index, tensor] : llvm::enumerate(tensors))
    for (int32_t consumer : tensor.consumers)
      if (auto it = reads.find(consumer); it != reads.end())
        it->second.push_back(int32_t(index));
  llvm::erase_if(found, [&](SharedDequantize &each) {
    ArrayRef<int32_t> read = reads[each.task];
    if (read.size() != 1)
      return true;
    each.stored = read.front();
    const Tensor &stored = tensors[each.stored];
    return stored.producer == None || stored.consumers.size() != 1 ||
           !stored.canCut || stored.sent() >= tensors[each.made].sent();
  });
  return found;
}

ModelProblem split::sendIntegers(const ModelProblem &problem,
                                 ArrayRef<SharedDequantize> shared,
                                 bool alsoInMemory) {
  ModelProblem changed = problem;
  for (const SharedDequantize &each : shared) {
    const Tensor &stored = problem.problem.tensors[each.stored];
    Tensor &made = changed.problem.tensors[each.made];
    made.messageBytes = stored.sent();
    if (!alsoInMemory)
      continue;
    made.bytes = stored.bytes;
    for (ModelProblem::Point &point : changed.points)
      point.bytes[each.made] = point.bytes[each.stored];
  }
  return changed;
}

/// The first stage that reads a tensor.
static int32_t firstReader(const Tensor &tensor, const Placement &placement) {
  int32_t first = placement.stageOf[tensor.consumers.front()];
  for (int32_t reader : tensor.consumers)
    first = std::min(first, placement.stageOf[reader]);
  return first;
}

/// A node that a later stage reads first would make something for nobody in its
/// own stage. It stays where it is all that its stage has.
static void moveToReaders(const placement::Problem &problem,
                          ArrayRef<SharedDequantize> shared,
                          Placement &placement) {
  std::vector<int32_t> tasksOf(placement.deviceOf.size());
  for (int32_t stage : placement.stageOf)
    ++tasksOf[stage];
  for (const SharedDequantize &each : shared) {
    int32_t &stage = placement.stageOf[each.task];
    int32_t first = firstReader(problem.tensors[each.made], placement);
    if (first <= stage || tasksOf[stage] < 2)
      continue;
    --tasksOf[stage];
    stage = first;
    ++tasksOf[stage];
  }
}

/// A copy for each stage that reads what such a node makes, beside its own. One
/// without a reader in its own stage keeps making it for all.
static Copies copyToReaders(const placement::Problem &problem,
                            ArrayRef<SharedDequantize> shared,
                            const Placement &placement) {
  Copies copies(problem.tasks.size());
  for (const SharedDequantize &each : shared) {
    const Tensor &made = problem.tensors[each.made];
    int32_t own = placement.stageOf[each.task];
    if (firstReader(made, placement) != own)
      continue;
    std::vector<int32_t> &stages = copies[each.task];
    for (int32_t reader : made.consumers)
      if (placement.stageOf[reader] != own)
        stages.push_back(placement.stageOf[reader]);
    llvm::sort(stages);
    stages.erase(llvm::unique(stages), stages.end());
  }
  return copies;
}

std::optional<Copies> split::copyDequantizes(ModelOp model,
                                             const ModelProblem &problem,
                                             ArrayRef<SharedDequantize> shared,
                                             const SolveOptions &options,
                                             Placement &placement) {
  Placement moved = placement;
  moveToReaders(problem.problem, shared, moved);
  Copies copies = copyToReaders(problem.problem, shared, moved);
  Rematerialized complete = addCopies(problem, moved, copies);
  placement::Evaluation evaluation =
      placement::evaluate(complete.problem.problem, complete.placement);
  if (!evaluation.violations.empty() ||
      evaluation.intervalNs > options.targetNs ||
      evaluation.latencyNs > options.maxLatencyNs ||
      findSenders(complete.problem.problem, complete.placement) !=
          findSenders(problem.problem, placement) ||
      !findMisfit(model, complete.problem, complete.placement).empty())
    return std::nullopt;
  placement = std::move(moved);
  return copies;
}
