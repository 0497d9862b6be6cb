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

using Ends = std::vector<int64_t>;

/// What lies between two joins takes at least, by pair of their devices: where
/// all is in their stages, and where so many more stages lie between, from one
/// on. The first alone where both devices are the same one.
struct Step {
  std::vector<int64_t> without;
  std::vector<std::vector<int64_t>> with;
};

/// When a join can have ended at the earliest, by its device. Where devices are
/// few also by the devices that hold joins and by how many stages lie between
/// joins, since each stage has a device of its own.
class Walk {
public:
  explicit Walk(int32_t devices);
  /// Whether it counts the stages that lie between joins.
  static bool isFor(int32_t devices) { return devices <= FewDevices; }
  /// The first join, with so many stages before its own.
  void start(int32_t device, int32_t inside, int64_t end) {
    if (isFew && inside >= numDevices)
      return;
    int64_t &earliest =
        known[isFew ? indexOf(size_t(1) << device, inside, device)
                    : indexOf(0, 0, device)];
    earliest = std::min(earliest, end);
  }
  /// How many stages before the first join's own are told apart.
  int32_t mostBefore() const { return isFew ? numDevices - 1 : 2; }
  /// To the next join, which takes so long on each device.
  void go(const Step &step, const Ends &joinTimes);
  Ends ends() const;

private:
  /// Above, sets would be too many.
  static constexpr int32_t FewDevices = 8;

  void goByEnds(const Step &step, const Ends &joinTimes);
  void goByCounts(const Step &step, const Ends &joinTimes);
  size_t indexOf(size_t used, int32_t inside, int32_t device) const {
    return (used * (numDevices + 1) + inside) * numDevices + device;
  }
  int32_t numDevices;
  bool isFew;
  Ends known;
};

class DevicePaths {
public:
  DevicePaths(const SearchState &searchState, const Graph &theGraph)
      : search(searchState), p(search.problem), graph(theGraph), messages(p),
        numDevices(static_cast<int32_t>(p.devices.size())) {
    measureWays();
  }
  // Where time ends, a path is as long as it has become by then.
  int64_t criticalPath() const;
  int64_t pathOfBlocks(const std::vector<char> &counts) const;

private:
  void measureWays();
  int64_t timeOf(int32_t task, int32_t device) const {
    int32_t pin = p.tasks[task].pin;
    return pin == None || pin == device ? p.timeOf(task, device) : Unlimited;
  }
  int64_t way(int32_t from, int32_t to) const {
    return ways[static_cast<size_t>(from) * numDevices + to];
  }
  int64_t outputsFrom(int32_t task, int32_t device) const;
  Step stepOver(const Block &block, const std::vector<int64_t> &least,
                int64_t through) const;
  std::vector<char> needingInputs() const;
  int64_t inputsOf(const std::vector<int32_t> &tasks) const;
  Walk beginAt(const Block &first, const std::vector<int64_t> &least,
               const std::vector<int64_t> &longestTo) const;

  const SearchState &search;
  const Problem &p;
  const Graph &graph;
  const Messages messages;
  const int32_t numDevices;
  /// By pair of devices: how long the smallest tensor is on its way, over
  /// others where that is quicker.
  std::vector<int64_t> ways;
  /// The same with a stage on a third device between.
  std::vector<int64_t> around;
};

} // namespace

Walk::Walk(int32_t devices)
    : numDevices(devices), isFew(isFor(devices)),
      known((isFew ? size_t(1) << devices : 1) * (devices + 1) * devices,
            Unlimited) {}

void Walk::go(const Step &step, const Ends &joinTimes) {
  if (isFew)
    goByCounts(step, joinTimes);
  else
    goByEnds(step, joinTimes);
}

void Walk::goByEnds(const Step &step, const Ends &joinTimes) {
  Ends next(known.size(), Unlimited);
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      size_t pair = static_cast<size_t>(from) * numDevices + to;
      int64_t least = step.without[pair];
      for (const std::vector<int64_t> &with : step.with)
        if (from != to)
          least = std::min(least, with[pair]);
      next[to] = std::min(
          next[to],
          addSaturating(addSaturating(known[from], joinTimes[to]), least));
    }
  known = std::move(next);
}

