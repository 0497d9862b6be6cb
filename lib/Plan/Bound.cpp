//===- Bound.cpp - What is proven of a plan, and of which plans -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bound.h"

#include "Headline.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace onnx_split;
using llvm::StringRef;

int64_t onnx_split::countCopied(const Plan &plan) {
  int64_t copied = 0;
  for (const Plan::Stage &stage : plan.stages)
    copied += llvm::count_if(
        stage.nodes, [](const Plan::Node &node) { return node.copied; });
  return copied;
}

/// "these pins, this cut and these uncut tensors"; empty without any.
static std::string describeWishes(const Plan::Demands &demands) {
  std::vector<std::string> parts;
  auto add = [&](size_t count, StringRef what) {
    if (count > 0)
      parts.push_back(
          (count == 1 ? "this " + what : "these " + what + "s").str());
  };
  add(demands.pins.size(), "pin");
  add(demands.cuts.size(), "cut");
  add(demands.noCuts.size(), "uncut tensor");
  if (parts.size() < 2)
    return parts.empty() ? "" : parts.front();
  std::string last = parts.back();
  parts.pop_back();
  return llvm::join(parts, ", ") + " and " + last;
}

/// "with exactly 2 stages"; empty where any number will do.
static std::string describeStageLimits(const Plan::Demands &demands) {
  int64_t least = demands.minStages, most = demands.maxStages;
  if (least > 1 && least == most)
    return "with exactly " + counted(least, "stage");
  if (most > 0 && least <= 1)
    return "with at most " + counted(most, "stage");
  if (most > 0)
    return "with " + std::to_string(least) + " to " + counted(most, "stage");
  return least > 1 ? "with at least " + counted(least, "stage") : "";
}

std::string onnx_split::conditions(const Plan &plan) {
  std::vector<std::string> parts;
  if (!plan.assumed.empty())
    parts.push_back("for " + llvm::join(plan.assumed, ", "));
  if (!plan.observed.empty())
    parts.push_back("with the extents of one run");
  else if (!plan.atMost.empty())
    parts.push_back("with upper bounds of extents that depend on data");
  if (!plan.unknown.empty() || !plan.open.empty())
    parts.push_back("as far as costs and sizes are known");
  if (!plan.refused.empty())
    parts.push_back("leaving out what follows " +
                    counted(plan.refused.size(), "refused node"));
  if (countCopied(plan) > 0)
    parts.push_back("of plans that compute no node twice");
  if (std::string wishes = describeWishes(plan.demands); !wishes.empty())
    parts.push_back("with " + wishes);
  if (std::string stages = describeStageLimits(plan.demands); !stages.empty())
    parts.push_back(stages);
  bool usesLatency = plan.objective == "latency" || plan.maxLatencyNs ||
                     plan.options.sequences > 0;
  if (usesLatency && holdsSeveralStages(plan))
    parts.push_back("as if the stages of a device ran side by side");
  if (plan.maxLatencyNs)
    parts.push_back("within " + formatTime(*plan.maxLatencyNs) +
                    " for one item");
  if (!plan.messageLimits.empty())
    parts.push_back("as if messages waited for no answers");
  // Fewest devices state their target with the figures.
  if (plan.objective == "latency" && plan.targetNs)
    parts.push_back("with at most " + formatTime(*plan.targetNs) +
                    " between items");
  return parts.empty() ? "" : ", " + llvm::join(parts, ", ");
}

StringRef onnx_split::describeClass(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .Case("fixed-order", "no plan that cuts the nodes in this order")
      .Case("contiguous", "no plan with one stage on each device")
      .Case("revisiting", "no plan with any number of stages on each device")
      .Case("replicated",
            "no plan with one stage on each device, replicas or not,")
      .Default("no plan at all");
}

void onnx_split::printBound(const Plan &plan, llvm::raw_ostream &os) {
  bool ofDevices = plan.objective == "devices";
  int64_t value = ofDevices                     ? countDevices(plan)
                  : plan.objective == "latency" ? plan.latencyNs
                                                : plan.getIntervalNs();
  int64_t bound =
      ofDevices ? plan.lowerBoundDevices.value_or(0) : plan.lowerBoundNs;
  // The gap as everywhere: what a better plan could save of this one.
  double gap = value > 0 ? double(value - bound) / double(value) : 0;
  constexpr double useless = 0.5;
  if (bound >= value) {
    os << "optimal      " << describeClass(plan.lowerBoundClass)
       << (ofDevices ? " needs fewer" : " is faster") << conditions(plan)
       << "\n";
    return;
  }
  os << "bound        ";
  if (gap > useless)
    os << "no useful bound: a better plan may exist\n";
  else
    // Rounded up, so that it stays true.
    os << describeClass(plan.lowerBoundClass) << " saves over "
       << llvm::formatv("{0:F1} %", std::ceil(1000 * gap) / 10)
       << conditions(plan) << "\n";
}
