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
constexpr int64_t Optimum = 64 * 720720;

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

} // namespace

Synthetic instances::makeSynthetic(int32_t numTasks, int32_t numDevices,
                                   uint64_t seed) {
  Synthetic result;
  result.optimumNs = Optimum;
  result.instance.name = "synthetic-" + std::to_string(numTasks) + "x" +
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
    for (int64_t work :
         splitWork(Optimum / (device.speedClass + 1), count, draw)) {
      base.push_back(work);
      result.planted.stageOf.push_back(d);
    }
    result.planted.deviceOf.push_back(d);
    p.devices.push_back(std::move(device));
  }
  p.tasks.resize(numTasks);
  for (int32_t speed = 1; speed <= NumSpeeds; ++speed)
    for (int64_t work : base)
      p.taskTime.push_back(work * speed);

  // A chain with skips over up to eight tasks.
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
  p.links.resize(size_t(numDevices) * numDevices);
  for (placement::Link &link : p.links)
    link = {(1 + below(draw, 10)) * 1'000'000'000, 1000 * below(draw, 200)};
  return result;
}