/// O(3^devices devices^2 stages) at most, since devices that hold joins leave
/// few for other stages.
void Walk::goByCounts(const Step &step, const Ends &joinTimes) {
  Ends next(known.size(), Unlimited);
  auto offerNext = [&](size_t used, int32_t inside, int32_t to, int64_t end) {
    int64_t &earliest = next[indexOf(used, inside, to)];
    earliest = std::min(earliest, end);
  };
  for (size_t used = 1; used < size_t(1) << numDevices; ++used) {
    int32_t unused = numDevices - __builtin_popcountll(used);
    for (size_t left = used; left; left &= left - 1) {
      int32_t from = __builtin_ctzll(left);
      for (int32_t inside = 0; inside <= unused; ++inside) {
        int64_t end = known[indexOf(used, inside, from)];
        if (end == Unlimited)
          continue;
        size_t row = static_cast<size_t>(from) * numDevices;
        offerNext(used, inside, from,
                  addSaturating(addSaturating(end, joinTimes[from]),
                                step.without[row + from]));
        // One of those that are left has the next join.
        int32_t most = unused - 1 - inside;
        for (int32_t to = 0; to < numDevices && most >= 0; ++to) {
          size_t with = used | size_t(1) << to;
          if (with == used)
            continue;
          int64_t after = addSaturating(end, joinTimes[to]);
          offerNext(with, inside, to,
                    addSaturating(after, step.without[row + to]));
          for (int32_t n = 1;
               n <= std::min(most, static_cast<int32_t>(step.with.size())); ++n)
            offerNext(with, inside + n, to,
                      addSaturating(after, step.with[n - 1][row + to]));
        }
      }
    }
  }
  known = std::move(next);
}

