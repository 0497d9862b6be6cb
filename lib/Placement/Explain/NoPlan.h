//===- NoPlan.h - Why there is no plan --------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_NOPLAN_H
#define ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_NOPLAN_H

#include "onnx-split/Placement/Placement.h"

#include "../Tables/Graph.h"
#include "../Tables/Wide.h"

namespace onnx_split::placement {

/// Collects sentences; each step looks for one cause.
class Explainer {
public:
  explicit Explainer(const Problem &problem) : p(problem), graph(problem) {}
  std::vector<std::string> run(double seconds, const std::atomic<bool> *stop);

private:
  /// True if the step finds its cause.
  bool says(void (Explainer::*step)()) {
    size_t before = sentences.size();
    (this->*step)();
    return sentences.size() > before;
  }
  void impossibleTasks();
  void tooManyStages();
  void contradictingCuts();
  void sayIfTied(const Tensor &cut);
  void contradictingPins();
  void circularPins();
  // NoPlanLinks.cpp.
  void missingLinks();
  void unreachablePins();
  void separateGroups();
  bool linked(int32_t from, int32_t to) const {
    return from == to || p.link(from, to).bitsPerSecond > 0;
  }
  void oversizedTasks();
  void oversizedBlocks();
  void totalWeights();
  void wholeModel();

  bool mayRun(int32_t task, int32_t device) const {
    int32_t pin = p.tasks[task].pin;
    return p.timeOf(task, device) != Unlimited &&
           (pin == None || pin == device);
  }
  std::string compareWithLargest(const std::string &what,
                                 const std::vector<int32_t> &tasks, Wide needed,
                                 const std::string &parts);
  std::vector<int32_t> uncuttableBlocks();
  const std::string &device(int32_t d) const { return p.devices[d].name; }
  void say(std::string text) { sentences.push_back(std::move(text)); }

  const Problem &p;
  Graph graph;
  std::vector<std::string> sentences;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_NOPLAN_H
