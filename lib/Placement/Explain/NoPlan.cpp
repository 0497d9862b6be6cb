//===- NoPlan.cpp - Why there is no plan ----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tests for single causes that exclude every placement. They are no complete
/// list: causes can combine. So the last sentences say how far the largest
/// devices are from holding everything.
///
//===----------------------------------------------------------------------===//

#include "NoPlan.h"

#include "../Tables/Unions.h"
#include "../Tables/Wide.h"
#include "../Text.h"
#include "MoreMemory.h"
#include "Revisit.h"
#include "onnx-split/Placement/Advice.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace onnx_split::placement;

/// The first node that no device can run stands for the others, of which there
/// may be thousands; every pin is named.
void Explainer::impossibleTasks() {
  int64_t unplaceable = 0;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    if (t % 1024 == 0 && isOver())
      return;
    bool possible = false;
    for (size_t d = 0; d < p.devices.size() && !possible; ++d)
      possible = mayRun(static_cast<int32_t>(t), static_cast<int32_t>(d));
    if (possible)
      continue;
    const Task &task = p.tasks[t];
    std::string name = "node " + quoted(task.name);
    std::string why = task.whyNowhere.empty() ? "" : ": " + task.whyNowhere;
    if (task.pin != None)
      say(name + " is pinned to device " + quoted(device(task.pin)) +
          ", which cannot run it" + why);
    else if (unplaceable++ == 0)
      say(name + " can run on none of the " + std::to_string(p.devices.size()) +
          " devices" + why);
  }
  if (unplaceable > 1)
    say("nor can " + std::to_string(unplaceable - 1) + " other node" +
        (unplaceable > 2 ? "s" : ""));
}

/// Stages have at least one block of tasks each.
void Explainer::tooManyStages() {
  if (p.minStages <= 1)
    return;
  std::vector<int32_t> block = uncuttableBlocks();
  std::sort(block.begin(), block.end());
  int64_t blocks = std::unique(block.begin(), block.end()) - block.begin();
  if (blocks < p.minStages)
    say("at least " + std::to_string(p.minStages) +
        " stages are wanted, but the model can be cut into " +
        std::to_string(blocks) + " at most");
}

void Explainer::contradictingCuts() {
  for (const Tensor &tensor : p.tensors) {
    if (tensor.producer == None || tensor.consumers.empty() || !tensor.mustCut)
      continue;
    std::string name = "tensor " + quoted(tensor.name);
    if (!tensor.canCut)
      say(name + " must be cut but cannot be cut");
    else if (p.devices.size() == 1)
      say(name + " must be cut but there is one device only");
    else if (p.maxStages == 1)
      say(name + " must be cut but at most one stage is allowed");
    int32_t pin = p.tasks[tensor.producer].pin;
    for (int32_t reader : tensor.consumers)
      if (pin != None && p.tasks[reader].pin == pin) {
        say(name + " must be cut but its producer " +
            quoted(p.tasks[tensor.producer].name) + " and its reader " +
            quoted(p.tasks[reader].name) + " are both pinned to device " +
            quoted(device(pin)));
        break;
      }
    sayIfTied(tensor);
  }
}

/// A tensor that must be cut between two nodes that another one ties together.
void Explainer::sayIfTied(const Tensor &cut) {
  if (!cut.canCut)
    return;
  std::vector<int32_t> block = uncuttableBlocks();
  for (int32_t reader : cut.consumers) {
    if (block[reader] != block[cut.producer])
      continue;
    // One that does so by itself, if there is one.
    for (const Tensor &tie : p.tensors)
      if (tie.producer != None && !tie.canCut &&
          block[tie.producer] == block[reader]) {
        say("tensor " + quoted(cut.name) + " must be cut, but tensor " +
            quoted(tie.name) + ", which cannot be cut, holds its producer " +
            quoted(p.tasks[cut.producer].name) + " and its reader " +
            quoted(p.tasks[reader].name) + " together");
        return;
      }
  }
}

