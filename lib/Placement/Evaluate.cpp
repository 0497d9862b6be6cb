//===- Evaluate.cpp - What a placement means ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The reference semantics. It follows the definitions literally and shares
/// nothing with the solvers, so that it can judge them.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Placement.h"

#include "Text.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>

using namespace onnx_split::placement;

const char *onnx_split::placement::toString(Strategy strategy) {
  switch (strategy) {
  case Strategy::Auto:
    return "auto";
  case Strategy::Exact:
    return "exact";
  case Strategy::LocalSearch:
    return "local-search";
  case Strategy::KPath:
    return "k-path";
  case Strategy::Greedy:
    return "greedy";
  case Strategy::Random:
    return "random";
  }
  return "unknown";
}

const char *onnx_split::placement::toString(SolutionClass solutionClass) {
  switch (solutionClass) {
  case SolutionClass::FixedOrder:
    return "fixed-order";
  case SolutionClass::Contiguous:
    return "contiguous";
  case SolutionClass::Revisiting:
    return "revisiting";
  }
  return "unknown";
}

const char *onnx_split::placement::toString(Objective objective) {
  switch (objective) {
  case Objective::Throughput:
    return "throughput";
  case Objective::Latency:
    return "latency";
  case Objective::Devices:
    return "devices";
  }
  return "unknown";
}

namespace {

/// Evaluates one placement; the steps run in the order of `run`.
class Evaluator {
public:
  Evaluator(const Problem &problem, const Placement &placement)
      : p(problem), plan(placement) {}

  Evaluation run();

private:
  bool checkStages();
  void checkTensors();
  void loadStages();
  void makeWires();
  void loadBoundary();
  int64_t addMessage(int32_t from, int32_t to, int32_t tensor);
  void measureActivations(int32_t stage);
  void checkStageLimits();
  void finishTimes();

  const Problem &p;
  const Placement &plan;
  Evaluation result;
  int32_t numStages = 0;
  std::vector<std::vector<int32_t>> tasksOf;
  /// Tensors that a stage makes or reads, ascending.
  std::vector<std::vector<int32_t>> tensorsOf;
  std::map<std::pair<int32_t, int32_t>, int64_t> linkNs;
  /// When the last input from the ingress device arrives at each stage.
  std::vector<int64_t> ingressNs;
  /// Longest egress message of each stage.
  std::vector<int64_t> egressNs;
};

} // namespace

static std::string stageText(int32_t stage) {
  return "stage " + std::to_string(stage);
}

/// False where indices are so wrong that nothing else can be computed.
bool Evaluator::checkStages() {
  auto complain = [&](std::string text) {
    result.violations.push_back(std::move(text));
  };
  numStages = static_cast<int32_t>(plan.deviceOf.size());
  if (plan.stageOf.size() != p.tasks.size()) {
    complain("the placement has " + std::to_string(plan.stageOf.size()) +
             " nodes but the problem has " + std::to_string(p.tasks.size()));
    return false;
  }
  bool usable = true;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    int32_t stage = plan.stageOf[t];
    if (stage >= 0 && stage < numStages)
      continue;
    complain("node " + quoted(p.tasks[t].name) + " is in " + stageText(stage) +
             " but there are " + std::to_string(numStages) + " stages");
    usable = false;
  }
  for (int32_t s = 0; s < numStages; ++s) {
    int32_t device = plan.deviceOf[s];
    if (device >= 0 && static_cast<size_t>(device) < p.devices.size())
      continue;
    complain(stageText(s) + " is on device " + std::to_string(device) +
             " but there are " + std::to_string(p.devices.size()) + " devices");
    usable = false;
  }
  if (!usable)
    return false;

  tasksOf.resize(numStages);
  for (size_t t = 0; t < p.tasks.size(); ++t)
    tasksOf[plan.stageOf[t]].push_back(static_cast<int32_t>(t));
  std::vector<int32_t> stageOn(p.devices.size(), None);
  for (int32_t s = 0; s < numStages; ++s) {
    if (tasksOf[s].empty())
      complain(stageText(s) + " has no node");
    int32_t &holder = stageOn[plan.deviceOf[s]];
    if (holder != None)
      complain("device " + quoted(p.devices[plan.deviceOf[s]].name) +
               " holds both " + stageText(holder) + " and " + stageText(s));
    else
      holder = s;
  }
  if (p.maxStages > 0 && numStages > p.maxStages)
    complain("there are " + std::to_string(numStages) + " stages but at most " +
             std::to_string(p.maxStages) + " are allowed");
  return true;
}

