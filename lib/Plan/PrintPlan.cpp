//===- PrintPlan.cpp - The plan as a table --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The summary for people: tables of stages and wires, then lines of a title
/// and a figure, of which those that rest on something say on what.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/Plan.h"

#include "Bound.h"
#include "Headline.h"
#include "onnx-split/Analysis/States.h"
#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Support/Counted.h"
#include "onnx-split/Support/Network.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/ShellQuote.h"
#include "onnx-split/Support/Table.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace onnx_split;

/// Without a whole there is no share.
static std::string percent(int64_t part, int64_t whole) {
  return whole > 0 ? llvm::formatv("{0:F0} %", 100.0 * part / whole).str()
                   : "-";
}

/// Names of ordinary length stay whole; a table needs an end.
static std::string shortened(StringRef name) {
  constexpr size_t maxLength = 40;
  return name.size() <= maxLength
             ? name.str()
             : ("..." + name.take_back(maxLength - 3)).str();
}

/// "1x3x?", with symbols by name; "?" where the rank is not known, or for a
/// sequence or an optional.
static std::string shapeOf(Type type) {
  auto tensor = dyn_cast<graph::OnnxTensorType>(type);
  if (!tensor || !tensor.hasRank())
    return "?";
  std::string text;
  for (Attribute dim : tensor.getDims()) {
    if (!text.empty())
      text += "x";
    if (auto extent = dyn_cast<IntegerAttr>(dim))
      text += std::to_string(extent.getInt());
    else if (auto symbol = dyn_cast<StringAttr>(dim))
      text += symbol.str();
    else
      text += "?";
  }
  return text.empty() ? "scalar" : text;
}

/// Devices of a stage, in the order of their turns.
static std::string devicesOf(const Plan::Stage &stage) {
  std::string names = stage.device;
  for (const Plan::Replica &replica : stage.replicas)
    names += ", " + replica.device;
  return names;
}

/// " on box"; nothing where that need not be said.
static std::string on(StringRef device) {
  return device.empty() ? "" : (" on " + device).str();
}

/// Of a stage that several devices run in turn, the one that its time is of: "
/// on box", or nothing where all are as fast, or more stages load them.
static std::string slowestOf(const Plan::Stage &stage, const Plan &plan) {
  int64_t turns = stage.countDevices();
  int64_t share = stage.computeNs / turns + (stage.computeNs % turns != 0);
  std::string slowest;
  int64_t slow = 0;
  for (const Plan::Load &device : plan.devices)
    for (int64_t number = 0; number < turns; ++number)
      if (stage.deviceOf(number) == device.name && device.loadNs == share) {
        slowest = device.name;
        ++slow;
      }
  return slow < turns ? on(slowest) : "";
}

/// Of several devices, the one with the least memory: " of 1.00 GiB on box", as
/// far as it is limited.
static std::string describeRoom(const Plan::Stage &stage, int64_t own,
                                const Plan &plan) {
  int64_t least = own, most = own;
  std::string smallest = stage.device;
  for (const Plan::Replica &replica : stage.replicas)
    if (auto found = plan.memoryOf.find(replica.device);
        found != plan.memoryOf.end()) {
      most = std::max(most, found->second);
      if (found->second < least) {
        least = found->second;
        smallest = replica.device;
      }
    }
  return least == Unlimited ? ""
                            : " of " + formatBytes(least, plan.byteUnits()) +
                                  (least < most ? on(smallest) : "");
}

