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

#include "Joins.h"

#include "../Tables/Messages.h"
#include "../Tables/Wide.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace onnx_split::placement;

/// The longest path of the graph if messages take no time.
static int64_t criticalPath(const Problem &p, const Graph &graph,
                            const std::vector<int64_t> &least) {
  std::vector<int64_t> start(p.tasks.size(), 0);
  int64_t longest = 0;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    int64_t end = addSaturating(start[t], least[t]);
    longest = std::max(longest, end);
    for (int32_t x : graph.madeBy(static_cast<int32_t>(t)))
      for (int32_t reader : p.tensors[x].consumers)
        start[reader] = std::max(start[reader], end);
  }
  return longest;
}

namespace {

/// The path of blocks, for one choice of the tasks that count.
class BlockPaths {
public:
  BlockPaths(const Problem &problem, const Graph &theGraph,
             const std::vector<int64_t> &leastTimes, std::vector<char> counting)
      : p(problem), graph(theGraph), least(leastTimes),
        counts(std::move(counting)),
        blocks(blocksBetweenJoins(problem, theGraph, counts)),
        numTasks(static_cast<int32_t>(p.tasks.size())) {
    measurePaths();
  }
  /// In ns.
  int64_t longest() const;

private:
  /// Devices of equal speed, and the time of each task there or on those that
  /// come later.
  struct DeviceClass {
    int32_t count = 0;
    std::vector<int64_t> time;
  };

  int64_t timeOf(int32_t task) const { return counts[task] ? least[task] : 0; }
  void measurePaths();
  Wide saving(const Block &block, const std::vector<int64_t> &timeInside,
              int64_t message) const;
  std::vector<DeviceClass> deviceClasses() const;
  Wide savings(int64_t message) const;
  Wide leastWithOutputs(int32_t task) const;
  bool needsInputs(int32_t task) const;
  Wide allAt(int32_t device) const;
  int64_t leastMessage(int32_t from) const;

  const Problem &p;
  const Graph &graph;
  const std::vector<int64_t> &least;
  const std::vector<char> counts;
  const std::vector<Block> blocks;
  const int32_t numTasks;
  std::vector<Wide> pathTo, pathFrom;
};

} // namespace

/// The longest paths to the end of each task, and from its begin, if those that
/// count alone take time.
void BlockPaths::measurePaths() {
  pathTo.assign(numTasks, 0);
  pathFrom.assign(numTasks, 0);
  for (int32_t t = 0; t < numTasks; ++t) {
    pathTo[t] += timeOf(t);
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        pathTo[reader] = std::max(pathTo[reader], pathTo[t]);
  }
  for (int32_t t = numTasks; t-- > 0;) {
    for (int32_t x : graph.madeBy(t))
      for (int32_t reader : p.tensors[x].consumers)
        pathFrom[t] = std::max(pathFrom[t], pathFrom[reader]);
    pathFrom[t] += timeOf(t);
  }
}

/// The least time of a task with what the egress device then gets of it.
Wide BlockPaths::leastWithOutputs(int32_t task) const {
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

/// The most that stages inside of the block save if `timeInside` is the least
/// time of a task on their devices. What they save is no more than the work in
/// them, and the block takes no less than the longest path through any of their
/// tasks. Between two joins that path changes the device, for which it takes
/// `message`.
Wide BlockPaths::saving(const Block &block,
                        const std::vector<int64_t> &timeInside,
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
std::vector<BlockPaths::DeviceClass> BlockPaths::deviceClasses() const {
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

/// The most that is saved in all: each block that saves has a stage inside on a
/// device of its own, and joins in different stages around it.
Wide BlockPaths::savings(int64_t message) const {
  std::vector<Wide> found;
  for (const DeviceClass &devices : deviceClasses()) {
    std::vector<Wide> here;
    for (const Block &block : blocks)
      if (Wide saved = saving(block, devices.time, message); saved > 0)
        here.push_back(saved);
    std::sort(here.rbegin(), here.rend());
    here.resize(std::min<size_t>(here.size(), devices.count));
    found.insert(found.end(), here.begin(), here.end());
  }
  std::sort(found.rbegin(), found.rend());
  size_t stages = p.devices.size();
  if (p.maxStages > 0)
    stages = std::min<size_t>(stages, p.maxStages);
  found.resize(std::min({found.size(), stages - 1, (stages + 1) / 2}));
  return std::accumulate(found.begin(), found.end(), Wide(0));
}

/// Whether an input of the model leads to the task.
bool BlockPaths::needsInputs(int32_t task) const {
  std::vector<char> needs(numTasks, 0);
  for (int32_t t = 0; t <= task; ++t)
    for (int32_t x : graph.readBy(t)) {
      int32_t producer = p.tensors[x].producer;
      needs[t] |= producer == None || needs[producer];
    }
  return needs[task];
}

/// All from the first join to the last on one device; Unlimited where it cannot
/// run some of it.
Wide BlockPaths::allAt(int32_t device) const {
  Wide sum = 0;
  auto add = [&](int32_t task) {
    int64_t time = p.timeOf(task, device);
    sum = time == Unlimited || sum == Unlimited ? Unlimited : sum + time;
  };
  for (const Block &block : blocks) {
    if (block.to != None)
      add(block.to);
    if (block.from != None && block.to != None)
      for (int32_t task : block.tasks)
        add(task);
  }
  return sum;
}

/// The least time of any message, or of those that leave a device.
int64_t BlockPaths::leastMessage(int32_t from) const {
  int64_t fewest = Unlimited, shortest = Unlimited;
  for (const Tensor &tensor : p.tensors)
    fewest = std::min(fewest, tensor.sent());
  if (from == None)
    return deliveryTime(bestLinkOf(p), fewest);
  for (size_t d = 0; d < p.devices.size(); ++d) {
    int32_t to = static_cast<int32_t>(d);
    if (to != from)
      shortest = std::min(shortest, deliveryTime(p.link(from, to), fewest));
  }
  return shortest;
}

int64_t BlockPaths::longest() const {
  Wide sum = 0, first = 0;
  for (int32_t t = 0; t < numTasks; ++t)
    sum += timeOf(t);
  for (int32_t t : blocks.front().tasks)
    first += least[t];
  if (const Block &last = blocks.back();
      last.tasks.empty() && last.from != None)
    sum += leastWithOutputs(last.from) - least[last.from];

  Wide bound = sum - savings(leastMessage(None));
  // All joins are on the ingress device, or a message leaves it before or
  // between them. What precedes the first join need not wait for that.
  int32_t join = blocks.front().to;
  if (p.ingress != None && join != None && needsInputs(join))
    bound = std::max(bound,
                     std::min(allAt(p.ingress), sum - first - savings(0) +
                                                    leastMessage(p.ingress)));
  return saturate(bound);
}

void onnx_split::placement::boundByPaths(SearchState &search) {
  const Problem &p = search.problem;
  Graph graph(p);
  std::vector<int64_t> least = leastTimes(p);
  int64_t longest = criticalPath(p, graph, least);
  // A task that can run nowhere is no matter of time.
  if (longest == Unlimited)
    return;
  search.raiseBound(longest, BoundKind::CriticalPath,
                    SolutionClass::Replicating);
  for (const std::vector<char> &counts :
       {heavyTasks(p, least), localTasks(p, graph, least)})
    search.raiseBound(BlockPaths(p, graph, least, counts).longest(),
                      BoundKind::PathOfBlocks, SolutionClass::Contiguous);
}
