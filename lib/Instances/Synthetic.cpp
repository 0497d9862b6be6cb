//===- Synthetic.cpp - Large problems with a known optimum ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SyntheticNetwork.h"

#include <algorithm>
#include <numeric>

using namespace onnx_split;
using namespace onnx_split::instances;

namespace {

/// What the optimum is unless the tasks of a stage are too many: a multiple of
/// 1 .. 16, so that with 16 speeds every device can do its share exactly.
constexpr int64_t LeastOptimum = int64_t(64) * 720720;

/// Times of N classes for the same work: from the fastest to one that takes 16
/// times as long, in equal steps. Of 16 speeds, class c takes c + 1.
struct Speeds {
  explicit Speeds(int32_t numSpeeds) : number(numSpeeds) {
    int32_t common = std::gcd(numSpeeds - 1, slowest - 1);
    first = number > 1 ? (numSpeeds - 1) / common : 1;
    step = number > 1 ? (slowest - 1) / common : 0;
  }
  /// What a unit of work takes, in ns.
  int64_t factor(int32_t speedClass) const { return first + step * speedClass; }

  static constexpr int32_t slowest = 16;
  int32_t number;
  int64_t first, step;
};

/// Splits the work into positive parts at random places.
std::vector<int64_t> splitWork(int64_t work, int32_t parts,
                               std::mt19937_64 &draw) {
  // One unit for each part beforehand, so that none is empty.
  std::vector<int64_t> places{0, work - parts};
  for (int32_t i = 1; i < parts; ++i)
    places.push_back(below(draw, work - parts + 1));
  std::sort(places.begin(), places.end());
  std::vector<int64_t> sizes;
  for (int32_t i = 0; i < parts; ++i)
    sizes.push_back(places[i + 1] - places[i] + 1);
  return sizes;
}

/// A chain with skips over up to eight tasks.
void addChain(placement::Problem &p, int32_t numTasks, std::mt19937_64 &draw) {
  for (int32_t t = 0; t + 1 < numTasks; ++t) {
    placement::Tensor tensor;
    tensor.producer = t;
    tensor.bytes = 1000 + below(draw, 100000);
    tensor.consumers = {t + 1};
    if (t + 2 < numTasks && below(draw, 4) == 0)
      tensor.consumers.push_back(
          t + 2 +
          static_cast<int32_t>(below(draw, std::min(8, numTasks - t - 2))));
    p.tensors.push_back(std::move(tensor));
  }
}

/// Eight lanes; every sixteenth tensor also goes to another lane nearby.
void addLayers(placement::Problem &p, int32_t numTasks, std::mt19937_64 &draw) {
  constexpr int32_t lanes = 8;
  for (int32_t t = 0; t < numTasks; ++t) {
    placement::Tensor tensor;
    tensor.producer = t;
    tensor.bytes = 1000 + below(draw, 20000);
    if (t + lanes < numTasks)
      tensor.consumers = {t + lanes};
    int32_t layer = t / lanes;
    int32_t other = static_cast<int32_t>((layer + 1 + below(draw, 2)) * lanes +
                                         below(draw, lanes));
    if (below(draw, 16) == 0 && other < numTasks && other != t + lanes)
      tensor.consumers.push_back(other);
    std::sort(tensor.consumers.begin(), tensor.consumers.end());
    p.tensors.push_back(std::move(tensor));
  }
}

/// Blocks of 2 to 8 branches of 1 to 8 tasks each between a fork and a join,
/// which is the next fork; branch by branch. The last block has what is left.
void addForkJoin(placement::Problem &p, int32_t numTasks,
                 std::mt19937_64 &draw) {
  p.tensors.resize(numTasks);
  auto connect = [&](int32_t from, int32_t to) {
    p.tensors[from].consumers.push_back(to);
  };
  int32_t fork = 0;
  for (int32_t next = 1; next < numTasks; fork = next++) {
    std::vector<int32_t> ends;
    int64_t numBranches = 2 + below(draw, 7);
    for (int64_t branch = 0; branch < numBranches; ++branch) {
      int32_t last = fork;
      // One task is left for the join.
      for (int64_t length = 1 + below(draw, 8);
           length > 0 && next + 1 < numTasks; --length, last = next++)
        connect(last, next);
      if (last != fork)
        ends.push_back(last);
    }
    if (ends.empty())
      ends.push_back(fork);
    for (int32_t end : ends)
      connect(end, next);
  }
  for (int32_t t = 0; t < numTasks; ++t) {
    p.tensors[t].producer = t;
    p.tensors[t].bytes = 1000 + below(draw, 20000);
  }
}

/// A topological order that mostly goes on where it was: the ready task that
/// became ready last comes next, but now and then another one.
std::vector<int32_t> wander(const placement::Problem &p,
                            std::mt19937_64 &draw) {
  std::vector<int32_t> missing(p.tasks.size(), 0);
  std::vector<const placement::Tensor *> made(p.tasks.size(), nullptr);
  for (const placement::Tensor &tensor : p.tensors) {
    made[tensor.producer] = &tensor;
    for (int32_t reader : tensor.consumers)
      ++missing[reader];
  }
  std::vector<int32_t> ready, order;
  for (size_t t = 0; t < missing.size(); ++t)
    if (missing[t] == 0)
      ready.push_back(static_cast<int32_t>(t));
  while (!ready.empty()) {
    if (below(draw, 64) == 0)
      std::swap(ready.back(),
                ready[below(draw, static_cast<int64_t>(ready.size()))]);
    int32_t task = ready.back();
    ready.pop_back();
    order.push_back(task);
    if (made[task])
      for (int32_t reader : made[task]->consumers)
        if (--missing[reader] == 0)
          ready.push_back(reader);
  }
  return order;
}

/// Numbers the tasks by the order.
void renumber(Synthetic &synthetic, const std::vector<int32_t> &order) {
  placement::Problem &p = synthetic.instance.problem;
  size_t n = order.size();
  std::vector<int32_t> number(n), stageOf(n);
  for (size_t i = 0; i < n; ++i) {
    number[order[i]] = static_cast<int32_t>(i);
    stageOf[i] = synthetic.planted.stageOf[order[i]];
  }
  synthetic.planted.stageOf = std::move(stageOf);
  // Row by row, so that there is no second table.
  std::vector<int64_t> &times = p.taskTime.edit(), given(n);
  for (auto row = times.begin(); row != times.end();
       row += static_cast<std::ptrdiff_t>(n)) {
    std::copy_n(row, n, given.begin());
    for (size_t i = 0; i < n; ++i)
      row[static_cast<std::ptrdiff_t>(i)] = given[order[i]];
  }
  for (placement::Tensor &tensor : p.tensors) {
    tensor.producer = number[tensor.producer];
    for (int32_t &reader : tensor.consumers)
      reader = number[reader];
    std::sort(tensor.consumers.begin(), tensor.consumers.end());
  }
}

/// Gives each device of the path its share of the work, which the tasks of its
/// stage split at random. Returns the work of all tasks.
std::vector<int64_t> plantWork(Synthetic &synthetic, int32_t numTasks,
                               const std::vector<int32_t> &path,
                               const Speeds &speeds, std::mt19937_64 &draw) {
  placement::Problem &p = synthetic.instance.problem;
  int32_t numStages = static_cast<int32_t>(path.size());
  // A unit of work for each task on the slowest device.
  int64_t optimum = LeastOptimum;
  while (optimum / speeds.factor(speeds.number - 1) <= numTasks / numStages)
    optimum *= 2;
  std::vector<int64_t> base;
  for (int32_t stage = 0; stage < numStages; ++stage) {
    placement::Device &device = p.devices[path[stage]];
    device.speedClass = static_cast<int32_t>(below(draw, speeds.number));
    int64_t factor = speeds.factor(device.speedClass);
    int32_t end =
        static_cast<int32_t>(int64_t(numTasks) * (stage + 1) / numStages);
    int32_t count = end - static_cast<int32_t>(base.size());
    for (int64_t work : splitWork(optimum / factor, count, draw)) {
      base.push_back(work);
      synthetic.planted.stageOf.push_back(stage);
    }
    synthetic.optimumNs =
        std::max(synthetic.optimumNs, optimum / factor * factor);
  }
  synthetic.planted.deviceOf = path;
  return base;
}

/// Links all devices, or those of the network and the few others over which
/// tensors of the planted plan pass a stage by: 1 to 10 Gbit/s and less than
/// 0.2 ms for a message.
void addLinks(Synthetic &synthetic, SyntheticTopology topology,
              const SyntheticNetwork &network, std::mt19937_64 &draw) {
  placement::Problem &p = synthetic.instance.problem;
  auto drawLink = [&]() -> placement::Link {
    int64_t rate = (1 + below(draw, 10)) * 1'000'000'000;
    return {rate, 1000 * below(draw, 200)};
  };
  p.links.assign(p.devices.size() * p.devices.size(), Unlinked);
  if (topology == SyntheticTopology::Full)
    std::generate(p.links.begin(), p.links.end(), drawLink);
  for (auto [from, to] : network.links)
    p.links[p.pair(from, to)] = drawLink();
  const placement::Placement &plan = synthetic.planted;
  for (const placement::Tensor &tensor : p.tensors)
    for (int32_t reader : tensor.consumers) {
      int32_t from = plan.deviceOf[plan.stageOf[tensor.producer]];
      int32_t to = plan.deviceOf[plan.stageOf[reader]];
      if (from != to && p.link(from, to).bitsPerSecond == 0)
        p.links[p.pair(from, to)] = drawLink();
    }
}

/// Gives each task a weight, and each device as much memory as its stage needs
/// and so many hundredths more. What has no stage gets as much as the largest.
void limitMemory(Synthetic &synthetic, int32_t sparePercent,
                 std::mt19937_64 &draw) {
  placement::Problem &p = synthetic.instance.problem;
  for (placement::Task &task : p.tasks) {
    task.weights = {static_cast<int32_t>(p.weights.size())};
    p.weights.push_back({"", (1 + below(draw, 256)) << 10});
  }
  placement::Evaluation planted = evaluate(p, synthetic.planted);
  std::vector<int64_t> caps;
  for (const placement::StageLoad &stage : planted.stages)
    caps.push_back(stage.memoryBytes() +
                   stage.memoryBytes() * sparePercent / 100);
  for (placement::Device &device : p.devices)
    device.memory = *std::max_element(caps.begin(), caps.end());
  for (size_t stage = 0; stage < caps.size(); ++stage)
    p.devices[synthetic.planted.deviceOf[stage]].memory = caps[stage];
}

/// Says of the cluster what is not as usual.
std::string nameOf(SyntheticShape shape, int32_t numTasks, int32_t numDevices,
                   const SyntheticCluster &cluster) {
  static constexpr const char *shapes[] = {"synthetic", "layers", "fork-join"};
  static constexpr const char *topologies[] = {
      "", "-path", "-path-and-random", "-tree", "-ring", "-star", "-grid"};
  std::string name = shapes[static_cast<int>(shape)];
  name += "-" + std::to_string(numTasks) + "x" + std::to_string(numDevices) +
          topologies[static_cast<int>(cluster.topology)];
  if (cluster.sparePercent != None)
    name += "-spare-" + std::to_string(cluster.sparePercent);
  if (cluster.numSpeeds != SyntheticCluster().numSpeeds)
    name += "-speeds-" + std::to_string(cluster.numSpeeds);
  return name;
}

} // namespace

