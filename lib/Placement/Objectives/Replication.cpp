//===- Replication.cpp - Stages that several devices run in turn ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// With r equal devices in turn, a stage costs each of them one r-th of its
/// time per item ("deal skeletons", Benoit and Robert 2008). Steepest descent:
/// the stage that is the bottleneck gets the unused device that helps most,
/// until none does. That starts from plans with all numbers of stages up to 8,
/// then powers of two, because fewer stages leave more devices unused.
///
//===----------------------------------------------------------------------===//

#include "Objectives.h"

#include <algorithm>

using namespace onnx_split::placement;

namespace {

class Replicator {
public:
  explicit Replicator(SearchState &searchState)
      : search(searchState), p(search.problem) {}
  void run();

private:
  void grow(Placement plan);
  bool addBest(Placement &plan, Evaluation &evaluation);
  std::vector<int32_t> unusedDevices(const Placement &plan) const;
  std::vector<int32_t> busiestStages(const Evaluation &evaluation,
                                     const Placement &plan) const;

  SearchState &search;
  const Problem &p;
};

} // namespace

/// One of each kind of devices that no tie tells apart would do; the first 64
/// bound the effort on large clusters.
std::vector<int32_t> Replicator::unusedDevices(const Placement &plan) const {
  std::vector<char> isUsed(p.devices.size(), 0);
  for (int32_t device : plan.deviceOf)
    isUsed[device] = 1;
  for (const std::vector<int32_t> &others : plan.replicas)
    for (int32_t device : others)
      isUsed[device] = 1;
  constexpr size_t most = 64;
  std::vector<int32_t> unused;
  for (size_t d = 0; d < p.devices.size() && unused.size() < most; ++d)
    if (!isUsed[d])
      unused.push_back(static_cast<int32_t>(d));
  return unused;
}

/// Stages whose device or link is the bottleneck: one more device relieves a
/// link, too, because its messages then take turns.
std::vector<int32_t> Replicator::busiestStages(const Evaluation &evaluation,
                                               const Placement &plan) const {
  std::vector<char> isBusy(p.devices.size(), 0);
  for (const DeviceLoad &load : evaluation.devices)
    if (load.computeNs == evaluation.bottleneckNs)
      isBusy[load.device] = 1;
  for (const LinkLoad &load : evaluation.links)
    if (load.timeNs == evaluation.bottleneckNs)
      isBusy[load.from] = isBusy[load.to] = 1;
  std::vector<int32_t> stages;
  for (size_t s = 0; s < plan.deviceOf.size(); ++s) {
    bool busy = isBusy[plan.deviceOf[s]];
    for (int32_t device : plan.replicas[s])
      busy |= isBusy[device] != 0;
    if (busy)
      stages.push_back(static_cast<int32_t>(s));
  }
  return stages;
}

/// Number of loads at the bottleneck, so that one of several equal ones may be
/// relieved first.
static int64_t countBusiest(const Evaluation &evaluation) {
  int64_t count = 0;
  for (const DeviceLoad &load : evaluation.devices)
    count += load.computeNs == evaluation.bottleneckNs;
  for (const LinkLoad &load : evaluation.links)
    count += load.timeNs == evaluation.bottleneckNs;
  return count;
}

/// False where no single device helps.
bool Replicator::addBest(Placement &plan, Evaluation &evaluation) {
  auto badness = [](const Evaluation &e) {
    return std::make_pair(e.intervalNs, countBusiest(e));
  };
  auto best = badness(evaluation);
  Evaluation bestEvaluation;
  int32_t bestStage = None, bestDevice = None;
  std::vector<int32_t> unused = unusedDevices(plan);
  for (int32_t stage : busiestStages(evaluation, plan))
    for (int32_t device : unused) {
      if (search.outOfTime())
        return false;
      plan.replicas[stage].push_back(device);
      Evaluation candidate = evaluate(p, plan);
      plan.replicas[stage].pop_back();
      if (!candidate.violations.empty() || badness(candidate) >= best)
        continue;
      best = badness(candidate);
      bestEvaluation = std::move(candidate);
      bestStage = stage;
      bestDevice = device;
    }
  if (bestStage == None)
    return false;
  plan.replicas[bestStage].push_back(bestDevice);
  evaluation = std::move(bestEvaluation);
  return true;
}

void Replicator::grow(Placement plan) {
  plan.replicas.resize(plan.deviceOf.size());
  Evaluation evaluation = evaluate(p, plan);
  bool grown = false;
  while (addBest(plan, evaluation))
    grown = true;
  if (grown)
    search.offer(plan);
  search.report();
}

void Replicator::run() {
  if (search.result.found)
    grow(search.result.placement);
  Problem limited = p;
  limited.revisit = limited.replicate = false;
  int32_t most = static_cast<int32_t>(std::min(
      {p.devices.size(), p.tasks.size(),
       p.maxStages > 0 ? static_cast<size_t>(p.maxStages) : p.tasks.size()}));
  for (int32_t stages = std::max(p.minStages, 1);
       stages <= most && !search.outOfTime();
       stages = stages < 8 ? stages + 1 : stages * 2) {
    limited.maxStages = stages;
    search.within(0.2, [&] {
      SearchState part = search.part(limited);
      searchThroughput(part);
      if (part.result.found) {
        search.offerPlanOf(part);
        search.within(1.0, [&] { grow(part.result.placement); });
      }
    });
  }
}

void onnx_split::placement::searchReplicas(SearchState &search) {
  Replicator(search).run();
}
