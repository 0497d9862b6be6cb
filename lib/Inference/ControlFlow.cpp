//===- ControlFlow.cpp - Types of If, Loop and Scan -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ControlFlow.h"

using namespace onnx_split;
using namespace onnx_split::graph;
using onnx::TypeProto;

/// Rounds until a loop's types are given up; each opens what the last changed.
static constexpr int MaxRounds = 4;
/// A loop is followed round by round up to so many.
static constexpr int64_t MaxTrips = 64;
/// Nodes, bodies inside included, that following a loop may visit.
static constexpr int64_t MaxUnrolledNodes = 4096;

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

template <typename Matches>
ControlFlow::Body ControlFlow::findBodyIf(Matches matches) {
  unsigned next = 0;
  for (const onnx::AttributeProto &attribute : message.attribute()) {
    if (attribute.has_g() && attribute.type() == onnx::AttributeProto::GRAPH) {
      if (next < node.getBodies().size() && matches(attribute, attribute.g()))
        return {node.getBodyGraph(next), &attribute.g()};
      ++next;
    } else if (attribute.type() == onnx::AttributeProto::GRAPHS) {
      for (const onnx::GraphProto &body : attribute.graphs()) {
        if (next < node.getBodies().size() && matches(attribute, body))
          return {node.getBodyGraph(next), &body};
        ++next;
      }
    }
  }
  return {};
}

ControlFlow::Body ControlFlow::findBody(llvm::StringRef name) {
  return findBodyIf(
      [&](const onnx::AttributeProto &attribute, const onnx::GraphProto &) {
        return name == attribute.name();
      });
}

ControlFlow::Body ControlFlow::findBody(const onnx::GraphProto &wanted) {
  return findBodyIf(
      [&](const onnx::AttributeProto &, const onnx::GraphProto &body) {
        return &body == &wanted;
      });
}

ControlFlow::States ControlFlow::runBody(const Body &body,
                                         llvm::ArrayRef<ValueState> inputs) {
  if (!body.graph)
    return {};
  GraphOp graph = body.graph;
  mlir::Operation *terminator = graph.getBody().front().getTerminator();
  States outputs(terminator->getNumOperands());
  if (propagation.budget < 0 || propagation.depth > Propagation::MaxDepth)
    return outputs;
  for (mlir::BlockArgument argument : graph.getBody().getArguments()) {
    unsigned number = argument.getArgNumber();
    ValueState state = number < inputs.size() ? inputs[number] : ValueState();
    propagation.completeInput(argument, state);
    scope[argument] = std::move(state);
  }
  ++propagation.depth;
  propagation.runGraph(graph, *body.message, scope);
  --propagation.depth;
  for (auto [output, value] : llvm::zip(outputs, terminator->getOperands())) {
    propagation.readStored(scope[value]);
    output = scope[value];
  }
  return outputs;
}

