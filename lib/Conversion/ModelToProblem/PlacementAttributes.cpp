//===- PlacementAttributes.cpp - A placement in the IR --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/PlacementAttributes.h"

#include "Pins.h"

#include "onnx-split/Conversion/ModelToProblem/Topology.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

/// Sums what the evaluation does not: counts and bytes of each stage's nodes.
static SmallVector<LoadAttr> getLoads(const Decision &decision,
                                      MLIRContext *context) {
  SmallVector<OpCost> costs(decision.placement.deviceOf.size());
  for (auto [stage, cost] :
       llvm::zip(decision.placement.stageOf, decision.complete.costs))
    accumulate(costs[stage], cost);
  SmallVector<LoadAttr> loads;
  for (auto [cost, load] : llvm::zip(costs, decision.result.evaluation.stages))
    loads.push_back(LoadAttr::get(
        context, cost.macs, cost.flops,
        placement::addSaturating(cost.bytesRead, cost.bytesWritten),
        load.weightBytes - load.stateBytes, load.peakActivationBytes,
        load.bufferBytes, load.computeNs, load.overheadNs, load.runtimeBytes,
        load.stateBytes, load.cachedBytes, load.streamedBytes, load.streamNs,
        load.fillNs > 0 ? placement::addSaturating(load.computeNs, load.fillNs)
                        : 0));
  return loads;
}

/// The objective of fewest devices has a bound of its own, a number of devices.
/// `lower_bound_ns` is 0 then; with the other objectives `lower_bound_devices`
/// and `target_ns` are.
static PlacementAttr toAttribute(const Decision &decision,
                                 MLIRContext *context) {
  Builder builder(context);
  const placement::Result &result = decision.result;
  const placement::SolveOptions &options = decision.options;
  SmallVector<DenseI32ArrayAttr> replicas;
  if (result.planClass == placement::SolutionClass::Replicating)
    for (const std::vector<int32_t> &others : result.placement.replicas)
      replicas.push_back(builder.getDenseI32ArrayAttr(others));
  bool countsDevices = options.objective == placement::Objective::Devices;
  bool hasTarget = options.targetNs != placement::Unlimited;
  return PlacementAttr::get(
      context, result.placement.deviceOf, getLoads(decision, context),
      builder.getStringAttr(placement::toString(options.objective)),
      builder.getStringAttr(decision.strategy),
      builder.getStringAttr(placement::toString(result.planClass)),
      options.seed, result.evaluation.bottleneckNs,
      countsDevices ? 0 : result.bound.value,
      builder.getStringAttr(placement::toString(result.bound)),
      builder.getStringAttr(placement::toString(result.bound.ofClass)),
      result.evaluation.latencyNs, replicas,
      countsDevices ? int32_t(result.bound.value) : 0,
      hasTarget ? options.targetNs : 0,
      builder.getStringAttr(result.method.name), result.stoppedByClock,
      result.evaluation.roundTripNs,
      options.maxLatencyNs != placement::Unlimited ? options.maxLatencyNs : 0,
      result.evaluation.firstItemNs != result.evaluation.latencyNs
          ? result.evaluation.firstItemNs
          : 0);
}

/// A crossing for each wire, ordered by sender, receiver and tensor, as the
/// evaluation lists them.
static SmallVector<Attribute> toAttributes(const ModelProblem &problem,
                                           const placement::Evaluation &found) {
  SmallVector<Attribute> crossings;
  for (const placement::Wire &wire : found.wires) {
    Value tensor = problem.tensors[wire.tensor];
    crossings.push_back(CrossingAttr::get(
        tensor.getContext(),
        StringAttr::get(tensor.getContext(), getValueName(tensor)), wire.from,
        wire.to, wire.timeNs));
  }
  return crossings;
}

/// The medium of a message; None where it has none, or not always the same.
static int32_t mediumOf(const placement::Problem &problem,
                        const placement::Placement &placement,
                        const placement::Message &message) {
  auto devicesOf = [&](int32_t stage, int32_t end) {
    std::vector<int32_t> devices{stage == None ? end
                                               : placement.deviceOf[stage]};
    if (stage != None && !placement.replicas.empty())
      llvm::append_range(devices, placement.replicas[stage]);
    return devices;
  };
  std::vector<int32_t> senders = devicesOf(message.from, problem.ingress);
  std::vector<int32_t> receivers = devicesOf(message.to, problem.egress);
  std::optional<int32_t> common;
  for (auto [a, from] : llvm::enumerate(senders))
    for (auto [b, to] : llvm::enumerate(receivers)) {
      if (from == to || !haveCommonItem(a, senders.size(), b, receivers.size()))
        continue;
      int32_t medium = problem.medium(from, to);
      if (common && *common != medium)
        return None;
      common = medium;
    }
  return common.value_or(None);
}

