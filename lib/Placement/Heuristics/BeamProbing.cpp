//===- BeamProbing.cpp - Paths of stages over the links there are ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Probing that steps back: for a threshold T, a beam (Ow and Morton 1988) of
/// partial plans over the given order, all with as many stages, is extended by
/// one stage at a time. Which device comes next decides which ones can still be
/// reached, where links are missing; so partial plans are compared by what the
/// devices that can be reached could do beyond what is left to do. T is found
/// by bisection. Proves nothing.
///
//===----------------------------------------------------------------------===//

#include "DevicesAhead.h"
#include "Heuristics.h"

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace onnx_split::placement;

namespace {

/// How much is kept and tried. Widths and steps are those of one threshold.
struct BeamLimits {
  /// Partial plans of as many stages, and those of them whose last stage is on
  /// one device or ends at one cut on one device.
  size_t width = 8, perDevice = 3, perEnd = 3;
  /// Ends of a stage: the furthest, and earlier ones that fewer bytes cross,
  /// where what crosses the furthest takes too long over some link.
  int32_t ends = 3;
  /// Devices of each kind that are tried for a stage, where all are linked.
  int32_t ofEachKind = 3;
  /// Complete plans that turn out not to be within the threshold.
  int32_t misses = 8;
};

class BeamProber {
public:
  BeamProber(SearchState &searchState, int32_t scale);
  void run();

private:
  /// A stage of a partial plan, and the one before it.
  struct Stage {
    int32_t before, device, endCut;
  };
  /// A partial plan by its last stage, or None for the empty one. The devices
  /// that it uses are a row of `used`.
  struct Partial {
    int32_t stage = None;
    int32_t endCut = 0;
  };
  /// A partial plan that one more stage would make, and what it has to spare.
  struct Child {
    int32_t parent, device, endCut;
    double spare;
    /// The best first; equal ones in the order in which they were made.
    bool operator<(const Child &other) const {
      if (spare != other.spare)
        return spare > other.spare;
      return std::tie(parent, device, endCut) <
             std::tie(other.parent, other.device, other.endCut);
    }
  };
  /// What stages from some cut on may read, by the first reader, and where it
  /// is.
  struct Received {
    int32_t reader, lastReader, holder;
    int64_t bytes;
  };

  void listKinds();
  void listEnds();
  bool findPlan(int64_t threshold);
  void extend(size_t index, int64_t threshold);
  void listReceived(const Partial &partial);
  void listCandidates(const Partial &partial, const uint64_t *used);
  int32_t lastReadable(int32_t device, int64_t threshold);
  int32_t reach(int32_t device, int32_t cut, int64_t threshold);
  int32_t withinMemory(int32_t device, int32_t cut, int32_t end);
  bool coversPins(int32_t device, int32_t cut, int32_t end) const;
  void addChild(size_t index, int32_t device, int32_t end);
  void select();
  bool complete(const Partial &parent, int32_t device, int64_t threshold);

  SearchState &search;
  const Problem &p;
  FixedOrder order;
  DevicesAhead ahead;
  BeamLimits limits;
  int32_t numDevices, lastCut, maxStages;
  size_t words;
  /// By device: the devices that are as fast and have as much room.
  std::vector<int32_t> kindOf;
  int32_t numKinds = 0;
  /// By cut: the last one before it that fewer bytes cross, and how long what
  /// crosses it takes over the slowest link.
  std::vector<int32_t> cheaperEnd;
  std::vector<int64_t> slowestNs;
  /// By device: the first and the last task that is pinned to it.
  std::vector<std::pair<int32_t, int32_t>> pinned;

  std::vector<Stage> stages;
  std::vector<Partial> beam, nextBeam;
  std::vector<uint64_t> used, nextUsed;
  std::vector<Child> children;
  // Of the partial plan that is being extended.
  std::vector<Received> received;
  std::vector<int32_t> candidates;
  std::vector<std::pair<int32_t, int64_t>> bytesFrom;
  /// Devices that hold what is made and still read.
  std::vector<int32_t> holders;
  DeviceSet unused;
  std::vector<int32_t> triedOfKind;
  int32_t missesLeft = 0;
  bool found = false;
};

} // namespace