/// A row for each stage. Its load is the part of the bottleneck that each
/// device of the stage is busy for.
static void printStages(const Plan &plan, llvm::raw_ostream &os) {
  // Only a profile says what messages take.
  bool hasOverheads = llvm::any_of(plan.stages, [](const Plan::Stage &stage) {
    return stage.overheadNs > 0;
  });
  bool hasRuntimes = llvm::any_of(plan.stages, [](const Plan::Stage &stage) {
    return stage.runtimeBytes > 0;
  });
  bool hasCaches = llvm::any_of(plan.stages, [](const Plan::Stage &stage) {
    return stage.cachedBytes > 0 || stage.streamedBytes > 0;
  });
  bool hasStates = llvm::any_of(plan.stages, [](const Plan::Stage &stage) {
    return stage.stateBytes > 0;
  });
  std::vector<std::string> titles = {"stage",   "device", "nodes",   "MACs",
                                     "compute", "load",   "weights", "memory"};
  if (hasCaches)
    titles.insert(titles.end() - 1, "streamed");
  if (hasStates)
    titles.insert(titles.end() - 1, "states");
  if (hasRuntimes)
    titles.insert(titles.end() - 1, "runtime");
  if (hasOverheads)
    titles.insert(titles.begin() + 5, "messages");
  Table table(titles);
  for (auto [number, stage, memory] :
       llvm::enumerate(plan.stages, plan.deviceMemory)) {
    std::vector<std::string> row = {
        std::to_string(stage.index),
        devicesOf(stage),
        std::to_string(stage.nodes.size()),
        formatCount(stage.macs),
        formatTime(stage.computeNs - stage.overheadNs) + slowestOf(stage, plan),
        percent(stage.computeNs / stage.countDevices(), plan.getIntervalNs()),
        formatBytes(stage.weightBytes, plan.byteUnits()),
        (stage.memoryIsLowerBound ? "at least " : "") +
            formatBytes(stage.memoryBytes(), plan.byteUnits()) +
            describeRoom(stage, memory, plan)};
    if (hasCaches)
      row.insert(
          row.end() - 1,
          formatBytes(stage.streamedBytes, plan.byteUnits()) +
              on(number < plan.streamsOn.size() ? plan.streamsOn[number] : ""));
    if (hasStates)
      row.insert(row.end() - 1,
                 formatBytes(stage.stateBytes, plan.byteUnits()));
    if (hasRuntimes)
      row.insert(row.end() - 1,
                 formatBytes(stage.runtimeBytes, plan.byteUnits()));
    if (hasOverheads)
      row.insert(row.begin() + 5, formatTime(stage.overheadNs));
    table.add(row);
  }
  table.print(os, {1});
}

/// Messages of one item that the link carries, some of them for some items only
/// where replicas take turns.
static int64_t countMessages(const Plan &plan, const Plan::LinkLoad &link) {
  // The device's number among those of the end, or -1; and how many they are.
  auto numberAt = [&](const Plan::End &end, StringRef device) {
    if (end.stage < 0)
      return int64_t(device == end.device ? 0 : -1);
    const Plan::Stage &stage = plan.stages[end.stage];
    for (int64_t number = 0; number < stage.countDevices(); ++number)
      if (stage.deviceOf(number) == device)
        return number;
    return int64_t(-1);
  };
  auto countAt = [&](const Plan::End &end) {
    return end.stage < 0 ? 1 : plan.stages[end.stage].countDevices();
  };
  return llvm::count_if(plan.messages, [&](const Plan::Message &message) {
    int64_t from = numberAt(message.from, link.from);
    int64_t to = numberAt(message.to, link.to);
    return from >= 0 && to >= 0 &&
           haveCommonItem(from, countAt(message.from), to, countAt(message.to));
  });
}

/// Rows at or below this share of the bottleneck are counted only.
static bool isWorthARow(int64_t ns, const Plan &plan) {
  return ns > plan.getIntervalNs() / 100;
}

namespace {
/// Who sends a message to whom, item by item, where devices take turns.
struct Turns {
  Turns(const Plan::Message &message, const Plan &plan);
  /// After how many items it is the first pair's turn again, and how many of
  /// these cross a link; the others stay on their device.
  int64_t all = 1, crossing = 0;
  /// Those that do, without repetition, in the order of their turns.
  std::vector<std::string> senders, receivers;
};
} // namespace

Turns::Turns(const Plan::Message &message, const Plan &plan) {
  auto count = [&](const Plan::End &end) {
    return end.stage < 0 ? int64_t(1) : plan.stages[end.stage].countDevices();
  };
  auto deviceAt = [&](const Plan::End &end, int64_t item) {
    return end.stage < 0 ? end.device
                         : plan.stages[end.stage].deviceOf(item % count(end));
  };
  llvm::StringSet<> sending, receiving;
  all = std::lcm(count(message.from), count(message.to));
  for (int64_t item = 0; item < all; ++item) {
    std::string from = deviceAt(message.from, item),
                to = deviceAt(message.to, item);
    if (from == to)
      continue;
    ++crossing;
    if (sending.insert(from).second)
      senders.push_back(from);
    if (receiving.insert(to).second)
      receivers.push_back(to);
  }
}

/// "3 pi4-0" for a stage, "ingress cam0" at the boundary, with the devices that
/// do send or receive.
static std::string endOf(const Plan::End &end,
                         const std::vector<std::string> &devices,
                         StringRef boundary) {
  return (end.stage < 0 ? boundary.str() : std::to_string(end.stage)) + " " +
         llvm::join(devices, ", ");
}

