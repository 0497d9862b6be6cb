//===- MoreCache.cpp - What more fast memory would save -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MoreCache.h"

#include "../Tables/WeightStreams.h"

using namespace onnx_split::placement;

/// Sizes of the weights of a device, in the order in which its stages read
/// them.
static std::vector<int64_t> weightsOn(const Problem &p, const Placement &plan,
                                      int32_t device) {
  std::vector<int64_t> sizes;
  std::vector<char> isRead(p.weights.size(), 0);
  for (size_t s = 0; s < plan.deviceOf.size(); ++s) {
    bool isThere = plan.deviceOf[s] == device;
    if (!plan.replicas.empty())
      isThere |= std::count(plan.replicas[s].begin(), plan.replicas[s].end(),
                            device) > 0;
    for (size_t t = 0; isThere && t < p.tasks.size(); ++t)
      for (int32_t w : p.tasks[t].weights) {
        if (plan.stageOf[t] != static_cast<int32_t>(s) || isRead[w] ||
            p.weights[w].isState)
          continue;
        isRead[w] = 1;
        sizes.push_back(p.weights[w].bytes);
      }
  }
  return sizes;
}

/// Until some weight fits that did not, nothing changes; and then what is kept
/// is more than the cache had (docs/Planner.md), whatever that one displaces.
MoreCache onnx_split::placement::findMoreCache(const Problem &problem,
                                               const Placement &plan,
                                               int32_t device) {
  std::vector<int64_t> sizes = weightsOn(problem, plan, device);
  int64_t capacity = problem.devices[device].weightCache;
  MoreCache more;
  more.bytes = Unlimited;
  FirstFit now(capacity);
  for (int64_t bytes : sizes) {
    if (bytes > now.room())
      more.bytes = std::min(more.bytes, bytes - now.room());
    now.add(bytes);
  }
  FirstFit then(addSaturating(capacity, more.bytes));
  for (int64_t bytes : sizes)
    then.add(bytes);
  more.streamedBytes = saturate(then.streamed());
  return more;
}