void Evaluator::checkTensors() {
  for (const Tensor &tensor : p.tensors) {
    if (tensor.producer == None)
      continue;
    int32_t from = plan.stageOf[tensor.producer];
    for (int32_t reader : tensor.consumers) {
      int32_t to = plan.stageOf[reader];
      std::string what = "tensor " + quoted(tensor.name) + " ";
      if (to < from)
        result.violations.push_back(what + "goes back from " + stageText(from) +
                                    " to " + stageText(to));
      else if (to != from && !tensor.canCut)
        result.violations.push_back(what + "must not be cut but goes from " +
                                    stageText(from) + " to " + stageText(to));
      else if (to == from && tensor.mustCut)
        result.violations.push_back(what + "must be cut but node " +
                                    quoted(p.tasks[reader].name) +
                                    " reads it in its own " + stageText(from));
      else
        continue;
      break;
    }
  }
}

void Evaluator::loadStages() {
  result.stages.resize(numStages);
  tensorsOf.resize(numStages);
  for (int32_t s = 0; s < numStages; ++s) {
    StageLoad &load = result.stages[s];
    int32_t device = plan.deviceOf[s];
    std::vector<int32_t> weights;
    for (int32_t t : tasksOf[s]) {
      const Task &task = p.tasks[t];
      int64_t time = p.timeOf(t, device);
      load.computeNs = addSaturating(load.computeNs, time);
      if (time == Unlimited)
        result.violations.push_back("node " + quoted(task.name) +
                                    " cannot run on device " +
                                    quoted(p.devices[device].name));
      if (task.pin != None && task.pin != device)
        result.violations.push_back(
            "node " + quoted(task.name) + " is pinned to device " +
            quoted(p.devices[task.pin].name) + " but is on " +
            quoted(p.devices[device].name));
      weights.insert(weights.end(), task.weights.begin(), task.weights.end());
    }
    std::sort(weights.begin(), weights.end());
    weights.erase(std::unique(weights.begin(), weights.end()), weights.end());
    for (int32_t w : weights)
      load.weightBytes = addSaturating(load.weightBytes, p.weights[w].bytes);
  }
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    std::vector<int32_t> stages;
    if (p.tensors[x].producer != None)
      stages.push_back(plan.stageOf[p.tensors[x].producer]);
    for (int32_t reader : p.tensors[x].consumers)
      stages.push_back(plan.stageOf[reader]);
    std::sort(stages.begin(), stages.end());
    stages.erase(std::unique(stages.begin(), stages.end()), stages.end());
    for (int32_t s : stages)
      tensorsOf[s].push_back(static_cast<int32_t>(x));
  }
}

/// Charges one message to its link and returns its time.
int64_t Evaluator::addMessage(int32_t from, int32_t to, int32_t tensor) {
  // Two stages of one device do not happen in a feasible placement.
  int64_t time =
      from == to ? 0 : transferTime(p.link(from, to), p.tensors[tensor].bytes);
  int64_t &load = linkNs[{from, to}];
  load = addSaturating(load, time);
  if (time != Unlimited)
    return time;
  bool noLink = p.link(from, to).bitsPerSecond == 0;
  result.violations.push_back(
      std::string(noLink ? "there is no link" : "no finite time is enough") +
      " from device " + quoted(p.devices[from].name) + " to " +
      quoted(p.devices[to].name) + " for tensor " +
      quoted(p.tensors[tensor].name) + " of " +
      bytesText(p.tensors[tensor].bytes));
  return time;
}

void Evaluator::makeWires() {
  for (size_t x = 0; x < p.tensors.size(); ++x) {
    const Tensor &tensor = p.tensors[x];
    if (tensor.producer == None)
      continue;
    int32_t from = plan.stageOf[tensor.producer];
    std::vector<int32_t> targets;
    for (int32_t reader : tensor.consumers)
      if (plan.stageOf[reader] != from)
        targets.push_back(plan.stageOf[reader]);
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    for (int32_t to : targets) {
      Wire wire;
      wire.tensor = static_cast<int32_t>(x);
      wire.from = from;
      wire.to = to;
      wire.timeNs =
          addMessage(plan.deviceOf[from], plan.deviceOf[to], wire.tensor);
      result.wires.push_back(wire);
      // Double buffers at both ends, so that transfer overlaps compute.
      int64_t twice = addSaturating(tensor.bytes, tensor.bytes);
      for (int32_t end : {from, to})
        result.stages[end].bufferBytes =
            addSaturating(result.stages[end].bufferBytes, twice);
    }
  }
  std::sort(result.wires.begin(), result.wires.end(),
            [](const Wire &a, const Wire &b) {
              return std::tie(a.from, a.to, a.tensor) <
                     std::tie(b.from, b.to, b.tensor);
            });
}

/// The model's inputs from the ingress device and outputs to the egress device.
void Evaluator::loadBoundary() {
  ingressNs.assign(numStages, 0);
  egressNs.assign(numStages, 0);
  for (int32_t s = 0; s < numStages; ++s) {
    int32_t device = plan.deviceOf[s];
    for (int32_t x : tensorsOf[s]) {
      const Tensor &tensor = p.tensors[x];
      if (tensor.producer == None) {
        if (p.ingress != None && p.ingress != device)
          ingressNs[s] =
              std::max(ingressNs[s], addMessage(p.ingress, device, x));
      } else if (tensor.isOutput && plan.stageOf[tensor.producer] == s) {
        if (p.egress != None && p.egress != device)
          egressNs[s] = std::max(egressNs[s], addMessage(device, p.egress, x));
      }
    }
  }
}