/// Two devices whose pinned nodes need results of each other: where each has
/// one stage, neither can come first.
void Explainer::circularPins() {
  // before[d]: devices with a pinned task that some path leads to d from.
  std::vector<std::vector<char>> before(p.devices.size(),
                                        std::vector<char>(p.devices.size(), 0));
  std::vector<std::vector<int32_t>> sources(p.tasks.size());
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    // Without all of them, less is said.
    if (t % 1024 == 0 && isOver())
      return;
    std::vector<int32_t> &here = sources[t];
    for (int32_t x : graph.readBy(static_cast<int32_t>(t)))
      if (int32_t maker = p.tensors[x].producer; maker != None)
        here.insert(here.end(), sources[maker].begin(), sources[maker].end());
    int32_t pin = p.tasks[t].pin;
    std::sort(here.begin(), here.end());
    here.erase(std::unique(here.begin(), here.end()), here.end());
    if (pin == None)
      continue;
    for (int32_t source : here)
      if (source != pin)
        before[pin][source] = 1;
    if (!std::binary_search(here.begin(), here.end(), pin))
      here.insert(std::upper_bound(here.begin(), here.end(), pin), pin);
  }
  for (size_t a = 0; a < p.devices.size(); ++a)
    for (size_t b = a + 1; b < p.devices.size(); ++b)
      if (before[a][b] && before[b][a]) {
        say("the stages on devices " + quoted(device(static_cast<int32_t>(a))) +
            " and " + quoted(device(static_cast<int32_t>(b))) +
            " would each need results of the other, because of the nodes "
            "pinned there");
        return;
      }
}

/// For each task the first task of its block: tasks that uncuttable tensors
/// hold together.
std::vector<int32_t> Explainer::uncuttableBlocks() {
  Unions blocks(p.tasks.size());
  for (const Tensor &tensor : p.tensors)
    if (tensor.producer != None && !tensor.canCut)
      for (int32_t reader : tensor.consumers)
        blocks.merge(tensor.producer, reader);
  std::vector<int32_t> block;
  for (size_t t = 0; t < p.tasks.size(); ++t)
    block.push_back(blocks.find(static_cast<int32_t>(t)));
  return block;
}

void Explainer::contradictingPins() {
  std::vector<int32_t> block = uncuttableBlocks();
  std::vector<int32_t> pinned(p.tasks.size(), None);
  std::vector<char> isTarget(p.devices.size(), 0);
  int64_t numTargets = 0;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    int32_t pin = p.tasks[t].pin;
    if (pin == None)
      continue;
    numTargets += !isTarget[pin];
    isTarget[pin] = 1;
    int32_t &first = pinned[block[t]];
    if (first == None)
      first = static_cast<int32_t>(t);
    else if (p.tasks[first].pin != pin)
      say("nodes " + quoted(p.tasks[first].name) + " and " +
          quoted(p.tasks[t].name) +
          " are held together by tensors that cannot be cut, but are pinned to "
          "devices " +
          quoted(device(p.tasks[first].pin)) + " and " + quoted(device(pin)));
  }
  if (p.maxStages > 0 && numTargets > p.maxStages)
    say("nodes are pinned to " + std::to_string(numTargets) +
        " devices but at most " + std::to_string(p.maxStages) +
        " stages are allowed");

  if (p.revisit)
    return;
  // A device holds one stage, so no path may leave it and come back.
  for (size_t d = 0; d < p.devices.size(); ++d) {
    if (!isTarget[d])
      continue;
    if (isOver())
      return;
    int32_t wanted = static_cast<int32_t>(d);
    // Where a path from a task pinned to d has come to: on it, or elsewhere.
    std::vector<char> passed(p.tasks.size(), 0), elsewhere = passed;
    for (size_t t = 0; t < p.tasks.size(); ++t) {
      int32_t pin = p.tasks[t].pin;
      bool came = false, away = false;
      for (int32_t x : graph.readBy(static_cast<int32_t>(t)))
        if (int32_t maker = p.tensors[x].producer; maker != None) {
          came |= passed[maker];
          away |= elsewhere[maker];
        }
      if (pin == wanted && away) {
        say("a path leaves device " + quoted(device(wanted)) +
            " for another one and returns to it at the pinned node " +
            quoted(p.tasks[t].name));
        break;
      }
      passed[t] = came || pin == wanted;
      elsewhere[t] = away || (came && pin != None && pin != wanted);
    }
  }
}