/// Messages, links and media as the evaluation lists them.
static TrafficAttr toTraffic(const ModelProblem &problem,
                             const placement::Placement &placement,
                             const placement::Evaluation &found,
                             MLIRContext *context) {
  SmallVector<MessageAttr> messages;
  for (const placement::Message &message : found.messages) {
    SmallVector<Attribute> names;
    for (int32_t tensor : message.tensors)
      names.push_back(
          StringAttr::get(context, getValueName(problem.tensors[tensor])));
    messages.push_back(MessageAttr::get(
        context, message.from, message.to, ArrayAttr::get(context, names),
        message.bytes, message.timeNs, message.deliveryNs - message.timeNs,
        mediumOf(problem.problem, placement, message)));
  }
  SmallVector<LinkLoadAttr> links;
  for (const placement::LinkLoad &link : found.links)
    links.push_back(
        LinkLoadAttr::get(context, link.from, link.to, link.timeNs,
                          problem.problem.medium(link.from, link.to)));
  std::vector<int64_t> devices(problem.problem.devices.size(), 0);
  for (const placement::DeviceLoad &device : found.devices)
    devices[device.device] = device.computeNs;
  auto array = [&](const std::vector<int64_t> &figures) {
    return figures.empty() ? DenseI64ArrayAttr()
                           : DenseI64ArrayAttr::get(context, figures);
  };
  return TrafficAttr::get(context, messages, links, array(found.mediaNs),
                          array(devices));
}

/// Lists without an entry are left out of the attribute. Of the states, those
/// that are kept.
static ConstraintsAttr toAttribute(const Constraints &constraints,
                                   const Cluster &cluster,
                                   const std::vector<KeptState> &kept,
                                   MLIRContext *context) {
  Builder builder(context);
  std::vector<std::string> states;
  for (const KeptState &state : kept)
    states.insert(states.end(), {state.input, state.output});
  auto list = [&](const std::vector<std::string> &strings) {
    SmallVector<StringRef> refs(strings.begin(), strings.end());
    return refs.empty() ? ArrayAttr() : builder.getStrArrayAttr(refs);
  };
  return ConstraintsAttr::get(
      context, list(expandPins(constraints.pins, cluster)),
      list(constraints.cuts), list(constraints.noCuts), constraints.maxStages,
      constraints.minStages,
      builder.getStringAttr(toString(constraints.boundary)),
      constraints.revisit, constraints.replicate, constraints.cutUnknownSizes,
      list(states), int32_t(constraints.sequences));
}

/// Each state with the stage of its task, in the order of the model's inputs.
static ArrayAttr toStates(const Decision &decision, MLIRContext *context) {
  Builder builder(context);
  SmallVector<Attribute> states;
  for (const KeptState &state : decision.complete.states)
    states.push_back(StateAttr::get(context, builder.getStringAttr(state.input),
                                    builder.getStringAttr(state.output),
                                    decision.placement.stageOf[state.task],
                                    state.bytes, state.isInPlace));
  return builder.getArrayAttr(states);
}

