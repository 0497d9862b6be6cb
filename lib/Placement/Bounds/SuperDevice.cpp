//===- SuperDevice.cpp - Every device as good as the best ones ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LB3: let every device run each task as fast as the fastest one does and have
/// the memory of the largest one, and every link be as good as the best ones.
/// For contiguous stages of the fixed order, "is there a plan within T?" then
/// has a simple answer: let each stage reach as far as it can among the cuts
/// whose tensors pass within T, and count the stages (Pinar and Aykanat 2004).
/// Reaching further never hurts, because a part of a feasible stage is feasible
/// and every device is the same. Memory counts weights with one reader, and so
/// does what is streamed past the largest cache at the best rate.
///
//===----------------------------------------------------------------------===//

#include "Bounds.h"

#include "../GivenOrder/CutTable.h"
#include "../Tables/Messages.h"
#include "../Tables/WeightStreams.h"

using namespace onnx_split::placement;

namespace {

class SuperDevice {
public:
  explicit SuperDevice(const Problem &problem);
  /// False: the cuts are too many to look at all of them.
  bool applies() const { return table.isComplete(); }
  bool isPossible(int64_t threshold) const;

private:
  const Problem &p;
  CutTable table;
  /// Before each task, on the fastest device.
  std::vector<Wide> work;
  /// Bytes of weights that no other task reads.
  std::vector<Wide> weights;
  std::vector<int64_t> floors;
  int64_t memory = 0;
  /// Of the largest cache and the best rate.
  Device best;
  /// By task: bytes of weights that no other task reads, states aside.
  Lists<int64_t> own;
  size_t maxStages;
};

} // namespace

SuperDevice::SuperDevice(const Problem &problem)
    : p(problem), table(problem), work{0}, weights{0},
      maxStages(p.devices.size()) {
  if (p.maxStages > 0)
    maxStages = std::min(maxStages, static_cast<size_t>(p.maxStages));
  const WorkLoad load = workOf(p);
  std::vector<int32_t> readers(p.weights.size(), 0);
  for (const Task &task : p.tasks)
    for (int32_t w : task.weights)
      ++readers[w];
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    int64_t least = Unlimited;
    for (size_t c = 0; c < load.numClasses; ++c)
      if (load.numDevices[c] > 0)
        least = std::min(least, load.time[c * load.numItems + t]);
    work.push_back(work.back() + least);
    Wide bytes = weights.back();
    for (int32_t w : p.tasks[t].weights)
      if (readers[w] == 1) {
        bytes += p.weights[w].bytes;
        if (!p.weights[w].isState)
          own.add(p.weights[w].bytes);
      }
    own.endList();
    weights.push_back(bytes);
  }
  best.weightCache = 0;
  best.streamRate = 1;
  for (const Device &device : p.devices) {
    memory = std::max(memory, device.room());
    best.weightCache = std::max(best.weightCache, device.weightCache);
    best.streamRate = std::max(best.streamRate, device.streamRate);
  }
  Link bestLink = bestLinkOf(p);
  for (size_t k = 0; k < table.cuts().size(); ++k) {
    int64_t slowest = 0;
    for (const OpenTensor &open : table.open(static_cast<int32_t>(k)))
      slowest = std::max(slowest,
                         transferTime(bestLink, p.tensors[open.tensor].sent()));
    floors.push_back(slowest);
  }
}

bool SuperDevice::isPossible(int64_t threshold) const {
  const std::vector<int32_t> &cuts = table.cuts();
  size_t begin = 0, stages = 0;
  while (begin + 1 < cuts.size()) {
    size_t reach = begin;
    FirstFit cache(best.weightCache);
    for (size_t end = begin + 1; end < cuts.size(); ++end) {
      for (int32_t t = cuts[end - 1]; best.streams() && t < cuts[end]; ++t)
        for (int64_t bytes : own[t])
          cache.add(bytes);
      if (work[cuts[end]] - work[cuts[begin]] +
                  streamTime(best, saturate(cache.streamed())) >
              threshold ||
          weights[cuts[end]] - weights[cuts[begin]] > memory)
        break;
      if (floors[end] <= threshold)
        reach = end;
    }
    if (reach == begin || ++stages > maxStages)
      return false;
    begin = reach;
  }
  return true;
}

void onnx_split::placement::boundBySuperDevice(SearchState &search) {
  SuperDevice super(search.problem);
  if (!super.applies())
    return;
  int64_t bound = leastPossible(
      search, [&](int64_t threshold) { return super.isPossible(threshold); });
  search.raiseBound(bound, BoundKind::SuperDevice, SolutionClass::FixedOrder);
}
