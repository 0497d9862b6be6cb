//===- Cost.cpp - Cost of the nodes of a model ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/Cost.h"

#include "onnx-split/Inference/TypeInference.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {
/// Attributes of a node, as the cost functions ask for them.
class NodeAttributes : public AttributeReader {
public:
  explicit NodeAttributes(NodeOp op) : node(op) {}

  std::optional<int64_t> getInt(StringRef name) const override {
    if (auto value = find<IntegerAttr>(name))
      return value.getInt();
    return std::nullopt;
  }
  std::optional<float> getFloat(StringRef name) const override {
    if (auto value = find<FloatAttr>(name))
      return value.getValue().convertToFloat();
    return std::nullopt;
  }
  std::optional<StringRef> getString(StringRef name) const override {
    if (auto value = find<StringAttr>(name))
      return value.getValue();
    return std::nullopt;
  }
  std::optional<SmallVector<int64_t>> getInts(StringRef name) const override {
    if (auto values = find<DenseI64ArrayAttr>(name))
      return SmallVector<int64_t>(values.asArrayRef());
    return std::nullopt;
  }
  std::optional<int64_t> getListSize(StringRef name) const override {
    if (auto values = find<DenseF32ArrayAttr>(name))
      return values.size();
    if (auto values = find<ArrayAttr>(name))
      return values.size();
    return std::nullopt;
  }

private:
  template <typename AttrType> AttrType find(StringRef name) const {
    NodeAttr attribute = node.findAttribute(name);
    return attribute ? dyn_cast_or_null<AttrType>(attribute.getValue())
                     : AttrType();
  }
  mutable NodeOp node;
};
} // namespace

static int64_t addSaturating(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum)
             ? std::numeric_limits<int64_t>::max()
             : sum;
}

void onnx_split::accumulate(OpCost &total, const OpCost &cost) {
  if (cost.computeType && (!total.computeType || cost.flops > total.flops))
    total.computeType = cost.computeType;
  total.macs = addSaturating(total.macs, cost.macs);
  total.flops = addSaturating(total.flops, cost.flops);
  total.bytesRead = addSaturating(total.bytesRead, cost.bytesRead);
  total.bytesWritten = addSaturating(total.bytesWritten, cost.bytesWritten);
  if (cost.unknown && !total.unknown)
    total.cause = cost.cause;
  total.unknown |= cost.unknown;
}

/// Constants and known values are computed before the first trip.
OpCost CostAnalysis::getBodyCost(GraphOp body, std::vector<OpCost> &nodes,
                                 std::string &reason) {
  OpCost total;
  for (auto node : body.getBody().getOps<NodeOp>()) {
    if (constants.isConstant(node) || isFoldable(node, constants))
      continue;
    nodes.push_back(getCost(node, total.unknown ? nullptr : &reason));
    accumulate(total, nodes.back());
  }
  return total;
}

/// Expands the function for the types of this call, because its nodes have none
/// of their own.
OpCost CostAnalysis::getCallCost(FunctionOp function, NodeOp node,
                                 std::vector<OpCost> &nodes,
                                 std::string &reason) {
  budget -= functions.countExpanded(function) + 1;
  if (budget < 0) {
    OpCost unknown;
    unknown.unknown = true;
    unknown.cause.kind = UnknownCause::TooManyNodes;
    reason = explainUnknown(unknown.cause, node);
    return unknown;
  }
  OwningOpRef<ModuleOp> module = instantiate(function, node, use);
  ModelOp model = *module->getOps<ModelOp>().begin();
  // A contradiction inside leaves types unknown, which the cost then says.
  inferTypes(model);
  ConstantAnalysis inner(model.getGraph());
  CostAnalysis analysis(model, inner, ExtentsUse::time(), budget);
  OpCost cost = analysis.getBodyCost(model.getGraph(), nodes, reason);
  budget = analysis.budget;
  return cost;
}

OpCost CostAnalysis::getCost(NodeOp node, std::string *reason) {
  if (constants.isConstant(node))
    return {};
  SmallVector<TensorInfo> inputs, outputs;
  for (Value input : node.getInputs()) {
    TensorInfo &info = inputs.emplace_back(getTensorInfo(input, use));
    info.isConstant = info.present && constants.isConstant(input);
    if (auto values = getIntegerValues(input)) {
      info.hasValues = true;
      info.values.assign(values->begin(), values->end());
    }
  }
  for (Value output : node.getOutputs())
    outputs.push_back(getTensorInfo(output, use));
  integerGroups.useStoredTypes(node, inputs, outputs);
  SmallVector<OpCost> bodies;
  SmallVector<std::string> bodyReasons;
  auto parts = std::make_shared<BodyCosts>();
  if (FunctionOp function = functions.lookup(node)) {
    parts->isCall = true;
    bodies.push_back(getCallCost(function, node, parts->nodes.emplace_back(),
                                 bodyReasons.emplace_back()));
    // Nothing is known of what is not expanded; the call stands for all of it.
    if (bodies.back().cause.kind == UnknownCause::TooManyNodes)
      parts->nodes.clear();
  } else {
    for (unsigned i = 0, e = node.getBodies().size(); i < e; ++i)
      bodies.push_back(getBodyCost(node.getBodyGraph(i),
                                   parts->nodes.emplace_back(),
                                   bodyReasons.emplace_back()));
  }
  StringRef domain = node.getCanonicalDomain();
  NodeAttributes attributes(node);
  OpCost cost =
      computeOpCost({node.getOpType(), domain, source.getOpsetVersion(domain),
                     inputs, outputs, attributes, bodies});
  if (!parts->nodes.empty())
    cost.bodies = std::move(parts);
  if (integerGroups.isMerged(node))
    cost.bytesRead = cost.bytesWritten = 0;
  if (int32_t type = integerGroups.getComputeType(node); cost.computeType)
    cost.computeType = type ? type : cost.computeType;
  if (cost.unknown && reason)
    *reason = cost.cause.kind == UnknownCause::InBody
                  ? bodyReasons[cost.cause.index]
                  : explainUnknown(cost.cause, node);
  return cost;
}
