//===- NodeContext.cpp - One node, as the rules of ONNX see it ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeContext.h"

using namespace onnx_split;

//===----------------------------------------------------------------------===//
// Scope
//===----------------------------------------------------------------------===//

ValueState &Scope::operator[](mlir::Value value) {
  ValueState *&state = index[value];
  if (!state)
    state = &states.emplace_back();
  return *state;
}

const ValueState *Scope::find(mlir::Value value) const {
  return index.lookup(value);
}

//===----------------------------------------------------------------------===//
// NodeContext
//===----------------------------------------------------------------------===//

class NodeContext::Inferencer : public onnx::GraphInferencer {
public:
  Inferencer(const onnx::GraphProto &graph, BodyRunner runner)
      : body(graph), runBody(runner) {}

  std::vector<const onnx::TypeProto *>
  doInferencing(const std::vector<const onnx::TypeProto *> &types,
                const std::vector<const onnx::TensorProto *> &) override {
    results = runBody(body, types);
    std::vector<const onnx::TypeProto *> pointers;
    for (const onnx::TypeProto &type : results)
      pointers.push_back(&type);
    return pointers;
  }

private:
  const onnx::GraphProto &body;
  BodyRunner runBody;
  llvm::SmallVector<onnx::TypeProto> results;
};

NodeContext::NodeContext(const onnx::NodeProto &message,
                         llvm::ArrayRef<ValueState *> operands,
                         const DimSymbols &dimSymbols, BodyRunner runner)
    : node(message), inputs(operands), symbols(dimSymbols), runBody(runner),
      outputs(message.output_size()) {}

NodeContext::~NodeContext() = default;

const onnx::AttributeProto *
NodeContext::getAttribute(const std::string &name) const {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

ValueState *NodeContext::at(size_t index) const {
  if (index >= inputs.size())
    fail_type_inference("the node has no operand ", index);
  return inputs[index];
}

const onnx::TypeProto *NodeContext::getInputType(size_t index) const {
  ValueState *state = at(index);
  return state ? &state->type : nullptr;
}

bool NodeContext::hasInput(size_t index) const {
  return index < inputs.size() && inputs[index];
}

const onnx::TensorProto *NodeContext::getInputData(size_t index) const {
  ValueState *state = at(index);
  if (!state)
    return nullptr;
  if (state->stored && state->stored->external_data().empty()) {
    gaveDefault |= state->isDefault;
    return state->stored;
  }
  if (!state->value)
    return nullptr;
  const KnownTensor &value = *state->value;
  for (int64_t i = 0, e = value.size(); i < e; ++i)
    if (value.knowledge(i) != Knowledge::Exact &&
        value.knowledge(i) != Knowledge::AtMost)
      return nullptr;
  value.write(data.emplace_back());
  return &data.back();
}

const onnx::TensorShapeProto *
NodeContext::getSymbolicInput(size_t index) const {
  ValueState *state = at(index);
  if (!state || !state->value || state->value->isFloat() ||
      state->value->dims().size() > 1)
    return nullptr;
  state->value->write(shapes.emplace_back(), symbols);
  return &shapes.back();
}

onnx::TypeProto *NodeContext::getOutputType(size_t index) {
  if (index >= outputs.size())
    fail_type_inference("the node has no result ", index);
  return &outputs[index];
}

bool NodeContext::hasOutput(size_t index) {
  return index < outputs.size() && !node.output(int(index)).empty();
}

onnx::GraphInferencer *
NodeContext::getGraphAttributeInferencer(const std::string &name) {
  const onnx::AttributeProto *attribute = getAttribute(name);
  if (!attribute || !attribute->has_g())
    fail_type_inference("the node has no body ", name);
  inferencers.push_back(std::make_unique<Inferencer>(attribute->g(), runBody));
  return inferencers.back().get();
}
