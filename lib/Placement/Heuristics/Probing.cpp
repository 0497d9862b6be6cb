//===- Probing.cpp - Placements of large problems -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Placements for 100,000 tasks on 1,000 devices: for a threshold T, walk the
/// given order, and let each stage reach as far as T and its device's memory
/// allow ("probing", Pinar and Aykanat 2004). Among the unused devices of each
/// kind the one that loses least of its time to the last task that does not fit
/// comes next. T is found by bisection. One probe takes O(stages (log tasks +
/// width of the cut)). Proves nothing.
///
//===----------------------------------------------------------------------===//

#include "Heuristics.h"

#include "../GivenOrder/CutTable.h"
#include "../Tables/TaskSums.h"
#include "../Tables/WeightStreams.h"

#include <map>
#include <tuple>

using namespace onnx_split::placement;

namespace {

class Prober {
public:
  explicit Prober(SearchState &searchState);
  /// False where the problem has pins, tensors that must be cut or a least
  /// number of stages, which probing knows nothing of.
  bool applies() const;
  void run();

private:
  void sumMemory();
  void listDevices();
  bool probe(int64_t threshold);
  int32_t reach(int32_t device, int32_t cut, int64_t threshold) const;
  int64_t streamNs(int32_t device, int32_t begin, int32_t end) const;
  bool fitsMemory(int32_t device, int32_t from, int32_t to) const;
  bool canReceive(int32_t device, int32_t cut, int64_t threshold);
  double utilisation(int32_t device, int32_t from, int32_t to,
                     int64_t threshold) const;

  SearchState &search;
  const Problem &p;
  CutTable table;
  WeightStreams streams;
  TaskSums times;
  int32_t numTasks, lastCut, maxStages;
  /// Weights before each task, each once for each stretch without a cut in
  /// which it is read.
  std::vector<Wide> weights;
  /// More than what is live at each step, whatever the stage.
  RangeMax<int64_t> live;
  /// Open bytes of each cut, for buffers at both ends.
  std::vector<Wide> openBytes;
  /// Devices that compute and stream equally fast and have equal memory, the
  /// fastest first. Before `next`, all devices of the list are used.
  struct Kind {
    std::vector<int32_t> devices;
    size_t next = 0;
  };
  std::vector<Kind> kinds;
  Placement plan;
  std::vector<char> isUsed;
};

} // namespace

Prober::Prober(SearchState &searchState)
    : search(searchState), p(search.problem), table(p), streams(p), times(p),
      numTasks(static_cast<int32_t>(p.tasks.size())),
      lastCut(static_cast<int32_t>(table.cuts().size()) - 1),
      maxStages(static_cast<int32_t>(p.devices.size())) {
  if (p.maxStages > 0)
    maxStages = std::min(maxStages, p.maxStages);
  sumMemory();
  listDevices();
}

bool Prober::applies() const {
  return p.minStages <= 1 &&
         std::none_of(p.tasks.begin(), p.tasks.end(),
                      [](const Task &task) { return task.pin != None; }) &&
         std::none_of(p.tensors.begin(), p.tensors.end(),
                      [](const Tensor &tensor) { return tensor.mustCut; });
}

void Prober::sumMemory() {
  weights.push_back(0);
  // Between which cuts each task is, and the last reader of each weight.
  int32_t between = 0;
  std::vector<int32_t> readBetween(p.weights.size(), None);
  for (int32_t t = 0; t < numTasks; ++t) {
    while (between < lastCut && table.cuts()[between + 1] <= t)
      ++between;
    Wide sum = weights.back();
    for (int32_t w : p.tasks[t].weights) {
      sum += readBetween[w] == between ? 0 : p.weights[w].bytes;
      readBetween[w] = between;
    }
    weights.push_back(sum);
  }
  std::vector<Wide> change(numTasks + 1, 0);
  for (const Tensor &tensor : p.tensors) {
    int32_t last = tensor.consumers.empty() ? 0 : tensor.consumers.back();
    int32_t first = std::max(tensor.producer, 0);
    last = std::max(last, first);
    // An output lasts to the end of its stage, wherever that is, and an alias
    // keeps its storage.
    if (tensor.isOutput || tensor.aliasOf != None)
      last = numTasks - 1;
    change[first] += tensor.bytes;
    change[last + 1] -= tensor.bytes;
  }
  std::vector<int64_t> sums;
  Wide sum = 0;
  for (int32_t t = 0; t < numTasks; ++t)
    sums.push_back(saturate(sum += change[t]));
  live = RangeMax<int64_t>(std::move(sums));
  for (int32_t cut = 0; cut <= lastCut; ++cut) {
    Wide bytes = 0;
    for (const OpenTensor &open : table.open(cut))
      bytes += Wide(p.tensors[open.tensor].bytes) * open.readersLeft;
    openBytes.push_back(bytes);
  }
}

/// The faster ones first, so that ties leave the slow ones.
void Prober::listDevices() {
  std::map<std::tuple<Wide, int32_t, int64_t, int64_t, int64_t>, Kind> byKind;
  for (size_t d = 0; d < p.devices.size(); ++d) {
    const Device &device = p.devices[d];
    byKind[{times.allTime(device.speedClass), device.speedClass, device.room(),
            device.weightCache, device.streamRate}]
        .devices.push_back(static_cast<int32_t>(d));
  }
  for (auto &[key, kind] : byKind)
    kinds.push_back(std::move(kind));
}

