//===- SavedPlacement.cpp - The placement that a saved plan asks for ------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/SavedPlacement.h"

#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Plan/SavedPlan.h"

#include "mlir/IR/Builders.h"

#include <map>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

void split::setIndices(GraphOp graph) {
  Builder builder(graph.getContext());
  for (auto [index, node] : llvm::enumerate(graph.getBody().getOps<NodeOp>()))
    node->setAttr(
        IndexAttrName,
        builder.getI64IntegerAttr(graph::getSourceIndex(node, int64_t(index))));
}

PlanFile::Node split::getPlace(NodeOp node) {
  PlanFile::Node place;
  place.index = node->getAttrOfType<IntegerAttr>(IndexAttrName).getInt();
  if (auto path = node->getAttrOfType<ArrayAttr>(PathAttrName))
    for (auto step : path.getAsRange<StringAttr>())
      place.path.push_back(step.str());
  return place;
}

namespace {
/// The tasks by their place in the source, and the last index of any node.
struct Places {
  explicit Places(ModelOp model, const ModelProblem &problem) {
    for (auto [task, node] : llvm::enumerate(problem.tasks))
      if (node)
        taskOf[getPlace(node)] = int32_t(task);
    for (auto node : model.getGraph().getBody().getOps<NodeOp>())
      last = std::max(last, getPlace(node).index);
  }
  std::map<SavedPlan::Node, int32_t> taskOf;
  int64_t last = -1;
};
} // namespace

/// The device of that name; an error after "the plan's stage N" if there is
/// none.
static FailureOr<int32_t> findDevice(ModelOp model, const Cluster &cluster,
                                     size_t stage, StringRef verb,
                                     StringRef name) {
  int32_t device = cluster.findDevice(name);
  if (device >= 0)
    return device;
  return model.emitError("the plan's stage ")
         << stage << " " << verb << " '" << name
         << "', which the cluster does not have";
}

/// Puts the nodes that a stage of the plan lists into it. Those that are no
/// tasks are passed over.
static LogicalResult assignNodes(ModelOp model, const ModelProblem &problem,
                                 const Places &places, size_t index,
                                 const SavedPlan::Stage &stage,
                                 placement::Placement &placement) {
  for (const SavedPlan::Node &node : stage.nodes) {
    if (node.index < 0 || node.index > places.last)
      return model.emitError("the plan's stage ")
             << index << " has node " << node.index
             << ", but the model's last is " << places.last;
    // Constants follow their users, wherever the plan lists them, and copies
    // what they spare.
    auto task = places.taskOf.find(node);
    if (task == places.taskOf.end() || node.copied)
      continue;
    int32_t &stageOf = placement.stageOf[task->second];
    if (stageOf != placement::None)
      return emitError(problem.tasks[task->second]->getLoc())
             << "is in the plan's stages " << stageOf << " and " << index;
    stageOf = int32_t(index);
  }
  return success();
}

/// The placement that a plan describes. Every task must be in one of its
/// stages; what else is wrong with it, the evaluation finds.
static FailureOr<placement::Placement> applyPlan(ModelOp model,
                                                 const ModelProblem &problem,
                                                 const Cluster &cluster,
                                                 const SavedPlan &plan) {
  Places places(model, problem);
  placement::Placement placement;
  placement.stageOf.assign(problem.tasks.size(), placement::None);
  for (auto [index, stage] : llvm::enumerate(plan.stages)) {
    FailureOr<int32_t> device =
        findDevice(model, cluster, index, "runs on", stage.device);
    if (failed(device))
      return failure();
    placement.deviceOf.push_back(*device);
    if (failed(assignNodes(model, problem, places, index, stage, placement)))
      return failure();
  }
  for (auto [index, stage] : llvm::enumerate(plan.stages)) {
    std::vector<int32_t> &others = placement.replicas.emplace_back();
    for (const std::string &name : stage.replicas) {
      FailureOr<int32_t> device =
          findDevice(model, cluster, index, "has a replica on", name);
      if (failed(device))
        return failure();
      others.push_back(*device);
    }
  }
  // The task of a model without nodes, which no plan can list.
  if (problem.tasks.size() == 1 && !problem.tasks.front())
    placement.stageOf[0] = 0;
  for (auto [task, stage] : llvm::enumerate(placement.stageOf))
    if (stage == placement::None)
      return emitError(problem.tasks[task]->getLoc())
             << "is in no stage of the plan";
  return placement;
}

/// Refuses a saved plan that cuts where the model cannot be cut, with the
/// reason, which the evaluation does not know. One error for each tensor, up to
/// a limit.
static LogicalResult checkCuts(const ModelProblem &problem,
                               const placement::Placement &placement) {
  constexpr unsigned maxReported = 10;
  unsigned reported = 0;
  for (auto [tensor, value, why] :
       llvm::zip(problem.problem.tensors, problem.tensors, problem.whyNoCut)) {
    if (tensor.producer == placement::None || why.empty())
      continue;
    int32_t from = placement.stageOf[tensor.producer];
    for (int32_t consumer : tensor.consumers) {
      int32_t to = placement.stageOf[consumer];
      if (to == from)
        continue;
      if (++reported <= maxReported)
        emitError(value.getLoc())
            << "the plan cuts '" << tensor.name << "' between stages " << from
            << " and " << to << ", which cannot be because " << why;
      break;
    }
  }
  return success(reported == 0);
}

FailureOr<placement::Placement>
split::readSavedPlacement(ModelOp model, const ModelProblem &problem,
                          const Cluster &cluster, StringRef path) {
  llvm::Expected<SavedPlan> plan = readPlan(path);
  if (!plan)
    return model.emitError(llvm::toString(plan.takeError()));
  if (plan->sourceDigest != model.getDigest().value_or(""))
    return model.emitError("the plan '")
           << path << "' is stale: it was made for a model with the digest "
           << plan->sourceDigest << ", but this model has "
           << model.getDigest().value_or("none");
  FailureOr<placement::Placement> placement =
      applyPlan(model, problem, cluster, *plan);
  if (failed(placement) || failed(checkCuts(problem, *placement)))
    return failure();
  return placement;
}