/// The time, for the slowest pair of devices, and for how many items it is.
static std::string describeTime(const Plan::Message &message,
                                const Turns &turns) {
  std::string text =
      (turns.crossing > 1 ? "at most " : "") + formatTime(message.timeNs);
  return turns.crossing == turns.all
             ? text
             : text + " for " + std::to_string(turns.crossing) + " of " +
                   std::to_string(turns.all) + " items";
}

/// What a message asks of the slowest of its links for an item: where devices
/// take turns, each pair of them carries some items only.
static int64_t loadOf(const Plan::Message &message, const Turns &turns) {
  return message.timeNs / turns.all + (message.timeNs % turns.all != 0);
}

/// The tensor with its shape, or how many there are with the first.
static std::string describeTensors(const Plan &plan,
                                   const Plan::Message &message) {
  std::string first =
      message.tensors.empty() ? "" : shortened(message.tensors.front());
  if (message.tensors.size() != 1)
    return std::to_string(message.tensors.size()) + " tensors: " + first +
           ", ...";
  if (message.wires.size() == 1)
    for (auto [wire, type] : llvm::zip(plan.wires, plan.wireTypes))
      if (wire.tag == message.wires.front())
        return first + " " + shapeOf(type);
  return first;
}

static std::string andMore(size_t count, StringRef what) {
  return count == 0 ? ""
                    : std::to_string(count) + " more " + what.str() +
                          (count == 1 ? "" : "s") +
                          ", of at most 1 % each: see plan.json\n";
}

static void printMessages(const Plan &plan, llvm::raw_ostream &os) {
  if (plan.messages.empty())
    return;
  bool hasLatency =
      llvm::any_of(plan.messages, [](const Plan::Message &message) {
        return message.latencyNs > 0;
      });
  std::vector<std::string> titles = {"message from", "to", "bytes", "time",
                                     "load"};
  if (hasLatency)
    titles.push_back("latency");
  titles.push_back("tensors");
  Table table(titles);
  size_t small = 0;
  for (const Plan::Message &message : plan.messages) {
    Turns turns(message, plan);
    int64_t load = loadOf(message, turns);
    // What is long on its way counts in the time of an item.
    int64_t path = message.timeNs + message.latencyNs;
    if (!isWorthARow(load, plan) && path <= plan.latencyNs / 100) {
      ++small;
      continue;
    }
    std::vector<std::string> row = {
        endOf(message.from, turns.senders, "ingress"),
        endOf(message.to, turns.receivers, "egress"),
        formatBytes(message.bytes, plan.byteUnits()),
        describeTime(message, turns),
        percent(load, plan.getIntervalNs()),
        describeTensors(plan, message)};
    if (hasLatency)
      row.insert(row.begin() + 5, formatTime(message.latencyNs));
    table.add(row);
  }
  os << "\n";
  if (small < plan.messages.size())
    table.print(os, {0, 1, titles.size() - 1});
  os << andMore(small, "message");
}

/// What several stages or messages load: devices with several stages, links
/// with several messages, and media; and the round trip, where items wait for
/// their predecessors.
static void printShared(const Plan &plan, llvm::raw_ostream &os) {
  Table table({"shared", "time", "load"});
  size_t rows = 0;
  auto add = [&](const std::string &what, int64_t ns) {
    if (!isWorthARow(ns, plan))
      return;
    ++rows;
    table.add({what, formatTime(ns), percent(ns, plan.getIntervalNs())});
  };
  llvm::StringMap<int> stages;
  for (const Plan::Stage &stage : plan.stages)
    for (int64_t number = 0; number < stage.countDevices(); ++number)
      ++stages[stage.deviceOf(number)];
  for (const Plan::Load &device : plan.devices)
    if (int count = stages.lookup(device.name); count > 1)
      add("device " + device.name + ", " + std::to_string(count) + " stages",
          device.loadNs);
  for (const Plan::LinkLoad &link : plan.links)
    if (countMessages(plan, link) > 1)
      add("link " + link.from + " to " + link.to + ", " +
              std::to_string(countMessages(plan, link)) + " messages",
          link.loadNs);
  for (const Plan::Load &medium : plan.media)
    add("medium " + medium.name, medium.loadNs);
  if (int64_t sequences = plan.options.sequences) {
    ++rows;
    table.add({"round trip, " + counted(sequences, "sequence"),
               formatTime(plan.roundTripNs),
               percent(plan.roundTripNs / sequences, plan.getIntervalNs())});
  }
  if (rows == 0)
    return;
  os << "\n";
  table.print(os, {0});
}