BeamProber::BeamProber(SearchState &searchState, int32_t scale)
    : search(searchState), p(search.problem), order(p), ahead(order),
      numDevices(static_cast<int32_t>(p.devices.size())),
      lastCut(static_cast<int32_t>(order.table().cuts().size()) - 1),
      maxStages(order.devices().maxStages()), words((numDevices + 63) / 64) {
  limits.width *= scale;
  limits.perDevice *= scale;
  listKinds();
  listEnds();
  pinned.assign(numDevices, {None, None});
  for (int32_t t = 0; t < order.numTasks(); ++t)
    if (int32_t device = p.tasks[t].pin; device != None) {
      if (pinned[device].first == None)
        pinned[device].first = t;
      pinned[device].second = t;
    }
}

void BeamProber::listKinds() {
  std::vector<std::tuple<int32_t, int64_t, int64_t, int64_t>> keys, kinds;
  for (const Device &device : p.devices)
    keys.push_back({device.speedClass, device.room(), device.weightCache,
                    device.streamRate});
  kinds = keys;
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  for (const auto &key : keys)
    kindOf.push_back(static_cast<int32_t>(
        std::lower_bound(kinds.begin(), kinds.end(), key) - kinds.begin()));
  numKinds = static_cast<int32_t>(kinds.size());
}

void BeamProber::listEnds() {
  Link slowest;
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      if (const Link &link = p.link(from, to);
          from != to && link.bitsPerSecond > 0) {
        slowest.bitsPerSecond =
            std::min(slowest.bitsPerSecond, link.bitsPerSecond);
        slowest.messageNs = std::max(slowest.messageNs, link.messageNs);
      }
  std::vector<Wide> bytes;
  std::vector<int32_t> cheaper;
  for (int32_t cut = 0; cut <= lastCut; ++cut) {
    Wide open = 0;
    for (const OpenTensor &tensor : order.table().open(cut))
      open += p.tensors[tensor.tensor].sent();
    bytes.push_back(open);
    slowestNs.push_back(transferTime(slowest, saturate(open)));
    while (!cheaper.empty() && bytes[cheaper.back()] >= open)
      cheaper.pop_back();
    cheaperEnd.push_back(cheaper.empty() ? None : cheaper.back());
    cheaper.push_back(cut);
  }
}

/// Where everything is that is made before the end of the partial plan and read
/// behind it, and the inputs, by the first reader.
void BeamProber::listReceived(const Partial &partial) {
  received.clear();
  const std::vector<int32_t> &cuts = order.table().cuts();
  for (const OpenTensor &open : order.table().open(partial.endCut)) {
    const Tensor &tensor = p.tensors[open.tensor];
    // From the last stage back to the one that makes it.
    int32_t stage = partial.stage;
    while (stages[stage].before != None &&
           cuts[stages[stages[stage].before].endCut] > tensor.producer)
      stage = stages[stage].before;
    received.push_back({open.nextReader, tensor.consumers.back(),
                        stages[stage].device, tensor.sent()});
  }
  if (p.ingress == None)
    return;
  for (const OpenTensor &open : order.table().inputs(partial.endCut))
    received.push_back({open.nextReader,
                        p.tensors[open.tensor].consumers.back(), p.ingress,
                        p.tensors[open.tensor].sent()});
  std::stable_sort(
      received.begin(), received.end(),
      [](const Received &a, const Received &b) { return a.reader < b.reader; });
}

/// Unused devices that are linked from wherever the next tasks must read.
void BeamProber::listCandidates(const Partial &partial,
                                const uint64_t *usedHere) {
  candidates.clear();
  unused = ahead.unused(usedHere);
  int32_t firstEnd = order.table().cuts()[partial.endCut + 1];
  for (const Received &entry : received) {
    if (entry.reader >= firstEnd)
      break;
    for (size_t w = 0; w < words; ++w)
      unused[w] &= ahead.linkedTo(entry.holder)[w];
  }
  for (size_t w = 0; w < words; ++w)
    for (uint64_t bits = unused[w]; bits != 0; bits &= bits - 1)
      candidates.push_back(static_cast<int32_t>(w * 64) +
                           __builtin_ctzll(bits));
  // Devices of one kind differ in their links only, so few of each will do
  // where many are linked.
  constexpr size_t few = 24;
  if (candidates.size() <= few || partial.stage == None)
    return;
  triedOfKind.assign(numKinds, 0);
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&](int32_t device) {
                                    return ++triedOfKind[kindOf[device]] >
                                           limits.ofEachKind;
                                  }),
                   candidates.end());
}

