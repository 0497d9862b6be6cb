//===- Certainty.cpp - What a plan's figures rest on ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/Certainty.h"

#include "NodeTime.h"

#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/Text/Words.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <set>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

/// The names of the tensors that `matches` accepts.
static ArrayAttr namesOf(const ModelProblem &problem, Builder &builder,
                         function_ref<bool(Value)> matches) {
  SmallVector<Attribute> names;
  for (Value value : problem.tensors)
    if (matches(value))
      names.push_back(builder.getStringAttr(getValueName(value)));
  return builder.getArrayAttr(names);
}

/// What --also said of each further operating point, in the order of
/// `ModelProblem::points`.
static ArrayAttr pointNames(ModelOp model) {
  auto names = model->getAttrOfType<ArrayAttr>(PointsAttrName);
  return names ? names : ArrayAttr::get(model.getContext(), {});
}

std::vector<std::string> split::listInputShapes(ModelOp model) {
  std::vector<std::string> shapes;
  for (BlockArgument input : model.getGraph().getBody().getArguments()) {
    auto type =
        dyn_cast<OnnxTensorType>(getPlannedType(input, ExtentsUse::time()));
    if (!type || getDefault(input) || !hasKnownSize(input))
      continue;
    std::string shape;
    for (Attribute extent : type.getDims())
      shape += (shape.empty() ? "" : "x") +
               std::to_string(cast<IntegerAttr>(extent).getInt());
    shapes.push_back((getValueName(input) + "=" + shape).str());
  }
  return shapes;
}

/// By device: the types that its nodes compute in, as far as no time was
/// measured, in the order of their names.
static std::vector<std::set<StringRef>>
listEstimatedTypes(const ModelProblem &problem,
                   const placement::Placement &placement,
                   const MeasuredCluster &cluster) {
  std::vector<std::set<StringRef>> types(cluster.devices.size());
  // Profiles count the nodes of the main graph.
  llvm::DenseMap<Operation *, size_t> positions;
  for (NodeOp node : problem.tasks)
    if (node && positions.empty())
      for (auto other : node->getBlock()->getOps<NodeOp>())
        positions.try_emplace(other, positions.size());
  for (auto [task, stage] : llvm::enumerate(placement.stageOf)) {
    NodeOp node = problem.tasks[task];
    SmallVector<int32_t> devices = {placement.deviceOf[stage]};
    if (!placement.replicas.empty())
      llvm::append_range(devices, placement.replicas[stage]);
    for (int32_t device : devices) {
      const std::vector<int64_t> &measured = cluster.times[device].nodesNs;
      if (node && (measured.empty() || measured[positions.lookup(node)] < 0))
        forEachArithmetic(problem.costs[task],
                          [&](StringRef type) { types[device].insert(type); });
    }
  }
  return types;
}

/// What is assumed of a device's speed in a type; empty where the cluster file
/// says it.
static std::string describeSpeed(const ClusterDevice &device, StringRef type) {
  const auto *figure = device.findFigure(type);
  if (!figure)
    return "no compute is stated, so that arithmetic takes no time";
  const auto &[stated, rate] = *figure;
  if (stated.empty() || stated == type)
    return "";
  std::string text = formatCount(rate);
  // "470 G", or "5" without a prefix.
  return (type + " counts as " + stated + ", " + text +
          (StringRef(text).contains(' ') ? "" : " ") +
          (stated[0] == 'i' ? "OP/s" : "FLOP/s"))
      .str();
}

