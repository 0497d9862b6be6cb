//===- ModelCost.cpp - Cost of a whole model, straight from its file ------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelCost.h"
#include "onnx/defs/tensor_proto_util.h"
#include "onnx/onnx_pb.h"
#include "onnx/shape_inference/implementation.h"
#include "llvm/ADT/STLExtras.h"

#include <fstream>

using namespace onnx_split;
using namespace onnx_split::test;

namespace {
class ProtoAttributes : public AttributeReader {
public:
  explicit ProtoAttributes(const onnx::NodeProto &proto) : node(proto) {}

  std::optional<int64_t> getInt(llvm::StringRef name) const override {
    const auto *attribute = find(name, onnx::AttributeProto::INT);
    return attribute ? std::optional(attribute->i()) : std::nullopt;
  }
  std::optional<float> getFloat(llvm::StringRef name) const override {
    const auto *attribute = find(name, onnx::AttributeProto::FLOAT);
    return attribute ? std::optional(attribute->f()) : std::nullopt;
  }
  std::optional<llvm::StringRef>
  getString(llvm::StringRef name) const override {
    const auto *attribute = find(name, onnx::AttributeProto::STRING);
    return attribute ? std::optional(llvm::StringRef(attribute->s()))
                     : std::nullopt;
  }
  std::optional<llvm::SmallVector<int64_t>>
  getInts(llvm::StringRef name) const override {
    const auto *attribute = find(name, onnx::AttributeProto::INTS);
    if (!attribute)
      return std::nullopt;
    return llvm::SmallVector<int64_t>(attribute->ints().begin(),
                                      attribute->ints().end());
  }
  std::optional<int64_t> getListSize(llvm::StringRef name) const override {
    if (const auto *attribute = find(name, onnx::AttributeProto::FLOATS))
      return attribute->floats_size();
    if (const auto *attribute = find(name, onnx::AttributeProto::STRINGS))
      return attribute->strings_size();
    return std::nullopt;
  }

private:
  const onnx::AttributeProto *
  find(llvm::StringRef name, onnx::AttributeProto::AttributeType type) const {
    for (const onnx::AttributeProto &attribute : node.attribute())
      if (attribute.name() == name && attribute.type() == type)
        return &attribute;
    return nullptr;
  }
  const onnx::NodeProto &node;
};

/// What is known of each name of a graph; a body starts with a copy of what
/// surrounds it.
using Scope = std::map<std::string, TensorInfo>;

class ModelReader {
public:
  explicit ModelReader(const onnx::ModelProto &model) {
    for (const auto &import : model.opset_import())
      opsets[import.domain()] = import.version();
  }
  OpCost visit(const onnx::GraphProto &graph, Scope scope);

  ModelCost result;

private:
  void visit(const onnx::NodeProto &node, Scope &scope, OpCost &total);

  std::map<std::string, int64_t> opsets;
  unsigned depth = 0;
};
} // namespace

static TensorInfo fromType(const onnx::TypeProto &type) {
  TensorInfo info;
  info.present = true;
  if (!type.has_tensor_type())
    return info;
  info.elementType = type.tensor_type().elem_type();
  info.hasRank = type.tensor_type().has_shape();
  if (info.hasRank)
    for (const auto &dim : type.tensor_type().shape().dim())
      info.dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  return info;
}

static TensorInfo fromTensor(const onnx::TensorProto &tensor) {
  TensorInfo info;
  info.present = info.hasRank = info.isConstant = true;
  info.elementType = tensor.data_type();
  info.dims.assign(tensor.dims().begin(), tensor.dims().end());
  bool isSmall = info.elements().value_or(1000) <= 64;
  if (isSmall && tensor.data_type() == onnx::TensorProto::INT64 &&
      tensor.data_location() != onnx::TensorProto::EXTERNAL) {
    info.hasValues = true;
    for (int64_t value : onnx::ParseData<int64_t>(&tensor))
      info.values.push_back(value);
  }
  return info;
}

static void accumulate(OpCost &total, const OpCost &cost) {
  total.macs += cost.macs;
  total.flops += cost.flops;
  total.bytesRead += cost.bytesRead;
  total.bytesWritten += cost.bytesWritten;
  total.unknown |= cost.unknown;
}

OpCost ModelReader::visit(const onnx::GraphProto &graph, Scope scope) {
  for (const auto *values :
       {&graph.input(), &graph.output(), &graph.value_info()})
    for (const onnx::ValueInfoProto &value : *values)
      scope[value.name()] = fromType(value.type());
  for (const onnx::TensorProto &tensor : graph.initializer())
    scope[tensor.name()] = fromTensor(tensor);
  OpCost total;
  for (const onnx::NodeProto &node : graph.node())
    visit(node, scope, total);
  return total;
}

void ModelReader::visit(const onnx::NodeProto &node, Scope &scope,
                        OpCost &total) {
  std::vector<TensorInfo> inputs, outputs;
  for (const std::string &name : node.input())
    inputs.push_back(name.empty() ? TensorInfo() : scope[name]);
  for (const std::string &name : node.output())
    outputs.push_back(name.empty() ? TensorInfo() : scope[name]);

  std::vector<OpCost> bodies;
  ++depth;
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (attribute.has_g())
      bodies.push_back(visit(attribute.g(), scope));
  --depth;

  // A node of constants runs once and for all, not per item.
  bool isConstant = bodies.empty() &&
                    !isNondeterministicOp(node.domain(), node.op_type()) &&
                    llvm::all_of(inputs, [](const TensorInfo &input) {
                      return !input.present || input.isConstant;
                    });
  if (isConstant) {
    for (const std::string &name : node.output())
      scope[name].isConstant = true;
    if (node.op_type() == "Constant" && node.attribute_size() == 1 &&
        node.attribute(0).has_t())
      scope[node.output(0)] = fromTensor(node.attribute(0).t());
    return;
  }
  ProtoAttributes attributes(node);
  OpCost cost =
      computeOpCost({node.op_type(), node.domain(), opsets[node.domain()],
                     inputs, outputs, attributes, bodies});
  accumulate(total, cost);
  // Bodies are part of the node that owns them.
  if (depth > 0)
    return;
  if (cost.macs)
    result.macs[node.op_type()] += cost.macs;
  if (cost.unknown)
    ++result.unknown[node.op_type()];
}

std::optional<ModelCost>
onnx_split::test::computeModelCost(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  onnx::ModelProto model;
  if (!file || !model.ParseFromIstream(&file))
    return std::nullopt;
  onnx::shape_inference::InferShapes(
      model, onnx::OpSchemaRegistry::Instance(),
      onnx::ShapeInferenceOptions(/*check_type=*/false, /*strict_mode=*/0,
                                  /*data_prop=*/true));
  ModelReader reader(model);
  reader.result.total = reader.visit(model.graph(), {});
  return reader.result;
}
