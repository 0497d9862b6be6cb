//===- WhatHelps.cpp - Why a plan is no faster, and what would help -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Placement/Advice.h"

#include "MoreCache.h"
#include "Replicas.h"

#include "../Tables/DeviceGroups.h"
#include "../Text.h"

#include "onnx-split/Support/Counted.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

using namespace onnx_split;
using namespace onnx_split::placement;

//===----------------------------------------------------------------------===//
// The bottleneck
//===----------------------------------------------------------------------===//

static std::string milliseconds(int64_t ns) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f ms", static_cast<double>(ns) / 1e6);
  return text;
}

static std::string share(int64_t part, int64_t whole) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%",
                100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

/// Of a stage on one device.
static std::string describeStage(const Problem &p, const Placement &plan,
                                 int32_t stage, const StageLoad &load) {
  int32_t device = plan.deviceOf[stage], largest = None, count = 0;
  for (size_t t = 0; t < p.tasks.size(); ++t) {
    if (plan.stageOf[t] != stage)
      continue;
    ++count;
    if (largest == None ||
        p.timeOf(static_cast<int32_t>(t), device) > p.timeOf(largest, device))
      largest = static_cast<int32_t>(t);
  }
  std::string text = "stage " + std::to_string(stage) + " computes for " +
                     milliseconds(load.computeNs) + " on device " +
                     quoted(p.devices[device].name) + "; of its " +
                     counted(count, "node") + " that " +
                     (count == 1 ? "runs" : "run") + " for every item, " +
                     quoted(p.tasks[largest].name) + " takes " +
                     share(p.timeOf(largest, device), load.computeNs);
  if (load.overheadNs > 0)
    text += "; messages take " + share(load.overheadNs, load.computeNs);
  if (load.streamNs == 0)
    return text;
  MoreCache more = findMoreCache(p, plan, device);
  return text + "; reading " + bytesText(load.streamedBytes, p.byteUnits) +
         " of weights again takes " + share(load.streamNs, load.computeNs) +
         ", and with " + bytesText(more.bytes, p.byteUnits) +
         " more weight cache it would be " +
         bytesText(more.streamedBytes, p.byteUnits);
}

/// True if the link carries the message for some item.
static bool carries(const Problem &p, const Placement &plan,
                    const LinkLoad &link, const Message &message) {
  std::vector<int32_t> senders = devicesAt(plan, message.from, p.ingress);
  std::vector<int32_t> receivers = devicesAt(plan, message.to, p.egress);
  auto number = [](const std::vector<int32_t> &devices, int32_t device) {
    return std::find(devices.begin(), devices.end(), device) - devices.begin();
  };
  auto a = number(senders, link.from), b = number(receivers, link.to);
  auto numSenders = static_cast<int64_t>(senders.size()),
       numReceivers = static_cast<int64_t>(receivers.size());
  return a < numSenders && b < numReceivers &&
         haveCommonItem(a, numSenders, b, numReceivers);
}

/// The load of a link, and the message that takes most of it. Where replicas
/// take turns, that is not all of its time for each item.
static std::string describeLink(const Problem &p, const Evaluation &evaluation,
                                const Placement &plan, const LinkLoad &load) {
  const Message *largest = nullptr;
  for (const Message &message : evaluation.messages)
    if (carries(p, plan, load, message) &&
        (!largest || message.timeNs > largest->timeNs))
      largest = &message;
  std::string text = "the link from device " +
                     quoted(p.devices[load.from].name) + " to " +
                     quoted(p.devices[load.to].name) + " is busy for " +
                     milliseconds(load.timeNs);
  if (!largest)
    return text;
  std::string first = quoted(p.tensors[largest->tensors.front()].name);
  size_t count = largest->tensors.size();
  text += "; " +
          (count == 1 ? "tensor " + first
                      : "a message of " + counted(count, "tensor") + ", " +
                            first + " the first,") +
          " of " + bytesText(largest->bytes, p.byteUnits) + " takes " +
          share(std::min(largest->timeNs, load.timeNs), load.timeNs);
  int64_t own = p.link(load.from, load.to).messageNs;
  return own == 0 ? text
                  : text + ", " + milliseconds(own) + " of it whatever it has";
}

std::string onnx_split::placement::describeBottleneck(const Problem &problem,
                                                      const Placement &plan) {
  Evaluation evaluation = evaluate(problem, plan);
  if (evaluation.bottleneckNs == 0)
    return "nothing takes any time";
  for (const DeviceLoad &load : evaluation.devices)
    if (load.computeNs == evaluation.bottleneckNs && load.stages.size() == 1) {
      int32_t stage = load.stages.front();
      size_t turns =
          plan.replicas.empty() ? 1 : 1 + plan.replicas[stage].size();
      // The figures of the one that is busy, which may be any of them.
      Placement alone = withOneReplica(plan, stage, load.device);
      std::string text = describeStage(problem, alone, stage,
                                       evaluate(problem, alone).stages[stage]);
      return turns == 1 ? text
                        : text + "; " + std::to_string(turns) +
                              " devices run it in turn";
    }
  for (const LinkLoad &load : evaluation.links)
    if (load.timeNs == evaluation.bottleneckNs)
      return describeLink(problem, evaluation, plan, load);
  for (size_t m = 0; m < evaluation.mediaNs.size(); ++m)
    if (evaluation.mediaNs[m] == evaluation.bottleneckNs)
      return "medium " + quoted(problem.media[m].name) + " is busy for " +
             milliseconds(evaluation.bottleneckNs);
  return "several stages of one device take " +
         milliseconds(evaluation.bottleneckNs);
}

