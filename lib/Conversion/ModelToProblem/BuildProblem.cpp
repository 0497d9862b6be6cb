//===- BuildProblem.cpp - From model and cluster to a placement problem ---===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From a model with types to the planner's problem. The steps are: tasks,
/// which are the nodes that run for every item; the tensors between them; the
/// time of each task on each class of devices that compute alike; states that
/// stay; further operating points; the demands of the user. What the planner
/// gives back are indices of the lists in `ModelProblem`.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "DeviceAbility.h"
#include "KeepStates.h"
#include "NodeTime.h"
#include "Pins.h"

#include "onnx-split/Analysis/Functions.h"
#include "onnx-split/Inference/KnownValues.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <set>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::split;

ModelOp split::getOnlyModel(ModuleOp module) {
  auto models = module.getOps<ModelOp>();
  if (llvm::hasSingleElement(models))
    return *models.begin();
  module.emitError("must hold one onnx.model to be split, not ")
      << std::distance(models.begin(), models.end());
  return {};
}

void split::reportViolations(ModelOp model, ArrayRef<std::string> violations) {
  // The first say what is wrong; thousands would bury it.
  constexpr size_t maxReported = 10;
  for (const std::string &violation : violations.take_front(maxReported))
    model.emitError("the placement is not valid: ") << violation;
  if (violations.size() > maxReported)
    model.emitError("the placement violates ")
        << violations.size() - maxReported << " more constraints";
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

/// True where both take the same time for every node, so that one row of times
/// serves both. Memory, the cache of weights and links do not count: they are
/// of the device, not of its speed class.
static bool computeAlike(const MeasuredCluster &cluster, int32_t one,
                         int32_t other) {
  const ClusterDevice &a = cluster.devices[one], &b = cluster.devices[other];
  return a.compute == b.compute && a.memoryBandwidth == b.memoryBandwidth &&
         a.opOverheadNs == b.opOverheadNs && a.unsupported == b.unsupported &&
         a.types == b.types &&
         cluster.times[one].nodesNs == cluster.times[other].nodesNs &&
         cluster.times[one].pointsNs == cluster.times[other].pointsNs;
}

placement::Problem split::makeEmptyProblem(const MeasuredCluster &cluster) {
  placement::Problem problem;
  for (auto [device, times] : llvm::zip(cluster.devices, cluster.times))
    problem.devices.push_back({device.name, placement::Unlimited,
                               /*speedClass=*/0, times.messageNs, times.bytePs,
                               device.runtimeMemory.value_or(0)});
  static_cast<Network &>(problem) = cluster;
  problem.byteUnits = cluster.byteUnits;
  return problem;
}

//===----------------------------------------------------------------------===//
// The problem
//===----------------------------------------------------------------------===//

namespace {
/// Builds a problem in `result`, step by step; each step reads what those
/// before it have added.
class ProblemBuilder {
public:
  ProblemBuilder(ModelOp source, const MeasuredCluster &devices,
                 const Constraints &demands, const GraphCosts &modelCosts)
      : model(source), cluster(devices), constraints(demands),
        costs(modelCosts), constants(modelCosts.getConstants()),
        functions(source) {}

  LogicalResult build();
  ModelProblem result;

private:
  void addTasks();
  void addTensors();
  void addReads(int32_t task, NodeOp node);
  void addPoint(unsigned index);
  LogicalResult addDevices();
  void explainImpossible();
  int64_t timeOf(size_t task, int32_t index, const OpCost &cost,
                 ArrayRef<int64_t> measured) const;
  int32_t addWeight(std::string name, int64_t bytes);
  int32_t weightIndex(Value constant);
  ArrayRef<int32_t> weightsOfCall(FunctionOp function);
  int32_t tensorIndex(Value value);
  void forbidCut(int32_t tensor, std::string why);
  std::string whyNoCut(Value value);
  LogicalResult addPins();
  bool isSpedAlike(int32_t one, int32_t other) const;
  bool mayRun(size_t task, const OpCost &cost, int32_t device) const;
  LogicalResult addCuts(ArrayRef<std::string> names, StringRef flag,
                        bool mustCut);

  placement::Problem &problem = result.problem;
  ModelOp model;
  const MeasuredCluster &cluster;
  const Constraints &constraints;
  const GraphCosts &costs;
  const ConstantAnalysis &constants;
  FunctionTable functions;
  /// Nodes of the main graph, constants included, and the position of each
  /// task's node among them; -1 without a node.
  size_t nodeCount = 0;
  std::vector<int64_t> sourceIndices;
  /// By task: the devices that the user wants, ascending; none: any. And the
  /// lists of several, each once: what is pinned to one of them can run nowhere
  /// else, which a speed class says.
  std::vector<std::vector<int32_t>> pinned;
  std::set<std::vector<int32_t>> pinGroups;
  /// A device of each speed class.
  std::vector<int32_t> representatives;
  llvm::DenseMap<Value, int32_t> weightIndices, tensorIndices;
  /// Of each function with constants inside, and of all that a call of one
  /// leads to.
  llvm::DenseMap<Operation *, int32_t> functionWeights;
  llvm::DenseMap<Operation *, std::vector<int32_t>> callWeights;
};
} // namespace

/// Returns the index of the new weight.
int32_t ProblemBuilder::addWeight(std::string name, int64_t bytes) {
  problem.weights.push_back({std::move(name), bytes});
  return int32_t(problem.weights.size() - 1);
}

/// The weight of a constant: one for all its readers, since a device holds it
/// once.
int32_t ProblemBuilder::weightIndex(Value constant) {
  constant = constants.getStorage(constant);
  auto [it, inserted] = weightIndices.try_emplace(constant, 0);
  if (inserted)
    it->second =
        addWeight(getValueName(constant).str(), getConstantBytes(constant));
  return it->second;
}

/// A part holds a function once, whatever calls it.
ArrayRef<int32_t> ProblemBuilder::weightsOfCall(FunctionOp function) {
  auto [it, inserted] = callWeights.try_emplace(function);
  if (!inserted)
    return it->second;
  llvm::SetVector<Operation *> called = functions.findCalled(function);
  called.insert(function);
  for (Operation *op : called) {
    int64_t bytes = getInnerConstantBytes(op);
    if (bytes == 0)
      continue;
    auto [weight, isNew] = functionWeights.try_emplace(op, 0);
    if (isNew)
      weight->second = addWeight(
          "function " +
              cast<FunctionOp>(op).getFunctionName().value_or("").str(),
          bytes);
    it->second.push_back(weight->second);
  }
  return it->second;
}

/// A task for each node that runs for every item: constants are computed once,
/// and what is foldable costs nothing. A task holds the constants that it
/// reads, those inside its bodies, and those of all functions that it leads to.
/// Tasks are in the order of the nodes, which is topological because
/// definitions dominate their uses.
void ProblemBuilder::addTasks() {
  for (auto [index, node] :
       llvm::enumerate(model.getGraph().getBody().getOps<NodeOp>())) {
    ++nodeCount;
    if (constants.isConstant(node) || isFoldable(node, constants))
      continue;
    sourceIndices.push_back(index);
    placement::Task &task = problem.tasks.emplace_back();
    task.name = node.getNodeName().value_or("").str();
    if (task.name.empty())
      task.name =
          (node.getOpType() + "#" + Twine(getPlanIndex(node, int64_t(index))))
              .str();
    for (Value value : getReadValues(node))
      if (constants.isConstant(value) && !value.getDefiningOp<NoneOp>())
        task.weights.push_back(weightIndex(value));
    if (int64_t bytes = getInnerConstantBytes(node))
      task.weights.push_back(addWeight("inside " + task.name, bytes));
    node->walk([&](NodeOp inner) {
      if (FunctionOp function = functions.lookup(inner))
        llvm::append_range(task.weights, weightsOfCall(function));
    });
    llvm::sort(task.weights);
    task.weights.erase(llvm::unique(task.weights), task.weights.end());
    result.tasks.push_back(node);
    result.costs.push_back(costs.getCost(node));
  }
  if (!problem.tasks.empty())
    return;
  // A model that only passes inputs or constants on still runs somewhere.
  problem.tasks.push_back({"(no node)", {}, placement::None});
  result.tasks.push_back({});
  result.costs.push_back({});
  sourceIndices.push_back(-1);
}

/// A sequence or an optional, whose size is never in its type.
static bool isContainer(Value value) {
  return !isa<OnnxTensorType, OnnxUnknownType>(value.getType());
}

/// Where a quantised model is cut, the small integers travel: a QuantizeLinear
/// stays with what makes its input, and a DequantizeLinear with its only user.
static bool staysWithin(Value value) {
  if (auto producer = value.getDefiningOp<NodeOp>();
      isQuantisation(producer, "DequantizeLinear") && value.hasOneUse())
    return true;
  return !value.use_empty() &&
         llvm::all_of(value.getUses(), [](OpOperand &use) {
           auto user = dyn_cast<NodeOp>(use.getOwner());
           return isQuantisation(user, "QuantizeLinear") &&
                  use.getOperandNumber() == 0;
         });
}

/// The tensor of a value. It is made when it is first asked for, with its sizes
/// and whether it can be cut; producer, readers and aliases are added by those
/// who know them.
int32_t ProblemBuilder::tensorIndex(Value value) {
  auto [it, inserted] =
      tensorIndices.try_emplace(value, problem.tensors.size());
  if (!inserted)
    return it->second;
  placement::Tensor &tensor = problem.tensors.emplace_back();
  tensor.name = getValueName(value).str();
  tensor.bytes = getItemBytes(value, ExtentsUse::memory());
  tensor.messageBytes = getItemBytes(value);
  result.tensors.push_back(value);
  result.whyNoCut.emplace_back();
  if (std::string why = whyNoCut(value); !why.empty())
    forbidCut(it->second, std::move(why));
  return it->second;
}

/// Empty where the planner may cut.
std::string ProblemBuilder::whyNoCut(Value value) {
  std::string why =
      whyNoWire(value, constraints.boundary, model.getOpsetVersion(""));
  if (!why.empty())
    return why;
  if (staysWithin(value))
    return KeptByQuantisation.str();
  // A figure from a guess would decide where it is cut.
  if (!constraints.cutUnknownSizes && !isContainer(value) &&
      !hasKnownSize(value) &&
      !llvm::is_contained(constraints.cuts, getValueName(value)))
    return "its size is not known; --observe may find it, and --cut cuts it "
           "all the same";
  return "";
}

/// A later reason takes the place of an earlier one.
void ProblemBuilder::forbidCut(int32_t tensor, std::string why) {
  problem.tensors[tensor].canCut = false;
  result.whyNoCut[tensor] = std::move(why);
}

/// Inputs of the model first, then what each node reads and makes. An alias
/// shares the storage of its first input, if that is an activation: weights and
/// known values are held apart from those.
void ProblemBuilder::addTensors() {
  for (BlockArgument input : model.getGraph().getBody().getArguments())
    if (!constants.isConstant(input))
      tensorIndex(input);
  for (auto [index, node] : llvm::enumerate(result.tasks)) {
    if (!node)
      continue;
    addReads(int32_t(index), node);
    for (Value output : node.getOutputs()) {
      if (isa<OnnxOmittedType>(output.getType()))
        continue;
      placement::Tensor &tensor = problem.tensors[tensorIndex(output)];
      tensor.producer = int32_t(index);
    }
    if (isAliasOp(node.getCanonicalDomain(), node.getOpType()) &&
        node.getNumResults() > 0 && node.getInputs().size() > 0 &&
        !isa<OnnxOmittedType>(node.getResult(0).getType()) &&
        !constants.isConstant(node.getInputs()[0]) &&
        !isCopiedValue(node.getInputs()[0])) {
      int32_t source = tensorIndex(node.getInputs()[0]);
      problem.tensors[tensorIndex(node.getResult(0))].aliasOf = source;
    }
  }
  Operation *terminator = model.getGraph().getBody().front().getTerminator();
  for (Value output : terminator->getOperands())
    if (auto it = tensorIndices.find(output); it != tensorIndices.end())
      problem.tensors[it->second].isOutput = true;
}

/// A value that is known before running never travels: each stage that needs it
/// has it as a constant, and where it is made it is read as it is.
void ProblemBuilder::addReads(int32_t task, NodeOp node) {
  for (Value value : getReadValues(node)) {
    if (constants.isConstant(value))
      continue;
    if (isCopiedValue(value))
      problem.tasks[task].weights.push_back(weightIndex(value));
    else
      problem.tensors[tensorIndex(value)].consumers.push_back(task);
  }
  llvm::sort(problem.tasks[task].weights);
  auto &weights = problem.tasks[task].weights;
  weights.erase(llvm::unique(weights), weights.end());
}

/// Devices of a list that nodes are pinned to must differ from the others.
bool ProblemBuilder::isSpedAlike(int32_t one, int32_t other) const {
  return computeAlike(cluster, one, other) &&
         llvm::all_of(pinGroups, [&](const std::vector<int32_t> &group) {
           return llvm::is_contained(group, one) ==
                  llvm::is_contained(group, other);
         });
}

/// A pin to one device alone is the planner's business.
bool ProblemBuilder::mayRun(size_t task, const OpCost &cost,
                            int32_t device) const {
  NodeOp node = result.tasks[task];
  if (!node)
    return true;
  return canRun(node, cost, cluster.devices[device]) &&
         (pinned[task].size() < 2 || llvm::is_contained(pinned[task], device));
}

/// What was measured says more than any estimate, overhead included.
int64_t ProblemBuilder::timeOf(size_t task, int32_t index, const OpCost &cost,
                               ArrayRef<int64_t> measured) const {
  if (!mayRun(task, cost, index))
    return placement::Unlimited;
  if (result.tasks[task] && !measured.empty())
    if (int64_t time = measured[sourceIndices[task]]; time >= 0)
      return time;
  return estimateTime(cost, cluster.devices[index]);
}

/// Devices that compute alike share a row of `taskTime`; the first of each
/// class stands for it. Rows go in the order of the classes.
LogicalResult ProblemBuilder::addDevices() {
  for (auto [index, device] : llvm::enumerate(cluster.devices)) {
    auto self = int32_t(index);
    const DeviceTimes &times = cluster.times[index];
    // Only IR that was written or changed by hand can disagree here.
    if (!times.nodesNs.empty() && times.nodesNs.size() != nodeCount)
      return model.emitError("device '")
             << device.name << "' has the times of "
             << counted(times.nodesNs.size(), "node") << ", but the model has "
             << nodeCount;
    auto same = llvm::find_if(representatives, [&](int32_t other) {
      return isSpedAlike(self, other);
    });
    problem.devices.push_back(
        {device.name, device.memory, int32_t(same - representatives.begin()),
         times.messageNs, times.bytePs, device.runtimeMemory.value_or(0),
         device.weightCache, device.weightStream});
    if (same == representatives.end())
      representatives.push_back(self);
  }
  for (int32_t representative : representatives)
    for (size_t task = 0; task < result.tasks.size(); ++task)
      problem.taskTime.push_back(timeOf(task, representative,
                                        result.costs[task],
                                        cluster.times[representative].nodesNs));
  static_cast<Network &>(problem) = cluster;
  problem.byteUnits = cluster.byteUnits;
  explainImpossible();
  return success();
}

/// The planner names nodes that no device can run, or not the one that they are
/// pinned to; only what the model says of them tells why. Of those without a
/// pin, it names the first.
void ProblemBuilder::explainImpossible() {
  bool hasFirst = false;
  for (size_t task = 0; task < result.tasks.size(); ++task) {
    NodeOp node = result.tasks[task];
    const std::vector<int32_t> &candidates =
        pinned[task].empty() ? representatives : pinned[task];
    auto canRunThere = [&](int32_t device) {
      return mayRun(task, result.costs[task], device);
    };
    bool isPinnedToOne = pinned[task].size() == 1;
    if ((hasFirst && !isPinnedToOne) || llvm::any_of(candidates, canRunThere))
      continue;
    SmallVector<const ClusterDevice *> devices;
    for (auto [index, device] : llvm::enumerate(cluster.devices))
      if (pinned[task].empty() ||
          llvm::is_contained(pinned[task], int32_t(index)))
        devices.push_back(&device);
    std::string &why = problem.tasks[task].whyNowhere;
    why = describeInability(node, result.costs[task], devices);
    if (devices.size() > 1 && !pinned[task].empty())
      why += "; a pin leaves it " + counted(devices.size(), "device");
    hasFirst |= !isPinnedToOne;
  }
}

/// Estimates stand where nothing was measured at the point.
void ProblemBuilder::addPoint(unsigned index) {
  ModelProblem::Point &point = result.points.emplace_back();
  for (int32_t representative : representatives) {
    ArrayRef<int64_t> measured;
    if (const auto &points = cluster.times[representative].pointsNs;
        !points.empty())
      measured = points[index];
    for (auto [task, node] : llvm::enumerate(result.tasks))
      point.taskTime.push_back(
          timeOf(task, representative,
                 node ? costs.getCost(node, index) : OpCost(), measured));
  }
  // One figure serves memory and messages.
  for (auto [value, why] : llvm::zip(result.tensors, result.whyNoCut))
    point.bytes.push_back(
        why == KeptAsState ? 0 : getItemBytes(value, ExtentsUse::point(index)));
}

placement::Problem ModelProblem::atPoint(const Point &point) const {
  placement::Problem moved = problem;
  moved.taskTime = point.taskTime;
  for (auto [tensor, bytes] : llvm::zip(moved.tensors, point.bytes))
    tensor.bytes = tensor.messageBytes = bytes;
  return moved;
}

placement::Problem ModelProblem::withLargestSizes() const {
  placement::Problem largest = problem;
  for (auto [index, tensor] : llvm::enumerate(largest.tensors)) {
    tensor.messageBytes = tensor.sent();
    for (const Point &point : points)
      tensor.bytes = std::max(tensor.bytes, point.bytes[index]);
  }
  return largest;
}

//===----------------------------------------------------------------------===//
// Constraints of the user
//===----------------------------------------------------------------------===//

/// Demands that the named tensors cross, or that they do not. Only results of
/// nodes can be named: where an input of the model is read is never a matter of
/// cutting. `flag` is the option, for messages. Linear in the tensors for each
/// name.
LogicalResult ProblemBuilder::addCuts(ArrayRef<std::string> names,
                                      StringRef flag, bool mustCut) {
  for (StringRef name : names) {
    auto tensor = llvm::find_if(problem.tensors, [&](const auto &candidate) {
      return candidate.name == name && candidate.producer != placement::None;
    });
    if (tensor == problem.tensors.end()) {
      std::vector<StringRef> known;
      for (const placement::Tensor &other : problem.tensors)
        if (other.producer != placement::None)
          known.push_back(other.name);
      return model.emitError("--")
             << flag << " names '" << name
             << "', which is no tensor that a node of the main graph computes"
             << suggest(name, known);
    }
    size_t index = tensor - problem.tensors.begin();
    bool isState = result.whyNoCut[index] == KeptAsState;
    if (mustCut && tensor->consumers.empty() && !isState)
      return model.emitError("--cut names '")
             << name << "', which no node reads";
    if (mustCut && !tensor->canCut)
      return emitError(result.tensors[index].getLoc())
             << "--cut names '" << name << "', which cannot be cut because "
             << result.whyNoCut[index];
    if (mustCut)
      tensor->mustCut = true;
    else
      forbidCut(int32_t(index), KeptByUser.str());
  }
  return success();
}

LogicalResult ProblemBuilder::addPins() {
  FailureOr<std::vector<std::vector<int32_t>>> found =
      resolvePins(model, result.tasks, constants, cluster, constraints.pins);
  if (failed(found))
    return failure();
  pinned = std::move(*found);
  for (auto [task, devices] : llvm::zip(problem.tasks, pinned)) {
    if (devices.size() == 1)
      task.pin = devices.front();
    else if (!devices.empty())
      pinGroups.insert(devices);
  }
  return success();
}

LogicalResult ProblemBuilder::build() {
  addTasks();
  if (failed(addPins()))
    return failure();
  addTensors();
  if (failed(addDevices()) || failed(keepStates(model, constraints, result)))
    return failure();
  for (unsigned i = 0, e = countPoints(model); i < e; ++i)
    addPoint(i);
  problem.maxStages = constraints.maxStages;
  problem.minStages = constraints.minStages;
  problem.sequences = int32_t(constraints.sequences);
  problem.revisit = constraints.revisit;
  problem.replicate = constraints.replicate;
  // With --no-cut before it, --cut finds a tensor that is named by both.
  return failure(failed(addCuts(constraints.noCuts, "no-cut", false)) ||
                 failed(addCuts(constraints.cuts, "cut", true)));
}

FailureOr<ModelProblem> split::buildProblem(ModelOp model,
                                            const MeasuredCluster &cluster,
                                            const Constraints &constraints,
                                            const GraphCosts &costs) {
  ProblemBuilder builder(model, cluster, constraints, costs);
  if (failed(builder.build()))
    return failure();
  std::string invalid = builder.result.problem.check();
  if (!invalid.empty())
    return model.emitError("cannot be planned: ") << invalid;
  return std::move(builder.result);
}
