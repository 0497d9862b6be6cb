//===- SingleDevices.cpp - What each device does alone --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Advice.h"

#include "../Tables/DeviceGroups.h"
#include "../Tables/Wide.h"

#include <algorithm>

using namespace onnx_split;
using namespace onnx_split::placement;

/// A few words for the first of these that is so.
static std::string whyNotAlone(const Problem &p, int32_t device,
                               const Evaluation &evaluation) {
  for (size_t t = 0; t < p.tasks.size(); ++t)
    if (p.timeOf(static_cast<int32_t>(t), device) == Unlimited)
      return "cannot run all of it";
  if (!evaluation.devices.empty() &&
      evaluation.devices.front().memoryBytes() > p.devices[device].memory)
    return "does not fit";
  return "has no link to where inputs or outputs are";
}

static OneDevice evaluateAlone(const Problem &p, int32_t device) {
  Placement single;
  single.stageOf.assign(p.tasks.size(), 0);
  single.deviceOf.assign(1, device);
  Evaluation evaluation = evaluate(p, single);
  OneDevice result;
  result.device = device;
  if (evaluation.violations.empty() && evaluation.intervalNs != Unlimited) {
    result.intervalNs = evaluation.intervalNs;
    result.latencyNs = evaluation.latencyNs;
  } else {
    result.whyNot = whyNotAlone(p, device, evaluation);
  }
  return result;
}

/// Without what no single device can meet, and without pins.
static Problem freeOfDemands(Problem p) {
  for (Task &task : p.tasks)
    task.pin = None;
  for (Tensor &tensor : p.tensors)
    tensor.mustCut = false;
  p.minStages = 0;
  return p;
}

std::vector<OneDevice>
onnx_split::placement::onSingleDevices(const Problem &problem, int32_t also,
                                       const std::vector<Problem> &points) {
  const Problem p = freeOfDemands(problem);
  std::vector<Problem> freePoints;
  for (const Problem &point : points)
    freePoints.push_back(freeOfDemands(point));
  auto evaluateEverywhere = [&](int32_t device) {
    OneDevice result = evaluateAlone(p, device);
    for (const Problem &point : freePoints)
      if (result.whyNot.empty())
        result.whyNot = evaluateAlone(point, device).whyNot;
    return result;
  };
  DeviceGroups groups(p);
  std::vector<std::pair<Wide, int32_t>> byTime;
  std::vector<Wide> ofClass(
      p.tasks.empty() ? 0 : p.taskTime.size() / p.tasks.size());
  for (size_t row = 0; row < ofClass.size(); ++row)
    for (size_t t = 0; t < p.tasks.size(); ++t)
      ofClass[row] += problem.taskTime[row * p.tasks.size() + t];
  for (const std::vector<int32_t> &group : groups.groups()) {
    int32_t device = group.front();
    byTime.push_back(
        {ofClass.empty() ? 0 : ofClass[p.devices[device].speedClass], device});
  }
  std::sort(byTime.begin(), byTime.end());
  // Of large problems the fast ones, until no other can be the best.
  constexpr size_t most = 1000000;
  std::vector<OneDevice> results;
  int64_t best = Unlimited;
  for (const auto &[time, device] : byTime) {
    if (results.size() * p.tasks.size() > most && time >= best)
      break;
    results.push_back(evaluateEverywhere(device));
    if (results.back().whyNot.empty())
      best = std::min(
          best, std::max(results.back().intervalNs, results.back().latencyNs));
  }
  if (also != None && std::none_of(results.begin(), results.end(),
                                   [&](const OneDevice &result) {
                                     return result.device == also;
                                   }))
    results.push_back(evaluateEverywhere(also));
  std::sort(results.begin(), results.end(),
            [](const OneDevice &a, const OneDevice &b) {
              return a.device < b.device;
            });
  return results;
}
