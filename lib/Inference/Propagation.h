//===- Propagation.h - Types and values from node to node -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Walks a graph once, in the order of its nodes, and asks for each what its
/// results are: the rule of its operator for types, the evaluator for values.
/// Bodies are walked once for each round of a loop's types, functions once for
/// each call. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_PROPAGATION_H
#define ONNX_SPLIT_LIB_INFERENCE_PROPAGATION_H

#include "BlockedChannels.h"
#include "Declarations.h"
#include "Rules.h"
#include "Scope.h"

#include "onnx-split/Dialect/Onnx/IR/FunctionTable.h"
#include "onnx-split/Inference/Extents.h"

namespace onnx_split {

/// What differs between the runs over one model.
struct PropagationOptions {
  /// The number that planning uses for a symbol that the types leave open.
  llvm::function_ref<std::optional<int64_t>(llvm::StringRef symbol)> symbolOf;
  /// The same for a dimension of an input of the main graph.
  llvm::function_ref<std::optional<int64_t>(mlir::BlockArgument input,
                                            unsigned axis)>
      inputExtent;
  /// Extents that a run of the model had, by the value's name.
  const ObservedShapes *observed = nullptr;
  /// The run whose open extents this one bounds: extents that are numbers here
  /// and open there are upper bounds. Null: every number is exact.
  const Scope *exact = nullptr;
  /// False: of declarations only element types and ranks are believed.
  bool believesExtents = true;
  /// True: an input that has a default counts as it, where a rule asks for its
  /// elements.
  bool believesDefaults = false;
  /// Extents that the model declares, but that inference found to be wrong
  /// somewhere: where a batch was edited at the input alone. Not believed.
  llvm::ArrayRef<int64_t> staleExtents;
};

class Propagation {
public:
  /// `message` is the skeleton of `model`; both outlive this.
  Propagation(graph::ModelOp model, const onnx::ModelProto &message,
              const PropagationOptions &options);

  void run();

  const Scope &scope() const { return main; }
  const DimSymbols &symbols() const { return dimSymbols; }
  const std::vector<Conflict> &conflicts() const {
    return declarations.conflicts();
  }
  /// True where a declaration says an extent that was not believed.
  bool hasUnbelieved() const { return declarations.hasUnbelieved(); }
  /// Nodes that contradict the rule of their operator, with its words.
  struct Refusal {
    graph::NodeOp node;
    std::string message;
  };
  const std::vector<Refusal> &refusals() const { return refused; }
  /// Nodes whose rule was given the default of an input.
  llvm::ArrayRef<graph::NodeOp> usesOfDefaults() const { return defaultUses; }
  /// True where calls and rounds were so many that some stay unknown.
  bool isExhausted() const { return budget < 0; }

private:
  friend class ControlFlow;
  /// Bodies and calls inside each other.
  static constexpr unsigned MaxDepth = 200;

  /// One body, or the main graph: its inputs have their states already.
  void runGraph(graph::GraphOp graph, const onnx::GraphProto &message,
                Scope &scope);
  void runNode(graph::NodeOp node, const onnx::NodeProto &message,
               Scope &scope);
  void runCall(graph::FunctionOp function, graph::NodeOp node,
               const onnx::NodeProto &message, Scope &caller,
               llvm::ArrayRef<ValueState *> operands,
               std::vector<ValueState> &results);
  /// Types by the rule of the operator.
  void inferTypes(graph::NodeOp node, const onnx::NodeProto &message,
                  Scope &scope, llvm::ArrayRef<ValueState *> operands,
                  std::vector<ValueState> &results);
  void evaluateNode(const onnx::NodeProto &message, int64_t opset, Scope &scope,
                    graph::NodeOp node, llvm::ArrayRef<ValueState *> operands,
                    std::vector<ValueState> &results);
  /// Sets the states of results, after looking at what is declared of them.
  void finish(graph::NodeOp node, Scope &scope,
              std::vector<ValueState> &results);

  void bindInputs();
  void bindInitializers(graph::GraphOp graph, const onnx::GraphProto &message,
                        Scope &scope);
  /// Completes what is known of an input of a body by its declared type.
  void completeInput(mlir::BlockArgument input, ValueState &state);
  /// Reads a constant's elements, where they are in the model and few.
  void readStored(ValueState &state);
  /// Puts what planning uses in the place of open extents.
  void close(onnx::TypeProto &type);
  void observe(mlir::Value value, onnx::TypeProto &type);
  /// Gives each extent that is not known a symbol of its own.
  void invent(onnx::TypeProto &type);
  bool isBounding(const Scope &scope) const {
    return options.exact && &scope == &main;
  }

  graph::ModelOp model;
  const onnx::ModelProto &proto;
  const PropagationOptions &options;
  InferenceRules rules;
  graph::FunctionTable functions;
  llvm::DenseMap<mlir::Operation *, const onnx::FunctionProto *>
      functionMessages;
  BlockedChannels blocks;
  Declarations declarations;
  Scope main;
  DimSymbols dimSymbols;
  std::vector<graph::NodeOp> defaultUses;
  std::vector<Refusal> refused;
  int64_t inventions = 0;
  /// Nodes that may still be visited beyond those of the main graph.
  int64_t budget = 0;
  unsigned depth = 0;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_PROPAGATION_H
