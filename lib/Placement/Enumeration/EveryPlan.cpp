//===- EveryPlan.cpp - Exact search over all classes of plans -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Depth first over the tasks in their order. Each goes to a stage that there
/// is, or to a new one at any place in the order of stages, on any device or,
/// with replicas, on any list of devices. So every plan is reached once. What
/// the tasks placed so far do to devices and links only grows, so that a part
/// of a plan that takes as long as the best plan is left (Land and Doig 1960).
///
//===----------------------------------------------------------------------===//

#include "EveryPlan.h"

#include "../Tables/DeviceGroups.h"
#include "../Tables/Graph.h"
#include "../Tables/Wide.h"

#include <algorithm>
#include <limits>

using namespace onnx_split::placement;

namespace {

class EveryPlan {
public:
  explicit EveryPlan(SearchState &ofSearch);
  /// False: there were too many steps.
  bool run();

private:
  /// A stage under construction. Those behind each other in `order` are.
  struct Stage {
    /// The first one is number 0 of its replicas.
    std::vector<int32_t> devices;
    int32_t numTasks = 0;
    /// By device of `devices`: of the tasks, one item each.
    std::vector<Wide> workNs;
  };

  bool mayGoOn();
  void place(int32_t task);
  void placeInto(int32_t task, int32_t stage);
  void listDevices(int32_t task, int32_t position,
                   std::vector<int32_t> &devices);
  bool addTask(int32_t task, int32_t stage);
  void removeTask(int32_t task, int32_t stage);
  void sendTo(int32_t reader, int64_t sign);
  void load(int32_t fromStage, int32_t toStage, int64_t bytes);
  int32_t onlyDevice(int32_t stage, int32_t end) const;
  bool isHopeless(int32_t nextTask);
  bool takesTooLong(int32_t nextTask, Wide most);
  bool isOverloaded(int32_t nextTask, Wide most);
  bool mayHold(int32_t task, const std::vector<int32_t> &devices) const;
  bool mayBeginStage(int32_t task) const;
  void offer();

  SearchState &search;
  const Problem &p;
  const Graph graph;
  const DeviceGroups groups;
  const int32_t numTasks, numDevices;
  size_t maxStages;
  /// The least time that the tasks from each one on take in all.
  std::vector<Wide> leastFrom;
  /// The least time of each task and of the longest path behind it.
  std::vector<Wide> leastTail;
  std::vector<Stage> stages;
  /// Indices into `stages`, first stage first.
  std::vector<int32_t> order;
  std::vector<int32_t> stageOf;
  /// By device: how many stages it holds. By pair of devices: bytes of tensors
  /// that certainly go that way.
  std::vector<int32_t> numStagesOn;
  std::vector<Wide> bytesOn;
  /// Of one question at a time, to allocate nothing for each: by device, by
  /// medium, by stage.
  std::vector<Wide> loads, ofMedia, start;
  int64_t steps = 0;
};

} // namespace

/// A second or less.
static constexpr int64_t MostSteps = 500000;
static constexpr size_t MostTasks = 24, MostDevices = 16;

EveryPlan::EveryPlan(SearchState &ofSearch)
    : search(ofSearch), p(ofSearch.problem), graph(p), groups(p),
      numTasks(static_cast<int32_t>(p.tasks.size())),
      numDevices(static_cast<int32_t>(p.devices.size())),
      maxStages(p.maxStages > 0 ? p.maxStages : p.tasks.size()),
      leastFrom(p.tasks.size() + 1, 0), leastTail(p.tasks.size(), 0),
      stageOf(p.tasks.size(), None), numStagesOn(p.devices.size(), 0),
      bytesOn(p.devices.size() * p.devices.size(), 0) {
  if (!p.revisit)
    maxStages = std::min(maxStages, p.devices.size());
  for (int32_t t = numTasks - 1; t >= 0; --t) {
    int64_t least = Unlimited;
    for (int32_t d = 0; d < numDevices; ++d)
      least = std::min(least, p.timeOf(t, d));
    leastFrom[t] = leastFrom[t + 1] + least;
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        leastTail[t] = std::max(leastTail[t], leastTail[reader]);
    leastTail[t] += least;
  }
}

/// The only device of a stage, or None; of no stage, the end of the pipeline.
int32_t EveryPlan::onlyDevice(int32_t stage, int32_t end) const {
  if (stage == None)
    return end;
  const std::vector<int32_t> &devices = stages[stage].devices;
  return devices.size() == 1 ? devices.front() : None;
}

