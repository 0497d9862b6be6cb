//===- PipeDream.cpp - Profiles of PipeDream ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads graph.txt of PipeDream's profiler (Narayanan et al., "PipeDream:
/// Generalized Pipeline Parallelism for DNN Training", SOSP 2019); the form of
/// its lines is in Instance.h.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Instance.h"

#include "Graph.h"
#include "onnx-split/Support/Quantity/Decimal.h"
#include "onnx-split/Support/Text/Diagnostics.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

/// Largest time (ns) and size (bytes) of one node. Sums over a million nodes
/// stay within 64 bits.
static constexpr int64_t MaxPipeDreamFigure = 1'000'000'000'000;
/// More would need more memory than a file of this kind can be worth.
static constexpr size_t MaxNodes = 1'000'000;

namespace {

/// A line of the file that describes a node.
struct Node {
  StringRef name;
  bool isInput = false;
  /// Of the forward pass; what it makes; its weights.
  int64_t timeNs = 0, activationBytes = 0, parameterBytes = 0;
};

/// Reads a file line by line: first nodes, then the edges between them.
class PipeDreamReader {
public:
  PipeDreamReader(MemoryBufferRef source, SourceMgr &sourceMgr)
      : buffer(source), diagnostics(sourceMgr) {}
  std::optional<Instance> read(const Cluster &cluster);

private:
  void readLine(StringRef line);
  void readNode(StringRef line);
  void readEdge(StringRef line);
  int32_t findNode(StringRef name);
  bool readFigure(StringRef key, uint64_t unit, int64_t &figure);
  bool readNumber(uint64_t unit, int64_t &figure);
  void addTasks(Instance &instance, std::vector<int64_t> &times);
  void error(StringRef place, const Twine &message) {
    diagnostics.error(SMRange(SMLoc::getFromPointer(place.begin()),
                              SMLoc::getFromPointer(place.end())),
                      message);
  }

  MemoryBufferRef buffer;
  Diagnostics diagnostics;
  std::vector<Node> nodes;
  StringMap<int32_t> indices;
  /// Kept until all nodes are known.
  std::vector<StringRef> edgeLines;
  Arcs edges;
  /// What is left of the line that is being read.
  StringRef rest;
};

} // namespace

/// Adds a decimal number, in steps of which `unit` make up one, to `figure`.
/// False after an error.
bool PipeDreamReader::readNumber(uint64_t unit, int64_t &figure) {
  StringRef place = rest;
  std::optional<Decimal> number = Decimal::consume(rest);
  if (!number) {
    error(place.take_front(1), "expected a number of at least 0, such as 1.5");
    return false;
  }
  std::optional<int64_t> scaled =
      number->scale(unit, Rounding::Up, MaxPipeDreamFigure);
  if (!scaled) {
    error(place.drop_back(rest.size()),
          "too large: a time is at most 1000 s, a size at most 10^12 bytes");
    return false;
  }
  figure += *scaled;
  if (figure <= MaxPipeDreamFigure)
    return true;
  error(place.drop_back(rest.size()), "the sizes add up to more than 10^12");
  return false;
}

/// "key=number" or "key=[number; number]", which is added up, and a comma,
/// taken from what is left of the line. False after an error.
bool PipeDreamReader::readFigure(StringRef key, uint64_t unit,
                                 int64_t &figure) {
  rest = rest.ltrim();
  StringRef place = rest;
  if (!rest.consume_front(key) || !rest.consume_front("=")) {
    error(place.take_until([](char c) { return c == '=' || c == ','; }),
          "expected '" + key + "='");
    return false;
  }
  figure = 0;
  if (rest.consume_front("[")) {
    do {
      rest = rest.ltrim();
      if (!readNumber(unit, figure))
        return false;
      rest = rest.ltrim();
    } while (rest.consume_front(";"));
    if (!rest.consume_front("]")) {
      error(rest.take_front(1), "expected ';' or ']' in the list of sizes");
      return false;
    }
  } else if (!readNumber(unit, figure)) {
    return false;
  }
  rest = rest.ltrim();
  if (rest.empty() || rest.consume_front(","))
    return true;
  error(rest.take_front(1),
        "expected ',' or the end of the line after '" + key + "'");
  return false;
}

/// The description may have ' -- ' in it, so that the figures are what follows
/// the last one. Figures stand in a fixed order.
void PipeDreamReader::readNode(StringRef line) {
  auto [name, details] = line.split(" -- ");
  size_t figures = details.rfind(" -- ");
  if (figures == StringRef::npos) {
    error(line, "expected 'NAME -- DESCRIPTION -- forward_compute_time=..., "
                "backward_compute_time=..., activation_size=..., "
                "parameter_size=...'");
    return;
  }
  Node node;
  node.name = name.trim();
  node.isInput = details.starts_with("Input");
  rest = details.substr(figures + 4);
  int64_t unused = 0;
  constexpr uint64_t nsPerMs = 1'000'000;
  if (!readFigure("forward_compute_time", nsPerMs, node.timeNs) ||
      !readFigure("backward_compute_time", nsPerMs, unused) ||
      !readFigure("activation_size", 1, node.activationBytes) ||
      !readFigure("parameter_size", 1, node.parameterBytes))
    return;
  auto [it, inserted] =
      indices.try_emplace(node.name, static_cast<int32_t>(nodes.size()));
  if (!inserted)
    return error(name, "there is a node '" + node.name + "' already");
  if (nodes.size() == MaxNodes)
    return error(name, "more than a million nodes");
  nodes.push_back(node);
}

