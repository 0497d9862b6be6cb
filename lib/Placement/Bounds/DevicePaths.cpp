//===- DevicePaths.cpp - How long an item takes over which devices --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The paths of Paths.cpp, with a device for each of their tasks: the best
/// choice is a shortest path over pairs of a task and a device. It sees what
/// those do not, that a fast device may be far away.
///
//===----------------------------------------------------------------------===//

#include "Bounds.h"

#include "Joins.h"

#include "../Tables/Messages.h"

using namespace onnx_split::placement;

namespace {

class DevicePaths {
public:
  DevicePaths(const Problem &problem, const Graph &theGraph)
      : p(problem), graph(theGraph), messages(problem),
        numDevices(static_cast<int32_t>(p.devices.size())) {
    measureWays();
  }
  int64_t criticalPath() const;
  int64_t pathOfBlocks(const std::vector<char> &counts) const;

private:
  using Ends = std::vector<int64_t>;

  void measureWays();
  int64_t timeOf(int32_t task, int32_t device) const {
    int32_t pin = p.tasks[task].pin;
    return pin == None || pin == device ? p.timeOf(task, device) : Unlimited;
  }
  int64_t way(int32_t from, int32_t to) const {
    return ways[static_cast<size_t>(from) * numDevices + to];
  }
  int64_t outputsFrom(int32_t task, int32_t device) const;
  Ends beginAt(const Block &first, const std::vector<int64_t> &longestTo) const;
  bool needsInputs(int32_t task) const;

  const Problem &p;
  const Graph &graph;
  const Messages messages;
  const int32_t numDevices;
  /// By pair of devices: how long the smallest tensor is on its way, over
  /// others where that is quicker.
  std::vector<int64_t> ways;
};

} // namespace

/// Floyd and Warshall's shortest paths.
void DevicePaths::measureWays() {
  int64_t fewest = p.tensors.empty() ? 0 : Unlimited;
  for (const Tensor &tensor : p.tensors)
    fewest = std::min(fewest, tensor.sent());
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      ways.push_back(messages.delivery(from, to, fewest));
  for (int32_t over = 0; over < numDevices; ++over)
    for (int32_t from = 0; from < numDevices; ++from)
      for (int32_t to = 0; to < numDevices; ++to) {
        int64_t &known = ways[static_cast<size_t>(from) * numDevices + to];
        known = std::min(known, addSaturating(way(from, over), way(over, to)));
      }
}

/// What the egress device then gets of a task on the device.
int64_t DevicePaths::outputsFrom(int32_t task, int32_t device) const {
  if (p.egress == None || p.egress == device)
    return 0;
  int64_t longest = 0;
  for (int32_t x : graph.madeBy(task))
    if (p.tensors[x].isOutput)
      longest = std::max(
          longest, messages.delivery(device, p.egress, p.tensors[x].sent()));
  return longest;
}

/// Each task on the device where it can end first, for each of its readers
/// anew.
int64_t DevicePaths::criticalPath() const {
  int32_t numTasks = static_cast<int32_t>(p.tasks.size());
  std::vector<Ends> ends(numTasks, Ends(numDevices, 0));
  int64_t longest = 0;
  for (int32_t t = 0; t < numTasks; ++t) {
    Ends &mine = ends[t];
    for (int32_t x : graph.readBy(t)) {
      const Tensor &tensor = p.tensors[x];
      if (tensor.producer == None && p.ingress == None)
        continue;
      for (int32_t d = 0; d < numDevices; ++d) {
        int64_t arrival = Unlimited;
        if (tensor.producer == None)
          arrival = messages.delivery(p.ingress, d, tensor.sent());
        for (int32_t from = 0; from < numDevices && tensor.producer != None;
             ++from)
          if (ends[tensor.producer][from] < arrival)
            arrival = std::min(
                arrival,
                addSaturating(ends[tensor.producer][from],
                              messages.delivery(from, d, tensor.sent())));
        mine[d] = std::max(mine[d], arrival);
      }
    }
    int64_t first = Unlimited;
    for (int32_t d = 0; d < numDevices; ++d) {
      mine[d] = addSaturating(mine[d], timeOf(t, d));
      first = std::min(first, addSaturating(mine[d], outputsFrom(t, d)));
    }
    longest = std::max(longest, first);
  }
  return longest;
}