/// Stages on several devices take turns on their links and are left out here.
void EveryPlan::load(int32_t fromStage, int32_t toStage, int64_t bytes) {
  int32_t from = onlyDevice(fromStage, p.ingress);
  int32_t to = onlyDevice(toStage, p.egress);
  if (from != None && to != None && from != to)
    bytesOn[from * numDevices + to] += bytes;
}

/// Adds what the task's stage receives for it and sends of it to the end of the
/// pipeline, or, with -1, takes it off.
void EveryPlan::sendTo(int32_t reader, int64_t sign) {
  int32_t here = stageOf[reader];
  for (int32_t x : graph.readBy(reader)) {
    const Tensor &tensor = p.tensors[x];
    int32_t from = tensor.producer == None ? None : stageOf[tensor.producer];
    bool isKnown = tensor.producer != None && from == here;
    // Those before it are placed, and one message serves all of a stage.
    for (int32_t other : tensor.consumers)
      isKnown |= other < reader && stageOf[other] == here;
    if (!isKnown)
      load(from, here, sign * tensor.sent());
  }
  for (int32_t x : graph.madeBy(reader))
    if (p.tensors[x].isOutput)
      load(here, None, sign * p.tensors[x].sent());
}

bool EveryPlan::mayHold(int32_t task,
                        const std::vector<int32_t> &devices) const {
  const Task &what = p.tasks[task];
  if (devices.size() > 1 && what.hasState)
    return false;
  return std::all_of(devices.begin(), devices.end(), [&](int32_t device) {
    return (what.pin == None || what.pin == device) &&
           p.timeOf(task, device) != Unlimited;
  });
}

/// Whether all that the task reads may come from other stages.
bool EveryPlan::mayBeginStage(int32_t task) const {
  Slice<int32_t> read = graph.readBy(task);
  return std::all_of(read.begin(), read.end(), [&](int32_t x) {
    return p.tensors[x].producer == None || p.tensors[x].canCut;
  });
}

/// False, and nothing is changed: the stage cannot have it.
bool EveryPlan::addTask(int32_t task, int32_t stage) {
  Stage &to = stages[stage];
  if (!mayHold(task, to.devices))
    return false;
  for (int32_t x : graph.readBy(task))
    if (int32_t producer = p.tensors[x].producer; producer != None) {
      bool isCut = stageOf[producer] != stage;
      if (isCut ? !p.tensors[x].canCut : p.tensors[x].mustCut)
        return false;
    }
  stageOf[task] = stage;
  ++to.numTasks;
  for (size_t r = 0; r < to.devices.size(); ++r)
    to.workNs[r] += p.timeOf(task, to.devices[r]);
  sendTo(task, 1);
  return true;
}

void EveryPlan::removeTask(int32_t task, int32_t stage) {
  sendTo(task, -1);
  Stage &from = stages[stage];
  for (size_t r = 0; r < from.devices.size(); ++r)
    from.workNs[r] -= p.timeOf(task, from.devices[r]);
  --from.numTasks;
  stageOf[task] = None;
}

/// Whether the items of each plan with these tasks where they are need more
/// time than that from end to end, messages apart.
bool EveryPlan::takesTooLong(int32_t nextTask, Wide most) {
  start.assign(stages.size(), 0);
  for (int32_t s : order) {
    const Stage &stage = stages[s];
    Wide end =
        start[s] + *std::max_element(stage.workNs.begin(), stage.workNs.end());
    for (int32_t t = 0; t < nextTask; ++t) {
      if (stageOf[t] != s)
        continue;
      Wide tail = 0;
      for (int32_t x : graph.madeBy(t))
        for (int32_t reader : p.tensors[x].consumers)
          if (reader >= nextTask)
            tail = std::max(tail, leastTail[reader]);
          else if (stageOf[reader] != s)
            start[stageOf[reader]] = std::max(start[stageOf[reader]], end);
      if (end + tail > most)
        return true;
    }
  }
  return false;
}

/// Whether a device, link or medium has more to do than that in each plan with
/// these tasks where they are. All figures are rounded down, or those of
/// messages that may yet be larger.
bool EveryPlan::isOverloaded(int32_t nextTask, Wide most) {
  loads.assign(p.devices.size(), 0);
  ofMedia.assign(p.media.size(), 0);
  for (int32_t s : order)
    for (size_t r = 0; r < stages[s].devices.size(); ++r)
      loads[stages[s].devices[r]] +=
          stages[s].workNs[r] / static_cast<int64_t>(stages[s].devices.size());
  Wide room = 0;
  for (Wide ns : loads) {
    if (ns > most)
      return true;
    room += most - ns;
  }
  // Whatever a device has left to do, it takes no less than on the best one.
  if (room < leastFrom[nextTask])
    return true;
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      Wide bytes = bytesOn[from * numDevices + to];
      if (bytes == 0)
        continue;
      Wide ns = transferTime(p.link(from, to), saturate(bytes));
      if (int32_t medium = p.medium(from, to); medium != None)
        ns = ofMedia[medium] += ns;
      if (ns > most)
        return true;
    }
  return false;
}

