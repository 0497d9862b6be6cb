//===- DnnPartitioning.cpp - Instances of dnn-partitioning ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/DnnPartitioning.h"

#include "Graph.h"
#include "Json.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::None;

/// Bounds that keep every sum within 64 bits. MaxTime is in the unit of the
/// file, milliseconds; MaxSize in bytes.
static constexpr double MaxTime = 1e6, MaxSize = 1e12;
static constexpr size_t MaxNodes = 1'000'000, MaxEdges = 10'000'000;

// llvm::json finds these by argument-dependent lookup.
namespace {

/// Booleans are written as true and false, or as 1 and 0.
struct Flag {
  bool value = false;
};

/// A node under the number that edges know it by.
struct FileNode {
  int64_t id = 0;
  DnnGraph::Node node;
};

/// An edge between nodes by their `id`.
struct FileEdge {
  int64_t source = 0, target = 0;
  double cost = 0;
};

/// The members of the JSON object; sizes in bytes, times as in DnnGraph.
struct GraphFile {
  double memory = 0;
  int64_t accelerators = 0, cpus = 0;
  std::vector<FileNode> nodes;
  std::vector<FileEdge> edges;
};

bool fromJSON(const json::Value &value, Flag &flag, json::Path path) {
  if (auto truth = value.getAsBoolean())
    flag.value = *truth;
  else if (auto number = value.getAsNumber())
    flag.value = *number != 0;
  else {
    path.report("expected true, false, 1 or 0");
    return false;
  }
  return true;
}

/// A number from 0 to a limit; false after a report, as ObjectMapper has it.
bool mapFigure(json::ObjectMapper &map, json::Path path, StringLiteral key,
               double limit, double &figure) {
  if (!map.map(key, figure))
    return false;
  if (figure >= 0 && figure <= limit)
    return true;
  path.field(key).report("must be at least 0, and not beyond any machine");
  return false;
}

bool fromJSON(const json::Value &value, FileNode &node, json::Path path) {
  json::ObjectMapper map(value, path);
  Flag onAccelerator{true}, isBackward;
  std::optional<int64_t> colour;
  double size = 0;
  if (!map || !map.map("id", node.id) ||
      !mapFigure(map, path, "fpgaLatency", MaxTime,
                 node.node.acceleratorTime) ||
      !mapFigure(map, path, "cpuLatency", MaxTime, node.node.cpuTime) ||
      !mapFigure(map, path, "size", MaxSize, size) ||
      !map.mapOptional("supportedOnFpga", onAccelerator) ||
      !map.mapOptional("isBackwardNode", isBackward) ||
      !map.mapOptional("colorClass", colour))
    return false;
  node.node.size = static_cast<int64_t>(std::ceil(size));
  node.node.onAccelerator = onAccelerator.value;
  node.node.isBackward = isBackward.value;
  node.node.colour = colour.value_or(-1);
  return true;
}

bool fromJSON(const json::Value &value, FileEdge &edge, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("sourceId", edge.source) &&
         map.map("destId", edge.target) &&
         mapFigure(map, path, "cost", MaxTime, edge.cost);
}

/// A number of devices.
bool mapCount(json::ObjectMapper &map, json::Path path, StringLiteral key,
              int64_t &count) {
  if (!map.map(key, count))
    return false;
  if (count >= 0 && count <= MaxClusterDevices)
    return true;
  path.field(key).report("must be between 0 and 1024");
  return false;
}

bool fromJSON(const json::Value &value, GraphFile &file, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !mapFigure(map, path, "maxSizePerFPGA", MaxSize, file.memory) ||
      !mapCount(map, path, "maxFPGAs", file.accelerators) ||
      !mapCount(map, path, "maxCPUs", file.cpus) ||
      !map.map("nodes", file.nodes) || !map.map("edges", file.edges))
    return false;
  if (file.accelerators + file.cpus == 0)
    path.field("maxFPGAs")
        .report("there must be a device: maxFPGAs and "
                "maxCPUs are 0");
  else if (file.nodes.size() > MaxNodes)
    path.field("nodes").report("must be at most a million");
  else if (file.edges.size() > MaxEdges)
    path.field("edges").report("must be at most ten million");
  else
    return true;
  return false;
}

} // namespace