//===----------------------------------------------------------------------===//
// Changes
//===----------------------------------------------------------------------===//

static Problem withFasterDevice(Problem p, int32_t device) {
  size_t n = p.tasks.size(), row = p.taskTime.size() / n;
  for (size_t t = 0; t < n; ++t) {
    int64_t time = p.timeOf(static_cast<int32_t>(t), device);
    p.taskTime.push_back(time == Unlimited ? time : time / 2 + time % 2);
  }
  p.devices[device].speedClass = static_cast<int32_t>(row);
  return p;
}

static Problem withMoreMemory(Problem p, int32_t device) {
  int64_t &memory = p.devices[device].memory;
  memory = addSaturating(memory, memory);
  return p;
}

static Problem withMoreCache(Problem p, int32_t device) {
  int64_t &cache = p.devices[device].weightCache;
  cache = addSaturating(cache, cache);
  return p;
}

/// Twice as fast in all that occupies it, and in what it takes besides.
static void speedUp(Link &link) {
  link.latencyNs -= link.latencyNs / 2;
  if (link.bitsPerSecond <= Unlimited / 2)
    link.bitsPerSecond *= 2;
  link.messageNs -= link.messageNs / 2;
}

/// A copy of the device, linked like it. The link between the two is like that
/// to another device of the kind, or else the fastest one that it has.
static Problem withOneMore(const Problem &old, int32_t device, int32_t other) {
  Problem p = old;
  size_t count = old.devices.size();
  Link between = onnx_split::Unlinked;
  int32_t medium = None;
  for (size_t d = 0; d < count; ++d) {
    const Link &link = old.link(device, static_cast<int32_t>(d));
    bool isOther = other == static_cast<int32_t>(d);
    if (static_cast<int32_t>(d) != device &&
        (isOther ||
         (other == device && link.bitsPerSecond > between.bitsPerSecond))) {
      between = link;
      medium = old.medium(device, static_cast<int32_t>(d));
    }
  }
  p.devices.push_back(old.devices[device]);
  p.devices.back().name += "-more";
  p.links.assign((count + 1) * (count + 1), Link{});
  if (!old.mediumOf.empty())
    p.mediumOf.assign(p.links.size(), None);
  for (size_t from = 0; from <= count; ++from)
    for (size_t to = 0; to <= count; ++to) {
      size_t index = from * (count + 1) + to;
      size_t oldFrom = from == count ? device : from;
      size_t oldTo = to == count ? device : to;
      bool isPair = oldFrom == oldTo;
      p.links[index] = isPair ? between : old.links[oldFrom * count + oldTo];
      if (!old.mediumOf.empty())
        p.mediumOf[index] = isPair ? medium
                                   : old.medium(static_cast<int32_t>(oldFrom),
                                                static_cast<int32_t>(oldTo));
    }
  for (size_t m = 0; m < p.media.size(); ++m)
    if (medium == static_cast<int32_t>(m))
      p.media[m].devices.push_back(static_cast<int32_t>(count));
  return p;
}

static Problem withFasterLink(Problem p, int32_t a, int32_t b) {
  speedUp(p.links[p.pair(a, b)]);
  speedUp(p.links[p.pair(b, a)]);
  return p;
}

static Problem withFasterMedium(Problem p, int32_t medium) {
  for (size_t i = 0; i < p.links.size(); ++i)
    if (p.mediumOf[i] == medium)
      speedUp(p.links[i]);
  return p;
}

namespace {
struct Change {
  std::string text;
  std::function<Problem()> apply;
};
} // namespace

/// What the plan uses of the network.
namespace {
struct Used {
  Used(const Problem &problem, const Placement &plan) : p(problem) {
    for (const LinkLoad &load : evaluate(p, plan).links) {
      links.insert({load.from, load.to});
      media.insert(p.medium(load.from, load.to));
    }
  }
  bool hasLink(const std::vector<int32_t> &some,
               const std::vector<int32_t> &others) const {
    for (int32_t a : some)
      for (int32_t b : others)
        if (links.count({a, b}) || links.count({b, a}))
          return true;
    return false;
  }

  const Problem &p;
  std::set<std::pair<int32_t, int32_t>> links;
  std::set<int32_t> media;
};
} // namespace