/// Bottleneck, latency and devices; the bound stands behind the objective.
static void printFigures(const Plan &plan, llvm::raw_ostream &os) {
  os << "\nbottleneck   " << formatTime(plan.bottleneckNs) << " for each item"
     << (plan.bottleneckNs == 0 ? ": nothing takes time" : "") << "\n";
  os << "latency      " << formatTime(plan.latencyNs) << " for one item";
  if (holdsSeveralStages(plan))
    os << " where the stages of a device run side by side";
  if (plan.firstItemNs > 0)
    os << ", " << formatTime(plan.firstItemNs)
       << " for the first, which fills the weight caches";
  os << "\n";
  if (const Plan::MessageLimit *limit = findMessageLimit(plan))
    os << "messages     " << formatRate(limit->intervalNs) << " at most: from "
       << limit->from << " to " << limit->to << " and back takes "
       << formatTime(limit->roundTripNs)
       << ", and two are on their way at most\n";
  if (plan.objective == "devices") {
    os << "devices      " << countDevices(plan);
    if (plan.targetNs.value_or(0) > 0)
      os << ", for a bottleneck of at most " << formatTime(*plan.targetNs);
    os << "\n";
  }
  printBound(plan, os);
  if (!plan.searchEnd.empty())
    os << "stopped      " << plan.searchEnd << "\n";
  for (const std::string &hint : plan.hints)
    os << "hint         " << hint << "\n";
}

/// The first three of many, with dots for the others.
static std::string firstOf(const std::vector<std::string> &all) {
  constexpr size_t maxShown = 3;
  std::string text;
  for (const std::string &name : llvm::ArrayRef(all).take_front(maxShown))
    text += (text.empty() ? "" : ", ") + shortened(name);
  if (all.size() > maxShown)
    text += ", ...";
  return text;
}

/// Nodes whose cost is not known: their share, and why for the first three.
static void printUnknown(const Plan &plan, llvm::raw_ostream &os) {
  if (plan.unknown.empty())
    return;
  int64_t unknown = plan.unknown.size(), nodes = 0;
  for (const Plan::Stage &stage : plan.stages)
    nodes += stage.nodes.size();
  os << "unknown      " << unknown << " of " << counted(nodes, "node") << " ("
     << percent(unknown, nodes)
     << (unknown == 1 ? ") has no known cost; its bytes count"
                      : ") have no known cost; their bytes count")
     << " (see plan.json)\n";
  int shown = 0;
  for (const Plan::Unknown &entry : plan.unknown)
    if (!entry.reason.empty() && shown++ < 3)
      os << "             " << entry.op
         << (entry.node.empty() ? "" : " '" + shortened(entry.node) + "'")
         << ": " << entry.reason << "\n";
}

/// What the figures rest on beside the files.
static void printCertainty(const Plan &plan, llvm::raw_ostream &os) {
  if (!plan.assumed.empty())
    os << "assumed      " << llvm::join(plan.assumed, ", ")
       << "; the parts leave it open\n";
  for (const std::string &speed : plan.assumedSpeeds)
    os << "assumed      " << speed << "\n";
  if (!plan.atMost.empty())
    os << "at most      " << counted(plan.atMost.size(), "tensor")
       << (plan.atMost.size() == 1
               ? " has extents that depend on data, and counts"
               : " have extents that depend on data, and count")
       << " with upper bounds" << (plan.observed.empty() ? "" : " for memory")
       << ": " << firstOf(plan.atMost) << "\n";
  if (!plan.observed.empty())
    os << "observed     " << counted(plan.observed.size(), "tensor")
       << (plan.observed.size() == 1 ? " has" : " have")
       << " the extents of one run: " << firstOf(plan.observed) << "\n";
  if (!plan.open.empty())
    os << "not known    the size" << (plan.open.size() == 1 ? "" : "s")
       << " of " << counted(plan.open.size(), "tensor")
       << ", of which open extents count as 1: " << firstOf(plan.open) << "\n";
  if (!plan.refused.empty())
    os << "refused      " << counted(plan.refused.size(), "node")
       << (plan.refused.size() == 1 ? " does not take what it is given"
                                    : " do not take what they are given")
       << " with these extents; what follows is in no figure: "
       << firstOf(plan.refused) << "\n";
  for (const Plan::Point &point : plan.points)
    os << "also         " << point.name << ": bottleneck "
       << formatTime(point.bottleneckNs)
       << (point.intervalNs > 0 ? " (" + formatRate(point.intervalNs) + ")"
                                : "")
       << ", latency " << formatTime(point.latencyNs)
       << (point.isEstimated ? " by estimates, for nothing was measured at "
                               "these extents"
                             : "")
       << "; the memory is enough\n";
}

