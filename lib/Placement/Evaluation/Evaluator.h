//===- Evaluator.h - The steps of an evaluation -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Evaluates one placement; the steps run in the order of `run`.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EVALUATOR_H
#define ONNX_SPLIT_LIB_PLACEMENT_EVALUATOR_H

#include "onnx-split/Placement/Placement.h"

#include <algorithm>
#include <map>
#include <set>

namespace onnx_split::placement {

class Evaluator {
public:
  Evaluator(const Problem &problem, const Placement &placement)
      : p(problem), plan(placement) {}

  Evaluation run();

private:
  bool checkStages();
  bool checkReplicas();
  void checkDevices();
  void checkTensors();
  void loadStages();
  void loadMessages();
  void listWires();
  void listBoundary();
  void sendBetweenStages(Message &message);
  void sendAtBoundary(Message &message);
  void charge(Message &message, int32_t from, int32_t to, int64_t share);
  void addOverhead(int32_t stage, size_t replica, int64_t bytes, int64_t count,
                   int64_t items);
  void addBuffers(const Message &message);
  void shareTimes();
  void finishTimes();
  int64_t measureLatency(const std::vector<std::vector<int64_t>> &busyNs);
  void measureInterval();

  /// Adds the weights of these tasks, each once.
  template <typename LoadT>
  void addWeights(const std::vector<int32_t> &tasks, LoadT &load) const {
    std::vector<int32_t> weights;
    for (int32_t t : tasks)
      weights.insert(weights.end(), p.tasks[t].weights.begin(),
                     p.tasks[t].weights.end());
    std::sort(weights.begin(), weights.end());
    weights.erase(std::unique(weights.begin(), weights.end()), weights.end());
    for (int32_t w : weights) {
      load.weightBytes = addSaturating(load.weightBytes, p.weights[w].bytes);
      if (p.weights[w].isState)
        load.stateBytes = addSaturating(load.stateBytes, p.weights[w].bytes);
    }
  }

  // EvaluateWeights.cpp.
  void streamWeights();
  void streamWeights(int32_t stage, size_t replica);

  // EvaluateMemory.cpp.
  void measureActivations(int32_t stage);
  void loadDevices();
  void checkMemory(const DeviceLoad &load);

  std::string describe(const Message &message) const;
  void complain(std::string text) {
    result.violations.push_back(std::move(text));
  }
  const std::string &deviceName(int32_t device) const {
    return p.devices[device].name;
  }

  const Problem &p;
  const Placement &plan;
  Evaluation result;
  int32_t numStages = 0;
  /// The devices that take turns to run each stage.
  std::vector<std::vector<int32_t>> devicesOf;
  std::vector<std::vector<int32_t>> tasksOf;
  /// Tensors that a stage makes or reads, ascending.
  std::vector<std::vector<int32_t>> tensorsOf;
  std::map<std::pair<int32_t, int32_t>, int64_t> linkNs;
  /// For one item, by stage and by its devices: what tasks, with the weights
  /// that they stream, and what messages take.
  std::vector<std::vector<int64_t>> taskNs, overheadNs;
  /// The same of the first item, tasks alone.
  std::vector<std::vector<int64_t>> firstNs;
  /// The weight cache of a device and what streams past it.
  struct Stream {
    /// All that its stages read, by index.
    std::set<int32_t> weights;
    int64_t cachedBytes = 0, streamedBytes = 0;
  };
  std::vector<Stream> streams;
};

/// "stage 3".
std::string stageText(int32_t stage);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EVALUATOR_H
