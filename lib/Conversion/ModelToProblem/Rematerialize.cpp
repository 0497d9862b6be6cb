//===- Rematerialize.cpp - Nodes that several stages compute --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Copies of small arithmetic on shapes, in four steps: what each stage can
/// compute again (`CopyFinder`), how the IR lists it, the problem that has a
/// task for each copy (`CopyAdder`), and which copies do no harm
/// (`rematerialize`).
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/Rematerialize.h"

#include "onnx-split/Conversion/ModelToProblem/Certainty.h"

#include "onnx-split/Analysis/ShapeArithmetic.h"
#include "onnx-split/Dialect/Split/IR/Split.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;
using placement::None;
using placement::Placement;
using placement::Tensor;

//===----------------------------------------------------------------------===//
// What can be computed again
//===----------------------------------------------------------------------===//

namespace {
/// What each task reads and makes, as indices of tensors.
struct Dataflow {
  explicit Dataflow(const placement::Problem &problem)
      : reads(problem.tasks.size()), makes(problem.tasks.size()) {
    for (auto [index, tensor] : llvm::enumerate(problem.tensors)) {
      if (tensor.producer != None)
        makes[tensor.producer].push_back(int32_t(index));
      for (int32_t consumer : tensor.consumers)
        reads[consumer].push_back(int32_t(index));
    }
  }
  std::vector<SmallVector<int32_t, 4>> reads, makes;
};

/// Finds the copies of one placement, stage by stage. A stage can compute a
/// task of an earlier one again if each tensor that the task reads is there
/// without any copy, or can be computed again itself. Of these tasks it takes
/// those that its own need, directly or through other copies.
class CopyFinder {
public:
  CopyFinder(const placement::Problem &source, const Placement &decided,
             std::vector<bool> repeatable)
      : problem(source), placement(decided), canRepeat(std::move(repeatable)),
        flow(source), hasTensor(source.tensors.size(), None),
        canMake(source.tasks.size(), None), copies(source.tasks.size()) {}

  Copies run();

private:
  void markPresent(int32_t stage, ArrayRef<int32_t> tasks);
  void findRepeatable(int32_t stage);
  void copyNeeded(int32_t stage, ArrayRef<int32_t> tasks);

  const placement::Problem &problem;
  const Placement &placement;
  std::vector<bool> canRepeat;
  Dataflow flow;
  /// The last stage that was found to have a tensor without any copy, and to be
  /// able to compute a task again.
  std::vector<int32_t> hasTensor, canMake;
  Copies copies;
};
} // namespace

/// What the own tasks of a stage read is received, what they make is made: both
/// are there without any copy.
void CopyFinder::markPresent(int32_t stage, ArrayRef<int32_t> tasks) {
  for (int32_t task : tasks) {
    for (int32_t tensor : flow.reads[task])
      hasTensor[tensor] = stage;
    for (int32_t tensor : flow.makes[task])
      hasTensor[tensor] = stage;
  }
}

/// One pass in the order of the tasks is enough, since that is topological.
void CopyFinder::findRepeatable(int32_t stage) {
  for (auto [task, repeatable] : llvm::enumerate(canRepeat)) {
    if (!repeatable || placement.stageOf[task] >= stage ||
        problem.timeOf(int32_t(task), placement.deviceOf[stage]) == Unlimited)
      continue;
    auto isThere = [&](int32_t tensor) {
      int32_t producer = problem.tensors[tensor].producer;
      return hasTensor[tensor] == stage ||
             (producer != None && canMake[producer] == stage);
    };
    if (llvm::all_of(flow.reads[task], isThere))
      canMake[task] = stage;
  }
}

/// From what the stage's own tasks read back to where its copies begin.
void CopyFinder::copyNeeded(int32_t stage, ArrayRef<int32_t> tasks) {
  SmallVector<int32_t> worklist(tasks);
  while (!worklist.empty())
    for (int32_t tensor : flow.reads[worklist.pop_back_val()]) {
      int32_t producer = problem.tensors[tensor].producer;
      if (producer == None || canMake[producer] != stage ||
          (!copies[producer].empty() && copies[producer].back() == stage))
        continue;
      copies[producer].push_back(stage);
      worklist.push_back(producer);
    }
}

