//===- PaperModel.cpp - Models and clusters of the base paper -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The models and clusters of the base paper (arXiv 2210.12219) as problems:
/// from the layers of a network to a chain of units between cut points, and
/// from random places to links. PaperGrid.h says how the paper's figures become
/// those of a problem.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/PaperGrid.h"

#include "Graph.h"
#include "Json.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>
#include <random>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

//===----------------------------------------------------------------------===//
// Layer graphs
//===----------------------------------------------------------------------===//

// llvm::json finds these by argument-dependent lookup.
namespace {

/// A layer by its name, with the number of elements that it makes, its
/// parameters, and the names of the layers that it reads.
struct Layer {
  std::string name;
  int64_t elements = 0, parameters = 0;
  std::vector<std::string> inputs;
};

/// NAME.layers.json: {"model": ..., "layers": [{"name": ..., "output_elements":
/// ..., "parameters": ..., "inputs": [...]}]}.
struct LayerGraph {
  std::string model;
  std::vector<Layer> layers;
};

bool mapCount(const json::Value &value, json::ObjectMapper &map,
              StringLiteral key, int64_t &count, json::Path path) {
  if (!map.map(key, count))
    return false;
  // Ten thousand layers of that size still fit 64 bits.
  if (count >= 0 && count <= int64_t(1) << 30)
    return true;
  path.field(key).report("must be between 0 and 2^30");
  return false;
}

bool fromJSON(const json::Value &value, Layer &layer, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", layer.name) &&
         mapCount(value, map, "output_elements", layer.elements, path) &&
         mapCount(value, map, "parameters", layer.parameters, path) &&
         map.map("inputs", layer.inputs);
}

bool fromJSON(const json::Value &value, LayerGraph &graph, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !map.map("model", graph.model) ||
      !map.map("layers", graph.layers))
    return false;
  if (!graph.layers.empty() && graph.layers.size() <= 10000)
    return true;
  path.field("layers").report("must be 1 to 10000 layers");
  return false;
}

} // namespace

/// What makePaperProblem can scale within 64 bits. A cut of 2^24 elements is a
/// tensor of 2^28 bytes, and the least power of two above six of those is 2^31;
/// weights and caps of up to 2^30 bytes, twice that with the rule "published",
/// become 2^62 at most.
static constexpr int64_t MaxSentElements = int64_t(1) << 24;
static constexpr int64_t MaxModelBytes = int64_t(1) << 30;

/// The longest distance of each layer from a layer without inputs; empty after
/// an error, which `message` says. `arcs` gets an arc for each input of a
/// layer.
static std::vector<int32_t> findLevels(const LayerGraph &graph, Arcs &arcs,
                                       std::string &message) {
  StringMap<int32_t> indices;
  int32_t count = 0;
  for (const Layer &layer : graph.layers)
    if (!indices.try_emplace(layer.name, count++).second) {
      message = "two layers are called '" + layer.name + "'";
      return {};
    }
  for (const Layer &layer : graph.layers)
    for (const std::string &input : layer.inputs) {
      auto it = indices.find(input);
      if (it == indices.end()) {
        message = "layer '" + layer.name + "' reads '" + input +
                  "', which is no layer";
        return {};
      }
      arcs.push_back({it->second, indices[layer.name]});
    }
  std::vector<int32_t> order = topologicalOrder(count, arcs);
  if (order.size() < graph.layers.size()) {
    message = "the layers depend on each other in a cycle";
    return {};
  }
  std::vector<std::vector<int32_t>> sources(count);
  for (auto [from, to] : arcs)
    sources[to].push_back(from);
  std::vector<int32_t> levels(count, 0);
  for (int32_t layer : order)
    for (int32_t source : sources[layer])
      levels[layer] = std::max(levels[layer], levels[source] + 1);
  return levels;
}

std::optional<PaperModel> instances::readPaperModel(MemoryBufferRef buffer,
                                                    SourceMgr &sourceMgr) {
  LayerGraph graph;
  if (!readJson(buffer, sourceMgr, graph))
    return std::nullopt;
  Arcs arcs;
  std::string message;
  std::vector<int32_t> levels = findLevels(graph, arcs, message);
  if (levels.empty()) {
    reportFileError(buffer, sourceMgr, message);
    return std::nullopt;
  }
  int32_t last = *std::max_element(levels.begin(), levels.end());
  // Layers on each level, and edges that jump over it, as differences.
  std::vector<int32_t> width(last + 1, 0), jumps(last + 2, 0);
  std::vector<int64_t> sent(graph.layers.size(), 0);
  for (int32_t level : levels)
    ++width[level];
  for (auto [from, to] : arcs) {
    ++jumps[levels[from] + 1];
    --jumps[levels[to]];
    sent[from] += graph.layers[from].elements;
  }
  // The unit of each level.
  std::vector<int32_t> unitOf(last + 1);
  std::vector<char> isCut(last + 1, 0);
  int32_t numUnits = 0, over = 0;
  for (int32_t level = 0; level <= last; ++level) {
    // Edges that go over this level without ending on it.
    over += jumps[level];
    unitOf[level] = numUnits;
    // The last level ends a unit whatever it looks like.
    isCut[level] = (width[level] == 1 && over == 0) || level == last;
    numUnits += isCut[level];
  }
  PaperModel model;
  model.name = graph.model;
  model.units.resize(numUnits);
  for (size_t layer = 0; layer < graph.layers.size(); ++layer) {
    // Elements are 32-bit floats.
    PaperUnit &unit = model.units[unitOf[levels[layer]]];
    unit.activationBytes += 4 * graph.layers[layer].elements;
    unit.parameters += graph.layers[layer].parameters;
    if (isCut[levels[layer]])
      unit.sentElements += sent[layer];
  }
  int64_t bytes = 0;
  for (const PaperUnit &unit : model.units) {
    bytes += unit.activationBytes + 4 * unit.parameters;
    if (unit.sentElements <= MaxSentElements && bytes <= MaxModelBytes)
      continue;
    reportFileError(buffer, sourceMgr,
                    "the model is too large for this experiment: at most 1 GiB "
                    "of weights and activations, and 2^24 elements at a cut");
    return std::nullopt;
  }
  return model;
}

