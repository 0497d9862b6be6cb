//===- FixedOrder.cpp - The problem, prepared for contiguous stages -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FixedOrder.h"

#include <map>

using namespace onnx_split::placement;

FixedOrder::FixedOrder(const Problem &problem) : p(problem), cutTable(problem) {
  stageLimit = std::min(numTasks(), numDevices());
  if (p.maxStages > 0)
    stageLimit = std::min(stageLimit, p.maxStages);
  groupDevices();
  prepareTimes();
  prepareMessages();
  prepareMemory();
}

/// True if exchanging the two devices in any placement changes nothing that
/// evaluate() computes, names aside.
bool FixedOrder::interchangeable(int32_t a, int32_t b) const {
  const Device &first = p.devices[a], &second = p.devices[b];
  if (first.memory != second.memory || first.speedClass != second.speedClass ||
      first.messageNs != second.messageNs || first.bytePs != second.bytePs)
    return false;
  for (int32_t device : {a, b})
    if (isPinTarget[device] || device == p.ingress || device == p.egress)
      return false;
  auto sameLink = [&](int32_t from, int32_t to, int32_t otherFrom,
                      int32_t otherTo) {
    const Link &one = p.link(from, to), &other = p.link(otherFrom, otherTo);
    size_t oneIndex = from * p.devices.size() + to;
    size_t otherIndex = otherFrom * p.devices.size() + otherTo;
    return one.bitsPerSecond == other.bitsPerSecond &&
           one.latencyNs == other.latencyNs &&
           (p.mediumOf.empty() ||
            p.mediumOf[oneIndex] == p.mediumOf[otherIndex]);
  };
  for (int32_t c = 0; c < numDevices(); ++c)
    if (c != a && c != b && (!sameLink(a, c, b, c) || !sameLink(c, a, c, b)))
      return false;
  return sameLink(a, b, b, a);
}

void FixedOrder::groupDevices() {
  isPinTarget.assign(numDevices(), 0);
  for (const Task &task : p.tasks)
    if (task.pin != None)
      isPinTarget[task.pin] = 1;
  groupOf.assign(numDevices(), None);
  for (int32_t d = 0; d < numDevices(); ++d) {
    // Exchanges with one member generate all exchanges within the group, so
    // comparing with the first member suffices.
    for (size_t g = 0; g < members.size() && groupOf[d] == None; ++g)
      if (interchangeable(members[g].front(), d))
        groupOf[d] = static_cast<int32_t>(g);
    if (groupOf[d] == None) {
      groupOf[d] = static_cast<int32_t>(members.size());
      members.emplace_back();
    }
    members[groupOf[d]].push_back(d);
  }
}

void FixedOrder::prepareTimes() {
  int32_t n = numTasks();
  size_t numClasses = n == 0 ? 0 : p.taskTime.size() / n;
  timePrefix.assign(std::max<size_t>(numClasses, 1),
                    std::vector<Wide>(n + 1, 0));
  for (size_t c = 0; c < numClasses; ++c)
    for (int32_t t = 0; t < n; ++t) {
      int64_t time = p.taskTime[c * n + t];
      timePrefix[c][t + 1] = timePrefix[c][t] + (time == Unlimited ? 0 : time);
    }
  for (const std::vector<int32_t> &group : members) {
    std::vector<int32_t> from(n + 1, n);
    for (int32_t t = n - 1; t >= 0; --t) {
      int32_t pin = p.tasks[t].pin;
      bool possible = p.timeOf(t, group.front()) != Unlimited &&
                      (pin == None || pin == group.front());
      from[t] = possible ? from[t + 1] : t;
    }
    impossibleFrom.push_back(std::move(from));
  }
  mustCutEnd.assign(n + 1, n);
  for (const Tensor &tensor : p.tensors)
    if (tensor.mustCut && tensor.producer != None && !tensor.consumers.empty())
      mustCutEnd[tensor.producer] =
          std::min(mustCutEnd[tensor.producer], tensor.consumers.front());
  for (int32_t t = n - 1; t >= 0; --t)
    mustCutEnd[t] = std::min(mustCutEnd[t], mustCutEnd[t + 1]);
}

