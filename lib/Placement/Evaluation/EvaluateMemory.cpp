//===- EvaluateMemory.cpp - Memory that a placement needs -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

#include "../Text.h"

#include <algorithm>
#include <cstddef>
#include <map>

using namespace onnx_split::placement;

/// Peak of the live storages over the steps of a stage.
void Evaluator::measureActivations(int32_t stage) {
  const std::vector<int32_t> &tasks = tasksOf[stage];
  if (tasks.empty())
    return;
  auto stepOf = [&](int32_t task) {
    return std::lower_bound(tasks.begin(), tasks.end(), task) - tasks.begin();
  };
  auto madeHere = [&](const Tensor &tensor) {
    return tensor.producer != None && plan.stageOf[tensor.producer] == stage;
  };
  struct Storage {
    int64_t bytes = 0;
    std::ptrdiff_t first = 0, last = 0;
  };
  std::map<int32_t, Storage> storages;
  for (int32_t x : tensorsOf[stage]) {
    const Tensor &tensor = p.tensors[x];
    Storage own;
    own.bytes = tensor.bytes;
    if (madeHere(tensor))
      own.first = own.last = stepOf(tensor.producer);
    for (int32_t reader : tensor.consumers)
      if (plan.stageOf[reader] == stage)
        own.last = std::max(own.last, stepOf(reader));
    if (tensor.isOutput && madeHere(tensor))
      own.last = static_cast<std::ptrdiff_t>(tasks.size()) - 1;
    // The producer of an alias reads what it is an alias of, so that tensor is
    // in this stage as well.
    int32_t root = x;
    while (p.tensors[root].aliasOf != None && madeHere(p.tensors[root]))
      root = p.tensors[root].aliasOf;
    auto [it, isNew] = storages.try_emplace(root, own);
    if (isNew)
      continue;
    it->second.bytes = std::max(it->second.bytes, own.bytes);
    it->second.first = std::min(it->second.first, own.first);
    it->second.last = std::max(it->second.last, own.last);
  }
  std::vector<__int128> change(tasks.size() + 1, 0);
  for (const auto &[root, storage] : storages) {
    change[storage.first] += storage.bytes;
    change[storage.last + 1] -= storage.bytes;
  }
  __int128 live = 0, peak = 0;
  for (__int128 step : change) {
    live += step;
    peak = std::max(peak, live);
  }
  result.stages[stage].peakActivationBytes =
      peak >= Unlimited ? Unlimited : static_cast<int64_t>(peak);
}

/// A device runs its stages one at a time, so their activations share memory;
/// weights that several of them read are held once. The times of its stages add
/// up.
void Evaluator::loadDevices() {
  std::map<int32_t, DeviceLoad> loads;
  for (int32_t s = 0; s < numStages; ++s) {
    measureActivations(s);
    int64_t turns = static_cast<int64_t>(devicesOf[s].size());
    StageLoad &stage = result.stages[s];
    for (size_t r = 0; r < devicesOf[s].size(); ++r) {
      int32_t device = devicesOf[s][r];
      DeviceLoad &load = loads[device];
      load.device = device;
      load.stages.push_back(s);
      int64_t time = addSaturating(taskNs[s][r], overheadNs[s][r]);
      stage.computeNs = std::max(stage.computeNs, time);
      stage.overheadNs = std::max(stage.overheadNs, overheadNs[s][r]);
      // Rounded up; a time beyond the range stays so.
      int64_t share =
          time == Unlimited ? Unlimited : time / turns + (time % turns != 0);
      load.computeNs = addSaturating(load.computeNs, share);
      load.peakActivationBytes =
          std::max(load.peakActivationBytes, stage.peakActivationBytes);
      load.bufferBytes = addSaturating(load.bufferBytes, stage.bufferBytes);
      int64_t runtime = p.devices[device].runtimeBytes;
      load.runtimeBytes = addSaturating(load.runtimeBytes, runtime);
      stage.runtimeBytes = std::max(stage.runtimeBytes, runtime);
    }
  }
  for (auto &[device, load] : loads) {
    std::vector<int32_t> tasks;
    for (int32_t s : load.stages)
      tasks.insert(tasks.end(), tasksOf[s].begin(), tasksOf[s].end());
    addWeights(tasks, load);
    load.cachedBytes = streams[device].cachedBytes;
    load.streamedBytes = streams[device].streamedBytes;
    checkMemory(load);
    result.devices.push_back(std::move(load));
  }
}

void Evaluator::checkMemory(const DeviceLoad &load) {
  int64_t needed = load.memoryBytes();
  int64_t memory = p.devices[load.device].memory;
  if (memory == Unlimited || needed <= memory)
    return;
  std::string text = stageText(load.stages.front());
  for (size_t i = 1; i < load.stages.size(); ++i)
    text += (i + 1 < load.stages.size() ? ", " : " and ") +
            stageText(load.stages[i]);
  complain(text + (load.stages.size() > 1 ? " need " : " needs ") +
           bytesText(needed, p.byteUnits) + " but device " +
           quoted(deviceName(load.device)) + " has " +
           bytesText(memory, p.byteUnits) + ", " +
           bytesText(needed - memory, p.byteUnits) + " too little: weights " +
           bytesText(load.weightBytes - load.stateBytes, p.byteUnits) +
           (load.stateBytes > 0
                ? ", states " + bytesText(load.stateBytes, p.byteUnits)
                : "") +
           ", activations " + bytesText(load.peakActivationBytes, p.byteUnits) +
           ", buffers " + bytesText(load.bufferBytes, p.byteUnits) +
           (load.runtimeBytes > 0
                ? ", runtime " + bytesText(load.runtimeBytes, p.byteUnits)
                : ""));
}
