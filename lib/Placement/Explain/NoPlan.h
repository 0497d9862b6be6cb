//===- NoPlan.h - Why there is no plan --------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_NOPLAN_H
#define ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_NOPLAN_H

#include "FirstPlan.h"

#include "../Tables/Graph.h"
#include "../Tables/Wide.h"

#include <chrono>

namespace onnx_split::placement {

/// How a search without a plan ended: with a proof that there is none, by the
/// clock, or by itself.
enum class Ending { NotKnown, Proven, Clock, NoProof };

/// Collects sentences; each step looks for one cause. What time does not allow
/// to look for is not said.
class Explainer {
public:
  Explainer(const Problem &problem, const Limits &within, Ending end,
            double seconds, const std::atomic<bool> *stopFlag)
      : p(problem), limits(within), ending(end), graph(problem), stop(stopFlag),
        deadline(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                    std::chrono::duration<double>(seconds))) {}
  std::vector<std::string> run();

private:
  using Clock = std::chrono::steady_clock;

  /// True if the step finds its cause.
  bool says(void (Explainer::*step)()) {
    size_t before = sentences.size();
    (this->*step)();
    return sentences.size() > before;
  }
  void impossibleTasks();
  void moreTime();
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
  double secondsLeft() const {
    return std::chrono::duration<double>(deadline - Clock::now()).count();
  }
  bool isOver() const { return (stop && *stop) || secondsLeft() <= 0; }
  Wide activationsOf(int32_t task) const;
  int32_t tooSmallFor(const std::vector<int32_t> &tasks, Wide needed);
  std::string compareWithLargest(const std::string &what,
                                 const std::vector<int32_t> &tasks, Wide needed,
                                 int32_t largest, const std::string &parts);
  std::vector<int32_t> uncuttableBlocks();
  const std::string &device(int32_t d) const { return p.devices[d].name; }
  void say(std::string text) { sentences.push_back(std::move(text)); }

  const Problem &p;
  const Limits limits;
  Ending ending;
  Graph graph;
  const std::atomic<bool> *stop;
  const Clock::time_point deadline;
  std::vector<std::string> sentences;
  /// There may be a plan: nothing excludes it, or it was found here.
  bool mayExist = false, isFound = false;
  /// Devices, those with most memory first; empty until they are asked for.
  std::vector<int32_t> byRoom;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_NOPLAN_H
