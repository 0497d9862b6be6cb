//===- Functions.cpp - Calls of model-local functions ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/Functions.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Inference/KnownValues.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "onnx/onnx_pb.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// Default attributes of a function, by name.
static std::map<std::string, onnx::AttributeProto>
getDefaults(FunctionOp function) {
  std::map<std::string, onnx::AttributeProto> defaults;
  onnx::FunctionProto rest;
  if (function.getRest() && rest.ParseFromString(function.getRest()->str()))
    for (const onnx::AttributeProto &attribute : rest.attribute_proto())
      defaults[attribute.name()] = attribute;
  return defaults;
}

/// What the cost functions read of a default: numbers and strings.
static NodeAttr importDefault(const onnx::AttributeProto &proto,
                              StringAttr name) {
  Builder builder(name.getContext());
  Attribute value;
  switch (proto.type()) {
  case onnx::AttributeProto::FLOAT:
    value = builder.getF32FloatAttr(proto.f());
    break;
  case onnx::AttributeProto::INT:
    value = builder.getI64IntegerAttr(proto.i());
    break;
  case onnx::AttributeProto::STRING:
    value = builder.getStringAttr(proto.s());
    break;
  case onnx::AttributeProto::INTS:
    value = builder.getDenseI64ArrayAttr(
        ArrayRef(proto.ints().data(), proto.ints_size()));
    break;
  case onnx::AttributeProto::FLOATS:
    value = builder.getDenseF32ArrayAttr(
        ArrayRef(proto.floats().data(), proto.floats_size()));
    break;
  default:
    return {};
  }
  return NodeAttr::get(name.getContext(), name, proto.type(), value,
                       StringAttr());
}

/// Replaces references to the function's attributes by what the call says, or
/// by defaults; what neither says is left out.
static void
bindAttributes(Operation *body, NodeOp call,
               const std::map<std::string, onnx::AttributeProto> &defaults) {
  body->walk([&](NodeOp node) {
    SmallVector<Attribute> bound;
    for (auto attribute : node.getNodeAttributes().getAsRange<NodeAttr>()) {
      onnx::AttributeProto rest;
      if (!attribute.getRest() ||
          !rest.ParseFromString(attribute.getRest().str()) ||
          rest.ref_attr_name().empty()) {
        bound.push_back(attribute);
        continue;
      }
      NodeAttr value;
      if (NodeAttr given = call.findAttribute(rest.ref_attr_name()))
        value =
            NodeAttr::get(node.getContext(), attribute.getName(),
                          given.getKind(), given.getValue(), given.getRest());
      else if (auto it = defaults.find(rest.ref_attr_name());
               it != defaults.end() && attribute.getName())
        value = importDefault(it->second, attribute.getName());
      if (value)
        bound.push_back(value);
    }
    node.setNodeAttributesAttr(ArrayAttr::get(node.getContext(), bound));
  });
}

OwningOpRef<ModuleOp> onnx_split::instantiate(FunctionOp function, NodeOp node,
                                              ExtentsUse use) {
  MLIRContext *context = function.getContext();
  auto source = function->getParentOfType<ModelOp>();
  OpBuilder builder(context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(function.getLoc());
  builder.setInsertionPointToStart(module->getBody());
  auto model =
      ModelOp::create(builder, function.getLoc(), source.getFileNameAttr(),
                      source.getIrVersionAttr(), function.getOpsetImportsAttr(),
                      source.getFilesAttr(), StringAttr(), StringAttr());
  builder.setInsertionPointToStart(&model.getBody().emplaceBlock());
  for (auto other : source.getBody().getOps<FunctionOp>())
    builder.clone(*other);
  builder.setInsertionPointToStart(&model.getBody().front());

  Block &body = function.getBody().front();
  SmallVector<Attribute> inputInfos, outputInfos;
  auto infoOf = [&](Attribute name, Type type) {
    return ValueInfoAttr::get(context, cast<StringAttr>(name), type,
                              StringAttr());
  };
  auto graph = GraphOp::create(
      builder, function.getLoc(), StringAttr(), builder.getArrayAttr({}),
      builder.getArrayAttr({}), builder.getArrayAttr({}), StringAttr());
  Block &block = graph.getBody().emplaceBlock();
  builder.setInsertionPointToStart(&block);
  IRMapping inside;
  for (auto [index, argument] : llvm::enumerate(body.getArguments())) {
    Attribute name = function.getInputNames()[index];
    Value operand =
        index < node.getInputs().size() ? node.getInputs()[index] : Value();
    if (!operand || isa<OnnxOmittedType>(operand.getType())) {
      inside.map(argument, NoneOp::create(builder, node.getLoc(),
                                          OnnxOmittedType::get(context)));
      continue;
    }
    Type type = getPlannedType(operand, use);
    inside.map(argument, block.addArgument(type, node.getLoc()));
    inputInfos.push_back(infoOf(name, type));
    // With the values of a small constant, extents inside become known.
    TensorAttr tensor = getStoredTensor(operand);
    if (!tensor)
      tensor = getKnownValue(operand);
    if (tensor && !tensor.getPayload()) {
      auto renamed =
          TensorAttr::get(context, cast<StringAttr>(name), tensor.getDataType(),
                          tensor.getDims(), 0, PayloadAttr(), tensor.getRest());
      InitializerOp::create(builder, node.getLoc(), type, Attribute(renamed));
    }
  }
  for (Operation &op : body.without_terminator())
    builder.clone(op, inside);
  SmallVector<Value> outputs;
  for (auto [index, value] :
       llvm::enumerate(body.getTerminator()->getOperands())) {
    outputs.push_back(inside.lookup(value));
    outputInfos.push_back(infoOf(function.getOutputNames()[index], Type()));
  }
  ReturnOp::create(builder, function.getLoc(), outputs);
  graph.setInputInfosAttr(builder.getArrayAttr(inputInfos));
  graph.setOutputInfosAttr(builder.getArrayAttr(outputInfos));
  bindAttributes(graph, node, getDefaults(function));
  return module;
}