llvm::SmallVector<TypeProto>
ControlFlow::runForRule(const onnx::GraphProto &graph,
                        llvm::ArrayRef<const TypeProto *> inputs) {
  States states;
  for (const TypeProto *type : inputs)
    if (ValueState &state = states.emplace_back(); type)
      state.type = *type;
  llvm::SmallVector<TypeProto> types;
  for (ValueState &output : runBody(findBody(graph), states))
    types.push_back(std::move(output.type));
  return types;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

std::optional<bool> ControlFlow::getCondition(const ValueState &state) {
  if (!state.value || state.value->size() != 1 || state.value->isFloat() ||
      !state.value->isExact(0))
    return std::nullopt;
  return state.value->integer(0) != 0;
}

ValueState ControlFlow::joinStates(const ValueState &a,
                                   const ValueState &b) const {
  ValueState result;
  result.type = join(a.type, b.type, propagation.isBounding(scope));
  if (a.value && b.value && *a.value == *b.value)
    result.value = a.value;
  return result;
}

void ControlFlow::insertDimension(TypeProto &type, int64_t axis,
                                  const Dimension &dim) {
  if (!type.has_tensor_type() || !type.tensor_type().has_shape())
    return;
  auto *shape = type.mutable_tensor_type()->mutable_shape();
  int rank = shape->dim_size();
  if (axis < 0)
    axis += rank + 1;
  if (axis < 0 || axis > rank)
    return type.mutable_tensor_type()->clear_shape();
  *shape->add_dim() = dim;
  for (int i = rank; i > axis; --i)
    shape->mutable_dim()->SwapElements(i, i - 1);
}

int64_t ControlFlow::getInt(llvm::StringRef name, int64_t otherwise) const {
  for (const onnx::AttributeProto &attribute : message.attribute())
    if (name == attribute.name() && attribute.has_i())
      return attribute.i();
  return otherwise;
}

llvm::SmallVector<int64_t> ControlFlow::getInts(llvm::StringRef name) const {
  for (const onnx::AttributeProto &attribute : message.attribute())
    if (name == attribute.name())
      return {attribute.ints().begin(), attribute.ints().end()};
  return {};
}

ControlFlow::States ControlFlow::findInvariant(const Body &body, States &inputs,
                                               unsigned first, unsigned states,
                                               unsigned firstOutput) {
  for (unsigned i = 0; i < states; ++i)
    inputs[first + i].value.reset();
  for (int round = 0;; ++round) {
    States outputs = runBody(body, inputs);
    outputs.resize(std::max<size_t>(outputs.size(), firstOutput + states));
    bool stable = true;
    for (unsigned i = 0; i < states; ++i) {
      ValueState &input = inputs[first + i];
      TypeProto joined = join(input.type, outputs[firstOutput + i].type,
                              propagation.isBounding(scope));
      if (sameType(joined, input.type))
        continue;
      stable = false;
      // Whatever still grows is not known.
      if (round >= MaxRounds)
        forEachDimension(joined, [](Dimension &dim) { dim.clear_value(); });
      if (round > MaxRounds)
        joined.Clear();
      input.type = std::move(joined);
    }
    if (stable || round > MaxRounds)
      return outputs;
  }
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

bool ControlFlow::handles(NodeOp node, int64_t opset) {
  // The first Scan had a batch, and lengths for each of its sequences.
  constexpr int64_t scanWithoutBatch = 9;
  return node.isStandardOp("If") || node.isStandardOp("Loop") ||
         (node.isStandardOp("Scan") && opset >= scanWithoutBatch);
}

void ControlFlow::infer(std::vector<ValueState> &results) {
  for (ValueState *operand : operands)
    if (operand)
      propagation.readStored(*operand);
  if (node.getOpType() == "If")
    return inferIf(results);
  if (node.getOpType() == "Loop")
    return inferLoop(results);
  inferScan(results);
}

void ControlFlow::inferIf(std::vector<ValueState> &results) {
  States then = runBody(findBody("then_branch"), {});
  States otherwise = runBody(findBody("else_branch"), {});
  then.resize(results.size());
  otherwise.resize(results.size());
  std::optional<bool> condition = getCondition(stateOf(0));
  for (auto [i, result] : llvm::enumerate(results))
    result = !condition   ? joinStates(then[i], otherwise[i])
             : *condition ? then[i]
                          : otherwise[i];
}

/// Operands: largest number of trips, condition, states. The body takes the
/// number of the round, the condition and the states, and gives the condition,
/// the states and one element of each scan output.
void ControlFlow::inferLoop(std::vector<ValueState> &results) {
  Body body = findBody("body");
  if (!body.graph || operands.size() < 2)
    return;
  unsigned states = operands.size() - 2;
  ValueState limit = stateOf(0), condition = stateOf(1);
  std::optional<bool> goesIn =
      operands[1] ? getCondition(condition) : std::optional<bool>(true);
  bool isLimited = operands[0] && limit.value && limit.value->size() == 1 &&
                   !limit.value->isFloat() &&
                   (limit.value->isExact(0) ||
                    limit.value->knowledge(0) == Knowledge::AtMost);
  int64_t trips = isLimited ? std::max<int64_t>(limit.value->integer(0), 0) : 0;
  if (goesIn == false) {
    trips = 0;
    isLimited = true;
  }
  bool unrolled = isLimited && (goesIn == false || limit.value->isExact(0)) &&
                  goesIn && unroll(body, trips, results);

  States inputs(2 + states);
  inputs[0].type.mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT64);
  inputs[0].type.mutable_tensor_type()->mutable_shape();
  inputs[1].type.mutable_tensor_type()->set_elem_type(onnx::TensorProto::BOOL);
  inputs[1].type.mutable_tensor_type()->mutable_shape();
  for (unsigned i = 0; i < states; ++i)
    inputs[2 + i] = stateOf(2 + i);
  States outputs = findInvariant(body, inputs, 2, states, 1);
  if (unrolled)
    return;
  outputs.resize(std::max(outputs.size(), results.size() + 1));

  // Every round happens where the condition is only passed on, or always true.
  GraphOp graph = body.graph;
  mlir::Operation *terminator = graph.getBody().front().getTerminator();
  bool goesOn = terminator->getNumOperands() > 0 &&
                graph.getBody().getNumArguments() > 1 &&
                (terminator->getOperand(0) == graph.getBody().getArgument(1) ||
                 getCondition(outputs[0]) == true);
  Dimension rounds;
  bool isExact = goesIn == false || (goesIn == true && goesOn);
  if (isLimited && (isExact || propagation.isBounding(scope)))
    rounds.set_dim_value(trips);
  for (auto [i, result] : llvm::enumerate(results)) {
    result.type =
        i < states ? inputs[2 + i].type : std::move(outputs[1 + i].type);
    if (i >= states)
      insertDimension(result.type, 0, rounds);
  }
}

/// Nodes of a graph and the bodies inside.
static int64_t countNodes(GraphOp graph) {
  int64_t count = 0;
  graph.walk([&](NodeOp) { ++count; });
  return count;
}

bool ControlFlow::unroll(const Body &body, int64_t trips,
                         std::vector<ValueState> &results) {
  GraphOp graph = body.graph;
  if (trips > MaxTrips || trips * countNodes(graph) > MaxUnrolledNodes)
    return false;
  unsigned states = operands.size() - 2;
  States inputs(2 + states), elements;
  for (unsigned i = 0; i < states; ++i)
    inputs[2 + i] = stateOf(2 + i);
  int64_t done = 0;
  for (bool goesOn = trips > 0; goesOn && done < trips; ++done) {
    inputs[0] = {};
    inputs[0].value.emplace(onnx::TensorProto::INT64,
                            llvm::ArrayRef<int64_t>());
    inputs[0].value->setInteger(0, done);
    inputs[0].type.mutable_tensor_type()->set_elem_type(
        onnx::TensorProto::INT64);
    inputs[0].type.mutable_tensor_type()->mutable_shape();
    inputs[1] = {};
    inputs[1].value.emplace(onnx::TensorProto::BOOL, llvm::ArrayRef<int64_t>());
    inputs[1].value->setInteger(0, 1);
    inputs[1].type.mutable_tensor_type()->set_elem_type(
        onnx::TensorProto::BOOL);
    inputs[1].type.mutable_tensor_type()->mutable_shape();
    States outputs = runBody(body, inputs);
    if (outputs.size() != results.size() + 1 || propagation.budget < 0)
      return false;
    std::optional<bool> next = getCondition(outputs[0]);
    if (!next)
      return false;
    goesOn = *next;
    for (unsigned i = 0; i < states; ++i)
      inputs[2 + i] = outputs[1 + i];
    for (unsigned i = states; i < results.size(); ++i)
      if (done == 0)
        elements.push_back(outputs[1 + i]);
      else
        elements[i - states] = joinStates(elements[i - states], outputs[1 + i]);
  }
  // Without a round not even the ranks of the scan outputs are known.
  if (done == 0 && results.size() > states)
    return false;
  Dimension rounds;
  rounds.set_dim_value(done);
  for (unsigned i = 0; i < results.size(); ++i) {
    if (i < states) {
      results[i] = inputs[2 + i];
      continue;
    }
    results[i].type = std::move(elements[i - states].type);
    insertDimension(results[i].type, 0, rounds);
  }
  return true;
}

/// Operands: states, then scanned tensors, of which the body takes one slice
/// each. It gives the states and one slice of each scan output.
void ControlFlow::inferScan(std::vector<ValueState> &results) {
  Body body = findBody("body");
  int64_t scanned = getInt("num_scan_inputs", -1);
  if (!body.graph || scanned < 0 || scanned > int64_t(operands.size()) ||
      operands.size() - scanned > results.size())
    return;
  unsigned states = operands.size() - scanned;
  llvm::SmallVector<int64_t> axes = getInts("scan_input_axes"),
                             outputAxes = getInts("scan_output_axes");
  axes.resize(scanned);
  outputAxes.resize(results.size() - states);
  States inputs;
  Dimension length;
  for (unsigned i = 0; i < operands.size(); ++i) {
    ValueState &input = inputs.emplace_back(stateOf(i));
    if (i < states)
      continue;
    input.value.reset();
    if (!input.type.tensor_type().has_shape())
      continue;
    auto *dims =
        input.type.mutable_tensor_type()->mutable_shape()->mutable_dim();
    int64_t axis = axes[i - states] + (axes[i - states] < 0 ? dims->size() : 0);
    if (axis < 0 || axis >= dims->size())
      return;
    if (isOpen(length))
      length = dims->Get(static_cast<int>(axis));
    dims->DeleteSubrange(static_cast<int>(axis), 1);
  }
  States outputs = findInvariant(body, inputs, 0, states, 0);
  outputs.resize(std::max(outputs.size(), results.size()));
  for (auto [i, result] : llvm::enumerate(results)) {
    result.type = i < states ? inputs[i].type : std::move(outputs[i].type);
    if (i >= states)
      insertDimension(result.type, outputAxes[i - states], length);
  }
}