std::optional<DnnGraph> instances::readDnnGraph(MemoryBufferRef buffer,
                                                SourceMgr &sourceMgr) {
  GraphFile file;
  if (!readJson(buffer, sourceMgr, file))
    return std::nullopt;
  DnnGraph graph;
  // By `id`: the position in the file, which is what all else goes by.
  std::map<int64_t, int32_t> indices;
  for (const FileNode &node : file.nodes) {
    int32_t index = static_cast<int32_t>(graph.nodes.size());
    if (!indices.emplace(node.id, index).second) {
      reportFileError(buffer, sourceMgr,
                      "two nodes have the id " + Twine(node.id));
      return std::nullopt;
    }
    graph.nodes.push_back(node.node);
    graph.nodes.back().id = node.id;
  }
  for (size_t i = 0; i < file.edges.size(); ++i) {
    const FileEdge &edge = file.edges[i];
    auto from = indices.find(edge.source), to = indices.find(edge.target);
    if (from == indices.end() || to == indices.end()) {
      reportFileError(
          buffer, sourceMgr,
          "no node has the id " +
              Twine(from == indices.end() ? edge.source : edge.target) +
              " of file.edges[" + Twine(i) + "]");
      return std::nullopt;
    }
    graph.edges.push_back({from->second, to->second, edge.cost});
  }
  graph.name = sys::path::stem(buffer.getBufferIdentifier()).str();
  graph.numAccelerators = static_cast<int32_t>(file.accelerators);
  graph.numCpus = static_cast<int32_t>(file.cpus);
  graph.acceleratorMemory = static_cast<int64_t>(file.memory);
  return graph;
}

/// Milliseconds to nanoseconds, rounded to the nearest; MaxTime keeps the
/// result within 10^12.
static int64_t toNanoseconds(double milliseconds) {
  return std::llround(milliseconds * 1e6);
}

/// The group of each node in topological order of the groups: colour classes,
/// joined where they depend on each other.
static std::vector<int32_t> groupNodes(const DnnGraph &graph) {
  int32_t count = static_cast<int32_t>(graph.nodes.size());
  Arcs arcs;
  for (const DnnGraph::Edge &edge : graph.edges)
    arcs.push_back({edge.from, edge.to});
  // A ring through each class makes it strongly connected.
  std::map<int64_t, std::pair<int32_t, int32_t>> ends;
  for (int32_t n = 0; n < count; ++n) {
    int64_t colour = graph.nodes[n].colour;
    if (colour < 0)
      continue;
    auto [it, inserted] = ends.try_emplace(colour, n, n);
    if (!inserted)
      arcs.push_back({it->second.second, n});
    it->second.second = n;
  }
  for (const auto &[colour, pair] : ends)
    arcs.push_back({pair.second, pair.first});
  std::vector<int32_t> group = components(count, arcs);
  // The order that follows the numbering of the file.
  int32_t numGroups = 0;
  for (int32_t g : group)
    numGroups = std::max(numGroups, g + 1);
  // A group ranks by its first node, and the order takes the lowest rank that
  // it can.
  std::vector<int32_t> rank(numGroups, None);
  int32_t next = 0;
  for (int32_t g : group)
    if (rank[g] == None)
      rank[g] = next++;
  Arcs between;
  for (auto [from, to] : arcs)
    if (group[from] != group[to])
      between.push_back({rank[group[from]], rank[group[to]]});
  std::vector<int32_t> order = topologicalOrder(numGroups, between);
  std::vector<int32_t> position(numGroups);
  for (int32_t i = 0; i < numGroups; ++i)
    position[order[i]] = i;
  for (int32_t &g : group)
    g = position[rank[g]];
  return group;
}

/// One tensor for each node with readers in other groups. Its size stands for
/// its cost: it has as many bytes as the largest cost of its edges has
/// nanoseconds.
static void addTensors(const DnnGraph &graph, ArrayRef<int32_t> groupOf,
                       placement::Problem &problem) {
  std::vector<std::vector<int32_t>> readers(graph.nodes.size());
  std::vector<double> cost(graph.nodes.size(), 0);
  for (const DnnGraph::Edge &edge : graph.edges) {
    if (groupOf[edge.from] == groupOf[edge.to])
      continue;
    readers[edge.from].push_back(groupOf[edge.to]);
    cost[edge.from] = std::max(cost[edge.from], edge.cost);
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    std::vector<int32_t> &consumers = readers[n];
    if (consumers.empty())
      continue;
    std::sort(consumers.begin(), consumers.end());
    consumers.erase(std::unique(consumers.begin(), consumers.end()),
                    consumers.end());
    placement::Tensor &tensor = problem.tensors.emplace_back();
    tensor.name = "node " + std::to_string(n);
    tensor.producer = groupOf[n];
    tensor.consumers = std::move(consumers);
    // Links carry a byte in a nanosecond.
    tensor.bytes = toNanoseconds(cost[n]);
  }
}

/// Accelerators are speed class 0, CPUs 1.
static void addKinds(const DnnGraph &graph, placement::Problem &problem) {
  for (int32_t d = 0; d < graph.numAccelerators; ++d)
    problem.devices.push_back(
        {"accelerator-" + std::to_string(d), graph.acceleratorMemory, 0});
  for (int32_t d = 0; d < graph.numCpus; ++d)
    problem.devices.push_back(
        {"cpu-" + std::to_string(d), placement::Unlimited, 1});
}

