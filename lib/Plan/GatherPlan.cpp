//===- GatherPlan.cpp - The plan from the IR ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Plan/Plan.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Inference/KnownValues.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// Constants of a part: initializers and the results of constant nodes.
static void
gatherConstants(ModelOp model, int32_t stage,
                llvm::MapVector<StringAttr, Plan::Copied> &constants) {
  for (Operation &op : model.getGraph().getBody().front()) {
    if (!isa<InitializerOp>(op) && !op.hasAttr(split::ConstantAttrName))
      continue;
    for (Value result : op.getResults()) {
      StringRef name = getValueName(result);
      if (name.empty())
        continue;
      Plan::Copied &copied =
          constants[StringAttr::get(model.getContext(), name)];
      copied.tensor = name.str();
      copied.bytes = getConstantBytes(result);
      copied.stages.push_back(stage);
      copied.isKnown |= op.hasAttr(CopiedValueAttrName);
    }
  }
}

/// What parts compute, or hold as a constant, that another one owns: the stages
/// with a node that makes it are added to those that hold it.
static void gatherComputed(ModuleOp module,
                           llvm::MapVector<StringAttr, Plan::Copied> &copies) {
  auto visit = [&](auto take) {
    for (auto model : module.getOps<ModelOp>())
      if (auto part =
              model->getAttrOfType<split::PartAttr>(split::PartAttrName))
        for (auto node : model.getGraph().getBody().getOps<NodeOp>())
          for (Value result : node.getResults())
            take(StringAttr::get(module.getContext(), getValueName(result)),
                 node, result, part.getStage());
  };
  visit([&](StringAttr name, NodeOp node, Value result, int32_t) {
    if (!node->hasAttr(split::CopiedAttrName) || name.empty())
      return;
    Plan::Copied &copied = copies[name];
    copied.tensor = name.str();
    copied.bytes = getItemBytes(result, ExtentsUse::memory());
    copied.isComputed = true;
  });
  visit([&](StringAttr name, NodeOp node, Value, int32_t stage) {
    auto it = copies.find(name);
    // Boundary nodes name what they pass on, too, but are not of the source.
    if (it != copies.end() && node->hasAttr(split::IndexAttrName) &&
        (it->second.isKnown || it->second.isComputed))
      it->second.stages.push_back(stage);
  });
  for (auto &[name, copied] : copies)
    llvm::sort(copied.stages);
}

static PlanInterface interfaceOf(GraphOp graph) {
  PlanInterface interface;
  llvm::StringSet<> defaults;
  for (auto initializer : graph.getBody().getOps<InitializerOp>())
    defaults.insert(getValueName(initializer.getResult()));
  for (BlockArgument input : graph.getBody().getArguments())
    if (StringRef name = getValueName(input); !defaults.contains(name))
      interface.inputs.push_back(name.str());
  for (auto info : graph.getOutputInfos().getAsRange<ValueInfoAttr>())
    interface.outputs.push_back(info.getName() ? info.getName().str() : "");
  return interface;
}

PlanInterface onnx_split::gatherInterface(ModuleOp module) {
  for (auto model : module.getOps<ModelOp>())
    return interfaceOf(model.getGraph());
  return {};
}

static std::vector<std::string> strings(ArrayAttr array) {
  std::vector<std::string> result;
  for (auto string : array.getAsRange<StringAttr>())
    result.push_back(string.str());
  return result;
}

static Plan::Stage gatherStage(ModelOp model, split::PartAttr part) {
  Plan::Stage stage;
  stage.file = model.getFileName().str();
  stage.part = part;
  GraphOp graph = model.getGraph();
  PlanInterface interface = interfaceOf(graph);
  stage.inputs = std::move(interface.inputs);
  stage.outputs = std::move(interface.outputs);
  for (auto node : graph.getBody().getOps<NodeOp>()) {
    // Boundary nodes are not of the source.
    auto index = node->getAttrOfType<IntegerAttr>(split::IndexAttrName);
    if (!index)
      continue;
    auto unknown = node->getAttrOfType<StringAttr>(split::UnknownAttrName);
    Plan::Node &entry = stage.nodes.emplace_back();
    entry.index = index.getInt();
    entry.name = node.getNodeName().value_or("").str();
    entry.op = node.getOpType().str();
    entry.copied = node->hasAttr(split::CopiedAttrName);
    entry.unknownCost = unknown && !entry.copied;
    if (unknown)
      entry.reason = unknown.str();
    if (auto path = node->getAttrOfType<ArrayAttr>(PathAttrName))
      entry.path = strings(path);
    for (Value result : node.getResults())
      stage.hasOpenTensor |= !isa<OnnxOmittedType>(result.getType()) &&
                             !node->hasAttr(split::ConstantAttrName) &&
                             !hasKnownSize(result, ExtentsUse::memory());
  }
  return stage;
}

/// What the passes noted down of what the figures rest on.
static void gatherCertainty(Plan &plan, DictionaryAttr certainty) {
  if (!certainty)
    return;
  auto list = [&](StringRef key) {
    auto array = certainty.getAs<ArrayAttr>(key);
    return array ? strings(array) : std::vector<std::string>();
  };
  plan.assumed = list("assumed");
  plan.atMost = list("at_most");
  plan.observed = list("observed");
  plan.open = list("open");
  plan.inputShapes = list("input_shapes");
  if (auto points = certainty.getAs<ArrayAttr>("points"))
    for (auto point : points.getAsRange<DictionaryAttr>()) {
      auto name = point.getAs<StringAttr>("name");
      auto bottleneck = point.getAs<IntegerAttr>("bottleneck_ns"),
           latency = point.getAs<IntegerAttr>("latency_ns");
      if (name && bottleneck && latency)
        plan.points.push_back(
            {name.str(), bottleneck.getInt(), latency.getInt()});
    }
}

static void gatherReplicas(Plan &plan, split::TopologyAttr topology) {
  if (!topology || !plan.placement)
    return;
  int32_t rank = plan.stages.size();
  for (auto [stage, others] :
       llvm::zip(plan.stages, plan.placement.getReplicas()))
    for (int32_t device : others.asArrayRef())
      stage.replicas.push_back(
          {topology.getDevices()[device].getName().str(), rank++});
}

Plan onnx_split::gatherPlan(ModuleOp module) {
  Plan plan;
  plan.placement =
      module->getAttrOfType<split::PlacementAttr>(split::PlacementAttrName);
  auto topology =
      module->getAttrOfType<split::TopologyAttr>(split::TopologyAttrName);
  if (auto wires = module->getAttrOfType<ArrayAttr>(split::WiresAttrName))
    for (auto wire : wires.getAsRange<split::WireAttr>())
      plan.wires.push_back(wire);
  llvm::MapVector<StringAttr, Plan::Copied> constants;
  for (auto model : module.getOps<ModelOp>()) {
    auto part = model->getAttrOfType<split::PartAttr>(split::PartAttrName);
    if (!part)
      continue;
    plan.sourceDigest = model.getDigest().value_or("").str();
    plan.stages.push_back(gatherStage(model, part));
    if (topology && plan.placement)
      plan.stages.back().memory =
          topology.getDevices()[plan.placement.getDevices()[part.getStage()]]
              .getMemory();
    gatherConstants(model, part.getStage(), constants);
  }
  gatherReplicas(plan, topology);
  gatherCertainty(
      plan, module->getAttrOfType<DictionaryAttr>(split::CertaintyAttrName));
  gatherComputed(module, constants);
  for (auto &[name, copied] : constants)
    if (copied.stages.size() > 1)
      plan.copied.push_back(std::move(copied));
  return plan;
}
