//===- Evaluate.cpp - The SUM model by definition -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Sum.h"

#include <algorithm>
#include <set>

using namespace onnx_split;
using namespace onnx_split::placement;

std::string SumProblem::check() const {
  // Each figure is counted at most once per device in a load. So with 64
  // devices, times that add up to 2^54 make loads that add up to 2^60.
  int64_t left = int64_t(1) << 54, bytesLeft = int64_t(1) << 61;
  if (numAccelerators < 0 || numCpus < 0 || numAccelerators > 64 ||
      numCpus > 64 || numAccelerators + numCpus < 1 ||
      numAccelerators + numCpus > 64)
    return "there must be 1 to 64 devices";
  if (capacity < 0)
    return "the capacity is negative";
  for (size_t t = 0; t < tasks.size(); ++t) {
    const SumTask &task = tasks[t];
    std::string name = "task " + std::to_string(t);
    for (int64_t time :
         {task.acceleratorTime, task.cpuTime, task.communicationCost}) {
      if (time < 0)
        return name + " has a negative time";
      if (time > left)
        return "the times are too large";
      left -= time;
    }
    if (task.size < 0 || task.size > bytesLeft)
      return name + ": the size is negative or the sizes are too large";
    bytesLeft -= task.size;
    if (task.colour < None)
      return name + " has a negative colour";
  }
  for (auto [from, to] : edges)
    if (from < 0 || to < 0 || from >= static_cast<int32_t>(tasks.size()) ||
        to >= static_cast<int32_t>(tasks.size()))
      return "an edge names a task that does not exist";
  for (auto [from, to] : edges)
    if (tasks[from].isBackward && !tasks[to].isBackward)
      return "task " + std::to_string(to) + " of the forward pass reads task " +
             std::to_string(from) + " of the backward pass";
  return "";
}

std::vector<std::pair<int32_t, int32_t>>
placement::contiguityEdges(const SumProblem &problem) {
  std::set<int32_t> forwardColours;
  for (const SumTask &task : problem.tasks)
    if (!task.isBackward && task.colour != None)
      forwardColours.insert(task.colour);
  // Without a forward task to follow.
  auto isOrphan = [&](const SumTask &task) {
    return task.isBackward && !forwardColours.count(task.colour);
  };
  std::vector<std::pair<int32_t, int32_t>> result;
  for (auto [from, to] : problem.edges) {
    const SumTask &producer = problem.tasks[from], &reader = problem.tasks[to];
    if (!producer.isBackward && !reader.isBackward)
      result.push_back({from, to});
    else if (producer.isBackward && reader.isBackward &&
             (isOrphan(producer) || isOrphan(reader)))
      result.push_back({to, from});
  }
  return result;
}

bool placement::isContiguous(const SumProblem &problem,
                             const std::vector<int32_t> &deviceOf) {
  size_t devices = problem.numAccelerators + problem.numCpus;
  // By device, a bit for each device that has to come before it.
  std::vector<uint64_t> before(devices, 0);
  for (auto [from, to] : contiguityEdges(problem))
    if (deviceOf[from] != deviceOf[to])
      before[deviceOf[to]] |= uint64_t(1) << deviceOf[from];
  // Each round places at least one device, or there is no order.
  uint64_t placed = 0;
  for (size_t round = 0; round < devices; ++round)
    for (size_t d = 0; d < devices; ++d)
      if ((before[d] & ~placed) == 0)
        placed |= uint64_t(1) << d;
  return std::all_of(before.begin(), before.end(),
                     [&](uint64_t others) { return (others & ~placed) == 0; });
}

SumEvaluation placement::evaluateSum(const SumProblem &problem,
                                     const std::vector<int32_t> &deviceOf) {
  SumEvaluation result;
  int32_t devices = problem.numAccelerators + problem.numCpus;
  result.load.resize(devices);
  result.size.resize(devices);
  auto isAccelerator = [&](int32_t d) { return d < problem.numAccelerators; };
  std::vector<std::pair<int32_t, int32_t>> colours;
  for (size_t t = 0; t < problem.tasks.size(); ++t) {
    const SumTask &task = problem.tasks[t];
    int32_t device = deviceOf[t];
    bool fast = isAccelerator(device);
    result.load[device] += fast ? task.acceleratorTime : task.cpuTime;
    result.size[device] += task.size;
    result.feasible &= !fast || task.onAccelerator;
    if (task.colour != None)
      colours.emplace_back(task.colour, device);
  }
  std::sort(colours.begin(), colours.end());
  for (size_t i = 1; i < colours.size(); ++i)
    result.feasible &= colours[i - 1].first != colours[i].first ||
                       colours[i - 1].second == colours[i].second;

  // [task][device]: some reader is there. A cost counts once for each device,
  // however many readers it has.
  std::vector<std::vector<char>> reads(problem.tasks.size(),
                                       std::vector<char>(devices));
  for (auto [from, to] : problem.edges)
    reads[from][deviceOf[to]] = true;
  for (size_t t = 0; t < problem.tasks.size(); ++t) {
    int64_t cost = problem.tasks[t].communicationCost;
    bool leaves = false;
    for (int32_t d = 0; d < devices; ++d)
      if (reads[t][d] && d != deviceOf[t]) {
        leaves = true;
        if (isAccelerator(d))
          result.load[d] += cost;
      }
    if (leaves && isAccelerator(deviceOf[t]))
      result.load[deviceOf[t]] += cost;
  }
  for (int32_t d = 0; d < devices; ++d) {
    result.objective = std::max(result.objective, result.load[d]);
    result.feasible &= !isAccelerator(d) || result.size[d] <= problem.capacity;
  }
  return result;
}
