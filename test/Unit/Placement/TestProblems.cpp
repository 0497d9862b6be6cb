//===- TestProblems.cpp - Problems and brute force for tests --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace onnx_split::placement::test {

Builder::Builder(int32_t numDevices) : factors(numDevices, 1) {
  for (int32_t d = 0; d < numDevices; ++d) {
    Device device;
    device.name = "d" + std::to_string(d);
    device.speedClass = d;
    problem.devices.push_back(device);
  }
  problem.links.assign(numDevices * numDevices, Link{ByteRate, 0});
}

int32_t Builder::task(int64_t time) {
  int32_t index = static_cast<int32_t>(problem.tasks.size());
  problem.tasks.push_back({"t" + std::to_string(index), {}, None});
  times.push_back(time);
  return index;
}

int32_t Builder::tensor(int32_t producer, std::vector<int32_t> consumers,
                        int64_t bytes) {
  Tensor tensor;
  int32_t index = static_cast<int32_t>(problem.tensors.size());
  tensor.name = "x" + std::to_string(index);
  tensor.producer = producer;
  tensor.consumers = std::move(consumers);
  tensor.bytes = bytes;
  problem.tensors.push_back(tensor);
  return index;
}

int32_t Builder::weight(int64_t bytes, const std::vector<int32_t> &tasks) {
  int32_t index = static_cast<int32_t>(problem.weights.size());
  problem.weights.push_back({"w" + std::to_string(index), bytes});
  for (int32_t t : tasks)
    problem.tasks[t].weights.push_back(index);
  return index;
}

void Builder::slowDown(int32_t device, int64_t factor) {
  factors[device] *= factor;
}

void Builder::link(int32_t from, int32_t to, int64_t bitsPerSecond,
                   int64_t message, int64_t latency) {
  problem.links[from * problem.devices.size() + to] = {bitsPerSecond, message,
                                                       latency};
}

Problem Builder::get() const {
  Problem result = problem;
  // Equal factors share a class.
  std::vector<int64_t> classes = factors;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  for (size_t d = 0; d < factors.size(); ++d)
    result.devices[d].speedClass = static_cast<int32_t>(
        std::lower_bound(classes.begin(), classes.end(), factors[d]) -
        classes.begin());
  for (int64_t factor : classes)
    for (int64_t time : times)
      result.taskTime.push_back(time * factor);
  EXPECT_EQ(result.check(), "");
  return result;
}

Builder chain(int32_t numDevices, const std::vector<int64_t> &times,
              const std::vector<int64_t> &sizes) {
  Builder builder(numDevices);
  for (int64_t time : times)
    builder.task(time);
  for (size_t i = 0; i < sizes.size(); ++i)
    builder.tensor(static_cast<int32_t>(i), {static_cast<int32_t>(i) + 1},
                   sizes[i]);
  return builder;
}

