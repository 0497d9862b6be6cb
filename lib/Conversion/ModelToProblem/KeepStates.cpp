//===- KeepStates.cpp - States that stay with their stage -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KeepStates.h"

#include "onnx-split/Support/Counted.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

namespace {
class StateKeeper {
public:
  StateKeeper(ModelOp source, const Constraints &demands, ModelProblem &made);
  LogicalResult keep(const StatePair &pair);
  void markInPlace();

private:
  std::string whyApart(Value input, Value output,
                       ArrayRef<int32_t> tasks) const;
  std::vector<int32_t> tasksOf(Value input, Value output) const;
  int64_t largestBytes(Value value) const;
  void stayInside(Value end);

  ModelOp model;
  const Constraints &constraints;
  ModelProblem &result;
  placement::Problem &problem = result.problem;
  llvm::StringMap<Value> inputs, outputs;
  /// How many outputs a value is.
  llvm::DenseMap<Value, unsigned> timesReturned;
  llvm::DenseMap<Value, int32_t> tensorOf;
  /// States that are kept, by the node that may write them in place.
  llvm::MapVector<Operation *, SmallVector<size_t, 2>> inPlace;
};
} // namespace

StateKeeper::StateKeeper(ModelOp source, const Constraints &demands,
                         ModelProblem &made)
    : model(source), constraints(demands), result(made) {
  GraphOp graph = model.getGraph();
  Block &body = graph.getBody().front();
  for (BlockArgument input : body.getArguments())
    inputs[getValueName(input)] = input;
  for (auto [info, value] :
       llvm::zip(graph.getOutputInfos().getAsRange<ValueInfoAttr>(),
                 body.getTerminator()->getOperands())) {
    ++timesReturned[value];
    if (StringAttr name = info.getName())
      outputs[name.getValue()] = value;
  }
  for (auto [index, value] : llvm::enumerate(result.tensors))
    tensorOf.try_emplace(value, int32_t(index));
}

/// All that read the input, and what makes the output; ascending. None where
/// there is no reader or no maker among the tasks.
std::vector<int32_t> StateKeeper::tasksOf(Value input, Value output) const {
  auto read = tensorOf.find(input), made = tensorOf.find(output);
  if (read == tensorOf.end() || made == tensorOf.end())
    return {};
  std::vector<int32_t> tasks = problem.tensors[read->second].consumers;
  int32_t maker = problem.tensors[made->second].producer;
  if (tasks.empty() || maker == placement::None)
    return {};
  tasks.push_back(maker);
  llvm::sort(tasks);
  tasks.erase(llvm::unique(tasks), tasks.end());
  return tasks;
}

/// Why the ends cannot stay in one stage, to follow "because"; empty where they
/// can, as far as the tasks alone tell. A part gives constants and what it does
/// not compute as outputs wherever these are.
std::string StateKeeper::whyApart(Value input, Value output,
                                  ArrayRef<int32_t> tasks) const {
  if (timesReturned.contains(input))
    return ("'" + getValueName(input) + "' is an output of the model as it is")
        .str();
  if (timesReturned.lookup(output) > 1)
    return ("'" + getValueName(output) + "' is another output as well").str();
  if (tasks.empty())
    return "no node reads the one, or none makes the other from what changes";
  if (llvm::is_contained(constraints.cuts, getValueName(output)))
    return ("--cut names '" + getValueName(output) + "'").str();
  auto runsAll = [&](int32_t device) {
    return llvm::all_of(tasks, [&](int32_t task) {
      int32_t pin = problem.tasks[task].pin;
      return problem.timeOf(task, device) != placement::Unlimited &&
             (pin == placement::None || pin == device);
    });
  };
  if (llvm::any_of(llvm::seq<int32_t>(0, int32_t(problem.devices.size())),
                   runsAll))
    return "";
  return "no device may run all of " + counted(tasks.size(), "node") + ", '" +
         problem.tasks[tasks.front()].name + "' the first and '" +
         problem.tasks[tasks.back()].name + "' the last";
}

/// At any operating point.
int64_t StateKeeper::largestBytes(Value value) const {
  int64_t bytes = getItemBytes(value, ExtentsUse::memory());
  for (unsigned i = 0, e = countPoints(model); i < e; ++i)
    bytes = std::max(bytes, getItemBytes(value, ExtentsUse::point(i)));
  return bytes;
}

/// Its memory is the weight's.
void StateKeeper::stayInside(Value end) {
  int32_t index = tensorOf.lookup(end);
  placement::Tensor &tensor = problem.tensors[index];
  tensor.bytes = tensor.messageBytes = 0;
  tensor.isOutput = tensor.canCut = false;
  result.whyNoCut[index] = KeptAsState.str();
}

LogicalResult StateKeeper::keep(const StatePair &pair) {
  Value input = inputs.lookup(pair.input), output = outputs.lookup(pair.output);
  // Only IR that was written or changed by hand can disagree here.
  if (!input || !output)
    return model.emitError("the state '")
           << pair.input << "' -> '" << pair.output
           << "' names what is no input or no output of the model";
  std::vector<int32_t> tasks = tasksOf(input, output);
  if (std::string why = whyApart(input, output, tasks); !why.empty()) {
    if (pair.isRequested)
      return model.emitError("--state: '")
             << pair.input << "' and '" << pair.output
             << "' cannot stay in one stage because " << why;
    model.emitWarning() << "the state '" << pair.input << "' -> '"
                        << pair.output
                        << "' is sent like other tensors because " << why;
    return success();
  }
  int64_t bytes = largestBytes(output);
  for (unsigned i = 0; i < std::max(1u, constraints.sequences); ++i)
    bytes = placement::addSaturating(bytes, largestBytes(input));
  // The last weight, so that lists stay ascending.
  problem.tasks[tasks.front()].weights.push_back(
      int32_t(problem.weights.size()));
  problem.weights.push_back({"state " + pair.input, bytes, /*isState=*/true});
  for (int32_t task : tasks)
    problem.tasks[task].hasState = true;
  stayInside(input);
  stayInside(output);
  // The tensor of the input becomes what ties the tasks together.
  int32_t tie = tensorOf.lookup(input);
  for (placement::Tensor &tensor : problem.tensors)
    if (tensor.aliasOf == tie)
      tensor.aliasOf = placement::None;
  problem.tensors[tie].producer = tasks.front();
  problem.tensors[tie].consumers.assign(tasks.begin() + 1, tasks.end());
  if (NodeOp node = findInPlaceNode(input, output))
    inPlace[node].push_back(result.states.size());
  result.states.push_back({pair.input, pair.output, tasks.front(), bytes});
  return success();
}

/// The operator wants keys and values of one length: both or neither.
void StateKeeper::markInPlace() {
  for (const auto &[node, states] : inPlace)
    for (size_t state : states)
      result.states[state].isInPlace = states.size() == 2;
}

LogicalResult split::keepStates(ModelOp model, const Constraints &constraints,
                                ModelProblem &problem) {
  StateKeeper keeper(model, constraints, problem);
  for (const StatePair &pair : constraints.states)
    if (failed(keeper.keep(pair)))
      return failure();
  keeper.markInPlace();
  return success();
}