/// The first of the devices with most memory that may run all the tasks, if it
/// has less than they need; otherwise None. Mostly one of the first in the list
/// may run them.
int32_t Explainer::tooSmallFor(const std::vector<int32_t> &tasks, Wide needed) {
  if (byRoom.empty()) {
    byRoom.resize(p.devices.size());
    std::iota(byRoom.begin(), byRoom.end(), 0);
    std::stable_sort(byRoom.begin(), byRoom.end(), [&](int32_t a, int32_t b) {
      return p.devices[a].room() > p.devices[b].room();
    });
  }
  for (int32_t device : byRoom) {
    bool possible = std::all_of(tasks.begin(), tasks.end(), [&](int32_t task) {
      return mayRun(task, device);
    });
    if (!possible)
      continue;
    return p.devices[device].memory == Unlimited ||
                   needed <= p.devices[device].room()
               ? None
               : device;
  }
  return None;
}

/// What the largest device for the tasks is short of.
std::string Explainer::compareWithLargest(const std::string &what,
                                          const std::vector<int32_t> &tasks,
                                          Wide needed, int32_t largest,
                                          const std::string &parts) {
  int64_t memory = p.devices[largest].memory;
  int64_t runtime = p.devices[largest].runtimeBytes;
  return what + " at least " + bytesText(saturate(needed), p.byteUnits) +
         " of memory, but the largest device that may run " +
         (tasks.size() == 1 ? "it, " : "them, ") + quoted(device(largest)) +
         ", has " + bytesText(memory, p.byteUnits) +
         (runtime > 0
              ? " and its runtime takes " + bytesText(runtime, p.byteUnits)
              : "") +
         ": " + bytesText(saturate(needed + runtime - memory), p.byteUnits) +
         " too little" + parts;
}

/// Bytes of what a task reads and writes. Aliases share at best one storage, as
/// large as the largest.
Wide Explainer::activationsOf(int32_t task) const {
  std::map<int32_t, int64_t> storages;
  for (Slice<int32_t> list : {graph.readBy(task), graph.madeBy(task)})
    for (int32_t x : list) {
      int32_t root = x;
      while (p.tensors[root].aliasOf != None)
        root = p.tensors[root].aliasOf;
      int64_t &bytes = storages[root];
      bytes = std::max(bytes, p.tensors[x].bytes);
    }
  Wide sum = 0;
  for (const auto &[root, bytes] : storages)
    sum += bytes;
  return sum;
}

/// Each step needs its weights, and what it reads and writes, in any stage.
void Explainer::oversizedTasks() {
  struct Oversized {
    Wide weights, activations;
    int32_t task, device;
    Wide needed() const { return weights + activations; }
  };
  std::vector<Oversized> oversized;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    if (t % 1024 == 0 && isOver())
      return;
    int32_t task = static_cast<int32_t>(t);
    Wide weights = 0;
    for (int32_t w : p.tasks[t].weights)
      weights += p.weights[w].bytes;
    Wide activations = activationsOf(task);
    if (int32_t device = tooSmallFor({task}, weights + activations);
        device != None)
      oversized.push_back({weights, activations, task, device});
  }
  // The largest first: the others fit where they do.
  std::stable_sort(oversized.begin(), oversized.end(),
                   [](const Oversized &a, const Oversized &b) {
                     return a.needed() > b.needed();
                   });
  constexpr size_t most = 3;
  for (size_t i = 0; i < std::min(oversized.size(), most); ++i) {
    const Oversized &it = oversized[i];
    say(compareWithLargest(
        "node " + quoted(p.tasks[it.task].name) + " needs", {it.task},
        it.needed(), it.device,
        ": weights " + bytesText(saturate(it.weights), p.byteUnits) +
            ", activations " +
            bytesText(saturate(it.activations), p.byteUnits)));
  }
  if (oversized.size() > most)
    say("and " + std::to_string(oversized.size() - most) +
        " more nodes are too big for each device that may run them");
}