int64_t Draw::below(int64_t bound) {
  // splitmix64
  uint64_t z = (state += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  z ^= z >> 31;
  return static_cast<int64_t>(z % static_cast<uint64_t>(bound));
}

static std::vector<int32_t> drawReaders(Draw &draw, int32_t first, int32_t end,
                                        int64_t percent) {
  std::vector<int32_t> readers;
  for (int32_t t = first; t < end; ++t)
    if (draw.chance(t == first ? 70 : percent))
      readers.push_back(t);
  return readers;
}

static void drawTensors(Draw &draw, Problem &p) {
  int32_t n = static_cast<int32_t>(p.tasks.size());
  int64_t spread = draw.chance(50) ? 15 : 35;
  int64_t maxBytes = draw.chance(50) ? 6 : 30;
  bool cutsAreFree = draw.chance(60);
  auto add = [&](int32_t producer) {
    Tensor tensor;
    tensor.name = "x" + std::to_string(p.tensors.size());
    tensor.producer = producer;
    tensor.consumers = drawReaders(draw, producer + 1, n, spread);
    tensor.bytes = draw.below(maxBytes);
    tensor.isOutput = draw.chance(15);
    if (!cutsAreFree) {
      tensor.canCut = !draw.chance(15);
      tensor.mustCut = draw.chance(10);
    }
    p.tensors.push_back(tensor);
  };
  for (int64_t inputs = draw.below(3); inputs > 0; --inputs)
    add(None);
  bool hasAliases = draw.chance(40);
  for (int32_t t = 0; t < n; ++t) {
    int32_t before = static_cast<int32_t>(p.tensors.size());
    add(t);
    if (draw.chance(25))
      add(t);
    if (!hasAliases || !draw.chance(50))
      continue;
    for (int32_t base = before - 1; base >= 0; --base) {
      const std::vector<int32_t> &readers = p.tensors[base].consumers;
      if (!std::binary_search(readers.begin(), readers.end(), t))
        continue;
      p.tensors[before].aliasOf = base;
      if (draw.chance(80))
        p.tensors[before].bytes = p.tensors[base].bytes;
      break;
    }
  }
}

/// Caches about as large as some of the weights.
static void drawCaches(Draw &draw, Problem &p) {
  bool sameCache = draw.chance(50), sameRate = draw.chance(50);
  auto drawOne = [&](Device &device) {
    device.weightCache = draw.below(90);
    device.streamRate =
        draw.chance(10) ? Unlimited : 100000000 * (1 + draw.below(40));
  };
  Device first;
  drawOne(first);
  for (Device &device : p.devices) {
    if (draw.chance(20))
      continue;
    drawOne(device);
    if (sameCache)
      device.weightCache = first.weightCache;
    if (sameRate)
      device.streamRate = first.streamRate;
  }
}

static void drawDevices(Draw &draw, Problem &p, int32_t numDevices) {
  int32_t n = static_cast<int32_t>(p.tasks.size());
  int32_t numClasses = 1 + static_cast<int32_t>(draw.below(numDevices));
  bool proportional = draw.chance(50), mayFail = draw.chance(15);
  std::vector<int64_t> work;
  for (int32_t t = 0; t < n; ++t)
    work.push_back(draw.below(20));
  for (int32_t c = 0; c < numClasses; ++c) {
    int64_t factor = 1 + draw.below(4);
    for (int32_t t = 0; t < n; ++t)
      p.taskTime.push_back(mayFail && draw.chance(12) ? Unlimited
                           : proportional             ? work[t] * factor
                                                      : draw.below(40));
  }
  bool isLimited = draw.chance(70);
  int64_t cap = 5 + draw.below(120);
  bool alike = draw.chance(25);
  for (int32_t d = 0; d < numDevices; ++d) {
    Device device;
    device.name = "d" + std::to_string(d);
    device.speedClass =
        alike ? 0 : static_cast<int32_t>(draw.below(numClasses));
    if (isLimited && (alike || draw.chance(80)))
      device.memory = alike ? cap : cap + draw.below(60);
    p.devices.push_back(device);
  }
  static constexpr int64_t rates[] = {ByteRate,     ByteRate / 2, ByteRate / 5,
                                      ByteRate * 3, Unlimited,    ByteRate};
  bool mayMiss = draw.chance(30);
  for (int32_t pair = 0; pair < numDevices * numDevices; ++pair) {
    Link link{rates[draw.below(6)], draw.chance(50) ? draw.below(12) : 0,
              draw.chance(50) ? draw.below(15) : 0};
    if (alike)
      link = p.links.empty() ? link : p.links[0];
    else if (mayMiss && draw.chance(25))
      link.bitsPerSecond = 0;
    p.links.push_back(link);
  }
  if (draw.chance(30)) {
    int32_t numMedia = 1 + static_cast<int32_t>(draw.below(2));
    for (int32_t m = 0; m < numMedia; ++m)
      p.media.push_back({"m" + std::to_string(m), {}});
    for (int32_t pair = 0; pair < numDevices * numDevices; ++pair)
      p.mediumOf.push_back(
          draw.chance(70) ? static_cast<int32_t>(draw.below(numMedia)) : None);
  }
  if (draw.chance(40))
    p.ingress = static_cast<int32_t>(draw.below(numDevices));
  if (draw.chance(40))
    p.egress = static_cast<int32_t>(draw.below(numDevices));
  if (draw.chance(25))
    p.maxStages = 1 + static_cast<int32_t>(draw.below(numDevices));
  if (draw.chance(20))
    for (Task &task : p.tasks)
      if (draw.chance(20))
        task.pin = static_cast<int32_t>(draw.below(numDevices));
}

Problem randomBlocks(uint64_t seed) {
  Draw draw(seed);
  Builder b(static_cast<int32_t>(2 + draw.below(3)));
  int32_t join = b.task(draw.below(8));
  while (b.times.size() < 6) {
    int32_t branches = static_cast<int32_t>(1 + draw.below(3));
    std::vector<int32_t> made;
    for (int32_t i = 0; i < branches; ++i)
      made.push_back(b.task(draw.below(12)));
    b.tensor(join, made, draw.below(3));
    int32_t before = join;
    join = b.task(draw.below(8));
    for (int32_t task : made)
      b.tensor(task, {join}, draw.below(3));
    if (draw.chance(20))
      b.tensor(before, {join}, 1);
  }
  for (size_t d = 1; d < b.factors.size(); ++d)
    if (draw.chance(50))
      b.slowDown(static_cast<int32_t>(d), 1 + draw.below(3));
  if (draw.chance(50))
    b.problem.tensors[b.tensor(join, {}, draw.below(5))].isOutput = true;
  if (draw.chance(50))
    b.problem.egress = 0;
  if (draw.chance(50)) {
    b.problem.ingress = static_cast<int32_t>(b.factors.size()) - 1;
    b.tensor(None, {0}, draw.below(3));
    if (draw.chance(30))
      b.tensor(None, {join}, draw.below(3));
  }
  for (int32_t from = 0; from < 2; ++from)
    if (draw.chance(30))
      b.link(from, 1 - from, ByteRate, draw.below(2), draw.below(10));
  if (draw.chance(30))
    b.problem.maxStages = static_cast<int32_t>(1 + draw.below(3));
  return b.get();
}

Problem coarse(Problem problem) {
  for (int64_t &time : problem.taskTime)
    if (time != Unlimited)
      time = (time + 9) / 10 * 10;
  return problem;
}

Problem randomProblem(uint64_t seed, const RandomLimits &limits) {
  Draw draw(seed);
  Problem p;
  int32_t n = 1 + static_cast<int32_t>(draw.below(limits.maxTasks));
  int32_t numDevices = 1 + static_cast<int32_t>(draw.below(limits.maxDevices));
  for (int32_t t = 0; t < n; ++t)
    p.tasks.push_back({"t" + std::to_string(t), {}, None});
  for (int64_t w = draw.below(2 * n); w > 0; --w) {
    int32_t index = static_cast<int32_t>(p.weights.size());
    p.weights.push_back({"w" + std::to_string(index), draw.below(40)});
    for (int64_t readers = draw.chance(70) ? 1 : 3; readers > 0; --readers) {
      std::vector<int32_t> &weights = p.tasks[draw.below(n)].weights;
      if (weights.empty() || weights.back() != index)
        weights.push_back(index);
    }
  }
  drawTensors(draw, p);
  drawDevices(draw, p, numDevices);
  if (draw.chance(20))
    for (Device &device : p.devices)
      device.runtimeBytes = draw.below(30);
  if (draw.chance(20)) {
    int32_t most = p.maxStages > 0 ? p.maxStages : std::min(n, numDevices);
    p.minStages = 1 + static_cast<int32_t>(draw.below(most));
  }
  if (draw.chance(limits.percentStreaming))
    drawCaches(draw, p);
  return p;
}

Problem randomWithEnds(uint64_t seed, const RandomLimits &limits) {
  for (uint64_t attempt = 0;; ++attempt) {
    Problem p = randomProblem(seed + 10000019 * attempt, limits);
    if (p.devices.size() < 2)
      continue;
    Draw draw(seed ^ 0xe4d5);
    int64_t numDevices = static_cast<int64_t>(p.devices.size());
    p.ingress = static_cast<int32_t>(draw.below(numDevices));
    p.egress = static_cast<int32_t>(
        (p.ingress + 1 + draw.below(numDevices - 1)) % numDevices);
    for (Tensor &tensor : p.tensors)
      if (tensor.producer != None && tensor.canCut && !tensor.mustCut &&
          tensor.aliasOf == None && draw.chance(40))
        tensor.isOutput = true;
    for (size_t t = 0; t < p.tasks.size(); ++t) {
      int32_t task = static_cast<int32_t>(t);
      if (draw.chance(60))
        p.tensors.push_back({"in", None, {task}, draw.below(30)});
      if (!draw.chance(60))
        continue;
      p.tensors.push_back({"out", task, {}, draw.below(30)});
      p.tensors.back().isOutput = true;
    }
    if (draw.chance(25))
      for (Device &device : p.devices) {
        device.messageNs = draw.below(10);
        device.bytePs = draw.below(1000);
      }
    return p;
  }
}

namespace {

/// Tries every list of devices for the stages of a placement.
void forEachDeviceList(const Problem &p, Placement &placement, size_t numStages,
                       bool mayRepeat,
                       const std::function<void(const Placement &)> &visit) {
  if (placement.deviceOf.size() == numStages) {
    visit(placement);
    return;
  }
  for (size_t d = 0; d < p.devices.size(); ++d) {
    int32_t device = static_cast<int32_t>(d);
    if (!mayRepeat && std::count(placement.deviceOf.begin(),
                                 placement.deviceOf.end(), device))
      continue;
    placement.deviceOf.push_back(device);
    forEachDeviceList(p, placement, numStages, mayRepeat, visit);
    placement.deviceOf.pop_back();
  }
}

/// Gives the tasks from `stageOf.size()` on their stages.
void extendStaging(
    const std::vector<std::vector<int32_t>> &producersOf, int32_t numStages,
    std::vector<int32_t> &stageOf,
    const std::function<void(const std::vector<int32_t> &)> &visit) {
  size_t task = stageOf.size();
  if (task == producersOf.size()) {
    for (int32_t stage = 0; stage < numStages; ++stage)
      if (!std::count(stageOf.begin(), stageOf.end(), stage))
        return;
    visit(stageOf);
    return;
  }
  int32_t first = 0;
  for (int32_t producer : producersOf[task])
    first = std::max(first, stageOf[producer]);
  for (int32_t stage = first; stage < numStages; ++stage) {
    stageOf.push_back(stage);
    extendStaging(producersOf, numStages, stageOf, visit);
    stageOf.pop_back();
  }
}

/// The least of any feasible placement over the lists of stages that `accept`
/// takes, and where it is.
Optimum
enumerate(const Problem &p, bool mayRepeat,
          const std::function<bool(const std::vector<int32_t> &)> &accept,
          const std::function<int64_t(const Evaluation &)> &value) {
  Optimum best;
  size_t most = p.tasks.size();
  if (!mayRepeat)
    most = std::min(most, p.devices.size());
  for (size_t numStages = 1; numStages <= most; ++numStages)
    forEachStaging(p, numStages, [&](const std::vector<int32_t> &stageOf) {
      if (!accept(stageOf))
        return;
      Placement placement;
      placement.stageOf = stageOf;
      forEachDeviceList(p, placement, numStages, mayRepeat,
                        [&](const Placement &plan) {
                          Evaluation evaluation = evaluate(p, plan);
                          if (!evaluation.violations.empty() ||
                              value(evaluation) >= best.bottleneckNs)
                            return;
                          best.bottleneckNs = value(evaluation);
                          best.placement = plan;
                        });
    });
  return best;
}

bool isInOrder(const std::vector<int32_t> &stageOf) {
  return std::is_sorted(stageOf.begin(), stageOf.end());
}
bool isAny(const std::vector<int32_t> &) { return true; }
int64_t bottleneck(const Evaluation &evaluation) {
  return evaluation.bottleneckNs;
}

} // namespace

void forEachStaging(
    const Problem &p, size_t numStages,
    const std::function<void(const std::vector<int32_t> &)> &visit) {
  std::vector<std::vector<int32_t>> producersOf(p.tasks.size());
  for (const Tensor &tensor : p.tensors)
    if (tensor.producer != None)
      for (int32_t consumer : tensor.consumers)
        producersOf[consumer].push_back(tensor.producer);
  std::vector<int32_t> stageOf;
  extendStaging(producersOf, static_cast<int32_t>(numStages), stageOf, visit);
}

Optimum enumerateFixedOrder(const Problem &p) {
  return enumerate(p, false, isInOrder, bottleneck);
}

Optimum enumerateContiguous(const Problem &p) {
  return enumerate(p, false, isAny, bottleneck);
}

int64_t leastValue(const Problem &p, SolutionClass ofClass,
                   const std::function<int64_t(const Evaluation &)> &value) {
  return enumerate(p, ofClass >= SolutionClass::Revisiting,
                   ofClass == SolutionClass::FixedOrder ? isInOrder : isAny,
                   value)
      .bottleneckNs;
}

std::string describe(const Problem &p) {
  std::ostringstream out;
  auto list = [&](const std::vector<int32_t> &values) {
    for (int32_t value : values)
      out << " " << value;
    out << "\n";
  };
  for (const Task &task : p.tasks) {
    out << task.name << " pin " << task.pin << " weights";
    list(task.weights);
  }
  for (const Weight &weight : p.weights)
    out << weight.name << " " << weight.bytes << "\n";
  for (const Tensor &x : p.tensors) {
    out << x.name << " from " << x.producer << " bytes " << x.bytes << " sent "
        << x.sent() << (x.canCut ? "" : " uncuttable")
        << (x.mustCut ? " mustcut" : "") << (x.isOutput ? " output" : "")
        << " alias " << x.aliasOf << " to";
    list(x.consumers);
  }
  for (const Device &device : p.devices)
    out << device.name << " memory " << device.memory << " runtime "
        << device.runtimeBytes << " class " << device.speedClass << " cache "
        << device.weightCache << " stream " << device.streamRate << "\n";
  out << "times";
  for (int64_t time : p.taskTime)
    out << " " << time;
  out << "\nlinks";
  for (const Link &link : p.links)
    out << " " << link.bitsPerSecond << "+" << link.messageNs << "+"
        << link.latencyNs;
  out << "\nmedia " << p.media.size() << " of";
  list(p.mediumOf);
  out << "ingress " << p.ingress << " egress " << p.egress << " maxStages "
      << p.maxStages << " minStages " << p.minStages << "\n";
  return out.str();
}

} // namespace onnx_split::placement::test