Copies CopyFinder::run() {
  std::vector<SmallVector<int32_t>> tasksOf(placement.deviceOf.size());
  for (auto [task, stage] : llvm::enumerate(placement.stageOf))
    tasksOf[stage].push_back(int32_t(task));
  for (auto [index, tasks] : llvm::enumerate(tasksOf)) {
    auto stage = int32_t(index);
    markPresent(stage, tasks);
    findRepeatable(stage);
    copyNeeded(stage, tasks);
  }
  return std::move(copies);
}

Copies split::findCopies(ModelOp model, const ModelProblem &problem,
                         const Placement &placement) {
  // One stage sends nothing to another.
  if (placement.deviceOf.size() < 2)
    return Copies(problem.tasks.size());
  ConstantAnalysis constants(model.getGraph());
  ShapeArithmetic arithmetic(model.getGraph(), constants);
  std::vector<bool> repeatable;
  // State is in one stage alone.
  for (auto [node, task] : llvm::zip(problem.tasks, problem.problem.tasks))
    repeatable.push_back(node && !task.hasState &&
                         (arithmetic.contains(node) ||
                          isQuantisation(node, "DequantizeLinear")));
  // The user wants to see it cross.
  for (const Tensor &tensor : problem.problem.tensors)
    if (tensor.mustCut && tensor.producer != None)
      repeatable[tensor.producer] = false;
  return CopyFinder(problem.problem, placement, std::move(repeatable)).run();
}

//===----------------------------------------------------------------------===//
// In the IR
//===----------------------------------------------------------------------===//

FailureOr<Copies> split::readCopies(const ModelProblem &problem,
                                    const Placement &placement) {
  Copies copies(problem.tasks.size());
  for (auto [task, source] : llvm::enumerate(problem.tasks)) {
    NodeOp node = source;
    auto stages = node ? node->getAttrOfType<DenseI32ArrayAttr>(CopiesAttrName)
                       : DenseI32ArrayAttr();
    if (!stages)
      continue;
    for (int32_t stage : stages.asArrayRef()) {
      if (stage <= placement.stageOf[task] ||
          size_t(stage) >= placement.deviceOf.size())
        return node.emitError("has a copy in stage ")
               << stage << ", which is no later one than its own";
      copies[task].push_back(stage);
    }
  }
  return copies;
}

void split::writeCopies(const ModelProblem &problem, const Copies &copies) {
  for (auto [source, stages] : llvm::zip(problem.tasks, copies)) {
    NodeOp node = source;
    if (node && !stages.empty())
      node->setAttr(CopiesAttrName,
                    DenseI32ArrayAttr::get(node.getContext(), stages));
    else if (node)
      node->removeAttr(CopiesAttrName);
  }
}

//===----------------------------------------------------------------------===//
// A problem with copies
//===----------------------------------------------------------------------===//

namespace {
/// Builds the problem and the placement with a task for each copy. Old tensors
/// keep their indices, and those that copies make follow them. A copy is not
/// bound by the pin of its original and makes no output of the model, which the
/// original does.
class CopyAdder {
public:
  CopyAdder(const ModelProblem &old, const Placement &decided,
            const Copies &wanted)
      : source(old), placement(decided), copies(wanted) {}

  Rematerialized run();

private:
  /// (task or tensor of the old problem, stage)
  using AtStage = std::pair<int32_t, int32_t>;

  void addTasks();
  void addTensors();
  void addTimes();
  std::vector<int64_t> spread(const std::vector<int64_t> &times) const;
  Tensor &tensorAt(int32_t tensor, int32_t stage);
  int32_t copyOf(int32_t tensor, int32_t stage) const;

  const ModelProblem &source;
  const Placement &placement;
  const Copies &copies;
  Rematerialized result;
  /// The old task of each new one; new tasks by old task, and by stage for
  /// copies; tensors of copies by old tensor and stage.
  std::vector<int32_t> original, moved;
  llvm::DenseMap<AtStage, int32_t> copiedTasks, copiedTensors;
};
} // namespace

