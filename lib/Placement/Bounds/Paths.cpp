//===- Paths.cpp - Bounds of latency that need no search ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The critical path, for every plan; and the path of blocks, for contiguous
/// ones, in which only stages inside of a block save anything. docs/Planner.md
/// has the proofs.
///
//===----------------------------------------------------------------------===//

#include "Bounds.h"

#include "../Tables/Graph.h"
#include "../Tables/Wide.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace onnx_split::placement;

namespace {

class Paths {
public:
  explicit Paths(const Problem &problem);
  /// In ns; Unlimited where some task can run nowhere.
  int64_t longest() const;
  int64_t longestOfBlocks();

private:
  /// Heavy tasks behind one join and before the next.
  struct Block {
    int32_t from = None, to = None;
    std::vector<int32_t> tasks;
  };

  /// Devices of equal speed, and the time of each task there or on those that
  /// come later.
  struct DeviceClass {
    int32_t count = 0;
    std::vector<int64_t> time;
  };

  int64_t leastTime(int32_t task) const;
  int64_t heavyTime(int32_t task) const {
    return isHeavy[task] ? least[task] : 0;
  }
  void chooseHeavy();
  std::vector<int32_t> joins() const;
  void measureHeavyPaths();
  std::vector<Block> blocks() const;
  Wide saving(const Block &block, const std::vector<int64_t> &timeInside,
              int64_t message) const;
  std::vector<DeviceClass> deviceClasses() const;
  Wide leastWithOutputs(int32_t task) const;

  const Problem &p;
  Graph graph;
  int32_t numTasks;
  /// Each task on the fastest device that may run it.
  std::vector<int64_t> least;
  /// The tasks that blocks are made of: all but the smallest, such as masks,
  /// whose results go to every layer and would make one block of everything.
  std::vector<char> isHeavy;
  std::vector<Wide> pathTo, pathFrom;
};

} // namespace

Paths::Paths(const Problem &problem)
    : p(problem), graph(p), numTasks(static_cast<int32_t>(p.tasks.size())) {
  for (int32_t t = 0; t < numTasks; ++t)
    least.push_back(leastTime(t));
}

int64_t Paths::leastTime(int32_t task) const {
  int64_t time = Unlimited;
  if (int32_t pin = p.tasks[task].pin; pin != None)
    return p.timeOf(task, pin);
  for (size_t at = task; at < p.taskTime.size(); at += p.tasks.size())
    time = std::min(time, p.taskTime[at]);
  return time;
}

int64_t Paths::longest() const {
  std::vector<int64_t> start(numTasks, 0);
  int64_t longest = 0;
  for (int32_t t = 0; t < numTasks; ++t) {
    int64_t end = addSaturating(start[t], least[t]);
    longest = std::max(longest, end);
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        start[reader] = std::max(start[reader], end);
  }
  return longest;
}

/// The smallest tasks are left out as long as they are a thousandth of the work
/// together.
void Paths::chooseHeavy() {
  constexpr int64_t thousand = 1000;
  Wide work = std::accumulate(least.begin(), least.end(), Wide(0)), left = 0;
  std::vector<int32_t> order(numTasks);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return least[a] < least[b]; });
  isHeavy.assign(numTasks, true);
  for (int32_t t : order) {
    left += least[t];
    if (left * thousand > work)
      return;
    isHeavy[t] = false;
  }
}

namespace {

/// Which tasks lead to one.
struct Origins {
  /// The last of the tasks so far that all heavy ones before them lead to.
  int32_t join = -1;
  /// Of the heavy tasks since the last one of all, those that lead here: bits
  /// that count while the number of such tasks is `epoch`.
  size_t epoch = 0;
  uint64_t heavy = 0;

  void add(const Origins &other) {
    join = std::max(join, other.join);
    if (other.epoch > epoch)
      heavy = 0;
    epoch = std::max(epoch, other.epoch);
    if (other.epoch == epoch)
      heavy |= other.heavy;
  }
};

} // namespace

