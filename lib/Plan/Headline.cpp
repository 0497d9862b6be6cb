//===- Headline.cpp - What a plan is worth --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Headline.h"

#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace onnx_split;
using llvm::StringRef;

int64_t onnx_split::countDevices(const Plan &plan) {
  llvm::StringSet<> devices;
  for (const Plan::Stage &stage : plan.stages)
    for (int64_t number = 0; number < stage.countDevices(); ++number)
      devices.insert(stage.deviceOf(number));
  return devices.size();
}

bool onnx_split::holdsSeveralStages(const Plan &plan) {
  llvm::StringSet<> devices;
  for (const Plan::Stage &stage : plan.stages)
    for (int64_t number = 0; number < stage.countDevices(); ++number)
      if (!devices.insert(stage.deviceOf(number)).second)
        return true;
  return false;
}

const Plan::MessageLimit *onnx_split::findMessageLimit(const Plan &plan) {
  auto worst =
      llvm::max_element(plan.messageLimits, [](const Plan::MessageLimit &a,
                                               const Plan::MessageLimit &b) {
        return a.intervalNs < b.intervalNs;
      });
  return worst == plan.messageLimits.end() ? nullptr : &*worst;
}

/// "7.5 x"; with more digits where they make the difference.
static std::string timesOf(double factor) {
  if (factor < 0.1)
    return llvm::formatv("{0:F4} x", factor).str();
  return factor < 2 ? llvm::formatv("{0:F2} x", factor).str()
                    : llvm::formatv("{0:F1} x", factor).str();
}

std::vector<std::string> onnx_split::listLimits(const Plan &plan) {
  std::vector<std::string> limits;
  if (plan.getIntervalNs() > plan.bottleneckNs)
    limits.push_back("round trip of " +
                     counted(plan.options.sequences, "sequence"));
  auto isLimit = [&](int64_t ns) {
    return ns == plan.getIntervalNs() && ns > 0;
  };
  for (const Plan::Load &device : plan.devices)
    if (isLimit(device.loadNs))
      limits.push_back("device " + device.name);
  llvm::StringSet<> full;
  for (const Plan::Load &medium : plan.media)
    if (isLimit(medium.loadNs)) {
      limits.push_back("medium " + medium.name);
      full.insert(medium.name);
    }
  for (const Plan::LinkLoad &link : plan.links)
    if (isLimit(link.loadNs) && !full.contains(link.medium))
      limits.push_back("link " + link.from + " to " + link.to);
  return limits;
}

/// The first two, and how many more.
static std::string someOf(const std::vector<std::string> &names) {
  constexpr size_t most = 2;
  std::string text = llvm::join(llvm::ArrayRef(names).take_front(most), ", ");
  if (names.size() > most)
    text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

/// What an item takes on a single device, by the objective.
static int64_t figureOf(const Plan::Single &single, const Plan &plan) {
  return plan.objective == "latency" ? single.latencyNs : single.bottleneckNs;
}

/// "7.5 x pi4-0 alone" and "1.3 x the best single device (nano, 27.7)".
static void compare(const Plan &plan, int64_t own,
                    std::vector<std::string> &clauses) {
  const Plan::Single *best = nullptr, *reference = nullptr;
  for (const Plan::Single &single : plan.singleDevices) {
    if (single.device == plan.reference)
      reference = &single;
    if (!single.reason.empty())
      continue;
    // Of equal ones, the plan's own or that of the comparison.
    int64_t mine = figureOf(single, plan);
    bool isKnown = single.device == plan.reference ||
                   single.device == plan.stages.front().device;
    if (!best || mine < figureOf(*best, plan) ||
        (mine == figureOf(*best, plan) && isKnown))
      best = &single;
  }
  // What takes no time on one device is forced apart, and nothing compares.
  if (plan.singleDevices.empty() || (best && figureOf(*best, plan) == 0))
    return;
  auto factor = [&](const Plan::Single &single) {
    return timesOf(double(figureOf(single, plan)) / double(own));
  };
  if (countDevices(plan) == 1 && best &&
      plan.stages.front().device == best->device) {
    clauses.push_back("all on " + best->device + ", the best single device");
    return;
  }
  if (reference && reference != best)
    clauses.push_back(reference->reason.empty()
                          ? factor(*reference) + " " + reference->device +
                                " alone"
                          : reference->device + " alone " + reference->reason);
  if (!best) {
    clauses.push_back("no single device can do it");
    return;
  }
  int64_t figure = figureOf(*best, plan);
  clauses.push_back(
      factor(*best) + " the best single device (" + best->device + ", " +
      (plan.objective == "latency" ? formatTime(figure) : formatRate(figure)) +
      ")");
}

/// Clauses with a separator behind each but the last, on lines of 80 columns.
static void printClauses(StringRef first,
                         const std::vector<std::string> &clauses,
                         StringRef separator, size_t &column,
                         llvm::raw_ostream &os) {
  constexpr size_t width = 80;
  auto print = [&](StringRef text) {
    if (column > 0 && column + 1 + text.size() > width) {
      os << "\n    ";
      column = 4;
    } else if (column > 0) {
      os << " ";
      ++column;
    }
    os << text;
    column += text.size();
  };
  print(first);
  for (auto [index, clause] : llvm::enumerate(clauses))
    print(clause +
          (index + 1 < clauses.size() ? separator.str() : std::string()));
}

void onnx_split::printHeadline(const Plan &plan, llvm::raw_ostream &os) {
  std::vector<std::string> worth, rest;
  std::string figure;
  bool isLatency = plan.objective == "latency";
  int64_t own = isLatency ? plan.latencyNs : plan.getIntervalNs();
  if (own == 0)
    figure = "nothing that this plan does takes time";
  else if (isLatency)
    figure = formatTime(own) + " for one item";
  else
    figure = formatRate(own);
  if (plan.objective == "devices")
    figure += " with " + counted(countDevices(plan), "device");
  if (own > 0)
    compare(plan, own, worth);
  if (const Plan::MessageLimit *limit = findMessageLimit(plan);
      limit && !isLatency)
    rest.push_back("but messages from " + limit->from + " to " + limit->to +
                   " allow " + formatRate(limit->intervalNs));
  std::vector<std::string> limits = listLimits(plan);
  if (!isLatency && !limits.empty())
    rest.push_back("limit: " + someOf(limits));
  if (!plan.idle.empty())
    rest.push_back("idle: " + someOf(plan.idle));
  if (!plan.unknown.empty() || !plan.open.empty() || !plan.refused.empty())
    rest.push_back("some costs or sizes are not known");
  if (!worth.empty())
    figure += ":";
  else if (!rest.empty())
    figure += ";";
  if (!worth.empty() && !rest.empty())
    worth.back() += ";";
  size_t column = 0;
  printClauses(figure, worth, ",", column, os);
  for (auto [index, clause] : llvm::enumerate(rest))
    printClauses(clause + (index + 1 < rest.size() ? ";" : ""), {}, "", column,
                 os);
  os << "\n";
}