void FixedOrder::prepareMessages() {
  std::map<std::pair<int64_t, int64_t>, int32_t> classes;
  std::vector<const Link *> links;
  linkClass.assign(p.links.size(), 0);
  for (int32_t from = 0; from < numDevices(); ++from)
    for (int32_t to = 0; to < numDevices(); ++to) {
      if (from == to)
        continue;
      const Link &link = p.link(from, to);
      auto [it, isNew] =
          classes.try_emplace({link.bitsPerSecond, link.latencyNs},
                              static_cast<int32_t>(links.size()));
      if (isNew)
        links.push_back(&link);
      linkClass[from * numDevices() + to] = it->second;
    }
  // 32 MiB at most; otherwise times are computed when asked for.
  constexpr size_t maxEntries = size_t(1) << 22;
  if (links.size() * p.tensors.size() <= maxEntries)
    for (const Link *link : links)
      for (const Tensor &tensor : p.tensors)
        messageTimes.push_back(transferTime(*link, tensor.sent()));

  // A link that is best at both rate and latency bounds them all.
  Link best{0, Unlimited};
  for (const Link *link : links)
    if (link->bitsPerSecond != 0) {
      best.bitsPerSecond = std::max(best.bitsPerSecond, link->bitsPerSecond);
      best.latencyNs = std::min(best.latencyNs, link->latencyNs);
    }
  for (size_t cut = 0; cut < cutTable.cuts().size(); ++cut) {
    int64_t bytes = -1;
    for (const OpenTensor &open : cutTable.open(static_cast<int32_t>(cut)))
      bytes = std::max(bytes, p.tensors[open.tensor].sent());
    cutFloors.push_back(bytes < 0 ? 0 : transferTime(best, bytes));
  }

  std::vector<std::pair<int32_t, int32_t>> outputs;
  outputsBefore.assign(numTasks() + 1, 0);
  for (size_t x = 0; x < p.tensors.size(); ++x)
    if (p.tensors[x].isOutput && p.tensors[x].producer != None) {
      outputs.push_back({p.tensors[x].producer, static_cast<int32_t>(x)});
      ++outputsBefore[p.tensors[x].producer + 1];
    }
  for (int32_t t = 0; t < numTasks(); ++t)
    outputsBefore[t + 1] += outputsBefore[t];
  if (p.egress == None)
    return;
  std::sort(outputs.begin(), outputs.end());
  for (int32_t d = 0; d < numDevices(); ++d) {
    std::vector<Wide> sums{0};
    for (auto [task, x] : outputs)
      sums.push_back(sums.back() +
                     (d == p.egress ? 0 : messageTime(d, p.egress, x)));
    egressPrefix.push_back(std::move(sums));
  }
}

int64_t FixedOrder::egressTime(int32_t device, int32_t begin,
                               int32_t end) const {
  if (p.egress == None)
    return 0;
  const std::vector<Wide> &sums = egressPrefix[device];
  return saturate(sums[outputsBefore[end]] - sums[outputsBefore[begin]]);
}

void FixedOrder::prepareMemory() {
  bool limited = false;
  for (const Device &device : p.devices)
    limited |= device.memory != Unlimited;
  if (!limited)
    return;
  intervalMemory = std::make_unique<IntervalMemory>(p, cutTable);
  std::vector<int64_t> most;
  for (size_t cut = 0; cut < cutTable.cuts().size(); ++cut) {
    Wide sum = 0;
    for (const OpenTensor &open : cutTable.open(static_cast<int32_t>(cut)))
      sum += 2 * Wide(p.tensors[open.tensor].bytes) *
             std::min(open.readersLeft, stageLimit);
    most.push_back(saturate(sum));
  }
  mostSends = RangeMax<int64_t>(std::move(most));
  memoryReaches.assign(members.size(),
                       std::vector<int32_t>(cutTable.cuts().size(), None));
  safeReaches = memoryReaches;
}

/// Largest cut that `fits`, which never holds again once it fails. Gallops from
/// the answer for the cut before, which is close by.
template <typename Fits>
int32_t FixedOrder::reach(std::vector<std::vector<int32_t>> &memo,
                          int32_t device, int32_t cut, Fits fits) {
  int32_t &known = memo[groupOf[device]][cut];
  if (known != None)
    return known;
  int32_t last = static_cast<int32_t>(cutTable.cuts().size()) - 1;
  // `low` fits (nothing to fit at `cut` itself), `high` does not.
  int32_t low = cut, high = last + 1;
  int32_t guess = cut + 1;
  if (cut > 0 && memo[groupOf[device]][cut - 1] != None)
    guess = std::max(guess, memo[groupOf[device]][cut - 1]);
  for (int32_t step = 1; guess < high && guess > low; step *= 2) {
    if (fits(guess)) {
      low = guess;
      guess = std::min(last, guess + step);
    } else {
      high = guess;
      guess = std::max(low, guess - step);
    }
  }
  while (high - low > 1) {
    int32_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return known = low;
}

int32_t FixedOrder::memoryReach(int32_t device, int32_t cut) {
  if (!hasMemoryLimit(device))
    return static_cast<int32_t>(cutTable.cuts().size()) - 1;
  int64_t cap = p.devices[device].memory;
  return reach(memoryReaches, device, cut, [&](int32_t end) {
    return intervalMemory->withoutSends(cut, end) <= cap;
  });
}

int32_t FixedOrder::safeReach(int32_t device, int32_t cut) {
  if (!hasMemoryLimit(device))
    return static_cast<int32_t>(cutTable.cuts().size()) - 1;
  int64_t cap = p.devices[device].memory;
  return reach(safeReaches, device, cut, [&](int32_t end) {
    return addSaturating(intervalMemory->withoutSends(cut, end),
                         mostSends(cut + 1, end + 1)) <= cap;
  });
}
