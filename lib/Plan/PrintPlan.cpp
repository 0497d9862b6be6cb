//===- PrintPlan.cpp - The plan as a table --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Plan/Plan.h"

#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/Table.h"

#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace onnx_split;

static std::string percent(int64_t part, int64_t whole) {
  return whole > 0 ? llvm::formatv("{0:F0} %", 100.0 * part / whole).str()
                   : "-";
}

/// Names of ordinary length stay whole; a table needs an end.
static std::string shortened(StringRef name) {
  constexpr size_t MaxLength = 40;
  return name.size() <= MaxLength
             ? name.str()
             : ("..." + name.take_back(MaxLength - 3)).str();
}

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
  std::string names = stage.part.getDevice().str();
  for (const Plan::Stage::Replica &replica : stage.replicas)
    names += ", " + replica.device;
  return names;
}

static void printStages(const Plan &plan, llvm::raw_ostream &os) {
  int64_t bottleneck = plan.placement.getBottleneckNs();
  // Only a profile says what messages take.
  bool hasOverheads = llvm::any_of(plan.stages, [](const Plan::Stage &stage) {
    return stage.part.getLoad().getOverheadNs() > 0;
  });
  std::vector<std::string> titles = {
      "stage", "device",  "nodes",       "MACs",    "compute",
      "load",  "weights", "activations", "buffers", "memory"};
  if (hasOverheads)
    titles.insert(titles.begin() + 5, "messages");
  Table table(titles);
  for (const Plan::Stage &stage : plan.stages) {
    split::LoadAttr load = stage.part.getLoad();
    int64_t memory = load.getWeightBytes() + load.getPeakActivationBytes() +
                     load.getBufferBytes();
    std::vector<std::string> row = {
        std::to_string(stage.part.getStage()),
        devicesOf(stage),
        std::to_string(stage.nodes.size()),
        formatCount(load.getMacs()),
        formatTime(load.getComputeNs() - load.getOverheadNs()),
        percent(load.getComputeNs() / (1 + stage.replicas.size()), bottleneck),
        formatBytes(load.getWeightBytes()),
        formatBytes(load.getPeakActivationBytes()),
        formatBytes(load.getBufferBytes()),
        (stage.hasOpenTensor ? "at least " : "") + formatBytes(memory) +
            (stage.memory < 0 ? "" : " of " + formatBytes(stage.memory))};
    if (hasOverheads)
      row.insert(row.begin() + 5, formatTime(load.getOverheadNs()));
    table.add(row);
  }
  table.print(os, {1});
}

static void printWires(const Plan &plan, llvm::raw_ostream &os) {
  if (plan.wires.empty())
    return;
  int64_t bottleneck = plan.placement.getBottleneckNs();
  os << "\n";
  Table table(
      {"wire", "from", "to", "bytes", "time", "load", "tensor", "shape"});
  for (split::WireAttr wire : plan.wires)
    table.add(
        {std::to_string(wire.getTag()),
         std::to_string(wire.getFrom()) + " " + wire.getSendDevice().str(),
         std::to_string(wire.getTo()) + " " + wire.getRecvDevice().str(),
         formatBytes(wire.getBytes()), formatTime(wire.getTimeNs()),
         percent(wire.getTimeNs(), bottleneck),
         shortened(wire.getTensor().getValue()), shapeOf(wire.getType())});
  table.print(os, {1, 2, 6, 7});
}

static int64_t countDevices(split::PlacementAttr placement) {
  llvm::SmallSet<int32_t, 16> devices;
  devices.insert_range(placement.getDevices());
  for (DenseI32ArrayAttr others : placement.getReplicas())
    devices.insert_range(others.asArrayRef());
  return devices.size();
}

static int64_t countUnknown(const Plan &plan) {
  int64_t unknown = 0;
  for (const Plan::Stage &stage : plan.stages)
    unknown += llvm::count_if(
        stage.nodes, [](const Plan::Node &node) { return node.unknownCost; });
  return unknown;
}

static int64_t countCopied(const Plan &plan) {
  int64_t copied = 0;
  for (const Plan::Stage &stage : plan.stages)
    copied += llvm::count_if(
        stage.nodes, [](const Plan::Node &node) { return node.copied; });
  return copied;
}

/// Under which assumptions something is proven, to follow it; empty where there
/// are none.
static std::string conditions(const Plan &plan) {
  std::vector<std::string> parts;
  if (!plan.assumed.empty())
    parts.push_back("for " + llvm::join(plan.assumed, ", "));
  if (!plan.observed.empty())
    parts.push_back("with the extents of one run");
  else if (!plan.atMost.empty())
    parts.push_back("with upper bounds of extents that depend on data");
  if (countUnknown(plan) > 0 || !plan.open.empty())
    parts.push_back("as far as costs and sizes are known");
  if (countCopied(plan) > 0)
    parts.push_back("of plans that compute no node twice");
  return parts.empty() ? "" : ", " + llvm::join(parts, ", ");
}