/// The heavy tasks that lie before or behind every other one, in their order:
/// first those that all heavy ones before them lead to, and of these those that
/// lead to all that follow. Linear.
std::vector<int32_t> Paths::joins() const {
  // A stretch of more heavy tasks without a join has no bits left for them, and
  // is taken as one to the end.
  constexpr int32_t most = 63;
  std::vector<Origins> origins(numTasks);
  std::vector<int32_t> found, joinBefore(numTasks, -1);
  int32_t since = 0;
  for (int32_t t = 0; t < numTasks; ++t) {
    Origins &mine = origins[t];
    for (int32_t x : graph.readBy(t))
      if (int32_t producer = p.tensors[x].producer; producer != None)
        mine.add(origins[producer]);
    joinBefore[t] = mine.join;
    if (!isHeavy[t])
      continue;
    if (mine.epoch < found.size())
      mine.heavy = 0;
    mine.epoch = found.size();
    int32_t last = static_cast<int32_t>(found.size()) - 1;
    if (since <= most && mine.join == last &&
        mine.heavy == (uint64_t(1) << since) - 1) {
      found.push_back(t);
      mine = {last + 1, found.size(), 0};
      since = 0;
    } else if (since++ < most) {
      mine.heavy |= uint64_t(1) << (since - 1);
    }
  }
  std::vector<int32_t> both;
  int32_t leastBehind = static_cast<int32_t>(found.size());
  for (int32_t t = numTasks; t-- > 0 && !found.empty();) {
    if (t == found.back()) {
      if (leastBehind >= static_cast<int32_t>(found.size()) - 1)
        both.push_back(t);
      found.pop_back();
    }
    if (isHeavy[t])
      leastBehind = std::min(leastBehind, joinBefore[t]);
  }
  std::reverse(both.begin(), both.end());
  return both;
}

/// The longest paths to the end of each task, and from its begin, if heavy ones
/// alone take time.
void Paths::measureHeavyPaths() {
  pathTo.assign(numTasks, 0);
  pathFrom.assign(numTasks, 0);
  for (int32_t t = 0; t < numTasks; ++t) {
    pathTo[t] += heavyTime(t);
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        pathTo[reader] = std::max(pathTo[reader], pathTo[t]);
  }
  for (int32_t t = numTasks; t-- > 0;) {
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        pathFrom[t] = std::max(pathFrom[t], pathFrom[reader]);
    pathFrom[t] += heavyTime(t);
  }
}

/// The least time of a task with what the egress device then gets of it.
Wide Paths::leastWithOutputs(int32_t task) const {
  int64_t bytes = 0;
  bool any = false;
  for (int32_t x : graph.madeBy(task))
    if (p.tensors[x].isOutput) {
      any = true;
      bytes = addSaturating(bytes, p.tensors[x].sent());
    }
  if (!any || p.egress == None)
    return least[task];
  int64_t time = Unlimited;
  for (size_t d = 0; d < p.devices.size(); ++d) {
    int32_t device = static_cast<int32_t>(d);
    if (p.tasks[task].pin != None && p.tasks[task].pin != device)
      continue;
    int64_t way =
        device == p.egress ? 0 : deliveryTime(p.link(device, p.egress), bytes);
    time = std::min(time, addSaturating(p.timeOf(task, device), way));
  }
  return time;
}

/// What lies between two joins, one of which is None at each end.
std::vector<Paths::Block> Paths::blocks() const {
  std::vector<int32_t> ends = joins();
  std::vector<Block> made(1);
  for (int32_t t = 0; t < numTasks; ++t) {
    if (!isHeavy[t])
      continue;
    if (made.size() > ends.size() || t != ends[made.size() - 1]) {
      made.back().tasks.push_back(t);
      continue;
    }
    made.back().to = t;
    made.emplace_back();
    made.back().from = t;
  }
  return made;
}

