//===- ControlFlow.h - Types of If, Loop and Scan ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_CONTROLFLOW_H
#define ONNX_SPLIT_LIB_INFERENCE_CONTROLFLOW_H

#include "Propagation.h"

namespace onnx_split {

/// What the rules of ONNX do not do for nodes with bodies: a condition that is
/// known chooses its branch, the types of a loop's states are those that hold
/// in every round, and a loop of few rounds is followed round by round.
class ControlFlow {
public:
  ControlFlow(Propagation &run, graph::NodeOp op, const onnx::NodeProto &proto,
              Scope &values, llvm::ArrayRef<ValueState *> inputs)
      : propagation(run), node(op), message(proto), scope(values),
        operands(inputs) {}

  /// True for the operators that `infer` is for.
  static bool handles(graph::NodeOp node, int64_t opset);
  void infer(std::vector<ValueState> &results);

  /// Runs any body for a rule of ONNX.
  llvm::SmallVector<onnx::TypeProto>
  runForRule(const onnx::GraphProto &body,
             llvm::ArrayRef<const onnx::TypeProto *> inputs);

private:
  using States = llvm::SmallVector<ValueState>;
  struct Body {
    graph::GraphOp graph;
    const onnx::GraphProto *message = nullptr;
  };

  Body findBody(llvm::StringRef attribute);
  Body findBody(const onnx::GraphProto &body);
  template <typename Matches> Body findBodyIf(Matches matches);
  /// The states of a body's outputs for those of its inputs.
  States runBody(const Body &body, llvm::ArrayRef<ValueState> inputs);
  /// Runs a loop's body until the types of its states hold in every round.
  /// `inputs` are those of the body, `states` of them from `first` on;
  /// `outputs` are the body's, the states' from `firstOutput` on.
  States findInvariant(const Body &body, States &inputs, unsigned first,
                       unsigned states, unsigned firstOutput);

  void inferIf(std::vector<ValueState> &results);
  void inferLoop(std::vector<ValueState> &results);
  void inferScan(std::vector<ValueState> &results);
  /// Follows a loop of few rounds with the values of its states; false where
  /// that is not possible.
  bool unroll(const Body &body, int64_t trips,
              std::vector<ValueState> &results);

  ValueState stateOf(unsigned operand) const {
    return operand < operands.size() && operands[operand] ? *operands[operand]
                                                          : ValueState();
  }
  /// A known condition; none where it is not known.
  static std::optional<bool> getCondition(const ValueState &state);
  ValueState joinStates(const ValueState &a, const ValueState &b) const;
  /// One more dimension, in front of `axis`.
  static void insertDimension(onnx::TypeProto &type, int64_t axis,
                              const Dimension &dim);
  int64_t getInt(llvm::StringRef name, int64_t otherwise) const;
  llvm::SmallVector<int64_t> getInts(llvm::StringRef name) const;

  Propagation &propagation;
  graph::NodeOp node;
  const onnx::NodeProto &message;
  Scope &scope;
  llvm::ArrayRef<ValueState *> operands;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_CONTROLFLOW_H