static std::vector<Change> listChanges(const Problem &p, const Used &used) {
  std::vector<Change> changes;
  DeviceGroups devices(p);
  const auto &groups = devices.groups();
  auto name = [&](int32_t device) { return quoted(p.devices[device].name); };
  for (const std::vector<int32_t> &group : groups) {
    int32_t device = group.front();
    bool takesTime = false;
    for (size_t t = 0; t < p.tasks.size() && !takesTime; ++t) {
      int64_t time = p.timeOf(static_cast<int32_t>(t), device);
      takesTime = time > 0 && time != Unlimited;
    }
    if (takesTime)
      changes.push_back({"device " + name(device) + " twice as fast",
                         [&p, device] { return withFasterDevice(p, device); }});
    if (p.devices[device].memory != Unlimited)
      changes.push_back({"device " + name(device) + " with twice the memory",
                         [&p, device] { return withMoreMemory(p, device); }});
    if (p.devices[device].streams())
      changes.push_back(
          {"device " + name(device) + " with twice the weight cache",
           [&p, device] { return withMoreCache(p, device); }});
    int32_t other = group.size() > 1 ? group[1] : device;
    changes.push_back(
        {"one more device like " + name(device),
         [&p, device, other] { return withOneMore(p, device, other); }});
  }
  for (size_t m = 0; m < p.media.size(); ++m)
    if (used.media.count(static_cast<int32_t>(m)))
      changes.push_back(
          {"medium " + quoted(p.media[m].name) + " twice as fast",
           [&p, m] { return withFasterMedium(p, static_cast<int32_t>(m)); }});
  for (size_t g = 0; g < groups.size(); ++g)
    for (size_t h = g; h < groups.size(); ++h) {
      if (g == h && groups[g].size() == 1)
        continue;
      int32_t a = groups[g].front();
      int32_t b = g == h ? groups[g][1] : groups[h].front();
      bool isShared = p.medium(a, b) != None;
      const Link &link = p.link(a, b), &back = p.link(b, a);
      if (isShared || !used.hasLink(groups[g], groups[h]) ||
          (link.bitsPerSecond == 0 && back.bitsPerSecond == 0))
        continue;
      changes.push_back(
          {"the link between " + name(a) + " and " + name(b) + " twice as fast",
           [&p, a, b] { return withFasterLink(p, a, b); }});
    }
  return changes;
}

/// What the objective makes small.
static int64_t valueOf(const Evaluation &evaluation, Objective objective) {
  return objective == Objective::Latency ? evaluation.latencyNs
         : objective == Objective::Devices
             ? static_cast<int64_t>(evaluation.devices.size())
             : evaluation.intervalNs;
}

int64_t onnx_split::placement::valueUnchanged(const Problem &old,
                                              const Problem &changed,
                                              const Placement &plan,
                                              const SolveOptions &options) {
  if (old.tasks.size() != changed.tasks.size())
    return Unlimited;
  for (size_t s = 0; s < plan.deviceOf.size(); ++s)
    for (int32_t device : devicesAt(plan, static_cast<int32_t>(s), None))
      if (static_cast<size_t>(device) >= old.devices.size() ||
          old.devices[device].name != changed.devices[device].name)
        return Unlimited;
  Evaluation evaluation = evaluate(old, plan);
  bool isOver = evaluation.latencyNs > options.maxLatencyNs ||
                (options.objective != Objective::Throughput &&
                 evaluation.intervalNs > options.targetNs);
  return !evaluation.violations.empty() || isOver
             ? Unlimited
             : valueOf(evaluation, options.objective);
}

std::vector<WhatIf>
onnx_split::placement::whatHelps(const Problem &problem, const Placement &plan,
                                 const SolveOptions &options,
                                 size_t maxChanges) {
  std::vector<WhatIf> answers;
  if (problem.tasks.empty())
    return answers;
  std::vector<Change> changes = listChanges(problem, Used(problem, plan));
  changes.resize(std::min(changes.size(), maxChanges));
  SolveOptions each = options;
  auto start = std::chrono::steady_clock::now();
  for (const Change &change : changes) {
    if (options.stop && *options.stop)
      break;
    WhatIf &answer = answers.emplace_back();
    answer.change = change.text;
    // What preparing a large problem takes is not in the limit of a search.
    std::chrono::duration<double> taken =
        std::chrono::steady_clock::now() - start;
    double left = options.timeLimitSeconds - taken.count();
    answer.isTried = left > 0;
    if (!answer.isTried)
      continue;
    each.timeLimitSeconds =
        left / static_cast<double>(changes.size() - answers.size() + 2);
    Problem changed = change.apply();
    Result result = solve(changed, each);
    if (result.found) {
      answer.value = valueOf(result.evaluation, options.objective);
      answer.unchanged =
          valueUnchanged(problem, changed, result.placement, options);
      answer.proven = result.bound.value >= answer.value;
    }
  }
  std::stable_sort(
      answers.begin(), answers.end(),
      [](const WhatIf &a, const WhatIf &b) { return a.value < b.value; });
  return answers;
}