/// The most that stages inside of the block save if `timeInside` is the least
/// time of a task on their devices. What they save is no more than the work in
/// them, and the block takes no less than the longest path through any of their
/// tasks. Between two joins that path changes the device, for which it takes
/// `message`.
Wide Paths::saving(const Block &block, const std::vector<int64_t> &timeInside,
                   int64_t message) const {
  Wide work = 0, path = 0;
  Wide before = block.from == None ? 0 : pathTo[block.from];
  Wide behind = block.to == None ? 0 : pathFrom[block.to];
  // The longest path through each task if it is inside, and the task's time.
  std::vector<std::pair<Wide, Wide>> through;
  for (int32_t t : block.tasks) {
    work += least[t];
    Wide others = pathTo[t] - before + pathFrom[t] - behind - 2 * least[t];
    path = std::max(path, others + least[t]);
    if (timeInside[t] != Unlimited)
      through.push_back({others + timeInside[t], least[t]});
  }
  std::sort(through.begin(), through.end());
  Wide inside = 0, most = 0;
  for (auto [length, time] : through) {
    inside += time;
    most = std::max(most, std::min(inside, work - std::max(path, length)));
  }
  bool isBetween = block.from != None && block.to != None;
  return most - (isBetween ? message : 0);
}

/// The devices by class, those first that are fastest for all tasks together;
/// as one class if there are too many to look at each.
std::vector<Paths::DeviceClass> Paths::deviceClasses() const {
  constexpr size_t largeTable = 5000000;
  std::map<int32_t, int32_t> devicesOf;
  for (const Device &device : p.devices)
    ++devicesOf[device.speedClass];
  if (devicesOf.size() * numTasks > largeTable)
    return {{static_cast<int32_t>(p.devices.size()), least}};
  std::vector<DeviceClass> classes;
  std::vector<std::pair<Wide, size_t>> order;
  for (auto [speedClass, count] : devicesOf) {
    auto row =
        p.taskTime.begin() + static_cast<std::ptrdiff_t>(speedClass) * numTasks;
    order.push_back(
        {std::accumulate(row, row + numTasks, Wide(0)), classes.size()});
    classes.push_back({count, std::vector<int64_t>(row, row + numTasks)});
  }
  std::sort(order.begin(), order.end());
  std::vector<DeviceClass> sorted;
  for (auto [sum, index] : order)
    sorted.push_back(std::move(classes[index]));
  // A block may have stages on devices of later classes as well.
  for (size_t c = sorted.size(); c-- > 1;)
    for (int32_t t = 0; t < numTasks; ++t)
      sorted[c - 1].time[t] =
          std::min(sorted[c - 1].time[t], sorted[c].time[t]);
  return sorted;
}

int64_t Paths::longestOfBlocks() {
  chooseHeavy();
  measureHeavyPaths();
  std::vector<Block> parts = blocks();
  Wide sum = 0;
  for (int32_t t = 0; t < numTasks; ++t)
    sum += heavyTime(t);
  if (const Block &last = parts.back(); last.tasks.empty() && last.from != None)
    sum += leastWithOutputs(last.from) - least[last.from];

  int64_t fewest = Unlimited;
  for (const Tensor &tensor : p.tensors)
    fewest = std::min(fewest, tensor.sent());
  int64_t message = deliveryTime(bestLinkOf(p), fewest);
  std::vector<Wide> savings;
  for (const DeviceClass &devices : deviceClasses()) {
    std::vector<Wide> here;
    for (const Block &block : parts)
      if (Wide saved = saving(block, devices.time, message); saved > 0)
        here.push_back(saved);
    std::sort(here.rbegin(), here.rend());
    here.resize(std::min<size_t>(here.size(), devices.count));
    savings.insert(savings.end(), here.begin(), here.end());
  }
  std::sort(savings.rbegin(), savings.rend());
  size_t stages = p.devices.size();
  if (p.maxStages > 0)
    stages = std::min<size_t>(stages, p.maxStages);
  savings.resize(std::min({savings.size(), stages - 1, (stages + 1) / 2}));
  return saturate(sum -
                  std::accumulate(savings.begin(), savings.end(), Wide(0)));
}

void onnx_split::placement::boundByPaths(SearchState &search) {
  Paths paths(search.problem);
  int64_t longest = paths.longest();
  // A task that can run nowhere is no matter of time.
  if (longest == Unlimited)
    return;
  search.raiseBound(longest, BoundKind::CriticalPath,
                    SolutionClass::Replicating);
  search.raiseBound(paths.longestOfBlocks(), BoundKind::PathOfBlocks,
                    SolutionClass::Contiguous);
}