/// Whether no better plan has these tasks where they are.
bool EveryPlan::isHopeless(int32_t nextTask) {
  const Wide most = Wide(search.upper()) - 1;
  if (search.options.objective == Objective::Latency)
    return takesTooLong(nextTask, most);
  return isOverloaded(nextTask, most) ||
         (p.sequences > 0 && takesTooLong(nextTask, most * p.sequences));
}

void EveryPlan::offer() {
  Placement plan;
  std::vector<int32_t> positionOf(stages.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const std::vector<int32_t> &devices = stages[order[i]].devices;
    positionOf[order[i]] = static_cast<int32_t>(i);
    plan.deviceOf.push_back(devices.front());
    plan.replicas.emplace_back(devices.begin() + 1, devices.end());
  }
  for (int32_t stage : stageOf)
    plan.stageOf.push_back(positionOf[stage]);
  if (std::all_of(plan.replicas.begin(), plan.replicas.end(),
                  [](const auto &others) { return others.empty(); }))
    plan.replicas.clear();
  search.offer(plan);
}

void EveryPlan::placeInto(int32_t task, int32_t stage) {
  if (!addTask(task, stage))
    return;
  place(task + 1);
  removeTask(task, stage);
}

/// Each list of devices that a new stage there may have, the task in it. Of
/// equal devices without a stage, the first one stands for all.
void EveryPlan::listDevices(int32_t task, int32_t position,
                            std::vector<int32_t> &devices) {
  std::vector<char> isTried(groups.size(), 0);
  for (int32_t d = 0; d < numDevices && mayGoOn(); ++d) {
    bool isNew = numStagesOn[d] == 0;
    if (std::find(devices.begin(), devices.end(), d) != devices.end() ||
        (!isNew && !p.revisit) || (isNew && isTried[groups.groupOf(d)]))
      continue;
    if (isNew)
      isTried[groups.groupOf(d)] = 1;
    devices.push_back(d);
    if (mayHold(task, devices)) {
      ++numStagesOn[d];
      int32_t stage = static_cast<int32_t>(stages.size());
      stages.push_back({devices, 0, std::vector<Wide>(devices.size(), 0)});
      order.insert(order.begin() + position, stage);
      placeInto(task, stage);
      order.erase(order.begin() + position);
      stages.pop_back();
      if (search.scope >= SolutionClass::Replicated && p.replicate)
        listDevices(task, position, devices);
      --numStagesOn[d];
    }
    devices.pop_back();
  }
}

/// Counts a step, be it a task that is placed or a list of devices.
bool EveryPlan::mayGoOn() {
  return ++steps <= MostSteps && !search.closed() && !search.outOfTime();
}

void EveryPlan::place(int32_t task) {
  if (!mayGoOn() || isHopeless(task))
    return;
  if (task == numTasks) {
    offer();
    return;
  }
  // Behind all that it reads, or with the last one that makes it.
  int32_t first = 0;
  for (int32_t x : graph.readBy(task))
    if (int32_t producer = p.tensors[x].producer; producer != None) {
      auto at = std::find(order.begin(), order.end(), stageOf[producer]);
      first = std::max(first, static_cast<int32_t>(at - order.begin()));
    }
  int32_t count = static_cast<int32_t>(order.size());
  for (int32_t i = first; i < count; ++i)
    placeInto(task, order[i]);
  if (order.size() == maxStages || !mayBeginStage(task))
    return;
  bool readsFirst =
      std::any_of(graph.readBy(task).begin(), graph.readBy(task).end(),
                  [&](int32_t x) { return p.tensors[x].producer != None; });
  std::vector<int32_t> devices;
  for (int32_t i = first + readsFirst; i <= count; ++i)
    listDevices(task, i, devices);
}

bool EveryPlan::run() {
  place(0);
  return steps <= MostSteps && !search.outOfTime();
}

bool onnx_split::placement::canSearchEveryPlan(const SearchState &search) {
  return search.problem.tasks.size() <= MostTasks &&
         search.problem.devices.size() <= MostDevices;
}

void onnx_split::placement::searchEveryPlan(SearchState &search) {
  if (!canSearchEveryPlan(search))
    return;
  EveryPlan plans(search);
  if (plans.run() && !search.closed())
    search.raiseBound(search.upper(), BoundKind::PlanSearch, search.scope);
}
