//===- Path.cpp - The longest path of an item -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Advice.h"

#include "Replicas.h"

#include <algorithm>

using namespace onnx_split;
using namespace onnx_split::placement;

namespace {
/// When each stage ends, and the message that it waits for longest.
class LongestPath {
public:
  LongestPath(const Problem &problem, const Placement &placement)
      : p(problem), plan(placement), evaluation(evaluate(problem, placement)) {}
  std::vector<PathStep> find();

private:
  void schedule();

  const Problem &p;
  const Placement &plan;
  Evaluation evaluation;
  /// By stage.
  std::vector<int64_t> ends;
  std::vector<const Message *> waitsFor;
  /// What ends the path: a message to the egress device, or a stage.
  const Message *last = nullptr;
  int32_t lastStage = None;
};
} // namespace

/// Messages are sorted by sender, and no stage sends to an earlier one; so the
/// messages to a stage are looked at before those from it.
void LongestPath::schedule() {
  size_t count = evaluation.stages.size();
  std::vector<std::vector<const Message *>> into(count);
  for (const Message &message : evaluation.messages)
    if (message.to != None)
      into[message.to].push_back(&message);
  ends.assign(count, 0);
  waitsFor.assign(count, nullptr);
  for (size_t s = 0; s < count; ++s) {
    int64_t start = 0;
    for (const Message *message : into[s]) {
      int64_t sent = message->from == None ? 0 : ends[message->from];
      int64_t arrival = addSaturating(sent, message->deliveryNs);
      if (arrival < start || (arrival == start && waitsFor[s]))
        continue;
      start = arrival;
      waitsFor[s] = message;
    }
    const StageLoad &load = evaluation.stages[s];
    ends[s] = addSaturating(start, load.computeNs - load.overheadNs);
    if (lastStage == None || ends[s] > ends[lastStage])
      lastStage = static_cast<int32_t>(s);
  }
  int64_t latest = lastStage == None ? 0 : ends[lastStage];
  for (const Message &message : evaluation.messages)
    if (int64_t arrival =
            message.from == None || message.to != None
                ? 0
                : addSaturating(ends[message.from], message.deliveryNs);
        arrival > latest) {
      latest = arrival;
      last = &message;
      lastStage = message.from;
    }
}

std::vector<PathStep> LongestPath::find() {
  schedule();
  std::vector<PathStep> path;
  auto add = [&](const Message *message) {
    if (!message || message->deliveryNs <= 0)
      return;
    auto [from, to] = slowestPair(p, plan, *message);
    PathStep &step = path.emplace_back();
    step.message = *message;
    step.from = from;
    step.to = to;
    step.timeNs = message->deliveryNs;
  };
  add(last);
  for (int32_t stage = lastStage; stage != None;) {
    const StageLoad &load = evaluation.stages[stage];
    PathStep &step = path.emplace_back();
    step.stage = stage;
    step.device = slowestDevice(p, plan, stage);
    step.timeNs = load.computeNs - load.overheadNs;
    add(waitsFor[stage]);
    stage = waitsFor[stage] ? waitsFor[stage]->from : None;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<PathStep>
onnx_split::placement::longestPath(const Problem &problem,
                                   const Placement &plan) {
  return LongestPath(problem, plan).find();
}
