//===- MoreMemory.cpp - How much memory would make a plan possible --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where nothing fits: the device for which least more memory makes it fit.
/// Plans of the changed problem give an amount that is enough; failures that
/// are proven give one that is not.
///
//===----------------------------------------------------------------------===//

#include "MoreMemory.h"

#include "../Tables/Wide.h"
#include "../Text.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>

using namespace onnx_split::placement;

namespace {

/// Adds memory to one device, or to all of them, and asks for a plan.
class Experiment {
public:
  Experiment(const Problem &problem, const Limits &within, double seconds,
             const std::atomic<bool> *stop);
  std::vector<std::string> run();
  /// Without limits of memory there is no plan either.
  bool isNotTheMatter = false;

private:
  /// More bytes for a device, or, with None, for every one.
  struct Increase {
    int32_t device = None;
    /// Enough, Unlimited where nothing is known to be.
    int64_t enough = Unlimited;
    /// Anything less is proven not to be.
    int64_t least = 0;
  };

  Answer ask(int32_t device, int64_t more, int64_t &needed);
  void narrow(Increase &increase);
  bool outOfTime() const {
    return (stop && *stop) || std::chrono::steady_clock::now() >= deadline;
  }
  std::string sentence(const Increase &increase) const;

  const Problem &p;
  Problem changed;
  Limits limits;
  double secondsForEach = 0;
  const std::atomic<bool> *stop;
  std::chrono::steady_clock::time_point deadline;
};

} // namespace

Experiment::Experiment(const Problem &problem, const Limits &within,
                       double seconds, const std::atomic<bool> *stopFlag)
    : p(problem), changed(problem), limits(within), secondsForEach(seconds / 8),
      stop(stopFlag),
      deadline(std::chrono::steady_clock::now() +
               std::chrono::duration_cast<std::chrono::nanoseconds>(
                   std::chrono::duration<double>(seconds))) {}

/// Is there a plan with so much more memory? `needed`: what the plan found uses
/// of it.
Answer Experiment::ask(int32_t device, int64_t more, int64_t &needed) {
  for (size_t d = 0; d < p.devices.size(); ++d) {
    int64_t memory = p.devices[d].memory;
    if (device == None || device == static_cast<int32_t>(d))
      memory = addSaturating(memory, more);
    changed.devices[d].memory = memory;
  }
  double left =
      std::chrono::duration<double>(deadline - std::chrono::steady_clock::now())
          .count();
  Result result;
  Answer answer =
      askForPlan(changed, limits, std::min(secondsForEach, left), stop, result);
  if (answer != Answer::Yes)
    return answer;
  needed = 0;
  for (const DeviceLoad &load : result.evaluation.devices)
    needed =
        std::max(needed, load.memoryBytes() - p.devices[load.device].memory);
  return Answer::Yes;
}

/// Bisection between what is enough and what is not.
void Experiment::narrow(Increase &increase) {
  if (ask(increase.device, Unlimited, increase.enough) != Answer::Yes)
    increase.enough = Unlimited;
  while (increase.enough != Unlimited && increase.least < increase.enough &&
         !outOfTime()) {
    int64_t middle = increase.least + (increase.enough - increase.least) / 2,
            needed = 0;
    switch (ask(increase.device, middle, needed)) {
    case Answer::Yes:
      increase.enough = needed;
      break;
    case Answer::No:
      increase.least = middle + 1;
      break;
    case Answer::Unknown:
      return;
    }
  }
}

std::string Experiment::sentence(const Increase &increase) const {
  std::string amount = bytesText(increase.enough, p.byteUnits) + " more memory";
  std::string text =
      increase.device == None
          ? "with " + amount + " on each device a " + limits.describePlan() +
                " exists"
          : "with " + amount + " on device " +
                quoted(p.devices[increase.device].name) + ", which has " +
                bytesText(p.devices[increase.device].memory, p.byteUnits) +
                ", a " + limits.describePlan() + " exists";
  if (increase.least >= increase.enough)
    return text + ", and with less there is none";
  return text + (increase.least > 0
                     ? "; less than " + bytesText(increase.least, p.byteUnits) +
                           " is proven not to be enough"
                     : "");
}

std::vector<std::string> Experiment::run() {
  int64_t needed = 0;
  // Is memory the matter at all?
  Answer answer = ask(None, Unlimited, needed);
  if (answer == Answer::No) {
    isNotTheMatter = true;
    return {"memory is not the matter: without limits of memory there is no " +
            limits.describePlan() + " either"};
  }
  if (answer == Answer::Unknown)
    return {};
  Increase best;
  std::set<std::tuple<int64_t, int32_t, int64_t, int64_t, bool, bool>> seen;
  constexpr size_t most = 16;
  for (size_t d = 0; d < p.devices.size() && seen.size() < most; ++d) {
    const Device &device = p.devices[d];
    int32_t index = static_cast<int32_t>(d);
    if (outOfTime())
      break;
    if (device.memory == Unlimited ||
        !seen.insert({device.room(), device.speedClass, device.weightCache,
                      device.streamRate, index == p.ingress, index == p.egress})
             .second)
      continue;
    Increase increase;
    increase.device = index;
    narrow(increase);
    if (increase.enough < best.enough)
      best = increase;
  }
  if (best.enough == Unlimited) {
    best.enough = needed;
    narrow(best);
  }
  if (best.enough == Unlimited || best.enough <= 0)
    return {};
  return {sentence(best)};
}

std::vector<std::string>
onnx_split::placement::adviseMemory(const Problem &problem,
                                    const Limits &limits, double seconds,
                                    const std::atomic<bool> *stop) {
  if (!limits.areSet())
    return Experiment(problem, limits, seconds, stop).run();
  Experiment within(problem, limits, seconds / 2, stop);
  std::vector<std::string> advice = within.run();
  if (!within.isNotTheMatter)
    return advice;
  // Without the limits it may be.
  Experiment without(problem, Limits(), seconds / 2, stop);
  for (std::string &sentence : without.run())
    if (!without.isNotTheMatter)
      advice.push_back("without these limits: " + std::move(sentence));
  return advice;
}
