//===- WeightStreams.cpp - Weights read again for each item ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightStreams.h"

using namespace onnx_split::placement;

StreamParts::StreamParts(const Problem &problem)
    : p(problem), readers(p.weights.size(), 0) {
  for (const Task &task : p.tasks)
    for (int32_t w : task.weights)
      ++readers[w];
}

/// Rounded down.
static int64_t timeOf(const Device &device, Wide bytes, int64_t parts) {
  constexpr int64_t nsPerSecond = 1000000000;
  return saturate(bytes * nsPerSecond / parts / device.streamRate);
}

int64_t StreamParts::part(const Device &device, int32_t task,
                          int64_t eighths) const {
  int64_t sum = 0;
  if (device.streams())
    for (int32_t w : p.tasks[task].weights) {
      Wide bytes = p.weights[w].bytes;
      int64_t counted = bytes > device.weightCache ? 8 : eighths;
      // What several tasks read is shared among them.
      if (!p.weights[w].isState)
        sum =
            addSaturating(sum, timeOf(device, bytes * counted, 8 * readers[w]));
    }
  return sum;
}

/// Rounded up.
int64_t StreamParts::credit(const Device &device, int64_t eighths) {
  return device.streams()
             ? addSaturating(
                   1, timeOf(device, Wide(device.weightCache) * eighths, 8))
             : 0;
}

WeightStreams::WeightStreams(const Problem &p)
    : all{0}, seen(p.weights.size(), 0) {
  int32_t n = static_cast<int32_t>(p.tasks.size());
  std::vector<std::vector<int32_t>> readers(p.weights.size());
  for (int32_t t = 0; t < n; ++t)
    for (int32_t w : p.tasks[t].weights)
      if (!p.weights[w].isState)
        readers[w].push_back(t);
  lastSharer.assign(n + 1, None);
  for (const std::vector<int32_t> &tasks : readers)
    for (size_t i = 1; i < tasks.size(); ++i) {
      isAnyShared = true;
      // Between two readers, the first is the last sharer of all tasks.
      for (int32_t t = tasks[i - 1] + 1; t <= tasks[i]; ++t)
        lastSharer[t] = std::max(lastSharer[t], tasks[i - 1]);
    }
  for (const Task &task : p.tasks) {
    Wide sum = all.back();
    for (int32_t w : task.weights) {
      if (p.weights[w].isState)
        continue;
      weights.add({w, p.weights[w].bytes});
      if (readers[w].size() == 1)
        own.add(p.weights[w].bytes);
      sum += p.weights[w].bytes;
    }
    weights.endList();
    own.endList();
    all.push_back(sum);
  }
}

int64_t WeightStreams::streamed(int64_t capacity, int32_t begin,
                                int32_t end) const {
  if (!isAnyShared || isWithin(capacity, begin, end))
    return leastStreamed(capacity, begin, end);
  FirstFit cache(capacity);
  ++walk;
  for (int32_t t = begin; t < end; ++t)
    for (auto [weight, bytes] : weights[t]) {
      if (seen[weight] != walk)
        cache.add(bytes);
      seen[weight] = walk;
    }
  return saturate(cache.streamed());
}

int64_t WeightStreams::leastStreamed(int64_t capacity, int32_t begin,
                                     int32_t end) const {
  if (isWithin(capacity, begin, end))
    return 0;
  FirstFit cache(capacity);
  for (int32_t t = begin; t < end; ++t)
    for (int64_t bytes : own[t])
      cache.add(bytes);
  return saturate(cache.streamed());
}

bool WeightStreams::growsBackwards(int64_t capacity, int32_t later,
                                   int32_t earlier, int32_t end) const {
  return lastSharer[later] < earlier || isWithin(capacity, earlier, end);
}