//===----------------------------------------------------------------------===//
// Problems
//===----------------------------------------------------------------------===//

const char *instances::toString(MemoryRule rule) {
  return rule == MemoryRule::Published ? "published" : "honest";
}

std::vector<placement::Link> instances::makePaperLinks(int32_t numDevices,
                                                       uint64_t seed) {
  std::mt19937_64 engine(seed);
  // std::uniform_real_distribution differs between standard libraries.
  auto draw = [&] {
    return 1 + 149 * (static_cast<double>(engine() >> 11) * 0x1p-53);
  };
  std::vector<std::pair<double, double>> places;
  for (int32_t d = 0; d < numDevices; ++d) {
    double x = draw(), y = draw();
    places.push_back({x, y});
  }
  std::vector<placement::Link> links;
  for (auto [x, y] : places)
    for (auto [otherX, otherY] : places) {
      double dx = x - otherX, dy = y - otherY;
      // A micrometre apart at least: a rate has to be finite.
      double squared = std::max(dx * dx + dy * dy, 1e-12);
      double rate = 2.88 * 0x1p20 * std::log2(1 + 283230 / squared);
      links.push_back({static_cast<int64_t>(std::llround(rate)), 0});
    }
  return links;
}

/// Adds `bytes` once for every stage that holds one of the units [from, to).
static void addShared(placement::Problem &problem, size_t from, size_t to,
                      int64_t bytes) {
  int32_t index = static_cast<int32_t>(problem.weights.size());
  problem.weights.push_back(
      {"units " + std::to_string(from) + ".." + std::to_string(to - 1), bytes});
  for (size_t unit = from; unit < to; ++unit)
    problem.tasks[unit].weights.push_back(index);
}

/// Weights such that a slice of the units a .. b - 1 holds C + w_(a+1) + ... +
/// w_(b-1), where C is the largest w; the cap is raised by C. Weights are
/// shared between neighbours and held once by each slice. A weight of the units
/// [p, q) is held where p < b and q > a, so a slice holds
///
///   total - (mass of the weights with q <= a) - (mass of those with p >= b).
///
/// It is what we want if mass C begins at unit 0, w_i begins and w_i ends at
/// each unit i > 0, and C ends behind the last unit. Such weights exist: a
/// stack of begun weights always holds the mass C, and C >= w_i lets the ends
/// of unit i take theirs from it before the beginnings of unit i are put on it.
static int64_t addPublishedWeights(placement::Problem &problem,
                                   const std::vector<int64_t> &sizes) {
  int64_t extra = *std::max_element(sizes.begin(), sizes.end());
  // (begin, mass)
  std::vector<std::pair<size_t, int64_t>> stack{{0, extra}};
  for (size_t unit = 1; unit < sizes.size(); ++unit) {
    int64_t left = sizes[unit];
    while (left > 0) {
      int64_t part = std::min(left, stack.back().second);
      addShared(problem, stack.back().first, unit, part);
      left -= part;
      stack.back().second -= part;
      if (stack.back().second == 0)
        stack.pop_back();
    }
    if (sizes[unit] > 0)
      stack.push_back({unit, sizes[unit]});
  }
  for (auto [begin, mass] : stack)
    if (mass > 0)
      addShared(problem, begin, sizes.size(), mass);
  return extra;
}

placement::Problem
instances::makePaperProblem(const PaperModel &model, MemoryRule rule,
                            int64_t memory, std::vector<placement::Link> links,
                            int32_t numDevices) {
  placement::Problem problem;
  int32_t numUnits = static_cast<int32_t>(model.units.size());
  std::vector<int64_t> sizes;
  int64_t largest = 0;
  for (int32_t u = 0; u < numUnits; ++u) {
    const PaperUnit &unit = model.units[u];
    problem.tasks.push_back({"unit " + std::to_string(u), {}, None});
    sizes.push_back(unit.activationBytes +
                    unit.parameters * (rule == MemoryRule::Honest ? 4 : 1));
    if (u + 1 == numUnits)
      break;
    placement::Tensor &tensor = problem.tensors.emplace_back();
    tensor.name = "cut " + std::to_string(u);
    tensor.producer = u;
    tensor.consumers = {u + 1};
    // The sixteenfold matches the scale of the links, see PaperGrid.h.
    tensor.bytes = 16 * unit.sentElements;
    largest = std::max(largest, tensor.bytes);
  }
  // Strictly below the memory.
  int64_t cap = memory - 1;
  if (rule == MemoryRule::Published) {
    cap += addPublishedWeights(problem, sizes);
  } else {
    for (int32_t u = 0; u < numUnits; ++u)
      addShared(problem, u, u + 1, sizes[u]);
  }
  // A stage has at most one tensor on each side, two buffers for each, and no
  // more than two live at any step: below 6 * largest.
  int64_t scale = 1;
  while (scale <= 6 * largest)
    scale *= 2;
  for (placement::Weight &weight : problem.weights)
    weight.bytes *= scale;
  cap = (cap + 1) * scale - 1;
  for (int32_t d = 0; d < numDevices; ++d)
    problem.devices.push_back({"n" + std::to_string(d), cap, 0});
  problem.taskTime.assign(numUnits, 0);
  problem.links = std::move(links);
  return problem;
}
