//===- Propagation.cpp - Types and values from node to node ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Propagation.h"

#include "ControlFlow.h"
#include "NodeContext.h"
#include "UpperBounds.h"
#include "Values/Evaluate.h"

#include "onnx-split/Target/Onnx/TypeProto.h"

#include "onnx/shape_inference/attribute_binder.h"

#include <algorithm>
#include <climits>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// The main graph
//===----------------------------------------------------------------------===//

Propagation::Propagation(ModelOp source, const onnx::ModelProto &message,
                         const PropagationOptions &runOptions)
    : model(source), proto(message), options(runOptions), functions(source),
      blocks(source),
      declarations(runOptions.staleExtents, runOptions.believesExtents) {
  for (const auto &import : proto.opset_import())
    main.opsets[canonicalDomain(import.domain())] = import.version();
  // Before IR version 3 models imported nothing and meant the first version.
  if (model.getIrVersion().value_or(0) < 3 && main.opsets.empty())
    main.opsets[""] = 1;
  for (auto [function, body] :
       llvm::zip(model.getBody().getOps<FunctionOp>(), proto.functions()))
    functionMessages[function] = &body;
  constexpr int64_t visitsPerNode = 16;
  budget = FunctionTable::MaxExpansion +
           visitsPerNode * int64_t(proto.graph().node_size());
}

void Propagation::run() {
  bindInputs();
  runGraph(model.getGraph(), proto.graph(), main);
}

/// The names of a graph's inputs.
static llvm::DenseSet<StringRef> inputNames(GraphOp graph) {
  llvm::DenseSet<StringRef> names;
  for (BlockArgument input : graph.getBody().getArguments())
    names.insert(getValueName(input));
  return names;
}

void Propagation::bindInputs() {
  for (BlockArgument input : model.getGraph().getBody().getArguments()) {
    ValueState &state = main[input];
    exportType(input.getType(), state.type);
    clean(state.type);
    unsigned axis = 0;
    forEachDimension(state.type, [&](Dimension &dim) {
      if (isOpen(dim) || dim.has_dim_param())
        if (options.inputExtent)
          if (std::optional<int64_t> extent = options.inputExtent(input, axis))
            dim.set_dim_value(*extent);
      ++axis;
    });
    close(state.type);
    invent(state.type);
  }
}

void Propagation::bindInitializers(GraphOp graph,
                                   const onnx::GraphProto &message,
                                   Scope &scope) {
  llvm::DenseSet<StringRef> inputs = inputNames(graph);
  llvm::StringMap<BlockArgument> arguments;
  if (!inputs.empty())
    for (BlockArgument input : graph.getBody().getArguments())
      arguments[getValueName(input)] = input;
  llvm::StringMap<const onnx::TensorProto *> tensors;
  for (const onnx::TensorProto &tensor : message.initializer())
    tensors[tensor.name()] = &tensor;
  bool overridable = model.getIrVersion().value_or(0) >= 4;
  for (auto initializer : graph.getBody().getOps<InitializerOp>()) {
    StringRef name = getValueName(initializer.getResult());
    const onnx::TensorProto *tensor = tensors.lookup(name);
    if (auto input = arguments.find(name); input != arguments.end()) {
      ValueState &state = scope[input->second];
      if (!overridable || options.believesDefaults)
        state.stored = tensor;
      state.isDefault = overridable;
      onnx::TypeProto type;
      exportType(initializer.getResult().getType(), type);
      declarations.compare(input->second, state.type, type);
      continue;
    }
    ValueState &state = scope[initializer.getResult()];
    exportType(initializer.getResult().getType(), state.type);
    state.stored = tensor;
  }
}

void Propagation::runGraph(GraphOp graph, const onnx::GraphProto &message,
                           Scope &scope) {
  bindInitializers(graph, message, scope);
  for (auto [node, nodeMessage] :
       llvm::zip(graph.getBody().getOps<NodeOp>(), message.node())) {
    if (depth > 0 && --budget < 0)
      return;
    runNode(node, nodeMessage, scope);
  }
}

void Propagation::completeInput(BlockArgument input, ValueState &state) {
  onnx::TypeProto declared;
  exportType(input.getType(), declared);
  clean(declared);
  close(declared);
  Declarations::merge(state.type, declared);
  invent(state.type);
}

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

void Propagation::close(onnx::TypeProto &type) {
  if (!options.symbolOf)
    return;
  forEachDimension(type, [&](Dimension &dim) {
    if (dim.has_dim_param() && !isInvented(dim))
      if (std::optional<int64_t> extent = options.symbolOf(dim.dim_param());
          extent && *extent >= 0)
        dim.set_dim_value(*extent);
  });
}