/// The first task that the device could not run behind the cut because of what
/// it reads: a link is missing, or its message takes more than T.
int32_t BeamProber::lastReadable(int32_t device, int64_t threshold) {
  bytesFrom.clear();
  for (const Received &entry : received) {
    if (entry.holder == device)
      continue;
    auto it =
        std::find_if(bytesFrom.begin(), bytesFrom.end(), [&](const auto &from) {
          return from.first == entry.holder;
        });
    if (it == bytesFrom.end())
      it = bytesFrom.insert(bytesFrom.end(), {entry.holder, 0});
    it->second = addSaturating(it->second, entry.bytes);
    if (transferTime(p.link(entry.holder, device), it->second) > threshold)
      return entry.reader;
  }
  return order.numTasks();
}

/// The last cut that a stage of the device from `cut` can end at, links into it
/// considered; `cut` if none.
int32_t BeamProber::reach(int32_t device, int32_t cut, int64_t threshold) {
  const std::vector<int32_t> &cuts = order.table().cuts();
  int32_t begin = cuts[cut];
  int32_t limit = std::min(order.structuralEnd(device, begin),
                           lastReadable(device, threshold));
  int32_t low = cut, high = lastCut + 1;
  while (high - low > 1) {
    int32_t middle = low + (high - low) / 2, end = cuts[middle];
    bool fits = end <= limit &&
                order.compute(device, begin, end) <= threshold &&
                order.stageTime(device, begin, end) <= threshold &&
                order.egressTime(device, begin, end) <= threshold;
    (fits ? low : high) = middle;
  }
  return withinMemory(device, cut, low);
}

/// The last cut up to `end` at which a stage of the device fits its memory.
int32_t BeamProber::withinMemory(int32_t device, int32_t cut, int32_t end) {
  if (end == cut || !order.hasMemoryLimit(device))
    return end;
  end = std::min(end, order.memoryReach(device, cut));
  int64_t cap = p.devices[device].room();
  // What is sent may be less at an earlier end.
  for (int32_t tries = 64; end > cut && tries > 0; --end, --tries)
    if (addSaturating(order.memory().withoutSends(device, cut, end),
                      order.memory().sendBytes(cut, end)) <= cap)
      return end;
  return cut;
}

/// All tasks that are pinned to the device are in its one stage.
bool BeamProber::coversPins(int32_t device, int32_t cut, int32_t end) const {
  auto [first, last] = pinned[device];
  const std::vector<int32_t> &cuts = order.table().cuts();
  return first == None || (cuts[cut] <= first && last < cuts[end]);
}

/// One that cannot be completed is left out.
void BeamProber::addChild(size_t index, int32_t device, int32_t end) {
  int32_t position = order.table().cuts()[end];
  holders.clear();
  for (const Received &entry : received)
    if (entry.lastReader >= position && entry.holder != p.ingress)
      holders.push_back(entry.holder);
  if (std::optional<double> spare = ahead.spareBehind(device, end, holders))
    children.push_back({static_cast<int32_t>(index), device, end, *spare});
}

void BeamProber::extend(size_t index, int64_t threshold) {
  const Partial &partial = beam[index];
  int32_t numStages = 1;
  for (int32_t s = partial.stage; s != None; s = stages[s].before)
    ++numStages;
  listReceived(partial);
  listCandidates(partial, used.data() + index * words);
  ahead.follow(used.data() + index * words, numStages - 1);
  for (int32_t device : candidates) {
    int32_t end = reach(device, partial.endCut, threshold);
    if (end == lastCut && coversPins(device, partial.endCut, end) &&
        complete(partial, device, threshold))
      return;
    for (int32_t i = 0; i < limits.ends && end != None && end > partial.endCut;
         ++i, end = cheaperEnd[end]) {
      if (end < lastCut && coversPins(device, partial.endCut, end))
        addChild(index, device, end);
      if (slowestNs[end] <= threshold && end < lastCut)
        break;
    }
  }
}