/// The index of a node, or None after an error.
int32_t PipeDreamReader::findNode(StringRef name) {
  auto it = indices.find(name);
  if (it != indices.end())
    return it->second;
  error(name, "there is no node '" + name + "'");
  return placement::None;
}

void PipeDreamReader::readEdge(StringRef line) {
  auto [from, to] = line.split(" -- ");
  from = from.trim();
  to = to.trim();
  if (from.empty() || to.empty())
    return error(line, "expected an edge: 'NAME -- NAME'");
  int32_t source = findNode(from), target = findNode(to);
  if (source == placement::None || target == placement::None)
    return;
  if (nodes[target].isInput)
    return error(to, "an input of the model cannot depend on '" + from + "'");
  edges.push_back({source, target});
}

/// Edges are indented, nodes are not.
void PipeDreamReader::readLine(StringRef line) {
  line = line.rtrim();
  if (line.empty())
    return;
  if (line.front() == '\t' || line.front() == ' ')
    edgeLines.push_back(line.ltrim());
  else
    readNode(line);
}

/// Tasks in the topological order that follows the numbering of the file, with
/// their times on the fastest device. Inputs are no tasks: their tensors have
/// no producer. What nobody reads is an output.
void PipeDreamReader::addTasks(Instance &instance,
                               std::vector<int64_t> &times) {
  std::vector<int32_t> order =
      topologicalOrder(static_cast<int32_t>(nodes.size()), edges);
  if (order.size() < nodes.size()) {
    std::vector<char> isDone(nodes.size(), 0);
    for (int32_t n : order)
      isDone[n] = 1;
    size_t open = std::find(isDone.begin(), isDone.end(), 0) - isDone.begin();
    return error(nodes[open].name, "'" + nodes[open].name +
                                       "' depends on itself through a cycle "
                                       "of edges");
  }
  placement::Problem &problem = instance.problem;
  std::vector<int32_t> taskOf(nodes.size(), placement::None);
  for (int32_t n : order) {
    if (nodes[n].isInput)
      continue;
    taskOf[n] = static_cast<int32_t>(problem.tasks.size());
    placement::Task &task = problem.tasks.emplace_back();
    task.name = nodes[n].name.str();
    times.push_back(nodes[n].timeNs);
    if (nodes[n].parameterBytes == 0)
      continue;
    task.weights.push_back(static_cast<int32_t>(problem.weights.size()));
    problem.weights.push_back({task.name, nodes[n].parameterBytes});
  }
  std::vector<std::vector<int32_t>> readers(nodes.size());
  for (auto [from, to] : edges)
    readers[from].push_back(taskOf[to]);
  for (int32_t n : order) {
    std::vector<int32_t> &consumers = readers[n];
    std::sort(consumers.begin(), consumers.end());
    consumers.erase(std::unique(consumers.begin(), consumers.end()),
                    consumers.end());
    placement::Tensor &tensor = problem.tensors.emplace_back();
    tensor.name = nodes[n].name.str();
    tensor.producer = taskOf[n];
    tensor.bytes = nodes[n].activationBytes;
    tensor.isOutput = consumers.empty() && !nodes[n].isInput;
    tensor.consumers = std::move(consumers);
  }
}

/// "resnet50" for the file resnet50.graph.txt or a folder of that name.
static std::string nameOf(StringRef path) {
  StringRef stem = sys::path::filename(path);
  stem.consume_back(".txt");
  if (stem == "graph" && !sys::path::parent_path(path).empty())
    stem = sys::path::filename(sys::path::parent_path(path));
  stem.consume_back(".graph");
  return stem.str();
}

std::optional<Instance> PipeDreamReader::read(const Cluster &cluster) {
  StringRef text = buffer.getBuffer();
  if (!diagnostics.checkText(text))
    return std::nullopt;
  // Edges may name nodes of later lines.
  while (!text.empty() && !diagnostics.full()) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    readLine(line);
  }
  for (StringRef line : edgeLines)
    if (!diagnostics.full())
      readEdge(line);
  Instance instance;
  std::vector<int64_t> times;
  if (!diagnostics.failed())
    addTasks(instance, times);
  if (diagnostics.failed())
    return std::nullopt;
  instance.name = nameOf(buffer.getBufferIdentifier());
  instance.format = "pipedream";
  instance.unit = {"ms", 6};
  addDevices(instance.problem, cluster, times);
  return instance;
}

std::optional<Instance> instances::readPipeDream(MemoryBufferRef buffer,
                                                 SourceMgr &sourceMgr,
                                                 const Cluster &cluster) {
  return PipeDreamReader(buffer, sourceMgr).read(cluster);
}