void Explainer::oversizedBlocks() {
  std::vector<int32_t> block = uncuttableBlocks();
  std::vector<std::vector<int32_t>> members(p.tasks.size());
  for (size_t t = 0; t < p.tasks.size(); ++t)
    members[block[t]].push_back(static_cast<int32_t>(t));
  for (const std::vector<int32_t> &tasks : members) {
    if (tasks.size() < 2)
      continue;
    if (isOver())
      return;
    std::vector<int32_t> weights;
    for (int32_t t : tasks)
      weights.insert(weights.end(), p.tasks[t].weights.begin(),
                     p.tasks[t].weights.end());
    std::sort(weights.begin(), weights.end());
    weights.erase(std::unique(weights.begin(), weights.end()), weights.end());
    Wide bytes = 0;
    for (int32_t w : weights)
      bytes += p.weights[w].bytes;
    if (int32_t device = tooSmallFor(tasks, bytes); device != None)
      say(compareWithLargest(
          "the weights of the " + std::to_string(tasks.size()) +
              " nodes from " + quoted(p.tasks[tasks.front()].name) + " to " +
              quoted(p.tasks[tasks.back()].name) +
              ", held together by tensors that cannot be cut, need",
          tasks, bytes, device, ""));
  }
}

void Explainer::totalWeights() {
  std::vector<char> isRead(p.weights.size(), 0);
  for (const Task &task : p.tasks)
    for (int32_t w : task.weights)
      isRead[w] = 1;
  Wide weights = 0;
  for (size_t w = 0; w < p.weights.size(); ++w)
    weights += isRead[w] ? p.weights[w].bytes : 0;
  std::vector<int64_t> memory;
  for (const Device &dev : p.devices)
    memory.push_back(std::max<int64_t>(0, dev.room()));
  bool hasRuntimes =
      std::any_of(p.devices.begin(), p.devices.end(),
                  [](const Device &dev) { return dev.runtimeBytes > 0; });
  std::sort(memory.rbegin(), memory.rend());
  size_t count = memory.size();
  if (p.maxStages > 0)
    count = std::min(count, static_cast<size_t>(p.maxStages));
  Wide total = 0;
  for (size_t d = 0; d < count; ++d)
    if (memory[d] == Unlimited)
      return;
    else
      total += memory[d];
  if (weights <= total)
    return;
  say("the weights need " + bytesText(saturate(weights), p.byteUnits) +
      " in total but the " +
      (count < memory.size() ? std::to_string(count) + " largest" : "") +
      (count < memory.size() ? " devices" : "devices") + " together have " +
      bytesText(saturate(total), p.byteUnits) +
      (hasRuntimes ? " beside their runtimes" : "") + ": " +
      bytesText(saturate(weights - total), p.byteUnits) + " too little");
}

/// What keeps each device from running everything, in brief.
void Explainer::wholeModel() {
  constexpr size_t most = 4;
  for (size_t d = 0;
       d < p.devices.size() && sentences.size() < most && !isOver(); ++d) {
    Placement single;
    single.stageOf.assign(p.tasks.size(), 0);
    single.deviceOf.assign(1, static_cast<int32_t>(d));
    Evaluation evaluation = evaluate(p, single);
    if (!evaluation.violations.empty())
      say("all on device " + quoted(device(static_cast<int32_t>(d))) + ": " +
          evaluation.violations.back());
  }
  if (sentences.empty())
    return;
  std::string what = std::to_string(p.tasks.size()) + " nodes on the " +
                     std::to_string(p.devices.size()) + " devices";
  sentences.insert(
      sentences.begin(),
      mayExist
          ? "no single cause excludes a plan of the " + what
          : "no single cause excludes a plan: memory, links, pins" +
                std::string(limits.areSet() ? ", cuts and limits"
                                            : " and cuts") +
                " together do for the " + what +
                (ending == Ending::Proven ? ""
                                          : ", or the search ended too early"));
}

