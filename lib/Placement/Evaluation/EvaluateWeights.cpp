//===- EvaluateWeights.cpp - Weights that do not fit fast memory ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

#include <tuple>

using namespace onnx_split::placement;

/// First fit of whole weights into the cache of each device, in the order in
/// which its stages read them first. What a stage streams is part of its time.
void Evaluator::streamWeights() {
  firstNs = taskNs;
  streams.resize(p.devices.size());
  for (int32_t s = 0; s < numStages; ++s)
    for (size_t r = 0; r < devicesOf[s].size(); ++r)
      if (p.devices[devicesOf[s][r]].weightCache != Unlimited)
        streamWeights(s, r);
}

/// The weights of one more stage of a device.
void Evaluator::streamWeights(int32_t stage, size_t replica) {
  int32_t index = devicesOf[stage][replica];
  const Device &device = p.devices[index];
  Stream &stream = streams[index];
  int64_t cached = 0, streamed = 0;
  for (int32_t t : tasksOf[stage])
    for (int32_t w : p.tasks[t].weights) {
      int64_t bytes = p.weights[w].bytes;
      if (p.weights[w].isState || !stream.weights.insert(w).second)
        continue;
      bool fits = bytes <= device.weightCache - stream.cachedBytes - cached;
      int64_t &sum = fits ? cached : streamed;
      sum = addSaturating(sum, bytes);
    }
  stream.cachedBytes += cached;
  stream.streamedBytes = addSaturating(stream.streamedBytes, streamed);

  int64_t streamNs = streamTime(device, streamed);
  int64_t fillNs = streamTime(device, cached);
  int64_t &tasks = taskNs[stage][replica];
  tasks = addSaturating(tasks, streamNs);
  firstNs[stage][replica] = addSaturating(tasks, fillNs);
  StageLoad &load = result.stages[stage];
  if (std::tie(streamNs, streamed, fillNs) <
      std::tie(load.streamNs, load.streamedBytes, load.fillNs))
    return;
  load.streamNs = streamNs;
  load.streamedBytes = streamed;
  load.fillNs = fillNs;
  load.cachedBytes = cached;
}
