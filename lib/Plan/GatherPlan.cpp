//===- GatherPlan.cpp - The plan from the IR ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Everything is read from the IR behind the whole pipeline: parts and their
/// nodes, the list of wires, the placement, and what the passes noted down of
/// copies and certainty.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/Plan.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Analysis/Crossing.h"
#include "onnx-split/Dialect/Onnx/Transforms/FoldBranches.h"
#include "onnx-split/Dialect/Split/IR/Split.h"
#include "onnx-split/Inference/KnownValues.h"
#include "onnx-split/Support/ElementTypes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// What is in several parts
//===----------------------------------------------------------------------===//

namespace {
struct Copied : PlanFile::Copied {
  /// Computed by a node of one stage and known before running, so that the
  /// others have it as a constant.
  bool isKnown = false;
  /// Computed by each of the stages.
  bool isComputed = false;
};
using Copies = llvm::MapVector<StringAttr, Copied>;
} // namespace

/// Constants of a part: initializers and the results of constant nodes.
static void gatherConstants(ModelOp model, int32_t stage, Copies &constants) {
  for (Operation &op : model.getGraph().getBody().front()) {
    if (!isa<InitializerOp>(op) && !op.hasAttr(split::ConstantAttrName))
      continue;
    // It shares the memory of what it reads, which is listed itself.
    if (auto node = dyn_cast<NodeOp>(op); node && node.isStandardOp("Identity"))
      continue;
    for (Value result : op.getResults()) {
      StringRef name = getValueName(result);
      if (name.empty())
        continue;
      Copied &copied = constants[StringAttr::get(model.getContext(), name)];
      copied.tensor = name.str();
      copied.bytes = getConstantBytes(result);
      copied.stages.push_back(stage);
      copied.isKnown |= op.hasAttr(CopiedValueAttrName);
    }
  }
}