/// Peak of the live storages over the steps of a stage.
void Evaluator::measureActivations(int32_t stage) {
  const std::vector<int32_t> &tasks = tasksOf[stage];
  if (tasks.empty())
    return;
  auto stepOf = [&](int32_t task) {
    return std::lower_bound(tasks.begin(), tasks.end(), task) - tasks.begin();
  };
  auto madeHere = [&](const Tensor &tensor) {
    return tensor.producer != None && plan.stageOf[tensor.producer] == stage;
  };
  struct Storage {
    int64_t bytes = 0;
    std::ptrdiff_t first = 0, last = 0;
  };
  std::map<int32_t, Storage> storages;
  for (int32_t x : tensorsOf[stage]) {
    const Tensor &tensor = p.tensors[x];
    Storage own;
    own.bytes = tensor.bytes;
    if (madeHere(tensor))
      own.first = own.last = stepOf(tensor.producer);
    for (int32_t reader : tensor.consumers)
      if (plan.stageOf[reader] == stage)
        own.last = std::max(own.last, stepOf(reader));
    if (tensor.isOutput && madeHere(tensor))
      own.last = static_cast<std::ptrdiff_t>(tasks.size()) - 1;
    // The producer of an alias reads what it is an alias of, so that tensor is
    // in this stage as well.
    int32_t root = x;
    while (p.tensors[root].aliasOf != None && madeHere(p.tensors[root]))
      root = p.tensors[root].aliasOf;
    auto [it, isNew] = storages.try_emplace(root, own);
    if (isNew)
      continue;
    it->second.bytes = std::max(it->second.bytes, own.bytes);
    it->second.first = std::min(it->second.first, own.first);
    it->second.last = std::max(it->second.last, own.last);
  }
  std::vector<__int128> change(tasks.size() + 1, 0);
  for (const auto &[root, storage] : storages) {
    change[storage.first] += storage.bytes;
    change[storage.last + 1] -= storage.bytes;
  }
  __int128 live = 0, peak = 0;
  for (__int128 step : change) {
    live += step;
    peak = std::max(peak, live);
  }
  result.stages[stage].peakActivationBytes =
      peak >= Unlimited ? Unlimited : static_cast<int64_t>(peak);
}

void Evaluator::checkStageLimits() {
  for (int32_t s = 0; s < numStages; ++s) {
    measureActivations(s);
    const StageLoad &load = result.stages[s];
    const Device &device = p.devices[plan.deviceOf[s]];
    int64_t needed = load.memoryBytes();
    if (device.memory == Unlimited || needed <= device.memory)
      continue;
    result.violations.push_back(
        stageText(s) + " needs " + bytesText(needed) + " but device " +
        quoted(device.name) + " has " + bytesText(device.memory) + ", " +
        bytesText(needed - device.memory) + " too little: weights " +
        bytesText(load.weightBytes) + ", activations " +
        bytesText(load.peakActivationBytes) + ", buffers " +
        bytesText(load.bufferBytes));
  }
}

void Evaluator::finishTimes() {
  result.mediaNs.assign(p.media.size(), 0);
  for (const auto &[pair, time] : linkNs) {
    result.links.push_back({pair.first, pair.second, time});
    result.bottleneckNs = std::max(result.bottleneckNs, time);
    if (p.mediumOf.empty())
      continue;
    int32_t medium = p.mediumOf[pair.first * p.devices.size() + pair.second];
    if (medium != None)
      result.mediaNs[medium] = addSaturating(result.mediaNs[medium], time);
  }
  for (int64_t time : result.mediaNs)
    result.bottleneckNs = std::max(result.bottleneckNs, time);

  // Wires go to later stages only and are sorted by sender, so one pass does.
  std::vector<int64_t> start = ingressNs;
  size_t wire = 0;
  for (int32_t s = 0; s < numStages; ++s) {
    int64_t finish = addSaturating(start[s], result.stages[s].computeNs);
    for (; wire < result.wires.size() && result.wires[wire].from == s; ++wire) {
      int64_t &target = start[result.wires[wire].to];
      target =
          std::max(target, addSaturating(finish, result.wires[wire].timeNs));
    }
    result.bottleneckNs =
        std::max(result.bottleneckNs, result.stages[s].computeNs);
    result.latencyNs =
        std::max(result.latencyNs, addSaturating(finish, egressNs[s]));
  }
}

Evaluation Evaluator::run() {
  if (!checkStages())
    return std::move(result);
  checkTensors();
  loadStages();
  makeWires();
  loadBoundary();
  checkStageLimits();
  finishTimes();
  return std::move(result);
}

Evaluation onnx_split::placement::evaluate(const Problem &problem,
                                           const Placement &placement) {
  return Evaluator(problem, placement).run();
}
