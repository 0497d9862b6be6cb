//===- Core.cpp - The problem without its small tasks ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Core.h"

#include "../Tables/Graph.h"
#include "../Tables/Reach.h"
#include "../Tables/Wide.h"

#include <algorithm>

using namespace onnx_split::placement;

/// By task, how many others are neither before nor behind it. Where tasks are
/// many, as if that were one for each.
static std::vector<int64_t> countBeside(const Problem &p) {
  size_t n = p.tasks.size();
  constexpr size_t many = 5000;
  if (n > many)
    return std::vector<int64_t>(n, 1);
  // Each is in order with itself, which counts twice.
  std::vector<int64_t> beside(n, static_cast<int64_t>(n) + 1);
  forEachPairInOrder(
      p, [&](size_t a, size_t b) { --beside[a], --beside[b]; },
      [] { return false; });
  return beside;
}

/// Which tasks stay: what has none beside it, which makes no ideals; and what
/// takes most time for so many beside it.
static std::vector<char> chooseTasks(const Problem &p, int64_t permyriad) {
  constexpr int64_t whole = 10000;
  size_t n = p.tasks.size();
  std::vector<int64_t> least(n, Unlimited), beside = countBeside(p);
  std::vector<size_t> order;
  Wide work = 0, left = 0;
  for (size_t t = 0; t < n; ++t) {
    for (const Device &device : p.devices)
      least[t] = std::min(least[t], p.taskTime[device.speedClass * n + t]);
    work += least[t];
    if (beside[t] > 0)
      order.push_back(t);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return Wide(least[a]) * beside[b] < Wide(least[b]) * beside[a];
  });
  std::vector<char> stays(n, true);
  for (size_t t : order) {
    left += least[t];
    if (left * whole > work * permyriad)
      break;
    stays[t] = false;
  }
  return stays;
}

Core::Core(const Problem &p, int64_t permyriad) : core(p) {
  std::vector<char> stays = chooseTasks(p, permyriad);
  size_t n = p.tasks.size();
  core.tasks.clear();
  core.tensors.clear();
  core.taskTime.clear();
  numberOf.assign(n, None);
  for (size_t t = 0; t < n; ++t)
    if (stays[t]) {
      numberOf[t] = static_cast<int32_t>(core.tasks.size());
      core.tasks.push_back(p.tasks[t]);
    }
  for (size_t i = 0; i < p.taskTime.size(); ++i)
    if (stays[i % n])
      core.taskTime.push_back(p.taskTime[i]);
  // Without a task a weight may be read later, and more be streamed: so nothing
  // is, which takes the least time.
  for (Device &device : core.devices)
    device.weightCache = device.streamRate = Unlimited;
  // A stage of small tasks alone is gone with them.
  core.minStages = 0;
  core.sequences = 0;
  for (const Tensor &tensor : p.tensors) {
    Tensor left = tensor;
    if (tensor.producer != None)
      left.producer = numberOf[tensor.producer];
    if (tensor.producer != None && left.producer == None)
      continue;
    left.consumers.clear();
    for (int32_t reader : tensor.consumers)
      if (numberOf[reader] != None)
        left.consumers.push_back(numberOf[reader]);
    left.messageBytes = tensor.sent();
    left.bytes = 0;
    left.aliasOf = None;
    if (!left.consumers.empty() || (left.isOutput && left.producer != None))
      core.tensors.push_back(std::move(left));
  }
  listEdges(p);
}

/// From each task to those that it leads to through tasks that are gone.
void Core::listEdges(const Problem &p) {
  Graph graph(p);
  std::vector<std::vector<int32_t>> origins(p.tasks.size()),
      readers(core.tasks.size());
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    std::vector<int32_t> &mine = origins[t];
    for (int32_t x : graph.readBy(static_cast<int32_t>(t))) {
      int32_t producer = p.tensors[x].producer;
      if (producer == None)
        continue;
      if (numberOf[producer] == None)
        mine.insert(mine.end(), origins[producer].begin(),
                    origins[producer].end());
      else if (numberOf[t] == None)
        mine.push_back(numberOf[producer]);
    }
    std::sort(mine.begin(), mine.end());
    mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
    if (numberOf[t] == None)
      continue;
    for (int32_t origin : mine)
      readers[origin].push_back(numberOf[t]);
  }
  for (size_t t = 0; t < readers.size(); ++t) {
    if (readers[t].empty())
      continue;
    Tensor order;
    order.name = "order";
    order.producer = static_cast<int32_t>(t);
    order.consumers = std::move(readers[t]);
    core.tensors.push_back(std::move(order));
  }
}

Placement Core::of(const Placement &plan) const {
  std::vector<int32_t> number(plan.deviceOf.size(), None);
  for (size_t t = 0; t < numberOf.size(); ++t)
    if (numberOf[t] != None)
      number[plan.stageOf[t]] = 0;
  Placement left;
  for (size_t s = 0; s < number.size(); ++s)
    if (number[s] != None) {
      number[s] = static_cast<int32_t>(left.deviceOf.size());
      left.deviceOf.push_back(plan.deviceOf[s]);
    }
  for (size_t t = 0; t < numberOf.size(); ++t)
    if (numberOf[t] != None)
      left.stageOf.push_back(number[plan.stageOf[t]]);
  return left;
}

bool Core::hasFreeOrder() const {
  if (core.hasOverheads())
    return false;
  int32_t numDevices = static_cast<int32_t>(core.devices.size());
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (from != to && transferTime(core.link(from, to), 0) != 0)
        return false;
  return true;
}
