//===- GatherPlan.cpp - The plan from the IR ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Plan/Plan.h"

#include "onnx-split/Analysis/Constants.h"

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
    auto cost = op.getAttrOfType<split::CostAttr>(split::CostAttrName);
    if (!isa<InitializerOp>(op) && !(cost && cost.getConstant()))
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
    }
  }
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
    auto cost = node->getAttrOfType<split::CostAttr>(split::CostAttrName);
    stage.nodes.push_back({index.getInt(),
                           node.getNodeName().value_or("").str(),
                           node.getOpType().str(), cost && cost.getUnknown()});
  }
  return stage;
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
  for (auto &[name, copied] : constants)
    if (copied.stages.size() > 1)
      plan.copied.push_back(std::move(copied));
  return plan;
}