void split::writePlacement(ModuleOp module, const MeasuredCluster &cluster,
                           const Decision &decision) {
  MLIRContext *context = module.getContext();
  Builder builder(context);
  for (auto [node, stage] :
       llvm::zip(decision.problem.tasks, decision.result.placement.stageOf))
    if (node)
      node->setAttr(StageAttrName, builder.getI64IntegerAttr(stage));
  for (auto model : module.getOps<ModelOp>())
    for (auto node : model.getGraph().getBody().getOps<NodeOp>())
      if (decision.costs.getCost(node).unknown)
        node->setAttr(UnknownAttrName,
                      builder.getStringAttr(decision.costs.getReason(node)));
      else
        // The IR may have been planned before.
        node->removeAttr(UnknownAttrName);
  module->setAttr(TopologyAttrName, toAttribute(cluster, context));
  module->setAttr(PlacementAttrName, ::toAttribute(decision, context));
  module->setAttr(ConstraintsAttrName,
                  ::toAttribute(decision.constraints, cluster,
                                decision.problem.states, context));
  if (ArrayAttr states = toStates(decision, context); !states.empty())
    module->setAttr(StatesAttrName, states);
  else
    module->removeAttr(StatesAttrName);
  module->setAttr(CrossingsAttrName,
                  builder.getArrayAttr(toAttributes(
                      decision.complete, decision.result.evaluation)));
  module->setAttr(TrafficAttrName,
                  toTraffic(decision.complete, decision.placement,
                            decision.result.evaluation, context));
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static std::vector<std::string> strings(ArrayAttr list) {
  std::vector<std::string> result;
  if (list)
    for (auto string : list.getAsRange<StringAttr>())
      result.push_back(string.str());
  return result;
}

Constraints split::readConstraints(ModuleOp module, PlacementAttr placement) {
  Constraints constraints;
  auto stated = module->getAttrOfType<ConstraintsAttr>(ConstraintsAttrName);
  if (!stated) {
    // What was demanded is not known, so nothing is held against it.
    constraints.cutUnknownSizes = true;
    constraints.replicate = !placement.getReplicas().empty();
    constraints.revisit =
        constraints.replicate ||
        placement.getPlanClass().getValue() ==
            placement::toString(placement::SolutionClass::Revisiting);
    return constraints;
  }
  constraints.pins = strings(stated.getPins());
  constraints.cuts = strings(stated.getCuts());
  constraints.noCuts = strings(stated.getNoCuts());
  constraints.maxStages = stated.getMaxStages();
  constraints.minStages = stated.getMinStages();
  if (stated.getBoundary())
    constraints.boundary =
        parseBoundary(stated.getBoundary()).value_or(Boundary::Io);
  constraints.revisit = stated.getRevisit();
  constraints.replicate = stated.getReplicate();
  constraints.cutUnknownSizes = stated.getUnknownSizes();
  constraints.sequences = stated.getSequences();
  std::vector<std::string> ends = strings(stated.getStates());
  for (size_t i = 0; i + 1 < ends.size(); i += 2)
    constraints.states.push_back({ends[i], ends[i + 1], /*isRequested=*/true});
  return constraints;
}

FailureOr<placement::Placement>
split::readPlacement(const ModelProblem &problem, PlacementAttr attribute) {
  placement::Placement placement;
  placement.deviceOf.assign(attribute.getDevices().begin(),
                            attribute.getDevices().end());
  for (DenseI32ArrayAttr others : attribute.getReplicas())
    placement.replicas.emplace_back(others.asArrayRef());
  for (NodeOp node : problem.tasks) {
    auto stage =
        node ? node->getAttrOfType<IntegerAttr>(StageAttrName) : IntegerAttr();
    if (node && !stage)
      return node.emitError("has no stage");
    placement.stageOf.push_back(node ? int32_t(stage.getInt()) : 0);
  }
  return placement;
}

LogicalResult split::checkCrossings(ModelOp model, const ModelProblem &problem,
                                    const placement::Evaluation &evaluation) {
  auto stated =
      model->getParentOp()->getAttrOfType<ArrayAttr>(CrossingsAttrName);
  if (!stated)
    return success();
  SmallVector<Attribute> found = toAttributes(problem, evaluation);
  auto complain = [&](Attribute crossing, StringRef by, StringRef against) {
    auto what = cast<CrossingAttr>(crossing);
    return model.emitError()
           << by << " '" << what.getTensor().getValue() << "' from stage "
           << what.getFrom() << " to stage " << what.getTo() << " in "
           << what.getTimeNs() << " ns, but " << against;
  };
  // Equal attributes of one context are one, so that sets compare contents.
  llvm::DenseSet<Attribute> listed(stated.begin(), stated.end());
  llvm::DenseSet<Attribute> evaluated(found.begin(), found.end());
  for (Attribute crossing : found)
    if (!listed.contains(crossing))
      return complain(crossing, "the evaluation sends",
                      "split.crossings does not list that");
  for (Attribute crossing : stated)
    if (!evaluated.contains(crossing))
      return complain(crossing, "split.crossings lists",
                      "the evaluation does not find that");
  if (stated.size() != found.size())
    return model.emitError("split.crossings lists a tensor twice for a stage");
  return success();
}

LogicalResult split::checkTraffic(ModelOp model, const ModelProblem &problem,
                                  const placement::Placement &placement,
                                  const placement::Evaluation &evaluation) {
  auto stated =
      model->getParentOp()->getAttrOfType<TrafficAttr>(TrafficAttrName);
  TrafficAttr found =
      toTraffic(problem, placement, evaluation, model.getContext());
  if (!stated || stated == found)
    return success();
  return model.emitError("split.traffic states ")
         << stated << ", but the evaluation finds " << found;
}
