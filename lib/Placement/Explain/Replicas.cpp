//===- Replicas.cpp - Which of several devices a figure is of -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replicas.h"

#include <set>
#include <tuple>

using namespace onnx_split;
using namespace onnx_split::placement;

std::vector<int32_t> onnx_split::placement::devicesAt(const Placement &plan,
                                                      int32_t stage,
                                                      int32_t boundary) {
  if (stage == None)
    return {boundary};
  std::vector<int32_t> devices = {plan.deviceOf[stage]};
  if (!plan.replicas.empty())
    devices.insert(devices.end(), plan.replicas[stage].begin(),
                   plan.replicas[stage].end());
  return devices;
}

Placement onnx_split::placement::withOneReplica(Placement plan, int32_t stage,
                                                int32_t device) {
  plan.deviceOf[stage] = device;
  if (!plan.replicas.empty())
    plan.replicas[stage].clear();
  return plan;
}

int32_t onnx_split::placement::slowestDevice(const Problem &problem,
                                             const Placement &plan,
                                             int32_t stage) {
  std::vector<int32_t> devices = devicesAt(plan, stage, None);
  if (devices.size() == 1)
    return devices.front();
  int32_t slowest = None;
  int64_t longest = -1;
  std::set<std::tuple<int32_t, int64_t, int64_t, int64_t, int64_t>> seen;
  for (int32_t device : devices) {
    // One of a kind stands for all.
    const Device &kind = problem.devices[device];
    if (!seen.insert({kind.speedClass, kind.messageNs, kind.bytePs,
                      kind.weightCache, kind.streamRate})
             .second)
      continue;
    Placement alone = withOneReplica(plan, stage, device);
    int64_t time = evaluate(problem, alone).stages[stage].computeNs;
    if (time > longest) {
      longest = time;
      slowest = device;
    }
  }
  return slowest;
}

std::pair<int32_t, int32_t> onnx_split::placement::slowestPair(
    const Problem &problem, const Placement &plan, const Message &message) {
  std::vector<int32_t> senders = devicesAt(plan, message.from, problem.ingress);
  std::vector<int32_t> receivers = devicesAt(plan, message.to, problem.egress);
  auto numSenders = static_cast<int64_t>(senders.size()),
       numReceivers = static_cast<int64_t>(receivers.size());
  std::pair<int32_t, int32_t> slowest = {senders.front(), receivers.front()};
  int64_t longest = -1;
  for (int64_t a = 0; a < numSenders; ++a)
    for (int64_t b = 0; b < numReceivers; ++b) {
      int32_t from = senders[a], to = receivers[b];
      if (from == to || !haveCommonItem(a, numSenders, b, numReceivers))
        continue;
      int64_t time = deliveryTime(problem.link(from, to), message.bytes);
      if (time > longest) {
        longest = time;
        slowest = {from, to};
      }
    }
  return slowest;
}
