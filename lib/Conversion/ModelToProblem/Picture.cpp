//===- Picture.cpp - What a picture shows beside the plan -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/Picture.h"

#include "onnx-split/Dialect/Split/IR/Split.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

/// By stage: the device that takes longest for its tasks, which is the one
/// whose time the stage has.
static std::vector<int32_t>
findSlowestDevices(const placement::Problem &problem,
                   const placement::Placement &placement) {
  std::vector<int32_t> slowest = placement.deviceOf;
  if (placement.replicas.empty())
    return slowest;
  auto sum = [&](size_t stage, int32_t device) {
    int64_t time = 0;
    for (auto [task, of] : llvm::enumerate(placement.stageOf))
      if (size_t(of) == stage)
        time = placement::addSaturating(time, problem.timeOf(task, device));
    return time;
  };
  for (auto [stage, others] : llvm::enumerate(placement.replicas))
    for (int32_t other : others)
      if (sum(stage, other) > sum(stage, slowest[stage]))
        slowest[stage] = other;
  return slowest;
}

/// A node that several stages compute is a task of each.
static void writeTasks(const ModelProblem &model,
                       const placement::Placement &placement) {
  const placement::Problem &problem = model.problem;
  llvm::MapVector<Operation *, SmallVector<int64_t>> shares;
  // Of each stage, the weights that were counted.
  std::vector<llvm::DenseSet<int32_t>> counted(placement.deviceOf.size());
  std::vector<int32_t> devices = findSlowestDevices(problem, placement);
  for (auto [task, stage] : llvm::enumerate(placement.stageOf)) {
    int64_t bytes = 0;
    for (int32_t weight : problem.tasks[task].weights)
      if (!problem.weights[weight].isState &&
          counted[stage].insert(weight).second)
        bytes += problem.weights[weight].bytes;
    if (NodeOp node = model.tasks[task])
      shares[node].append({stage, problem.timeOf(task, devices[stage]), bytes});
  }
  for (auto &[node, share] : shares)
    node->setAttr(TaskAttrName,
                  DenseI64ArrayAttr::get(node->getContext(), share));
}

static DictionaryAttr describeNoCuts(const ModelProblem &problem,
                                     Builder &builder) {
  NamedAttrList reasons;
  for (auto [value, why] : llvm::zip(problem.tensors, problem.whyNoCut))
    // An attribute needs a name.
    if (!why.empty() && !getValueName(value).empty())
      reasons.append(getValueName(value), builder.getStringAttr(why));
  // Copies of a node make tensors of one name, which have one reason.
  SmallVector<NamedAttribute> sorted(reasons.begin(), reasons.end());
  llvm::sort(sorted);
  sorted.erase(llvm::unique(sorted,
                            [](NamedAttribute a, NamedAttribute b) {
                              return a.getName() == b.getName();
                            }),
               sorted.end());
  return DictionaryAttr::getWithSorted(builder.getContext(), sorted);
}

/// What each tensor takes in a message. Those of unknown size are left out.
static DictionaryAttr describeSizes(const ModelProblem &problem,
                                    Builder &builder) {
  llvm::MapVector<StringRef, int64_t> sizes;
  for (auto [value, tensor] :
       llvm::zip(problem.tensors, problem.problem.tensors))
    if (!getValueName(value).empty() && hasKnownSize(value))
      sizes.insert({getValueName(value), tensor.sent()});
  SmallVector<NamedAttribute> entries;
  for (auto [name, bytes] : sizes)
    entries.push_back(
        builder.getNamedAttr(name, builder.getI64IntegerAttr(bytes)));
  return builder.getDictionaryAttr(entries);
}

static ArrayAttr describeAdvice(ArrayRef<Advice> advice, Builder &builder) {
  SmallVector<Attribute> entries;
  for (const Advice &given : advice) {
    NamedAttrList entry;
    entry.set("change", builder.getStringAttr(given.change));
    entry.set("asked", builder.getBoolAttr(given.isAsked));
    entry.set("now", builder.getI64IntegerAttr(given.now));
    entry.set("proven", builder.getBoolAttr(given.isProven));
    entry.set("now_proven", builder.getBoolAttr(given.isNowProven));
    entry.set("integers", builder.getBoolAttr(given.countsIntegers));
    if (given.value)
      entry.set("value", builder.getI64IntegerAttr(*given.value));
    else
      entry.set("why_none", builder.getStringAttr(given.whyNone));
    entries.push_back(entry.getDictionary(builder.getContext()));
  }
  return builder.getArrayAttr(entries);
}

static ArrayAttr describePoints(const ModelProblem &problem,
                                const placement::Placement &placement,
                                Builder &builder) {
  SmallVector<Attribute> points;
  for (const ModelProblem::Point &point : problem.points) {
    placement::Evaluation evaluation =
        placement::evaluate(problem.atPoint(point), placement);
    std::vector<int64_t> stages, messages;
    for (const placement::StageLoad &stage : evaluation.stages)
      stages.push_back(stage.computeNs);
    for (const placement::Message &message : evaluation.messages)
      messages.push_back(message.timeNs);
    points.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("stage_ns", builder.getDenseI64ArrayAttr(stages)),
         builder.getNamedAttr("message_ns",
                              builder.getDenseI64ArrayAttr(messages))}));
  }
  return builder.getArrayAttr(points);
}

void split::writePicture(ModelOp model, const ModelProblem &problem,
                         const placement::Placement &placement,
                         ArrayRef<Advice> advice) {
  writeTasks(problem, placement);
  Builder builder(model.getContext());
  model->getParentOp()->setAttr(
      PictureAttrName,
      builder.getDictionaryAttr(
          {builder.getNamedAttr("no_cut", describeNoCuts(problem, builder)),
           builder.getNamedAttr("sizes", describeSizes(problem, builder)),
           builder.getNamedAttr("advice", describeAdvice(advice, builder)),
           builder.getNamedAttr("points",
                                describePoints(problem, placement, builder))}));
}