/// Devices of which the same is to be said share a line. Where no device has
/// any figure, computing is not the matter.
static ArrayAttr listAssumedSpeeds(const ModelProblem &problem,
                                   const placement::Placement &placement,
                                   const MeasuredCluster &cluster,
                                   Builder &builder) {
  llvm::MapVector<StringAttr, llvm::SetVector<StringRef>> devicesOf;
  if (llvm::any_of(cluster.devices, [](const ClusterDevice &device) {
        return !device.compute.empty();
      }))
    for (auto [device, types] : llvm::zip(
             cluster.devices, listEstimatedTypes(problem, placement, cluster)))
      for (StringRef type : types)
        if (std::string text = describeSpeed(device, type); !text.empty())
          devicesOf[builder.getStringAttr(text)].insert(device.name);
  SmallVector<Attribute> lines;
  for (const auto &[text, devices] : devicesOf)
    lines.push_back(builder.getStringAttr(
        list(devices.getArrayRef(), /*most=*/3) + ": " + text.getValue()));
  return builder.getArrayAttr(lines);
}

DictionaryAttr split::describeCertainty(ModelOp model,
                                        const ModelProblem &problem,
                                        const placement::Placement &placement,
                                        const MeasuredCluster &cluster) {
  Builder builder(model.getContext());
  SmallVector<Attribute> points;
  for (auto [index, name, point] :
       llvm::enumerate(pointNames(model), problem.points)) {
    placement::Evaluation evaluation =
        placement::evaluate(problem.atPoint(point), placement);
    bool isEstimated = llvm::any_of(
        evaluation.devices, [&, at = index](const placement::DeviceLoad &load) {
          const DeviceTimes &times = cluster.times[load.device];
          return !times.nodesNs.empty() &&
                 (times.pointsNs.empty() || times.pointsNs[at].empty());
        });
    points.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("name", name),
         builder.getNamedAttr("estimated", builder.getBoolAttr(isEstimated)),
         builder.getNamedAttr("interval_ns",
                              builder.getI64IntegerAttr(evaluation.intervalNs)),
         builder.getNamedAttr("bottleneck_ns", builder.getI64IntegerAttr(
                                                   evaluation.bottleneckNs)),
         builder.getNamedAttr(
             "latency_ns", builder.getI64IntegerAttr(evaluation.latencyNs))}));
  }
  auto assumed = model->getAttrOfType<ArrayAttr>(AssumedAttrName),
       refused = model->getAttrOfType<ArrayAttr>(RefusedAttrName);
  // Values without the attribute have types that leave nothing open.
  auto has = [](Value value, bool (ExtentsAttr::*flag)() const) {
    ExtentsAttr extents = getExtents(value);
    return extents && (extents.*flag)();
  };
  std::vector<std::string> shapes = listInputShapes(model);
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("input_shapes",
                            builder.getStrArrayAttr(SmallVector<StringRef>(
                                shapes.begin(), shapes.end()))),
       builder.getNamedAttr("assumed",
                            assumed ? assumed : builder.getArrayAttr({})),
       builder.getNamedAttr(
           "at_most", namesOf(problem, builder,
                              [&](Value value) {
                                return has(value, &ExtentsAttr::getAtMost);
                              })),
       builder.getNamedAttr(
           "observed", namesOf(problem, builder,
                               [&](Value value) {
                                 return has(value, &ExtentsAttr::getObserved);
                               })),
       builder.getNamedAttr("open", namesOf(problem, builder,
                                            [](Value value) {
                                              return !hasKnownSize(
                                                  value, ExtentsUse::memory());
                                            })),
       builder.getNamedAttr("points", builder.getArrayAttr(points)),
       builder.getNamedAttr("refused",
                            refused ? refused : builder.getArrayAttr({})),
       builder.getNamedAttr(
           "speeds", listAssumedSpeeds(problem, placement, cluster, builder))});
}

std::string split::findMisfit(ModelOp model, const ModelProblem &problem,
                              const placement::Placement &placement) {
  for (auto [name, point] : llvm::zip(pointNames(model), problem.points)) {
    placement::Evaluation evaluation =
        placement::evaluate(problem.atPoint(point), placement);
    if (!evaluation.violations.empty())
      return ("at the operating point " + cast<StringAttr>(name).getValue() +
              ": " + evaluation.violations.front())
          .str();
  }
  return "";
}