/// Whether an input of the model leads to the task.
bool DevicePaths::needsInputs(int32_t task) const {
  std::vector<char> needs(task + 1, 0);
  for (int32_t t = 0; t <= task; ++t)
    for (int32_t x : graph.readBy(t)) {
      int32_t producer = p.tensors[x].producer;
      needs[t] |= producer == None || needs[producer];
    }
  return needs[task];
}

/// When the first join can have ended on each device.
DevicePaths::Ends
DevicePaths::beginAt(const Block &first,
                     const std::vector<int64_t> &longestTo) const {
  Ends ends(numDevices, 0);
  bool waits = p.ingress != None && needsInputs(first.to);
  for (int32_t d = 0; d < numDevices; ++d) {
    int64_t start = waits ? way(p.ingress, d) : 0;
    for (int32_t t : first.tasks)
      start = std::max(start, longestTo[t]);
    ends[d] = addSaturating(start, timeOf(first.to, d));
  }
  return ends;
}

/// From join to join. Two on one device have the whole block between them
/// there, one task after another; two on different ones have the longest path
/// through the block between them, and a way from one device to the other.
int64_t DevicePaths::pathOfBlocks(const std::vector<char> &counts) const {
  std::vector<Block> blocks = blocksBetweenJoins(p, graph, counts);
  if (blocks.front().to == None)
    return 0;
  int32_t numTasks = static_cast<int32_t>(p.tasks.size());
  // Longest paths within a block of the tasks that count, to the end of each.
  std::vector<int64_t> least(numTasks, Unlimited), longestTo(numTasks, 0);
  std::vector<int32_t> blockOf(numTasks, None);
  for (size_t b = 0; b < blocks.size(); ++b)
    for (int32_t t : blocks[b].tasks)
      blockOf[t] = static_cast<int32_t>(b);
  for (int32_t t = 0; t < numTasks; ++t) {
    if (blockOf[t] == None)
      continue;
    for (int32_t d = 0; d < numDevices; ++d)
      least[t] = std::min(least[t], timeOf(t, d));
    for (int32_t x : graph.readBy(t))
      if (int32_t m = p.tensors[x].producer;
          m != None && blockOf[m] == blockOf[t])
        longestTo[t] = std::max(longestTo[t], longestTo[m]);
    longestTo[t] = addSaturating(longestTo[t], least[t]);
  }
  Ends ends = beginAt(blocks.front(), longestTo);
  for (const Block &block : blocks) {
    if (block.from == None)
      continue;
    int64_t through = 0;
    for (int32_t t : block.tasks)
      through = std::max(through, longestTo[t]);
    if (block.to == None) {
      // Not on one path with the outputs of the last join.
      int64_t longest = Unlimited;
      for (int32_t d = 0; d < numDevices; ++d)
        longest = std::min(
            longest,
            addSaturating(ends[d],
                          std::max(through, outputsFrom(block.from, d))));
      return longest;
    }
    Ends next(numDevices, Unlimited);
    for (int32_t d = 0; d < numDevices; ++d) {
      int64_t here = ends[d];
      for (int32_t t : block.tasks)
        here = addSaturating(here, timeOf(t, d));
      for (int32_t from = 0; from < numDevices; ++from)
        if (from != d && ends[from] < here)
          here =
              std::min(here, addSaturating(addSaturating(ends[from], through),
                                           way(from, d)));
      next[d] = addSaturating(here, timeOf(block.to, d));
    }
    ends = std::move(next);
  }
  return *std::min_element(ends.begin(), ends.end());
}

void onnx_split::placement::boundByDevicePaths(SearchState &search) {
  const Problem &p = search.problem;
  constexpr size_t mostDevices = 128;
  constexpr Wide large = 50000000;
  if (p.tasks.empty() || p.devices.size() > mostDevices)
    return;
  Graph graph(p);
  DevicePaths paths(p, graph);
  Wide numReaders = 0;
  for (const Tensor &tensor : p.tensors)
    numReaders += tensor.consumers.size();
  if (numReaders * p.devices.size() * p.devices.size() <= large)
    if (int64_t longest = paths.criticalPath(); longest != Unlimited)
      search.raiseBound(longest, BoundKind::CriticalPath,
                        SolutionClass::Replicating);
  std::vector<int64_t> least = leastTimes(p);
  for (const std::vector<char> &counts :
       {heavyTasks(p, least), localTasks(p, graph, least)})
    if (int64_t longest = paths.pathOfBlocks(counts); longest != Unlimited)
      search.raiseBound(longest, BoundKind::PathOfBlocks,
                        SolutionClass::Contiguous);
}