/// Conservative: more than the stage needs.
bool Prober::fitsMemory(int32_t device, int32_t from, int32_t to) const {
  int64_t cap = p.devices[device].room();
  if (cap == Unlimited)
    return true;
  int32_t begin = table.cuts()[from], end = table.cuts()[to];
  return weights[end] - weights[begin] + live(begin, end) +
             2 * (openBytes[from] + openBytes[to]) <=
         cap;
}

/// Grows with the stage but where weights are shared.
int64_t Prober::streamNs(int32_t device, int32_t begin, int32_t end) const {
  const Device &runner = p.devices[device];
  return runner.streams()
             ? streamTime(runner,
                          streams.streamed(runner.weightCache, begin, end))
             : 0;
}

/// The last cut that a stage of the device from `cut` can reach; `cut` if none.
int32_t Prober::reach(int32_t device, int32_t cut, int64_t threshold) const {
  int32_t speed = p.devices[device].speedClass;
  const std::vector<int32_t> &cuts = table.cuts();
  int32_t begin = cuts[cut], low = cut, high = lastCut + 1;
  TaskSums::Sum before = times.before(speed, begin);
  while (high - low > 1) {
    int32_t middle = low + (high - low) / 2, end = cuts[middle];
    TaskSums::Sum there = times.before(speed, end);
    Wide own = there.ns - before.ns;
    bool fits = own <= threshold &&
                own + streamNs(device, begin, end) <= threshold &&
                there.impossible == before.impossible &&
                fitsMemory(device, cut, middle);
    (fits ? low : high) = middle;
  }
  return low;
}

/// False where some link into the device would take longer than T, even if the
/// stage read all that is open.
bool Prober::canReceive(int32_t device, int32_t cut, int64_t threshold) {
  // Of the message from each device.
  std::vector<std::pair<int32_t, int64_t>> bytes;
  for (const OpenTensor &open : table.open(cut)) {
    int32_t from = plan.deviceOf[plan.stageOf[p.tensors[open.tensor].producer]];
    auto it = std::find_if(bytes.begin(), bytes.end(),
                           [&](auto &entry) { return entry.first == from; });
    if (it == bytes.end())
      it = bytes.insert(bytes.end(), {from, 0});
    it->second = addSaturating(it->second, p.tensors[open.tensor].sent());
    if (transferTime(p.link(from, device), it->second) > threshold)
      return false;
  }
  return true;
}

double Prober::utilisation(int32_t device, int32_t from, int32_t to,
                           int64_t threshold) const {
  int32_t speed = p.devices[device].speedClass;
  Wide own = times.time(speed, table.cuts()[from], table.cuts()[to]);
  return static_cast<double>(own) / static_cast<double>(threshold);
}

/// Builds one placement and offers it. True if it is feasible within T.
bool Prober::probe(int64_t threshold) {
  // Devices of one kind differ in their links only, so few of each will do.
  constexpr int32_t ofEach = 2, inAll = 64;
  plan.deviceOf.clear();
  plan.stageOf.assign(numTasks, 0);
  isUsed.assign(p.devices.size(), 0);
  for (Kind &kind : kinds)
    kind.next = 0;
  int32_t cut = 0;
  while (cut < lastCut) {
    if (static_cast<int32_t>(plan.deviceOf.size()) == maxStages)
      return false;
    int32_t best = None, bestEnd = cut, seen = 0;
    double bestUse = -1;
    auto consider = [&](int32_t device) {
      int32_t end = reach(device, cut, threshold);
      double use = utilisation(device, cut, end, threshold);
      // What ends the walk is as good as full.
      if (end == lastCut)
        use = 1;
      if (end > cut && use > bestUse) {
        best = device;
        bestEnd = end;
        bestUse = use;
      }
    };
    for (Kind &kind : kinds) {
      const std::vector<int32_t> &devices = kind.devices;
      while (kind.next < devices.size() && isUsed[devices[kind.next]])
        ++kind.next;
      int32_t linked = 0;
      for (size_t i = kind.next;
           i < devices.size() && linked < ofEach && seen < inAll; ++i)
        if (!isUsed[devices[i]] && canReceive(devices[i], cut, threshold)) {
          ++linked;
          ++seen;
          consider(devices[i]);
        }
    }
    if (best == None)
      return false;
    int32_t stage = static_cast<int32_t>(plan.deviceOf.size());
    std::fill(plan.stageOf.begin() + table.cuts()[cut],
              plan.stageOf.begin() + table.cuts()[bestEnd], stage);
    plan.deviceOf.push_back(best);
    isUsed[best] = 1;
    cut = bestEnd;
  }
  search.offer(plan);
  search.report();
  return search.upper() <= threshold;
}

/// Bisection by ratio. Success is not monotone in T, but nearly so.
void Prober::run() {
  int64_t low = std::max<int64_t>(search.lower(), 1);
  int64_t high = 0;
  int64_t step = low;
  while (high == 0 && !search.outOfTime()) {
    if (probe(step)) {
      high = step;
    } else {
      if (step > Unlimited / 4)
        return;
      low = step;
      step *= 2;
    }
  }
  while (high > 0 && high - low > std::max<int64_t>(1, high / 1000) &&
         !search.outOfTime()) {
    int64_t middle = low + (high - low) / 2;
    if (probe(middle))
      high = std::min(middle, search.upper());
    else
      low = middle;
  }
}

bool onnx_split::placement::searchProbes(SearchState &search) {
  Prober prober(search);
  if (!prober.applies())
    return false;
  prober.run();
  return true;
}