/// Scales weights and caps, so that what tensors take of the memory is less
/// than one byte, as far as 64 bits allow.
static void scaleMemory(placement::Problem &problem) {
  __int128 tensors = 1, weights = 1;
  for (const placement::Tensor &tensor : problem.tensors)
    tensors += tensor.bytes;
  for (const placement::Weight &weight : problem.weights)
    weights += weight.bytes;
  for (const placement::Device &device : problem.devices)
    if (device.memory != placement::Unlimited)
      weights = std::max<__int128>(weights, device.memory);
  // Live once, two receive buffers, two send buffers for each other stage.
  tensors *= 3 + 2 * static_cast<int64_t>(problem.devices.size());
  int64_t scale = 1;
  while (scale <= tensors && weights * scale < (int64_t(1) << 61))
    scale *= 2;
  for (placement::Weight &weight : problem.weights)
    weight.bytes *= scale;
  for (placement::Device &device : problem.devices)
    if (device.memory != placement::Unlimited)
      // Weights of W fit with less than `scale` bytes of tensors beside them if
      // and only if W is at most the cap.
      device.memory = (device.memory + 1) * scale - 1;
}

std::optional<Instance> instances::makeDnnProblem(const DnnGraph &graph,
                                                  std::string &message) {
  for (const DnnGraph::Node &node : graph.nodes)
    if (node.isBackward) {
      message = "has backward nodes, and stages that are visited twice have no "
                "place in --objective=max; use --objective=sum";
      return std::nullopt;
    }
  Instance instance;
  instance.name = graph.name;
  instance.format = "dnn-partitioning";
  instance.unit = {"ms", 6};
  placement::Problem &problem = instance.problem;
  std::vector<int32_t> groupOf = groupNodes(graph);
  int32_t numTasks = 0;
  for (int32_t g : groupOf)
    numTasks = std::max(numTasks, g + 1);
  problem.tasks.resize(numTasks);
  instance.parts.resize(numTasks);
  problem.taskTime.assign(2 * size_t(numTasks), 0);
  // A group has one weight of its own, its size.
  std::vector<int64_t> sizes(numTasks, 0);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const DnnGraph::Node &node = graph.nodes[n];
    int32_t task = groupOf[n];
    // Unlimited absorbs: a group runs where all its nodes do.
    int64_t &fast = problem.taskTime[task];
    int64_t &slow = problem.taskTime[numTasks + task];
    fast = placement::addSaturating(
        fast, node.onAccelerator ? toNanoseconds(node.acceleratorTime)
                                 : placement::Unlimited);
    slow = placement::addSaturating(slow, toNanoseconds(node.cpuTime));
    sizes[task] += node.size;
    instance.parts[task].push_back(std::to_string(node.id));
  }
  for (int32_t task = 0; task < numTasks; ++task) {
    problem.tasks[task].name = "group " + std::to_string(task);
    problem.tasks[task].weights = {task};
    problem.weights.push_back({"", sizes[task]});
  }
  addTensors(graph, groupOf, problem);
  addKinds(graph, problem);
  problem.links.assign(problem.devices.size() * problem.devices.size(),
                       {int64_t(8'000'000'000), 0});
  scaleMemory(problem);
  return instance;
}

/// In 1e-9 of the file's unit, rounded to the nearest; Unlimited where that
/// passes the range.
static int64_t sumUnits(double time) {
  double scaled = time * placement::SumUnitsPerTime;
  return scaled < 9.2e18 ? std::llround(scaled) : placement::Unlimited;
}

std::optional<Instance> instances::makeSumInstance(const DnnGraph &graph,
                                                   std::string &message) {
  Instance instance;
  instance.name = graph.name;
  instance.format = "dnn-partitioning";
  instance.unit = {"ms", 9};
  placement::SumProblem problem;
  for (const DnnGraph::Node &node : graph.nodes) {
    placement::SumTask task;
    task.acceleratorTime = sumUnits(node.acceleratorTime);
    task.cpuTime = sumUnits(node.cpuTime);
    task.size = node.size;
    task.onAccelerator = node.onAccelerator;
    task.isBackward = node.isBackward;
    problem.tasks.push_back(task);
  }
  // Colours may be any numbers in the file; here they are small ones.
  std::map<int64_t, int32_t> colours;
  for (size_t n = 0; n < graph.nodes.size(); ++n)
    if (int64_t colour = graph.nodes[n].colour; colour != -1)
      problem.tasks[n].colour =
          colours.try_emplace(colour, static_cast<int32_t>(colours.size()))
              .first->second;
  for (const DnnGraph::Edge &edge : graph.edges) {
    problem.edges.push_back({edge.from, edge.to});
    int64_t &cost = problem.tasks[edge.from].communicationCost;
    cost = std::max(cost, sumUnits(edge.cost));
  }
  problem.numAccelerators = graph.numAccelerators;
  problem.numCpus = graph.numCpus;
  problem.capacity = graph.acceleratorMemory;
  message = problem.check();
  if (!message.empty())
    return std::nullopt;
  instance.sum = std::move(problem);
  for (const DnnGraph::Node &node : graph.nodes)
    instance.parts.push_back(
        {instance.problem.tasks.emplace_back().name = std::to_string(node.id)});
  addKinds(graph, instance.problem);
  return instance;
}