Synthetic instances::makeSynthetic(int32_t numTasks, int32_t numDevices,
                                   uint64_t seed, SyntheticShape shape,
                                   const SyntheticCluster &cluster) {
  Synthetic result;
  result.instance.name = nameOf(shape, numTasks, numDevices, cluster);
  result.instance.format = "synthetic";
  placement::Problem &p = result.instance.problem;
  // The network has a generator of its own, so that the graph and its work are
  // the same on other networks with as long a path.
  std::mt19937_64 draw(seed), drawNetwork(~seed);
  SyntheticNetwork network =
      makeNetwork(cluster.topology, numDevices, drawNetwork);
  Speeds speeds(cluster.numSpeeds);

  p.devices.resize(numDevices);
  for (int32_t d = 0; d < numDevices; ++d) {
    p.devices[d].name = "device-" + std::to_string(d);
    // What is off the path stays the slowest.
    p.devices[d].speedClass = speeds.number - 1;
  }
  if (static_cast<int32_t>(network.path.size()) < numDevices)
    p.maxStages = static_cast<int32_t>(network.path.size());
  std::vector<int64_t> base =
      plantWork(result, numTasks, network.path, speeds, draw);
  p.tasks.resize(numTasks);
  // Rows of all classes, whether a device is of them or not.
  std::vector<int64_t> times;
  times.reserve(static_cast<size_t>(speeds.number) * base.size());
  for (int32_t speed = 0; speed < speeds.number; ++speed)
    for (int64_t work : base)
      times.push_back(work * speeds.factor(speed));
  p.taskTime = std::move(times);

  switch (shape) {
  case SyntheticShape::Chain:
    addChain(p, numTasks, draw);
    break;
  case SyntheticShape::Layers:
    addLayers(p, numTasks, draw);
    break;
  case SyntheticShape::ForkJoin:
    addForkJoin(p, numTasks, draw);
    break;
  }
  addLinks(result, cluster.topology, network, draw);
  if (shape != SyntheticShape::Chain)
    renumber(result, wander(p, draw));
  if (cluster.sparePercent != None)
    limitMemory(result, cluster.sparePercent, drawNetwork);
  return result;
}