/// Which states stay, by the patterns of their names.
static void printStates(const Plan &plan, llvm::raw_ostream &os) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Plan::Stage &stage : plan.stages)
    for (const Plan::State &state : stage.states)
      pairs.emplace_back(state.input, state.output);
  if (pairs.empty())
    return;
  std::vector<std::string> patterns = describeStates(pairs);
  bool isOne = pairs.size() == 1;
  os << "states       " << counted(pairs.size(), "pair")
     << (isOne ? " stays with its stage (--state=none sends it):"
               : " stay with their stages (--state=none sends them):")
     << "\n             " << patterns.front()
     << (patterns.size() > 1 ? ", ..." : "") << "\n";
}

/// What is in several parts.
static void printCopied(const Plan &plan, llvm::raw_ostream &os) {
  if (plan.copiedConstants > 0)
    os << "copied       " << counted(plan.copiedConstants, "constant")
       << (plan.copiedConstants == 1 ? " is" : " are") << " in several parts, "
       << formatBytes(plan.copiedConstantBytes, plan.byteUnits())
       << " more in all\n";
  if (int64_t nodes = countCopied(plan))
    os << "repeated     " << counted(nodes, "small node")
       << (nodes == 1 ? " is" : " are")
       << " in further parts, which compute what they would have to receive\n";
}

/// Processes that run the plan.
static int64_t countRanks(const Plan &plan) {
  int64_t ranks = 0;
  for (const Plan::Stage &stage : plan.stages)
    ranks += stage.countDevices();
  return ranks;
}

/// What --pareto found. Each is the plan of --max-latency with its figure,
/// which is rounded up, so that it is within.
static void printFront(const Plan &plan, llvm::raw_ostream &os) {
  if (plan.pareto.empty())
    return;
  os << "\n";
  Table table({"rate", "latency", "devices", "", "with"});
  for (const Plan::Choice &choice : plan.pareto)
    table.add(
        {choice.intervalNs > 0 ? formatRate(choice.intervalNs) : "no limit",
         formatTime(choice.latencyNs), llvm::join(choice.devices, ", "),
         choice.proven ? "proven" : "",
         "--max-latency=" +
             llvm::formatv("{0:F3}ms",
                           std::ceil(double(choice.latencyNs) / 1e3) / 1e3)
                 .str()});
  table.print(os, {0, 2, 3, 4});
  if (plan.paretoComplete)
    os << describeClass(plan.paretoClass)
       << " is better than all of these in rate or latency" << conditions(plan)
       << "\n";
  else
    os << "there may be others: not all plans were looked at\n";
}

/// What --explain and --what-if say, behind everything else.
static void printExplanation(const Plan &plan, llvm::raw_ostream &os) {
  if (!plan.explanation.empty())
    os << "\n";
  for (const std::string &line : plan.explanation)
    os << line << "\n";
}

void onnx_split::printPlan(const Plan &plan, llvm::raw_ostream &os) {
  printHeadline(plan, os);
  os << "\n";
  printStages(plan, os);
  printMessages(plan, os);
  printShared(plan, os);

  printFigures(plan, os);
  printStates(plan, os);
  printCopied(plan, os);
  printCertainty(plan, os);
  printUnknown(plan, os);
  printFront(plan, os);
  printExplanation(plan, os);
}

void onnx_split::printParts(const Plan &plan, StringRef folder, bool onHosts,
                            llvm::raw_ostream &os) {
  std::string path = (folder + "/plan.json").str();
  os << "parts        " << folder << "/stage*.onnx, "
     << counted(plan.stages.size(), "file")
     << "; plan.json says who runs what\n"
     << "run          "
     << (onHosts
             ? getMpiCommand(plan, path)
             : "mpirun --bind-to none -n " + std::to_string(countRanks(plan)) +
                   " onnx-split-run " + quoteForShell(path))
     << "\n";
}
