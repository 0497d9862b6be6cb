//===- Delegate.cpp - Asking the rule of another operator -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Delegate.h"

#include "onnx/defs/schema.h"

#include <vector>

using namespace onnx_split;
using namespace onnx_split::schemas;

namespace {
/// A node as the rule of another operator is to see it: inputs chosen and
/// ordered, all of them float tensors, and outputs of its own.
class View : public Context {
public:
  View(Context &viewed, llvm::ArrayRef<const Shape *> shapes)
      : node(viewed), inputs(shapes.size()), outputs(viewed.getNumOutputs()) {
    for (auto [input, shape] : llvm::zip(inputs, shapes)) {
      input.mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
      *input.mutable_tensor_type()->mutable_shape() = *shape;
    }
  }

  const onnx::AttributeProto *
  getAttribute(const std::string &name) const override {
    return node.getAttribute(name);
  }
  size_t getNumInputs() const override { return inputs.size(); }
  const onnx::TypeProto *getInputType(size_t index) const override {
    return index < inputs.size() ? &inputs[index] : nullptr;
  }
  const onnx::TensorProto *getInputData(size_t) const override {
    return nullptr;
  }
  const onnx::SparseTensorProto *getInputSparseData(size_t) const override {
    return nullptr;
  }
  const Shape *getSymbolicInput(size_t) const override { return nullptr; }
  size_t getNumOutputs() const override { return outputs.size(); }
  onnx::TypeProto *getOutputType(size_t index) override {
    return index < outputs.size() ? &outputs[index] : nullptr;
  }
  onnx::GraphInferencer *
  getGraphAttributeInferencer(const std::string &) override {
    return nullptr;
  }

private:
  Context &node;
  std::vector<onnx::TypeProto> inputs;
  std::vector<onnx::TypeProto> outputs;
};
} // namespace

/// Moves a dimension; the shape must have both places.
static Shape moveDim(const Shape &shape, int from, int to) {
  llvm::SmallVector<Dim, 6> dims(shape.dim().begin(), shape.dim().end());
  Dim moved = dims[from];
  dims.erase(dims.begin() + from);
  dims.insert(dims.begin() + to, moved);
  Shape result;
  for (const Dim &dim : dims)
    *result.add_dim() = dim;
  return result;
}

void schemas::shapesLike(Context &context, const char *opType,
                         llvm::ArrayRef<size_t> inputs, Layout layout) {
  const onnx::OpSchema *schema = onnx::OpSchemaRegistry::Schema(opType);
  if (!schema || !schema->has_type_and_shape_inference_function())
    return;
  llvm::SmallVector<const Shape *, 4> shapes;
  for (size_t input : inputs) {
    const Shape *shape = shapeOf(context, input);
    if (!shape)
      return;
    shapes.push_back(shape);
  }
  bool isLast = layout == Layout::ChannelsLast;
  Shape channelsFirst;
  if (isLast) {
    int rank = shapes.front()->dim_size();
    if (rank < 2)
      return;
    channelsFirst = moveDim(*shapes.front(), rank - 1, 1);
    shapes.front() = &channelsFirst;
  }
  View view(context, shapes);
  schema->GetTypeAndShapeInferenceFunction()(view);
  for (size_t i = 0, e = view.getNumOutputs(); i < e; ++i) {
    const onnx::TypeProto_Tensor &tensor = view.getOutputType(i)->tensor_type();
    if (!tensor.has_shape())
      continue;
    int rank = tensor.shape().dim_size();
    bool isMoved = isLast && i == 0 && rank >= 2;
    setShape(context, i,
             isMoved ? moveDim(tensor.shape(), 1, rank - 1) : tensor.shape());
  }
}
