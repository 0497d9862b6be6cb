//===- NodeContext.h - One node, as the rules of ONNX see it ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_NODECONTEXT_H
#define ONNX_SPLIT_LIB_INFERENCE_NODECONTEXT_H

#include "Scope.h"

#include "onnx/defs/shape_inference.h"

#include <memory>

namespace onnx_split {

/// Gives a rule the types and values of a node's operands, and takes the types
/// of its results. Unlike the context of ONNX's own driver it never hands out
/// null for an operand of unknown type, which many rules read without looking.
class NodeContext : public onnx::InferenceContext {
public:
  /// Infers a body: types of its outputs for those of its inputs.
  using BodyRunner = llvm::function_ref<llvm::SmallVector<onnx::TypeProto>(
      const onnx::GraphProto &body,
      llvm::ArrayRef<const onnx::TypeProto *> inputs)>;

  /// `operands`: null for an omitted one. All references must outlive this.
  NodeContext(const onnx::NodeProto &message,
              llvm::ArrayRef<ValueState *> operands,
              const DimSymbols &dimSymbols, BodyRunner runner);
  ~NodeContext() override;

  const onnx::AttributeProto *
  getAttribute(const std::string &name) const override;
  size_t getNumInputs() const override { return inputs.size(); }
  const onnx::TypeProto *getInputType(size_t index) const override;
  bool hasInput(size_t index) const override;
  const onnx::TensorProto *getInputData(size_t index) const override;
  size_t getNumOutputs() const override { return outputs.size(); }
  onnx::TypeProto *getOutputType(size_t index) override;
  bool hasOutput(size_t index) override;
  onnx::GraphInferencer *
  getGraphAttributeInferencer(const std::string &attribute) override;
  const onnx::SparseTensorProto *getInputSparseData(size_t) const override {
    return nullptr;
  }
  const onnx::TensorShapeProto *getSymbolicInput(size_t index) const override;
  std::string getDisplayName() const override { return "node"; }

  /// True where the rule was given the default of an input.
  bool usesDefault() const { return gaveDefault; }

private:
  class Inferencer;

  ValueState *at(size_t index) const;

  const onnx::NodeProto &node;
  llvm::ArrayRef<ValueState *> inputs;
  const DimSymbols &symbols;
  BodyRunner runBody;
  std::vector<onnx::TypeProto> outputs;
  mutable bool gaveDefault = false;
  /// What was handed out by pointer.
  mutable std::deque<onnx::TensorProto> data;
  mutable std::deque<onnx::TensorShapeProto> shapes;
  std::vector<std::unique_ptr<Inferencer>> inferencers;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_NODECONTEXT_H
