//===- Synthetic.cpp - Large problems with a known optimum ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Synthetic.h"

#include <algorithm>
#include <random>

using namespace onnx_split;
using namespace onnx_split::instances;

namespace {

/// 16 speeds: class c takes c + 1 times as long as class 0. The optimum is a
/// multiple of 1 .. 16, so that every device can do its share exactly.
constexpr int32_t NumSpeeds = 16;
constexpr int64_t Optimum = int64_t(64) * 720720;

/// Uniform up to a bias of no matter; the same on every platform, unlike the
/// library's distributions.
int64_t below(std::mt19937_64 &draw, int64_t bound) {
  return static_cast<int64_t>(draw() % static_cast<uint64_t>(bound));
}

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

} // namespace

Synthetic instances::makeSynthetic(int32_t numTasks, int32_t numDevices,
                                   uint64_t seed, SyntheticShape shape) {
  Synthetic result;
  bool isChain = shape == SyntheticShape::Chain;
  result.optimumNs = Optimum;
  result.instance.name = std::string(isChain ? "synthetic-" : "layers-") +
                         std::to_string(numTasks) + "x" +
                         std::to_string(numDevices);
  result.instance.format = "synthetic";
  placement::Problem &p = result.instance.problem;
  std::mt19937_64 draw(seed);

  std::vector<int64_t> base;
  for (int32_t d = 0; d < numDevices; ++d) {
    placement::Device device;
    device.name = "device-" + std::to_string(d);
    device.speedClass = static_cast<int32_t>(below(draw, NumSpeeds));
    int32_t end =
        static_cast<int32_t>(int64_t(numTasks) * (d + 1) / numDevices);
    int32_t count = end - static_cast<int32_t>(base.size());
    // Work is the time on class 0, so that the share of each device takes
    // exactly the optimum on it.
    for (int64_t work :
         splitWork(Optimum / (device.speedClass + 1), count, draw)) {
      base.push_back(work);
      result.planted.stageOf.push_back(d);
    }
    result.planted.deviceOf.push_back(d);
    p.devices.push_back(std::move(device));
  }
  p.tasks.resize(numTasks);
  // Rows of all classes, whether a device is of them or not.
  p.taskTime.reserve(NumSpeeds * base.size());
  for (int32_t speed = 1; speed <= NumSpeeds; ++speed)
    for (int64_t work : base)
      p.taskTime.push_back(work * speed);

  if (isChain)
    addChain(p, numTasks, draw);
  else
    addLayers(p, numTasks, draw);
  // 1 to 10 Gbit/s and less than 0.2 ms for a message.
  p.links.resize(size_t(numDevices) * numDevices);
  for (placement::Link &link : p.links)
    link = {(1 + below(draw, 10)) * 1'000'000'000, 1000 * below(draw, 200)};
  if (!isChain)
    renumber(result, wander(p, draw));
  return result;
}
