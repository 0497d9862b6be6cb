//===- ExecutionPlan.cpp - What a plan.json says to a runtime -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Plan/ExecutionPlan.h"

#include "PlanJson.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;
using namespace onnx_split;

// llvm::json finds these by argument-dependent lookup, so that each stands in
// the namespace of its type.
namespace onnx_split {
namespace {
struct Digest {
  std::string digest;
};
struct Place {
  std::string device;
  int64_t rank = 0;
};

bool fromJSON(const json::Value &value, Digest &result, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("digest", result.digest);
}

bool fromJSON(const json::Value &value, Place &place, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("device", place.device) && map.map("rank", place.rank);
}
} // namespace

static bool fromJSON(const json::Value &value, ExecutionPlan::Node &node,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("index", node.index) && map.map("name", node.name);
}

static bool fromJSON(const json::Value &value, ExecutionPlan::Stage &stage,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  Place first;
  std::vector<Place> places;
  int64_t weights = 0, activations = 0, buffers = 0;
  if (!map || !fromJSON(value, first, path) ||
      !map.mapOptional("replicas", places) || !map.map("file", stage.file) ||
      !map.map("inputs", stage.inputs) || !map.map("outputs", stage.outputs) ||
      !map.map("nodes", stage.nodes) ||
      !map.map("compute_ns", stage.computeNs) ||
      !map.map("weight_bytes", weights) ||
      !map.map("peak_activation_bytes", activations) ||
      !map.map("buffer_bytes", buffers))
    return false;
  places.insert(places.begin(), first);
  for (const Place &place : places) {
    stage.devices.push_back(place.device);
    if (place.rank < 0 || place.rank > INT16_MAX) {
      path.field("rank").report("must be from 0 to 32767");
      return false;
    }
    stage.ranks.push_back(place.rank);
  }
  stage.memoryBytes = int64_t(uint64_t(weights) + activations + buffers);
  return true;
}

static bool fromJSON(const json::Value &value, ExecutionPlan::Wire &wire,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  int64_t from = 0, to = 0, tag = 0;
  if (!map || !map.map("wire", wire.name) || !map.map("tensor", wire.tensor) ||
      !map.map("dtype", wire.dtype) ||
      !map.mapOptional("container", wire.container) || !map.map("from", from) ||
      !map.map("to", to) || !map.map("tag", tag) ||
      !map.map("shape", wire.shape) || !map.map("bytes", wire.bytes) ||
      !map.map("time_ns", wire.timeNs))
    return false;
  // MPI promises that tags up to 32767 exist.
  if (tag < 0 || tag > INT16_MAX) {
    path.field("tag").report("must be from 0 to 32767");
    return false;
  }
  if (from < 0 || to <= from || to > INT16_MAX) {
    path.field("to").report("must be a later stage than from");
    return false;
  }
  wire.from = from;
  wire.to = to;
  wire.tag = tag;
  return true;
}

static bool fromJSON(const json::Value &value, ExecutionPlan &plan,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  int64_t version = 0;
  Digest source;
  if (!map || !map.map("version", version) || !map.map("source", source) ||
      !map.map("inputs", plan.inputs) || !map.map("outputs", plan.outputs) ||
      !map.map("bottleneck_ns", plan.bottleneckNs) ||
      !map.map("latency_ns", plan.latencyNs) ||
      !map.map("stages", plan.stages) || !map.map("wires", plan.wires) ||
      !map.mapOptional("input_shapes", plan.inputShapes))
    return false;
  if (version != 1 && version != 2) {
    path.field("version").report("must be 1 or 2");
    return false;
  }
  plan.sourceDigest = source.digest;
  return true;
}
} // namespace onnx_split

/// Gives each rank its role; each of 0 to n-1 must have one.
static Error assignRoles(ExecutionPlan &plan) {
  size_t count = 0;
  for (const ExecutionPlan::Stage &stage : plan.stages)
    count += stage.ranks.size();
  std::vector<bool> taken(count);
  plan.roles.resize(count);
  for (auto [index, stage] : enumerate(plan.stages))
    for (auto [replica, rank] : enumerate(stage.ranks)) {
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
    if (!ends.insert((Twine(wire.to) + "/" + wire.name).str()).second)
      return createStringError("wire '" + wire.name + "' reaches stage " +
                               Twine(wire.to) + " twice");
  }
  return Error::success();
}

Expected<ExecutionPlan> onnx_split::readExecutionPlan(StringRef path) {
  auto buffer = readPlanText(path);
  if (!buffer)
    return buffer.takeError();
  StringRef text = (*buffer)->getBuffer();
  Expected<json::Value> value = parsePlanJson(text, path);
  if (!value)
    return value.takeError();
  ExecutionPlan plan;
  json::Path::Root root("plan");
  if (!fromJSON(*value, plan, root))
    return createStringError(path + ": " + toString(root.getError()));
  auto located = [&](Error error) {
    return createStringError(path + ": " + toString(std::move(error)));
  };
  if (plan.stages.empty())
    return createStringError(path + ": has no stages");
  for (const ExecutionPlan::Stage &stage : plan.stages)
    if (sys::path::filename(stage.file) != stage.file || stage.file.empty() ||
        stage.file == "..")
      return createStringError(path + ": '" + stage.file +
                               "' is no file beside the plan");
  if (Error error = assignRoles(plan))
    return located(std::move(error));
  if (Error error = checkWires(plan))
    return located(std::move(error));
  plan.digest = toHex(SHA256::hash(arrayRefFromStringRef(text)),
                      /*LowerCase=*/true);
  return plan;
}