/// "lower bound  ..." for what the objective makes small.
static void printBound(const Plan &plan, llvm::raw_ostream &os) {
  split::PlacementAttr placement = plan.placement;
  StringRef objective = placement.getObjective().getValue();
  bool ofDevices = objective == "devices";
  int64_t value = ofDevices                ? countDevices(placement)
                  : objective == "latency" ? placement.getLatencyNs()
                                           : placement.getBottleneckNs();
  int64_t bound = ofDevices ? placement.getLowerBoundDevices()
                            : placement.getLowerBoundNs();
  os << "lower bound  ";
  if (bound == 0 && value > 0) {
    os << "none is known\n";
    return;
  }
  os << (!ofDevices   ? formatTime(bound)
         : bound == 1 ? "1 device"
                      : std::to_string(bound) + " devices")
     << " by " << placement.getLowerBoundName().getValue() << ", for any "
     << placement.getLowerBoundClass().getValue() << " plan: this plan is "
     << (bound >= value ? "optimal there"
                        : llvm::formatv("at most {0:F1} % above the optimum",
                                        100.0 * double(value - bound) / bound)
                              .str())
     << conditions(plan) << "\n";
}

/// Bottleneck, latency and devices; the bound stands behind the objective.
static void printFigures(const Plan &plan, llvm::raw_ostream &os) {
  split::PlacementAttr placement = plan.placement;
  StringRef objective = placement.getObjective().getValue();
  int64_t bottleneck = placement.getBottleneckNs();
  os << "\nbottleneck   " << formatTime(bottleneck);
  if (bottleneck > 0)
    os << " (" << llvm::formatv("{0:F1}", 1e9 / bottleneck) << " items/s)";
  os << "\n";
  if (objective == "throughput")
    printBound(plan, os);
  os << "latency      " << formatTime(placement.getLatencyNs())
     << " for one item\n";
  if (objective == "latency")
    printBound(plan, os);
  if (objective == "devices") {
    os << "devices      " << countDevices(placement);
    if (placement.getTargetNs() > 0)
      os << ", for a bottleneck of at most "
         << formatTime(placement.getTargetNs());
    os << "\n";
    printBound(plan, os);
  }
}

/// The first three of many, with the number of the others.
static std::string firstOf(const std::vector<std::string> &all) {
  constexpr size_t MaxShown = 3;
  std::string text;
  for (const std::string &name : llvm::ArrayRef(all).take_front(MaxShown))
    text += (text.empty() ? "" : ", ") + shortened(name);
  if (all.size() > MaxShown)
    text += ", ...";
  return text;
}

/// Nodes whose cost is not known: their share, and why for the first three.
static void printUnknown(const Plan &plan, llvm::raw_ostream &os) {
  int64_t unknown = countUnknown(plan), nodes = 0;
  if (unknown == 0)
    return;
  for (const Plan::Stage &stage : plan.stages)
    nodes += stage.nodes.size();
  os << "unknown      " << unknown << " of " << nodes << " nodes ("
     << percent(unknown, nodes)
     << ") have no known cost; their bytes count (see plan.json)\n";
  int shown = 0;
  for (const Plan::Stage &stage : plan.stages)
    for (const Plan::Node &node : stage.nodes)
      if (node.unknownCost && !node.reason.empty() && shown++ < 3)
        os << "             " << node.op
           << (node.name.empty() ? "" : " '" + shortened(node.name) + "'")
           << ": " << node.reason << "\n";
}

/// What the figures rest on beside the files.
static void printCertainty(const Plan &plan, llvm::raw_ostream &os) {
  if (!plan.assumed.empty())
    os << "assumed      " << llvm::join(plan.assumed, ", ")
       << "; the parts leave it open\n";
  if (!plan.atMost.empty())
    os << "at most      " << plan.atMost.size()
       << " tensors have extents that depend on data, and count with upper "
          "bounds"
       << (plan.observed.empty() ? "" : " for memory") << ": "
       << firstOf(plan.atMost) << "\n";
  if (!plan.observed.empty())
    os << "observed     " << plan.observed.size()
       << " tensors have the extents of one run: " << firstOf(plan.observed)
       << "\n";
  if (!plan.open.empty())
    os << "not known    the sizes of " << plan.open.size()
       << " tensors, of which open extents count as 1: " << firstOf(plan.open)
       << "\n";
  for (const Plan::Point &point : plan.points)
    os << "also         " << point.name << ": bottleneck "
       << formatTime(point.bottleneckNs)
       << (point.bottleneckNs > 0
               ? llvm::formatv(" ({0:F1} items/s)", 1e9 / point.bottleneckNs)
                     .str()
               : "")
       << ", latency " << formatTime(point.latencyNs)
       << "; the memory is enough\n";
}

/// What is in several parts.
static void printCopied(const Plan &plan, llvm::raw_ostream &os) {
  int64_t constants = 0, bytes = 0;
  for (const Plan::Copied &copied : plan.copied)
    if (!copied.isComputed) {
      ++constants;
      bytes += copied.bytes * int64_t(copied.stages.size() - 1);
    }
  if (constants > 0)
    os << "copied       " << constants << " constants are in several parts, "
       << formatBytes(bytes) << " more in all\n";
  if (int64_t nodes = countCopied(plan))
    os << "repeated     " << nodes
       << " small nodes are in further parts, which compute what they would "
          "have to receive\n";
}

void onnx_split::printPlan(const Plan &plan, llvm::raw_ostream &os) {
  split::PlacementAttr placement = plan.placement;
  printStages(plan, os);
  printWires(plan, os);

  printFigures(plan, os);
  os << "planned by   " << placement.getStrategy().getValue() << ", "
     << placement.getPlanClass().getValue() << "\n";

  printCopied(plan, os);
  printCertainty(plan, os);
  printUnknown(plan, os);
}
