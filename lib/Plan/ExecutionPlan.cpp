//===- ExecutionPlan.cpp - What a plan.json says to a runtime -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A plan as runners need it. The file may come from anywhere, so whatever an
/// index, a rank, a tag or a path in it is used for is checked here.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/ExecutionPlan.h"

#include "PlanJson.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

using namespace llvm;
using namespace onnx_split;

/// Gives each rank its role; each of 0 to n-1 must have one.
static Error assignRoles(ExecutionPlan &plan) {
  size_t count = 0;
  for (const ExecutionPlan::Stage &stage : plan.stages)
    count += stage.countDevices();
  std::vector<bool> taken(count);
  plan.roles.resize(count);
  for (auto [index, stage] : enumerate(plan.stages))
    for (int64_t replica = 0; replica < stage.countDevices(); ++replica) {
      int64_t rank = stage.rankOf(replica);
      if (size_t(rank) >= count || taken[rank])
        return createStringError("rank " + Twine(rank) + " of stage " +
                                 Twine(index) +
                                 " is not one of 0 to the number of stages and "
                                 "replicas, each once");
      taken[rank] = true;
      plan.roles[rank] = {int(index), int(replica)};
    }
  return Error::success();
}

/// What the reader of a part and a sender must be able to rely on.
static Error checkWires(const ExecutionPlan &plan) {
  StringSet<> ends;
  // One output of a stage may be several wires, which then have one type.
  StringMap<const ExecutionPlan::Wire *> outputs;
  SmallVector<bool> tags(INT16_MAX + 1);
  for (const ExecutionPlan::Wire &wire : plan.wires) {
    if (size_t(wire.to) >= plan.stages.size())
      return createStringError("wire '" + wire.name + "' goes to stage " +
                               Twine(wire.to) + ", which there is not");
    if (!is_contained(plan.stages[wire.from].outputs, wire.name) ||
        !is_contained(plan.stages[wire.to].inputs, wire.name))
      return createStringError("wire '" + wire.name +
                               "' is no output of stage " + Twine(wire.from) +
                               ", or no input of stage " + Twine(wire.to));
    if (tags[wire.tag])
      return createStringError("tag " + Twine(wire.tag) + " of wire '" +
                               wire.name + "' is taken");
    tags[wire.tag] = true;
    const ExecutionPlan::Wire &first =
        *outputs.try_emplace((Twine(wire.from) + "/" + wire.name).str(), &wire)
             .first->second;
    if (std::tie(first.dtype, first.container, first.shape, first.openRank) !=
        std::tie(wire.dtype, wire.container, wire.shape, wire.openRank))
      return createStringError(
          "wire '" + wire.name + "' to stage " + Twine(wire.to) +
          " has another type or shape than to stage " + Twine(first.to));
    if (!ends.insert((Twine(wire.to) + "/" + wire.name).str()).second)
      return createStringError("wire '" + wire.name + "' reaches stage " +
                               Twine(wire.to) + " twice");
  }
  return Error::success();
}

/// Gives each pair of stages its group. Where a file of version 1 has no `seq`,
/// or one twice, wires keep the order in which they stand.
static void groupWires(ExecutionPlan &plan) {
  std::vector<int> order(plan.wires.size());
  std::iota(order.begin(), order.end(), 0);
  stable_sort(order, [&](int a, int b) {
    auto key = [&](int wire) {
      const ExecutionPlan::Wire &w = plan.wires[wire];
      return std::tie(w.from, w.to, w.seq);
    };
    return key(a) < key(b);
  });
  for (int index : order) {
    const ExecutionPlan::Wire &wire = plan.wires[index];
    if (plan.groups.empty() || plan.groups.back().from != wire.from ||
        plan.groups.back().to != wire.to)
      plan.groups.push_back({wire.from, wire.to});
    ExecutionPlan::WireGroup &group = plan.groups.back();
    group.wires.push_back(index);
    // A file may say anything.
    auto add = [](int64_t &sum, int64_t term) {
      if (AddOverflow(sum, std::max<int64_t>(term, 0), sum))
        sum = INT64_MAX;
    };
    add(group.bytes, wire.bytes);
    add(group.timeNs, wire.timeNs);
  }
  std::map<std::pair<int64_t, int64_t>, int64_t> latencies;
  for (const ExecutionPlan::Message &message : plan.messages)
    latencies[{message.from.stage, message.to.stage}] = message.latencyNs;
  for (ExecutionPlan::WireGroup &group : plan.groups)
    if (auto it = latencies.find({group.from, group.to}); it != latencies.end())
      group.latencyNs = std::max<int64_t>(it->second, 0);
}

Expected<ExecutionPlan> onnx_split::readExecutionPlan(StringRef path) {
  auto buffer = readPlanText(path);
  if (!buffer)
    return buffer.takeError();
  StringRef text = (*buffer)->getBuffer();
  Expected<PlanFile> file = parsePlanFile(text, path, PlanUse::Run);
  if (!file)
    return file.takeError();
  ExecutionPlan plan;
  static_cast<PlanFile &>(plan) = std::move(*file);
  auto located = [&](Error error) {
    return createStringError(path + ": " + toString(std::move(error)));
  };
  if (plan.stages.empty())
    return createStringError(path + ": has no stages");
  // A plan from elsewhere must not make a rank open any other file.
  for (const ExecutionPlan::Stage &stage : plan.stages)
    if (sys::path::filename(stage.file) != stage.file || stage.file.empty() ||
        stage.file == "..")
      return createStringError(path + ": '" + stage.file +
                               "' is no file beside the plan");
  if (Error error = assignRoles(plan))
    return located(std::move(error));
  if (Error error = checkWires(plan))
    return located(std::move(error));
  groupWires(plan);
  plan.digest = toHex(SHA256::hash(arrayRefFromStringRef(text)),
                      /*LowerCase=*/true);
  return plan;
}
