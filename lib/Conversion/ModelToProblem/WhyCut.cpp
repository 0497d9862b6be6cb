//===- WhyCut.cpp - Why a tensor is cut, or is not ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/WhyCut.h"

#include "onnx-split/Conversion/ModelToProblem/ExplainPlan.h"
#include "onnx-split/Inference/KnownValues.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

#include <set>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;
using placement::Message;
using placement::None;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Every named value; of equal names that of the main graph, then that of the
/// first body or function that has one.
static llvm::StringMap<Value> findNamedValues(ModelOp model) {
  llvm::StringMap<Value> values;
  auto add = [&](Value value) {
    if (isa<OnnxOmittedType>(value.getType()))
      return;
    if (StringRef name = getValueName(value); !name.empty())
      values.try_emplace(name, value);
  };
  auto addAll = [&](Block &block) {
    // An input stands before the initializer that is its default.
    llvm::for_each(block.getArguments(), add);
    for (Operation &op : block)
      llvm::for_each(op.getResults(), add);
  };
  addAll(model.getGraph().getBody().front());
  model->walk([&](Operation *op) {
    if (isa<GraphOp, FunctionOp>(op))
      addAll(op->getRegion(0).front());
  });
  return values;
}

LogicalResult split::checkTensorNames(ModelOp model,
                                      ArrayRef<std::string> names) {
  if (names.empty())
    return success();
  llvm::StringMap<Value> values = findNamedValues(model);
  bool areKnown = true;
  for (const std::string &name : names)
    if (!values.contains(name)) {
      SmallVector<StringRef> known = llvm::to_vector(values.keys());
      // Not in the order of a hash table.
      llvm::sort(known);
      model.emitError("--why names '")
          << name << "', which is no tensor of the model"
          << suggest(name, known);
      areKnown = false;
    }
  return success(areKnown);
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

namespace {
/// What is to be said of one tensor.
struct CutAnswer {
  std::string fact;
  /// The plan that it invites to ask for.
  std::optional<WhatIfProblem> other;
};

/// Looks tensors up in a plan.
class CutExplainer {
public:
  CutExplainer(ModelOp source, const PlanToExplain &explained);
  CutAnswer answer(StringRef name) const;

private:
  bool isOutside(Value value, std::string &fact) const;
  std::string describeReaders(Value value) const;
  std::string describeInput(int32_t tensor) const;
  std::string describeWires(Value value) const;
  std::string describeWay(const Message &message, Value value,
                          std::optional<int64_t> shareNs = std::nullopt) const;
  std::string describeOutput(Value value) const;
  std::string describeInside(int32_t tensor) const;
  std::string describeSize(Value value, int64_t bytes) const;
  std::string describeStage(int32_t stage) const;
  std::vector<int32_t> devicesOf(int32_t stage) const;
  std::set<int64_t> timesBeside(int32_t stage, int64_t bytes) const;
  const Message *findMessage(int32_t from, int32_t to, Value value) const;
  std::string listStages(const std::set<int32_t> &stages) const;

  Operation *graph;
  const PlanToExplain &plan;
  const placement::Problem &complete;
  placement::Evaluation evaluation;
  llvm::StringMap<Value> values;
};
} // namespace

CutExplainer::CutExplainer(ModelOp source, const PlanToExplain &explained)
    : graph(source.getGraph()), plan(explained),
      complete(explained.complete.problem),
      evaluation(placement::evaluate(complete, explained.placement)),
      values(findNamedValues(source)) {}

std::vector<int32_t> CutExplainer::devicesOf(int32_t stage) const {
  std::vector<int32_t> devices = {plan.placement.deviceOf[stage]};
  if (!plan.placement.replicas.empty())
    llvm::append_range(devices, plan.placement.replicas[stage]);
  return devices;
}

/// "stage 1 on 'pi4'".
std::string CutExplainer::describeStage(int32_t stage) const {
  std::vector<int32_t> devices = devicesOf(stage);
  std::string text = "stage " + std::to_string(stage) + " on '" +
                     complete.devices[devices.front()].name + "'";
  if (devices.size() > 1)
    text += " and " + std::to_string(devices.size() - 1) + " more";
  return text;
}

/// "stage 2", "stages 0 and 2", "stages 0, 1 and 2".
std::string CutExplainer::listStages(const std::set<int32_t> &stages) const {
  std::string text = stages.size() == 1 ? "stage " : "stages ";
  size_t left = stages.size();
  for (int32_t stage : stages) {
    text += std::to_string(stage);
    --left;
    text += left > 1 ? ", " : left == 1 ? " and " : "";
  }
  return text;
}

/// "450 KiB", as far as it is known.
std::string CutExplainer::describeSize(Value value, int64_t bytes) const {
  std::string text = formatBytes(bytes, complete.byteUnits);
  if (!hasKnownSize(value))
    return "at least " + text;
  ExtentsAttr extents = getExtents(value);
  return text + (extents && extents.getObserved() ? " as observed" : "");
}

const Message *CutExplainer::findMessage(int32_t from, int32_t to,
                                         Value value) const {
  for (const Message &message : evaluation.messages)
    if (message.from == from && message.to == to &&
        llvm::any_of(message.tensors, [&](int32_t tensor) {
          return plan.complete.tensors[tensor] == value;
        }))
      return &message;
  return nullptr;
}

/// "450 KiB in 12.3 ms", and the message that it is only a part of. `shareNs`
/// is its share of that; of a message from or to the boundary nobody knows it.
std::string CutExplainer::describeWay(const Message &message, Value value,
                                      std::optional<int64_t> shareNs) const {
  int64_t bytes = 0;
  for (int32_t tensor : message.tensors)
    if (plan.complete.tensors[tensor] == value)
      bytes += complete.tensors[tensor].sent();
  bool isAlone = message.tensors.size() == 1;
  std::string text = describeSize(value, bytes);
  if (isAlone || shareNs)
    text += " in " + formatTime(isAlone ? message.timeNs : *shareNs);
  if (!isAlone)
    text += ", in a message of " +
            formatBytes(message.bytes, complete.byteUnits) + " and " +
            formatTime(message.timeNs);
  return text;
}

/// Of values that the planner has no tensor for.
bool CutExplainer::isOutside(Value value, std::string &fact) const {
  Operation *owner = value.getParentBlock()->getParentOp();
  if (owner != graph) {
    if (auto function = owner->getParentOfType<FunctionOp>();
        function || isa<FunctionOp>(owner)) {
      if (!function)
        function = cast<FunctionOp>(owner);
      fact = ("is inside the function '" +
              function.getFunctionName().value_or("") +
              "', which a stage runs as a whole")
                 .str();
      return true;
    }
    NodeOp node;
    for (Operation *op = owner; op != graph; op = op->getParentOp())
      if (auto outer = dyn_cast<NodeOp>(op))
        node = outer;
    fact =
        ("is inside a body of " + node.getOpType() + " '" +
         node.getNodeName().value_or("") + "', which a stage runs as a whole")
            .str();
    return true;
  }
  if (plan.constants.isConstant(value))
    fact =
        "is never sent, because it is constant and copied to where it is read" +
        describeReaders(value);
  else if (isCopiedValue(value))
    fact =
        "is never sent, because it is known before the model runs, and copied "
        "to where it is read" +
        describeReaders(value);
  return !fact.empty();
}

/// ": stages 0 and 2 read it", where nodes that run for every item do.
std::string CutExplainer::describeReaders(Value value) const {
  std::set<int32_t> stages;
  for (auto [node, stage] :
       llvm::zip(plan.complete.tasks, plan.placement.stageOf))
    if (node && getReadValues(node).contains(value))
      stages.insert(stage);
  if (stages.empty())
    return "";
  return ": " + listStages(stages) + (stages.size() == 1 ? " reads" : " read") +
         " it";
}

std::string CutExplainer::describeInput(int32_t tensor) const {
  Value value = plan.problem.tensors[tensor];
  std::string text = "is an input of the model, which no cut makes";
  if (plan.problem.problem.tensors[tensor].consumers.empty())
    return text + "; no node reads it";
  if (complete.ingress == None)
    return text + "; it is there wherever it is read";
  std::string ingress = "'" + complete.devices[complete.ingress].name + "'";
  bool isSent = false;
  for (int32_t stage = 0, e = int32_t(plan.placement.deviceOf.size());
       stage < e; ++stage)
    if (const Message *message = findMessage(None, stage, value)) {
      isSent = true;
      text += "; " + ingress + " sends it to " + describeStage(stage) + ", " +
              describeWay(*message, value);
    }
  return isSent ? text : text + "; it is read on " + ingress + ", where it is";
}

/// ": stage 0 on 'p' sends it to stage 1 on 'q', 8 B in 64.0 us" for each stage
/// that receives it; empty where none does.
std::string CutExplainer::describeWires(Value value) const {
  std::string text;
  for (const placement::Wire &wire : evaluation.wires) {
    if (plan.complete.tensors[wire.tensor] != value)
      continue;
    const Message *message = findMessage(wire.from, wire.to, value);
    text += (text.empty() ? ": " : "; ") + describeStage(wire.from) +
            " sends it to " + describeStage(wire.to);
    if (message)
      text += ", " + describeWay(*message, value, wire.timeNs);
  }
  return text;
}

/// "; it is sent to 'box' as an output of the model, ...", or nothing.
std::string CutExplainer::describeOutput(Value value) const {
  for (int32_t stage = 0, e = int32_t(plan.placement.deviceOf.size());
       stage < e; ++stage)
    if (const Message *message = findMessage(stage, None, value))
      return "; as an output of the model " + describeStage(stage) +
             " sends it to '" + complete.devices[complete.egress].name + "', " +
             describeWay(*message, value);
  return "";
}

/// What so many bytes take over the links that lead to the stage and from it;
/// of a stage that is alone, over those of its devices.
std::set<int64_t> CutExplainer::timesBeside(int32_t stage,
                                            int64_t bytes) const {
  std::set<int64_t> times;
  auto add = [&](int32_t from, int32_t to) {
    if (from != to && complete.link(from, to).bitsPerSecond != 0)
      times.insert(placement::transferTime(complete.link(from, to), bytes));
  };
  auto last = int32_t(plan.placement.deviceOf.size()) - 1;
  for (int32_t own : devicesOf(stage)) {
    if (stage > 0)
      for (int32_t other : devicesOf(stage - 1))
        add(other, own);
    if (stage < last)
      for (int32_t other : devicesOf(stage + 1))
        add(own, other);
  }
  if (!times.empty())
    return times;
  for (int32_t own : devicesOf(stage))
    for (int32_t other = 0; other < int32_t(complete.devices.size()); ++other) {
      add(own, other);
      add(other, own);
    }
  return times;
}

/// Of a tensor that could be cut and is not.
std::string CutExplainer::describeInside(int32_t tensor) const {
  const placement::Tensor &own = plan.problem.problem.tensors[tensor];
  int32_t stage = plan.result.placement.stageOf[own.producer];
  std::string text =
      "is not cut: " + describeStage(stage) + " makes and reads it";
  std::set<int64_t> times = timesBeside(stage, own.sent());
  if (times.empty())
    return text;
  text += "; " + describeSize(plan.problem.tensors[tensor], own.sent()) +
          " take " + formatTime(*times.begin());
  if (times.size() == 1)
    return text + " over the links beside it";
  return text + " over the fastest link beside it, and " +
         formatTime(*times.rbegin()) + " over the slowest";
}

CutAnswer CutExplainer::answer(StringRef name) const {
  Value value = values.lookup(name);
  CutAnswer answer;
  auto say = [&](const std::string &fact) {
    answer.fact = "'" + name.str() + "' " + fact;
    return answer;
  };
  if (std::string fact; isOutside(value, fact))
    return say(fact);
  auto found = llvm::find(plan.problem.tensors, value);
  if (found == plan.problem.tensors.end())
    return say("is never sent: no node that runs for every item makes or reads "
               "it");
  auto index = int32_t(found - plan.problem.tensors.begin());
  const placement::Tensor &tensor = plan.problem.problem.tensors[index];
  if (tensor.producer == None)
    return say(describeInput(index));
  if (const std::string &why = plan.problem.whyNoCut[index]; !why.empty())
    return say("cannot be cut because " + why + describeOutput(value));
  if (tensor.consumers.empty())
    return say((tensor.isOutput
                    ? "is not cut: it is an output that no node reads"
                    : "is not cut: no node reads it") +
               describeOutput(value));
  std::string wires = describeWires(value);
  const std::vector<int32_t> &stageOf = plan.result.placement.stageOf;
  std::set<int32_t> readers;
  for (int32_t consumer : tensor.consumers)
    if (stageOf[consumer] != stageOf[tensor.producer])
      readers.insert(stageOf[consumer]);
  if (wires.empty() && !readers.empty())
    return say("is not sent: " + listStages(readers) +
               (readers.size() == 1 ? " computes" : " compute") + " it again" +
               describeOutput(value));
  answer.other = {(wires.empty() ? "--cut " : "--no-cut ") + name.str(),
                  plan.problem.withLargestSizes()};
  placement::Tensor &changed = answer.other->problem.tensors[index];
  changed.mustCut = changed.canCut = wires.empty();
  if (wires.empty())
    return say(describeInside(index) + describeOutput(value));
  return say((tensor.mustCut ? "is cut because --cut names it" : "is cut") +
             wires + describeOutput(value));
}

void split::explainCuts(ModelOp model, ArrayRef<std::string> names,
                        const PlanToExplain &plan,
                        const placement::SolveOptions &options) {
  if (names.empty())
    return;
  CutExplainer explainer(model, plan);
  std::vector<CutAnswer> answers;
  std::vector<WhatIfProblem> others;
  for (const std::string &name : names) {
    answers.push_back(explainer.answer(name));
    if (auto &other = answers.back().other)
      others.push_back(std::move(*other));
  }
  std::vector<Advice> advice =
      askWhatIfs(plan.problem, others, plan.result, options);
  // What is planned anew comes first, and then an entry for each question.
  size_t next = advice.size() - others.size();
  explainAdvice(model, ArrayRef(advice).take_front(next), options.objective);
  for (const CutAnswer &answer : answers) {
    explain(model) << answer.fact;
    if (answer.other)
      explainAdvice(model, advice[next++], options.objective);
  }
}