/// What parts compute, or hold as a constant, that another one owns: the stages
/// with a node that makes it are added to those that hold it.
static void gatherComputed(ModuleOp module, Copies &copies) {
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
    Copied &copied = copies[name];
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

/// Takes what more than one stage has.
static void addCopied(Plan &plan, Copies &copies) {
  for (auto &[name, copied] : copies) {
    if (copied.stages.size() < 2)
      continue;
    if (!copied.isComputed) {
      ++plan.copiedConstants;
      plan.copiedConstantBytes +=
          copied.bytes * int64_t(copied.stages.size() - 1);
    }
    plan.copied.push_back(std::move(copied));
  }
}

//===----------------------------------------------------------------------===//
// Stages and wires
//===----------------------------------------------------------------------===//

/// A default makes an input that need not be fed, and so none of the interface.
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

/// Adds a node of the source to the stage, and to the plan what is not known of
/// it. A copy's cost is its owner's to report.
static void gatherNode(NodeOp node, IntegerAttr index, Plan &plan,
                       Plan::Stage &stage) {
  auto unknown = node->getAttrOfType<StringAttr>(split::UnknownAttrName);
  Plan::Node &entry = stage.nodes.emplace_back();
  entry.index = index.getInt();
  entry.name = node.getNodeName().value_or("").str();
  entry.copied = node->hasAttr(split::CopiedAttrName);
  if (auto path = node->getAttrOfType<ArrayAttr>(PathAttrName))
    entry.path = strings(path);
  if (unknown && !entry.copied)
    plan.unknown.push_back({entry.name, node.getOpType().str(), unknown.str()});
  for (Value result : node.getResults())
    stage.memoryIsLowerBound |= !isa<OnnxOmittedType>(result.getType()) &&
                                !node->hasAttr(split::ConstantAttrName) &&
                                !hasKnownSize(result, ExtentsUse::memory());
}

/// A stage from its part: figures from the attribute, inputs, outputs and nodes
/// from the graph.
static void gatherStage(ModelOp model, split::PartAttr part, Plan &plan) {
  Plan::Stage &stage = plan.stages.emplace_back();
  stage.index = part.getStage();
  stage.file = model.getFileName().str();
  stage.device = part.getDevice().str();
  stage.rank = part.getRank();
  split::LoadAttr load = part.getLoad();
  stage.macs = load.getMacs();
  stage.flops = load.getFlops();
  stage.bytes = load.getBytes();
  stage.weightBytes = load.getWeightBytes();
  stage.peakActivationBytes = load.getPeakActivationBytes();
  stage.bufferBytes = load.getBufferBytes();
  stage.computeNs = load.getComputeNs();
  stage.overheadNs = load.getOverheadNs();
  stage.runtimeBytes = load.getRuntimeBytes();
  stage.stateBytes = load.getStateBytes();
  stage.cachedBytes = load.getCachedBytes();
  stage.streamedBytes = load.getStreamedBytes();
  stage.streamNs = load.getStreamNs();
  stage.firstItemNs = load.getFirstItemNs();
  GraphOp graph = model.getGraph();
  PlanInterface interface = interfaceOf(graph);
  stage.inputs = std::move(interface.inputs);
  stage.outputs = std::move(interface.outputs);
  for (auto node : graph.getBody().getOps<NodeOp>())
    // Boundary nodes are not of the source.
    if (auto index = node->getAttrOfType<IntegerAttr>(split::IndexAttrName))
      gatherNode(node, index, plan, stage);
}

/// Sequences and optionals count by the tensors in them.
static void gatherWire(split::WireAttr attribute, Plan &plan) {
  Plan::Wire &wire = plan.wires.emplace_back();
  wire.name = attribute.getName().str();
  wire.tensor = attribute.getTensor().str();
  wire.from = attribute.getFrom();
  wire.to = attribute.getTo();
  OnnxTensorType tensor = getTensorInside(attribute.getType());
  wire.dtype = elementTypeName(tensor ? tensor.getElementType() : 0).str();
  wire.container = getContainer(attribute.getType());
  wire.openRank = !tensor || !tensor.hasRank();
  if (!wire.openRank)
    for (Attribute dim : tensor.getDims()) {
      auto extent = dyn_cast<IntegerAttr>(dim);
      wire.shape.push_back(extent ? extent.getInt() : -1);
    }
  wire.bytes = attribute.getBytes();
  wire.tag = attribute.getTag();
  wire.seq = attribute.getSeq();
  wire.timeNs = attribute.getTimeNs();
  plan.wireTypes.push_back(attribute.getType());
}

//===----------------------------------------------------------------------===//
// The whole plan
//===----------------------------------------------------------------------===//

/// Where messages wait for answers.
static void gatherMessageLimits(Plan &plan, ArrayAttr limits) {
  for (auto entry : limits.getAsRange<DictionaryAttr>()) {
    auto from = entry.getAs<StringAttr>("from"),
         to = entry.getAs<StringAttr>("to");
    auto trip = entry.getAs<IntegerAttr>("round_trip_ns"),
         interval = entry.getAs<IntegerAttr>("interval_ns");
    if (from && to && trip && interval)
      plan.messageLimits.push_back(
          {from.str(), to.str(), trip.getInt(), interval.getInt()});
  }
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
  plan.refused = list("refused");
  plan.assumedSpeeds = list("speeds");
  plan.inputShapes = list("input_shapes");
  if (auto limits = certainty.getAs<ArrayAttr>("message_limits"))
    gatherMessageLimits(plan, limits);
  if (auto points = certainty.getAs<ArrayAttr>("points"))
    for (auto point : points.getAsRange<DictionaryAttr>()) {
      auto name = point.getAs<StringAttr>("name");
      auto bottleneck = point.getAs<IntegerAttr>("bottleneck_ns"),
           latency = point.getAs<IntegerAttr>("latency_ns");
      auto interval = point.getAs<IntegerAttr>("interval_ns");
      auto estimated = point.getAs<BoolAttr>("estimated");
      if (name && bottleneck && latency && interval && estimated)
        plan.points.push_back({name.str(), bottleneck.getInt(),
                               latency.getInt(), interval.getInt(),
                               estimated.getValue()});
    }
}

/// Plans between rate and latency, where they were looked for.
static void gatherFront(Plan &plan, DictionaryAttr outlook) {
  if (auto complete = outlook.getAs<BoolAttr>("pareto_complete"))
    plan.paretoComplete = complete.getValue();
  if (auto ofClass = outlook.getAs<StringAttr>("pareto_class"))
    plan.paretoClass = ofClass.str();
  auto choices = outlook.getAs<ArrayAttr>("pareto");
  if (!choices)
    return;
  for (auto entry : choices.getAsRange<DictionaryAttr>()) {
    Plan::Choice &choice = plan.pareto.emplace_back();
    if (auto interval = entry.getAs<IntegerAttr>("interval_ns"))
      choice.intervalNs = interval.getInt();
    if (auto latency = entry.getAs<IntegerAttr>("latency_ns"))
      choice.latencyNs = latency.getInt();
    if (auto devices = entry.getAs<ArrayAttr>("devices"))
      choice.devices = strings(devices);
    if (auto proven = entry.getAs<BoolAttr>("proven"))
      choice.proven = proven.getValue();
  }
}

/// What the plan compares with.
static void gatherOutlook(Plan &plan, DictionaryAttr outlook) {
  if (!outlook)
    return;
  if (auto reference = outlook.getAs<StringAttr>("reference"))
    plan.reference = reference.str();
  if (auto hints = outlook.getAs<ArrayAttr>("hints"))
    plan.hints = strings(hints);
  if (auto end = outlook.getAs<StringAttr>("search_end"))
    plan.searchEnd = end.str();
  gatherFront(plan, outlook);
  auto singles = outlook.getAs<ArrayAttr>("single");
  if (!singles)
    return;
  for (auto entry : singles.getAsRange<DictionaryAttr>()) {
    Plan::Single &single = plan.singleDevices.emplace_back();
    if (auto device = entry.getAs<StringAttr>("device"))
      single.device = device.str();
    if (auto reason = entry.getAs<StringAttr>("reason"))
      single.reason = reason.str();
    if (auto bottleneck = entry.getAs<IntegerAttr>("bottleneck_ns"))
      single.bottleneckNs = bottleneck.getInt();
    if (auto latency = entry.getAs<IntegerAttr>("latency_ns"))
      single.latencyNs = latency.getInt();
  }
}

/// What the user demanded, as far as it leaves plans out.
static void gatherDemands(Plan &plan, split::ConstraintsAttr constraints) {
  auto list = [](ArrayAttr array) {
    return array ? strings(array) : std::vector<std::string>();
  };
  plan.demands = {list(constraints.getPins()), list(constraints.getCuts()),
                  list(constraints.getNoCuts()), constraints.getMinStages(),
                  constraints.getMaxStages()};
}

static Plan::Provider getProvider(split::DeviceAttr device) {
  Plan::Provider provider;
  if (device.getProvider())
    provider.name = device.getProvider().str();
  if (device.getProviderOptions())
    for (NamedAttribute option : device.getProviderOptions())
      provider.options[option.getName().str()] =
          cast<StringAttr>(option.getValue()).str();
  return provider;
}

/// Of several devices, which one streams what the stage says: the first whose
/// rate gives its time, with the least cache that holds what it keeps.
static std::string findStreaming(const Plan::Stage &stage,
                                 split::TopologyAttr topology) {
  if (stage.replicas.empty() || stage.streamedBytes == 0)
    return "";
  split::DeviceAttr found;
  for (int64_t number = 0; number < stage.countDevices(); ++number)
    for (split::DeviceAttr device : topology.getDevices()) {
      int64_t rate = device.getWeightStream(), cache = device.getWeightCache();
      if (device.getName().getValue() != stage.deviceOf(number) ||
          rate == Unlimited || rate <= 0 || cache < stage.cachedBytes)
        continue;
      // Saturated times fit any rate.
      double ns = 1e9 * double(stage.streamedBytes) / double(rate);
      bool isAsLong = std::abs(ns - double(stage.streamNs)) <= 1 + 1e-9 * ns;
      if (isAsLong && (!found || cache < found.getWeightCache()))
        found = device;
    }
  return found ? found.getName().str() : "";
}

/// What was decided in all, and the devices of the stages, which are known.
static void gatherPlacement(Plan &plan, split::PlacementAttr placement,
                            split::TopologyAttr topology, int32_t sequences) {
  plan.objective = placement.getObjective().str();
  plan.strategy = placement.getStrategy().str();
  if (StringAttr method = placement.getMethod())
    plan.method = method.str();
  plan.stoppedByClock = placement.getStoppedByClock();
  plan.planClass = placement.getPlanClass().str();
  plan.seed = placement.getSeed();
  plan.bottleneckNs = placement.getBottleneckNs();
  plan.lowerBoundNs = placement.getLowerBoundNs();
  plan.lowerBoundName = placement.getLowerBoundName().str();
  plan.lowerBoundClass = placement.getLowerBoundClass().str();
  if (plan.objective == "devices") {
    plan.lowerBoundDevices = placement.getLowerBoundDevices();
    plan.targetNs = placement.getTargetNs();
  } else if (placement.getTargetNs() > 0) {
    plan.targetNs = placement.getTargetNs();
  }
  if (placement.getMaxLatencyNs() > 0)
    plan.maxLatencyNs = placement.getMaxLatencyNs();
  plan.latencyNs = placement.getLatencyNs();
  plan.roundTripNs = placement.getRoundTripNs();
  plan.firstItemNs = placement.getFirstItemNs();
  plan.options.sequences = sequences;
  int64_t interval = plan.getIntervalNs();
  plan.ratePerSecond = interval ? 1e9 / double(interval) : 0.0;
  if (!topology)
    return;
  auto devices = topology.getDevices();
  for (split::DeviceAttr device : devices)
    plan.memoryOf[device.getName().str()] = device.getMemory();
  for (auto [memory, stage] : llvm::zip(plan.deviceMemory, plan.stages)) {
    split::DeviceAttr device = devices[placement.getDevices()[stage.index]];
    memory = device.getMemory();
    stage.provider = getProvider(device);
  }
  int64_t rank = plan.stages.size();
  for (auto [stage, others] : llvm::zip(plan.stages, placement.getReplicas()))
    for (int32_t device : others.asArrayRef())
      stage.replicas.push_back({devices[device].getName().str(), rank++,
                                getProvider(devices[device])});
  for (const Plan::Stage &stage : plan.stages)
    plan.streamsOn.push_back(findStreaming(stage, topology));
}

/// Messages, whose wires are known, and what links and media carry.
static void gatherTraffic(Plan &plan, split::TrafficAttr traffic,
                          split::TopologyAttr topology) {
  auto deviceAt = [&](int32_t device) {
    return topology.getDevices()[device].getName().str();
  };
  auto mediumAt = [&](int32_t medium) {
    return medium < 0 ? "" : topology.getMedia()[medium].getName().str();
  };
  std::map<std::pair<int64_t, int64_t>, std::map<int64_t, const Plan::Wire *>>
      wires;
  for (const Plan::Wire &wire : plan.wires)
    wires[{wire.from, wire.to}][wire.seq] = &wire;
  for (split::MessageAttr attribute : traffic.getMessages()) {
    Plan::Message &message = plan.messages.emplace_back();
    int32_t from = attribute.getFrom(), to = attribute.getTo();
    message.from = {from, from < 0 ? deviceAt(topology.getIngress()) : ""};
    message.to = {to, to < 0 ? deviceAt(topology.getEgress()) : ""};
    for (auto [seq, wire] : wires[{from, to}]) {
      message.wires.push_back(wire->tag);
      message.tensors.push_back(wire->tensor);
    }
    if (message.wires.empty())
      message.tensors = strings(attribute.getTensors());
    message.bytes = attribute.getBytes();
    message.timeNs = attribute.getTimeNs();
    message.latencyNs = attribute.getLatencyNs();
    message.medium = mediumAt(attribute.getMedium());
  }
  for (split::LinkLoadAttr link : traffic.getLinks())
    plan.links.push_back({deviceAt(link.getFrom()), deviceAt(link.getTo()),
                          mediumAt(link.getMedium()), link.getTimeNs()});
  for (auto [index, medium] : llvm::enumerate(topology.getMedia()))
    plan.media.push_back({medium.getName().str(), traffic.getMediaNs()[index]});
  llvm::StringSet<> used;
  for (const Plan::Stage &stage : plan.stages)
    for (int64_t number = 0; number < stage.countDevices(); ++number)
      used.insert(stage.deviceOf(number));
  for (auto [device, ns] :
       llvm::zip(topology.getDevices(), traffic.getDevicesNs().asArrayRef()))
    if (used.contains(device.getName().getValue()))
      plan.devices.push_back({device.getName().str(), ns});
    else
      plan.idle.push_back(device.getName().str());
}

/// Each state with its stage; stages are in order.
static void gatherStates(Plan &plan, ArrayAttr states) {
  for (auto state : states.getAsRange<split::StateAttr>())
    for (Plan::Stage &stage : plan.stages)
      if (stage.index == state.getStage())
        stage.states.push_back({state.getInput().str(), state.getOutput().str(),
                                state.getBytes(), state.getInPlace()});
}

Plan onnx_split::gatherPlan(ModuleOp module) {
  Plan plan;
  if (auto wires = module->getAttrOfType<ArrayAttr>(split::WiresAttrName))
    for (auto wire : wires.getAsRange<split::WireAttr>())
      gatherWire(wire, plan);
  Copies copies;
  for (auto model : module.getOps<ModelOp>()) {
    auto part = model->getAttrOfType<split::PartAttr>(split::PartAttrName);
    if (!part)
      continue;
    plan.sourceDigest = model.getDigest().value_or("").str();
    gatherStage(model, part, plan);
    gatherConstants(model, part.getStage(), copies);
  }
  gatherComputed(module, copies);
  addCopied(plan, copies);
  if (auto states = module->getAttrOfType<ArrayAttr>(split::StatesAttrName))
    gatherStates(plan, states);
  plan.deviceMemory.assign(plan.stages.size(), Unlimited);
  auto constraints =
      module->getAttrOfType<split::ConstraintsAttr>(split::ConstraintsAttrName);
  if (auto placement =
          module->getAttrOfType<split::PlacementAttr>(split::PlacementAttrName))
    gatherPlacement(
        plan, placement,
        module->getAttrOfType<split::TopologyAttr>(split::TopologyAttrName),
        constraints ? constraints.getSequences() : 0);
  if (constraints)
    gatherDemands(plan, constraints);
  auto traffic =
      module->getAttrOfType<split::TrafficAttr>(split::TrafficAttrName);
  auto topology =
      module->getAttrOfType<split::TopologyAttr>(split::TopologyAttrName);
  if (topology)
    plan.siBytes = topology.getSiBytes();
  if (traffic && topology)
    gatherTraffic(plan, traffic, topology);
  gatherOutlook(plan,
                module->getAttrOfType<DictionaryAttr>(split::OutlookAttrName));
  gatherCertainty(
      plan, module->getAttrOfType<DictionaryAttr>(split::CertaintyAttrName));
  return plan;
}