/// Offers the plan. True if the search is over: it is within the threshold.
bool BeamProber::complete(const Partial &parent, int32_t device,
                          int64_t threshold) {
  Placement plan;
  plan.stageOf.assign(order.numTasks(), 0);
  plan.deviceOf = {device};
  std::vector<int32_t> ends;
  for (int32_t s = parent.stage; s != None; s = stages[s].before) {
    plan.deviceOf.push_back(stages[s].device);
    ends.push_back(order.table().cuts()[stages[s].endCut]);
  }
  std::reverse(plan.deviceOf.begin(), plan.deviceOf.end());
  std::reverse(ends.begin(), ends.end());
  for (size_t i = 0; i < ends.size(); ++i)
    std::fill(plan.stageOf.begin() + ends[i], plan.stageOf.end(),
              static_cast<int32_t>(i) + 1);
  search.offer(plan);
  search.report();
  found = search.upper() <= threshold;
  --missesLeft;
  return found || missesLeft == 0;
}

/// The best of the children become the beam.
void BeamProber::select() {
  // Far more than are kept, so that few of them need to be sorted.
  size_t enough = std::min(children.size(), 8 * limits.width);
  std::partial_sort(children.begin(), children.begin() + std::ptrdiff_t(enough),
                    children.end());
  children.erase(children.begin() + std::ptrdiff_t(enough), children.end());
  nextBeam.clear();
  nextUsed.clear();
  std::vector<size_t> ofDevice(numDevices, 0);
  std::vector<std::pair<int32_t, int32_t>> ends;
  for (const Child &child : children) {
    if (nextBeam.size() == limits.width)
      break;
    if (ofDevice[child.device] == limits.perDevice)
      continue;
    std::pair<int32_t, int32_t> key = {child.device, child.endCut};
    if (static_cast<size_t>(std::count(ends.begin(), ends.end(), key)) ==
        limits.perEnd)
      continue;
    const uint64_t *before = used.data() + child.parent * words;
    nextUsed.insert(nextUsed.end(), before, before + words);
    uint64_t *now = nextUsed.data() + nextBeam.size() * words;
    now[child.device / 64] |= uint64_t(1) << (child.device % 64);
    // The same devices in another order are worth one place.
    bool isKnown = false;
    for (size_t i = 0; i < ends.size() && !isKnown; ++i)
      isKnown = ends[i] == key &&
                std::equal(now, now + words, nextUsed.data() + i * words);
    if (isKnown) {
      nextUsed.resize(nextBeam.size() * words);
      continue;
    }
    ++ofDevice[child.device];
    ends.push_back(key);
    stages.push_back({beam[child.parent].stage, child.device, child.endCut});
    nextBeam.push_back({static_cast<int32_t>(stages.size()) - 1, child.endCut});
  }
  beam.swap(nextBeam);
  used.swap(nextUsed);
}

/// True if a plan within the threshold was offered.
bool BeamProber::findPlan(int64_t threshold) {
  ahead.setThreshold(threshold);
  stages.clear();
  missesLeft = limits.misses;
  found = false;
  beam.assign(1, Partial());
  used.assign(words, 0);
  for (int32_t level = 0; level < maxStages && !beam.empty(); ++level) {
    children.clear();
    for (size_t i = 0; i < beam.size(); ++i) {
      if (search.outOfTime())
        return false;
      extend(i, threshold);
      if (found || missesLeft == 0)
        return found;
    }
    select();
  }
  return false;
}

/// Thresholds grow from the bound until there is a plan, even if a worse one is
/// known: less to spare tells partial plans apart better. Then bisection, by
/// ratio while the ends are far apart. Success is not monotone in T, but nearly
/// so.
void BeamProber::run() {
  int64_t low = std::max<int64_t>(search.lower(), 1);
  for (double step = 0.01; !search.outOfTime(); step *= 2) {
    double next = static_cast<double>(low) * (1 + step);
    if (next >= static_cast<double>(search.upper()))
      break;
    int64_t threshold = static_cast<int64_t>(next);
    if (findPlan(threshold))
      break;
    low = threshold;
  }
  if (!search.result.found)
    return;
  int64_t high = search.upper();
  while (high - low > std::max<int64_t>(1, high / 1000) &&
         !search.outOfTime()) {
    int64_t middle = low + (high - low) / 2;
    if (high / 2 > low)
      middle = static_cast<int64_t>(
          std::sqrt(static_cast<double>(low) * static_cast<double>(high)));
    if (findPlan(middle))
      high = std::min(middle, search.upper());
    else
      low = middle;
  }
}

void onnx_split::placement::searchBeamProbes(SearchState &search,
                                             int32_t scale) {
  BeamProber(search, scale).run();
}