void Propagation::observe(Value value, onnx::TypeProto &type) {
  if (!options.observed || !type.has_tensor_type())
    return;
  auto seen = options.observed->find(getValueName(value));
  if (seen == options.observed->end())
    return;
  auto *tensor = type.mutable_tensor_type();
  if (!tensor->has_shape())
    for (size_t i = 0; i < seen->second.size(); ++i)
      tensor->mutable_shape()->add_dim();
  if (tensor->mutable_shape()->dim_size() != int(seen->second.size()))
    return;
  for (auto [i, extent] : llvm::enumerate(seen->second))
    if (Dimension &dim = *tensor->mutable_shape()->mutable_dim(int(i));
        isOpen(dim))
      dim.set_dim_value(extent);
}

void Propagation::invent(onnx::TypeProto &type) {
  // Of sequences' elements each has its own extents.
  if (!type.has_tensor_type() || options.exact)
    return;
  forEachDimension(type, [&](Dimension &dim) {
    if (!dim.has_dim_value() && !dim.has_dim_param())
      dim.set_dim_param("?" + std::to_string(inventions++));
  });
}

void Propagation::readStored(ValueState &state) {
  if (!state.stored || state.value || state.isDefault || state.isUnreadable)
    return;
  state.value = KnownTensor::read(*state.stored);
  state.isUnreadable = !state.value;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

void Propagation::runNode(NodeOp node, const onnx::NodeProto &message,
                          Scope &scope) {
  SmallVector<ValueState *> operands;
  for (Value input : node.getInputs()) {
    ValueState *state =
        isa<OnnxOmittedType>(input.getType()) ? nullptr : &scope[input];
    operands.push_back(state && !state->isOmitted ? state : nullptr);
  }
  std::vector<ValueState> results(node.getNumResults());
  int64_t opset = scope.opsets.lookup(node.getCanonicalDomain());
  if (FunctionOp function = functions.lookup(node)) {
    runCall(function, node, message, scope, operands, results);
  } else if (ControlFlow::handles(node, opset)) {
    ControlFlow(*this, node, message, scope, operands).infer(results);
  } else {
    inferTypes(node, message, scope, operands, results);
    evaluateNode(message, opset, scope, node, operands, results);
  }
  if (isBounding(scope))
    UpperBounds(*options.exact, node, message, operands).apply(results);
  finish(node, scope, results);
}

void Propagation::inferTypes(NodeOp node, const onnx::NodeProto &message,
                             Scope &scope, ArrayRef<ValueState *> operands,
                             std::vector<ValueState> &results) {
  std::string domain = node.getCanonicalDomain().str();
  auto version = scope.opsets.find(domain);
  if (version == scope.opsets.end())
    return;
  // ONNX counts versions as int: a larger one is later than all it knows.
  const onnx::OpSchema *schema = rules.GetSchema(
      message.op_type(), int(std::clamp<int64_t>(version->second, 0, INT_MAX)),
      domain);
  if (!schema || !schema->has_type_and_shape_inference_function() ||
      isMalformed(message, *schema))
    return;
  // A function's parameter may be required by a node inside and left out.
  for (int i = 0; i < schema->min_input(); ++i)
    if (!operands[i] && isRequired(*schema, i))
      return;
  ControlFlow bodies(*this, node, message, scope, operands);
  auto runBody = [&](const onnx::GraphProto &body,
                     ArrayRef<const onnx::TypeProto *> inputs) {
    return bodies.runForRule(body, inputs);
  };
  NodeContext context(message, operands, dimSymbols, runBody);
  bool threw = true;
  try {
    schema->GetTypeAndShapeInferenceFunction()(context);
    threw = false;
  } catch (const std::exception &exception) {
    // Where a type is unknown, the rule only says that it misses it.
    bool complete = llvm::all_of(operands, [](ValueState *operand) {
      return !operand || !isEmpty(operand->type);
    });
    if (complete && !options.exact)
      refused.push_back({node, exception.what()});
  }
  if (context.usesDefault())
    defaultUses.push_back(node);
  for (auto [i, result] : llvm::enumerate(results)) {
    if (i >= context.getNumOutputs())
      break;
    result.type = std::move(*context.getOutputType(i));
    // What a rule that gave up has written of a shape may be half of it.
    if (threw) {
      if (result.type.has_tensor_type())
        result.type.mutable_tensor_type()->clear_shape();
      else
        result.type.Clear();
    }
    clean(result.type);
  }
  if (!threw && results.size() == 1 && !operands.empty() && operands[0])
    blocks.complete(node, operands[0]->type, results[0].type);
}

void Propagation::evaluateNode(const onnx::NodeProto &message, int64_t opset,
                               Scope &scope, NodeOp node,
                               ArrayRef<ValueState *> operands,
                               std::vector<ValueState> &results) {
  if (!node.getCanonicalDomain().empty())
    return;
  // A Constant's tensor is read when somebody asks for it.
  if (node.getOpType() == "Constant" && results.size() == 1)
    for (const onnx::AttributeProto &attribute : message.attribute())
      if (attribute.name() == "value" && attribute.has_t()) {
        results[0].stored = &attribute.t();
        return;
      }
  if (!canEvaluate(node.getOpType()))
    return;
  SmallVector<const onnx::TypeProto *> types;
  SmallVector<const KnownTensor *> values;
  SmallVector<bool> present;
  for (ValueState *operand : operands) {
    if (operand)
      readStored(*operand);
    types.push_back(operand ? &operand->type : nullptr);
    values.push_back(operand && operand->value ? &*operand->value : nullptr);
    present.push_back(operand != nullptr);
  }
  auto known = evaluate({message, opset, types, values, present, dimSymbols});
  for (auto [result, value] : llvm::zip(results, known)) {
    if (!value)
      continue;
    // The value's own shape is exact; a rule may have seen less, never other.
    onnx::TypeProto type;
    type.mutable_tensor_type()->set_elem_type(value->elementType());
    auto *shape = type.mutable_tensor_type()->mutable_shape();
    for (int64_t extent : value->dims())
      shape->add_dim()->set_dim_value(extent);
    onnx::TypeProto inferred = result.type;
    if (!Declarations::merge(inferred, type))
      continue;
    result.type = std::move(type);
    result.value = std::move(value);
  }
}

void Propagation::runCall(FunctionOp function, NodeOp node,
                          const onnx::NodeProto &message, Scope &caller,
                          ArrayRef<ValueState *> operands,
                          std::vector<ValueState> &results) {
  const onnx::FunctionProto *body = functionMessages.lookup(function);
  if (!body || budget < 0 || depth > MaxDepth)
    return;
  Scope inner;
  inner.opsets = caller.opsets;
  for (const auto &import : body->opset_import())
    inner.opsets[canonicalDomain(import.domain())] = import.version();
  for (BlockArgument argument : function.getBody().getArguments()) {
    unsigned number = argument.getArgNumber();
    ValueState &state = inner[argument];
    if (number < operands.size() && operands[number])
      state = *operands[number];
    else
      state.isOmitted = true;
  }
  onnx::internal::AttributeMap attributes;
  for (const onnx::AttributeProto &attribute : body->attribute_proto())
    attributes[attribute.name()] = &attribute;
  for (const onnx::AttributeProto &attribute : message.attribute())
    attributes[attribute.name()] = &attribute;
  bool hasParameters =
      body->attribute_size() > 0 || body->attribute_proto_size() > 0;
  // Constants of a bound node are read from the copy, which therefore stays.
  std::deque<onnx::NodeProto> bound;
  ++depth;
  for (auto [op, opMessage] :
       llvm::zip(function.getBody().getOps<NodeOp>(), body->node())) {
    if (--budget < 0)
      break;
    const onnx::NodeProto *used = &opMessage;
    if (hasParameters) {
      used = &bound.emplace_back(opMessage);
      onnx::internal::AttributeBinder(attributes).VisitNode(bound.back());
    }
    runNode(op, *used, inner);
  }
  --depth;
  Operation *terminator = function.getBody().front().getTerminator();
  for (auto [result, value] : llvm::zip(results, terminator->getOperands())) {
    readStored(inner[value]);
    result = inner[value];
    // Its message may be one of the copies.
    if (hasParameters)
      result.stored = nullptr;
    result.isOmitted = false;
  }
}

void Propagation::finish(NodeOp node, Scope &scope,
                         std::vector<ValueState> &results) {
  auto graph = dyn_cast<GraphOp>(node->getParentOp());
  for (auto [value, state] : llvm::zip(node.getResults(), results)) {
    if (isa<OnnxOmittedType>(value.getType()))
      continue;
    if (graph)
      declarations.complete(graph, value, state.type);
    close(state.type);
    if (graph == model.getGraph())
      observe(value, state.type);
    invent(state.type);
    scope[value] = std::move(state);
  }
}