Ends Walk::ends() const {
  Ends least(numDevices, Unlimited);
  for (size_t i = 0; i < known.size(); ++i)
    least[i % numDevices] = std::min(least[i % numDevices], known[i]);
  return least;
}

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
  around.assign(ways.size(), Unlimited);
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to)
      for (int32_t over = 0; over < numDevices; ++over)
        if (over != from && over != to) {
          int64_t &known = around[static_cast<size_t>(from) * numDevices + to];
          known =
              std::min(known, addSaturating(way(from, over), way(over, to)));
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
  for (int32_t t = 0; t < numTasks && !search.outOfTime(); ++t) {
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

/// Bytes of the model's inputs that the tasks read.
int64_t DevicePaths::inputsOf(const std::vector<int32_t> &tasks) const {
  std::vector<int32_t> inputs;
  for (int32_t t : tasks)
    for (int32_t x : graph.readBy(t))
      if (p.tensors[x].producer == None)
        inputs.push_back(x);
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  int64_t bytes = inputs.empty() ? None : 0;
  for (int32_t x : inputs)
    bytes = addSaturating(bytes, p.tensors[x].sent());
  return bytes;
}

/// By task, whether an input of the model leads to it.
std::vector<char> DevicePaths::needingInputs() const {
  std::vector<char> needs(p.tasks.size(), 0);
  for (size_t t = 0; t < needs.size(); ++t)
    for (int32_t x : graph.readBy(static_cast<int32_t>(t))) {
      int32_t producer = p.tensors[x].producer;
      needs[t] |= producer == None || needs[producer];
    }
  return needs;
}

/// When the first join can have ended on each device, unless time ends: with
/// all that leads to it in its stage, or with one or more other stages before
/// that one.
Walk DevicePaths::beginAt(const Block &first, const std::vector<int64_t> &least,
                          const std::vector<int64_t> &longestTo) const {
  Walk walk(numDevices);
  std::vector<int32_t> leading = first.tasks;
  leading.push_back(first.to);
  int64_t inputs = p.ingress == None ? None : inputsOf(leading);
  int64_t work = 0, longest = 0;
  for (int32_t t : first.tasks) {
    work = addSaturating(work, least[t]);
    longest = std::max(longest, longestTo[t]);
  }
  std::vector<char> needs = needingInputs();
  for (int32_t d = 0; d < numDevices && !search.outOfTime(); ++d) {
    int64_t join = timeOf(first.to, d), direct = 0, alone = 0;
    if (inputs != None) {
      direct = way(p.ingress, d);
      alone = d == p.ingress ? 0 : messages.delivery(p.ingress, d, inputs);
    }
    // What needs inputs, all on d, or on d and the ingress device.
    int64_t needing = direct, shared = direct;
    for (int32_t t : first.tasks) {
      alone = addSaturating(alone, timeOf(t, d));
      if (inputs == None || !needs[t])
        continue;
      needing = addSaturating(needing, timeOf(t, d));
      shared =
          addSaturating(shared, std::min(timeOf(t, d), timeOf(t, p.ingress)));
    }
    int64_t one = Unlimited, third = Unlimited, into = Unlimited;
    for (int32_t over = 0; over < numDevices; ++over) {
      if (over == d)
        continue;
      int64_t both = way(over, d);
      into = std::min(into, both);
      if (inputs != None && over != p.ingress) {
        both = addSaturating(both, way(p.ingress, over));
        third = std::min(third, both);
      }
      for (int32_t t : first.tasks)
        both = addSaturating(both, std::min(timeOf(t, over), timeOf(t, d)));
      if (inputs != None && over != p.ingress)
        both = std::min(both, needing);
      one = std::min(one, both);
    }
    // At least one of so many stages has an equal part.
    auto severalOf = [&](int32_t stages) {
      int64_t parts = Walk::isFor(numDevices) ? stages : numDevices - 1;
      int64_t several = addSaturating(work / std::max<int64_t>(1, parts), into);
      return inputs == None ? several
                            : std::max(several, std::min(shared, third));
    };
    int64_t start = std::max(addSaturating(longest, into), direct);
    walk.start(d, 0, addSaturating(alone, join));
    walk.start(d, 1, addSaturating(std::max(start, one), join));
    for (int32_t n = 2; n <= std::max(2, walk.mostBefore()); ++n)
      walk.start(d, n, addSaturating(std::max(start, severalOf(n)), join));
  }
  return walk;
}

/// What a block takes if it is whole on the device of both joins, and between
/// joins on different ones.
Step DevicePaths::stepOver(const Block &block,
                           const std::vector<int64_t> &least,
                           int64_t through) const {
  size_t size = static_cast<size_t>(numDevices) * numDevices;
  Step step;
  step.without.assign(size, 0);
  int64_t work = 0;
  for (int32_t t : block.tasks)
    work = addSaturating(work, least[t]);
  // Where devices are many, how many lie inside is not counted.
  step.with.assign(Walk::isFor(numDevices) ? std::max(0, numDevices - 2) : 2,
                   std::vector<int64_t>(size, Unlimited));
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      size_t pair = static_cast<size_t>(from) * numDevices + to;
      for (int32_t t : block.tasks)
        step.without[pair] = addSaturating(
            step.without[pair], std::min(timeOf(t, from), timeOf(t, to)));
      if (from == to)
        continue;
      step.without[pair] = addSaturating(step.without[pair], way(from, to));
      for (size_t n = 0; n < step.with.size(); ++n) {
        int64_t parts = static_cast<int64_t>(n) + 1;
        if (n > 0 && !Walk::isFor(numDevices))
          parts = std::max(1, numDevices - 2);
        step.with[n][pair] =
            addSaturating(std::max(through, work / parts), around[pair]);
      }
    }
  return step;
}

/// From join to join, by the device of each.
int64_t DevicePaths::pathOfBlocks(const std::vector<char> &counts) const {
  std::vector<Block> blocks = blocksBetweenJoins(p, graph, counts);
  if (blocks.front().to == None)
    return 0;
  std::vector<int64_t> least(p.tasks.size(), Unlimited);
  for (size_t t = 0; t < least.size(); ++t)
    for (int32_t d = 0; d < numDevices; ++d)
      least[t] = std::min(least[t], timeOf(static_cast<int32_t>(t), d));
  takeAllBetween(p, graph, blocks);
  std::vector<int64_t> longestTo = longestWithin(p, graph, blocks, least);
  Walk walk = beginAt(blocks.front(), least, longestTo);
  // Then it may lack devices.
  if (search.outOfTime())
    return 0;
  for (const Block &block : blocks) {
    if (block.from == None)
      continue;
    if (search.outOfTime())
      break;
    int64_t through = 0;
    for (int32_t t : block.tasks)
      through = std::max(through, longestTo[t]);
    if (block.to == None) {
      // Not on one path with the outputs of the last join.
      int64_t longest = Unlimited;
      Ends ends = walk.ends();
      for (int32_t d = 0; d < numDevices; ++d)
        longest = std::min(
            longest,
            addSaturating(ends[d],
                          std::max(through, outputsFrom(block.from, d))));
      return longest;
    }
    Ends joinTimes;
    for (int32_t d = 0; d < numDevices; ++d)
      joinTimes.push_back(timeOf(block.to, d));
    walk.go(stepOver(block, least, through), joinTimes);
  }
  Ends ends = walk.ends();
  return *std::min_element(ends.begin(), ends.end());
}

void onnx_split::placement::boundByDevicePaths(SearchState &search) {
  const Problem &p = search.problem;
  constexpr size_t mostDevices = 128;
  constexpr Wide large = 50000000;
  if (p.tasks.empty() || p.devices.size() > mostDevices)
    return;
  Graph graph(p);
  DevicePaths paths(search, graph);
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