/// Copies follow their original, so that the order stays topological.
void CopyAdder::addTasks() {
  auto add = [&](int32_t task, int32_t stage) {
    original.push_back(task);
    result.placement.stageOf.push_back(stage);
    result.problem.tasks.push_back(source.tasks[task]);
    result.problem.costs.push_back(source.costs[task]);
    result.problem.problem.tasks.push_back(source.problem.tasks[task]);
    return int32_t(original.size() - 1);
  };
  for (auto [index, stages] : llvm::enumerate(copies)) {
    auto task = int32_t(index);
    moved.push_back(add(task, placement.stageOf[task]));
    for (int32_t stage : stages) {
      copiedTasks[{task, stage}] = add(task, stage);
      result.problem.problem.tasks.back().pin = None;
    }
  }
}

/// None where the stage has the tensor itself.
int32_t CopyAdder::copyOf(int32_t tensor, int32_t stage) const {
  auto copy = copiedTensors.find({tensor, stage});
  return copy == copiedTensors.end() ? None : copy->second;
}

/// The tensor that the readers in a stage read: its own copy where it has one.
Tensor &CopyAdder::tensorAt(int32_t tensor, int32_t stage) {
  int32_t copy = copyOf(tensor, stage);
  return result.problem.problem.tensors[copy == None ? tensor : copy];
}

/// Tensors of copies first; then every reader, old or new, is added to the
/// tensor that its stage has.
void CopyAdder::addTensors() {
  std::vector<Tensor> &tensors = result.problem.problem.tensors;
  for (auto [place, tensor] : llvm::enumerate(source.problem.tensors)) {
    auto index = int32_t(place);
    tensors[index].consumers.clear();
    if (tensor.producer == None)
      continue;
    tensors[index].producer = moved[tensor.producer];
    for (int32_t stage : copies[tensor.producer]) {
      copiedTensors[{index, stage}] = int32_t(tensors.size());
      Tensor copy = tensor;
      copy.consumers.clear();
      copy.isOutput = false;
      copy.producer = copiedTasks.lookup({tensor.producer, stage});
      tensors.push_back(std::move(copy));
      result.problem.tensors.push_back(source.tensors[index]);
      result.problem.whyNoCut.push_back(source.whyNoCut[index]);
      for (auto [point, old] : llvm::zip(result.problem.points, source.points))
        point.bytes.push_back(old.bytes[index]);
    }
  }
  for (auto [place, tensor] : llvm::enumerate(source.problem.tensors)) {
    auto index = int32_t(place);
    for (int32_t task : tensor.consumers) {
      tensorAt(index, placement.stageOf[task]).consumers.push_back(moved[task]);
      for (int32_t stage : copies[task])
        tensorAt(index, stage)
            .consumers.push_back(copiedTasks.lookup({task, stage}));
    }
  }
  for (Tensor &tensor : tensors) {
    llvm::sort(tensor.consumers);
    if (tensor.aliasOf == None)
      continue;
    // In a stage with a copy of the storage, the alias shares that one.
    int32_t copy =
        copyOf(tensor.aliasOf, result.placement.stageOf[tensor.producer]);
    if (copy != None)
      tensor.aliasOf = copy;
  }
}

/// Times of the old tasks, by speed class, as those of the new ones.
std::vector<int64_t>
CopyAdder::spread(const std::vector<int64_t> &times) const {
  std::vector<int64_t> spreadTimes;
  for (size_t row = 0; row < times.size(); row += source.tasks.size())
    for (int32_t task : original)
      spreadTimes.push_back(times[row + task]);
  return spreadTimes;
}

void CopyAdder::addTimes() {
  result.problem.problem.taskTime = spread(source.problem.taskTime.get());
  for (auto [point, old] : llvm::zip(result.problem.points, source.points))
    point.taskTime = spread(old.taskTime);
}