/// Where a search ended without a plan and without a proof, what it needs is
/// another search: one is made here.
void Explainer::moreTime() {
  std::string how = ending == Ending::Clock
                        ? "the time limit ended the search; "
                        : "the search ended without a proof; ";
  Result result;
  switch (askForPlan(p, limits, secondsLeft() / 2, stop, result)) {
  case Answer::Yes:
    isFound = true;
    say(how + "another one found a " + limits.describePlan() + " in " +
        timeText(static_cast<int64_t>(result.seconds * 1e9)) +
        (ending == Ending::Clock ? ": try a longer --time-limit"
                                 : ": try --strategy=auto"));
    break;
  case Answer::No:
    say(how + "another one proves that there is no " + limits.describePlan());
    ending = Ending::Proven;
    break;
  case Answer::Unknown:
    mayExist = true;
    say(how + (ending == Ending::Clock
                   ? "with a longer --time-limit a plan may be found"
                   : "another strategy may find a plan"));
  }
}

std::vector<std::string> Explainer::run() {
  if (p.tasks.empty())
    return {};
  // What excludes plans of all classes.
  bool isHopeless = says(&Explainer::impossibleTasks);
  isHopeless |= says(&Explainer::oversizedTasks);
  isHopeless |= says(&Explainer::tooManyStages);
  contradictingCuts();
  contradictingPins();
  if (sentences.empty() && !p.revisit)
    circularPins();
  isHopeless |= says(&Explainer::oversizedBlocks);
  isHopeless |= says(&Explainer::totalWeights);
  if (sentences.empty())
    missingLinks();
  if (sentences.empty())
    unreachablePins();
  if (sentences.empty()) {
    if ((ending == Ending::Clock || ending == Ending::NoProof) && !isOver())
      moreTime();
    if (isFound)
      return std::move(sentences);
    std::vector<std::string> first = std::move(sentences);
    sentences.clear();
    separateGroups();
    wholeModel();
    sentences.insert(sentences.begin(), first.begin(), first.end());
  }
  // More than a screenful explains nothing.
  constexpr size_t most = 20;
  if (sentences.size() > most) {
    size_t more = sentences.size() - most;
    sentences.resize(most);
    say("and " + std::to_string(more) + " more reasons of these kinds");
  }
  // Where there may be a plan as it is, a wider class is not what is needed.
  if (!isHopeless && !mayExist && !isOver())
    if (std::string advice = adviseRevisit(p, limits, secondsLeft() / 4, stop);
        !advice.empty())
      say(std::move(advice));
  if (!isOver())
    for (std::string &advice : adviseMemory(p, limits, secondsLeft(), stop))
      say(std::move(advice));
  return std::move(sentences);
}

double onnx_split::placement::secondsToExplain(const SolveOptions &options,
                                               const Result &result) {
  // A twentieth more than the limit and a tenth of a second, so that something
  // can be said after a search that has used all of it.
  constexpr double most = 2, beyond = 1.05, always = 0.1;
  return std::clamp(beyond * options.timeLimitSeconds + always - result.seconds,
                    0.0, most);
}

std::vector<std::string>
onnx_split::placement::explainInfeasible(const Problem &problem, double seconds,
                                         const std::atomic<bool> *stop) {
  return Explainer(problem, Limits(), Ending::NotKnown, seconds, stop).run();
}

bool onnx_split::placement::isProvenImpossible(const SolveOptions &options,
                                               const Result &result) {
  // A bound beyond the limit leaves no plan either, though there may be some
  // without the limit.
  bool isBeyond = (options.objective == Objective::Throughput &&
                   result.bound.value > options.targetNs) ||
                  (options.objective == Objective::Latency &&
                   result.bound.value > options.maxLatencyNs);
  return !result.found && (result.provenInfeasible() || isBeyond);
}

std::vector<std::string> onnx_split::placement::explainNoPlan(
    const Problem &problem, const SolveOptions &options, const Result &result) {
  Ending ending = isProvenImpossible(options, result) ? Ending::Proven
                  : result.stoppedByClock             ? Ending::Clock
                                                      : Ending::NoProof;
  return Explainer(problem, {options.targetNs, options.maxLatencyNs}, ending,
                   secondsToExplain(options, result), options.stop)
      .run();
}
