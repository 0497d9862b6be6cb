//===- SavedPlan.cpp - Reading plan.json ----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Plan/SavedPlan.h"

#include "PlanJson.h"

using namespace llvm;
using namespace onnx_split;

// llvm::json finds these by argument-dependent lookup, so that each stands in
// the namespace of its type.
namespace onnx_split {
namespace {
struct Source {
  std::string digest;
};
struct Replica {
  std::string device;
};

bool fromJSON(const json::Value &value, Source &source, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("digest", source.digest);
}

bool fromJSON(const json::Value &value, Replica &replica, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("device", replica.device);
}
} // namespace

static bool fromJSON(const json::Value &value, SavedPlan::Node &node,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("index", node.index) &&
         map.mapOptional("copied", node.copied) &&
         map.mapOptional("path", node.path);
}

static bool fromJSON(const json::Value &value, SavedPlan::Stage &stage,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  std::vector<Replica> replicas;
  if (!map || !map.map("device", stage.device) ||
      !map.map("nodes", stage.nodes) || !map.mapOptional("replicas", replicas))
    return false;
  for (const Replica &replica : replicas)
    stage.replicas.push_back(replica.device);
  return true;
}

static bool fromJSON(const json::Value &value, SavedPlan::Options &options,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.mapOptional("dim", options.dim) &&
         map.mapOptional("shape", options.shape) &&
         map.mapOptional("assume", options.assume) &&
         map.mapOptional("also", options.also) &&
         map.mapOptional("set", options.set);
}

static bool fromJSON(const json::Value &value, SavedPlan &plan,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  int64_t version = 0;
  Source source;
  if (!map || !map.map("version", version) || !map.map("source", source) ||
      !map.map("stages", plan.stages))
    return false;
  if (version != 1 && version != 2) {
    path.field("version").report("must be 1 or 2");
    return false;
  }
  plan.sourceDigest = source.digest;
  return map.mapOptional("objective", plan.objective) &&
         map.mapOptional("strategy", plan.strategy) &&
         map.mapOptional("options", plan.options);
}
} // namespace onnx_split

Expected<SavedPlan> onnx_split::parsePlan(StringRef text, StringRef name) {
  Expected<json::Value> value = parsePlanJson(text, name);
  if (!value)
    return value.takeError();
  SavedPlan plan;
  json::Path::Root root("plan");
  if (!fromJSON(*value, plan, root))
    return createStringError(name + ": " + toString(root.getError()));
  return plan;
}

Expected<SavedPlan> onnx_split::readPlan(StringRef path) {
  auto buffer = readPlanText(path);
  if (!buffer)
    return buffer.takeError();
  return parsePlan((*buffer)->getBuffer(), path);
}