Rematerialized CopyAdder::run() {
  // All but the lists by task, which are filled anew.
  result.problem = source;
  result.problem.tasks.clear();
  result.problem.costs.clear();
  result.problem.problem.tasks.clear();
  result.placement = placement;
  result.placement.stageOf.clear();
  addTasks();
  for (KeptState &state : result.problem.states)
    state.task = moved[state.task];
  addTensors();
  addTimes();
  return std::move(result);
}

bool split::hasCopies(const Copies &copies) {
  return llvm::any_of(copies,
                      [](const auto &stages) { return !stages.empty(); });
}

Rematerialized split::addCopies(const ModelProblem &problem,
                                const Placement &placement,
                                const Copies &copies) {
  return CopyAdder(problem, placement, copies).run();
}

//===----------------------------------------------------------------------===//
// What pays
//===----------------------------------------------------------------------===//

std::vector<bool> split::findSenders(const placement::Problem &problem,
                                     const Placement &placement) {
  std::vector<bool> sends(placement.deviceOf.size());
  for (const Tensor &tensor : problem.tensors) {
    if (tensor.producer == None)
      continue;
    int32_t stage = placement.stageOf[tensor.producer];
    if (tensor.isOutput ||
        llvm::any_of(tensor.consumers, [&](int32_t consumer) {
          return placement.stageOf[consumer] != stage;
        }))
      sends[stage] = true;
  }
  return sends;
}

/// The copies of both lists.
static Copies unite(const Copies &one, const Copies &other) {
  Copies all = one;
  for (auto [stages, more] : llvm::zip(all, other)) {
    llvm::append_range(stages, more);
    llvm::sort(stages);
    stages.erase(llvm::unique(stages), stages.end());
  }
  return all;
}

std::optional<Rematerialized>
split::rematerialize(ModelOp model, const ModelProblem &problem,
                     const placement::SolveOptions &options,
                     const Copies &decided, placement::Result &result) {
  const Copies wanted =
      unite(decided, findCopies(model, problem, result.placement));
  std::optional<Rematerialized> best;
  Copies chosen = decided;
  if (hasCopies(decided)) {
    best = addCopies(problem, result.placement, decided);
    result.evaluation =
        placement::evaluate(best->problem.problem, best->placement);
  }
  bool forLatency = options.objective == placement::Objective::Latency;
  std::vector<bool> senders =
      best ? findSenders(best->problem.problem, best->placement)
           : findSenders(problem.problem, result.placement);
  // Keeps the plan with these copies where it is allowed and no worse;
  // otherwise changes nothing.
  auto accept = [&](const Copies &copies) {
    Rematerialized next = addCopies(problem, result.placement, copies);
    placement::Evaluation evaluation =
        placement::evaluate(next.problem.problem, next.placement);
    if (!evaluation.violations.empty() ||
        evaluation.intervalNs > result.evaluation.intervalNs ||
        evaluation.latencyNs > options.maxLatencyNs ||
        (forLatency && evaluation.latencyNs > result.evaluation.latencyNs) ||
        findSenders(next.problem.problem, next.placement) != senders ||
        !findMisfit(model, next.problem, next.placement).empty())
      return false;
    best = std::move(next);
    chosen = copies;
    result.evaluation = std::move(evaluation);
    return true;
  };
  auto stages = int32_t(result.placement.deviceOf.size());
  // All stages at once, or one after another on top of those that were
  // accepted.
  if (wanted != decided && !accept(wanted))
    for (int32_t stage = 0; stage < stages; ++stage) {
      Copies more = chosen;
      for (auto [task, others] : llvm::enumerate(wanted))
        if (llvm::is_contained(others, stage) &&
            !llvm::is_contained(more[task], stage))
          more[task].push_back(stage);
      for (auto &others : more)
        llvm::sort(others);
      if (more != chosen)
        accept(more);
    }
  writeCopies(problem, chosen);
  // The bound is of plans that send everything; no figure may undercut it.
  if (options.objective != placement::Objective::Devices)
    result.bound.value =
        std::min(result.bound.value, forLatency ? result.evaluation.latencyNs
                                                : result.evaluation.intervalNs);
  return best;
}
