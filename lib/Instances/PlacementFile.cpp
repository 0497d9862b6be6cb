//===- PlacementFile.cpp - A placement of a problem -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Placements by hand and from other planners (docs/placement.schema.json), and
/// plan.json, of which the same members count: the stages with their devices
/// and nodes. Keys that neither needs are passed over. The programs of
/// dnn-partitioning write splits, in which devices have nodes by their ids.
///
//===----------------------------------------------------------------------===//

#include "JsonFields.h"

#include "onnx-split/Instances/ProblemFile.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

#include <map>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::Placement;

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// The tasks of a stage by position, and the nodes that they are.
static void writeStage(const Placement &placement, const ProblemFile &file,
                       ArrayRef<std::vector<std::string>> parts, int32_t stage,
                       json::OStream &json) {
  auto nameOf = [&](int32_t device) {
    return textOf(file.problem.devices[device].name);
  };
  json.attribute("device", nameOf(placement.deviceOf[stage]));
  if (!placement.replicas.empty() && !placement.replicas[stage].empty())
    json.attributeArray("replicas", [&] {
      for (int32_t device : placement.replicas[stage])
        json.object([&] { json.attribute("device", nameOf(device)); });
    });
  auto forEachTask = [&](function_ref<void(size_t)> visit) {
    for (size_t task = 0; task < placement.stageOf.size(); ++task)
      if (placement.stageOf[task] == stage)
        visit(task);
  };
  json.attributeArray("tasks", [&] {
    forEachTask([&](size_t task) { json.value(static_cast<int64_t>(task)); });
  });
  if (!parts.empty())
    json.attributeArray("names", [&] {
      forEachTask([&](size_t task) {
        for (const std::string &part : parts[task])
          json.value(textOf(part));
      });
    });
  if (file.nodes.empty())
    return;
  json.attributeArray("nodes", [&] {
    forEachTask([&](size_t task) {
      const ProblemFile::Node &node = file.nodes[task];
      if (node.index < 0)
        return;
      json.object([&] {
        json.attribute("index", node.index);
        if (!node.path.empty())
          json.attributeArray("path", [&] {
            for (const std::string &step : node.path)
              json.value(textOf(step));
          });
      });
    });
  });
}

void instances::writeStages(const Placement &placement, const ProblemFile &file,
                            ArrayRef<std::vector<std::string>> parts,
                            json::OStream &json) {
  json.attributeArray("stages", [&] {
    int32_t numStages = static_cast<int32_t>(placement.deviceOf.size());
    for (int32_t stage = 0; stage < numStages; ++stage)
      json.rawValue([&](raw_ostream &rest) {
        json::OStream line(rest);
        line.object([&] { writeStage(placement, file, parts, stage, line); });
      });
  });
}

void instances::writePlacement(const Placement &placement,
                               const ProblemFile &file, raw_ostream &os) {
  json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("version", 1);
    if (!file.sourceDigest.empty())
      json.attributeObject("source", [&] {
        json.attribute("digest", textOf(file.sourceDigest));
      });
    writeStages(placement, file, /*parts=*/{}, json);
  });
  os << "\n";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// As many as a plan.json of the largest model has.
static constexpr size_t MaxPlacementValues = 2'000'000;

namespace {
class PlacementReader {
public:
  PlacementReader(const ProblemFile &problemFile, Diagnostics &sink);

  void read(const JsonValue &root);
  Placement result;

private:
  /// What a placement takes by its position or, where no other has it, by its
  /// name.
  struct Things {
    /// In messages: the key that takes one, and what one is.
    StringRef key, noun;
    /// Few enough for an error to list them.
    bool areFew;
    /// By position.
    std::vector<StringRef> names;
    StringMap<int32_t> positionOf;

    void add(StringRef name);
  };

  void readStage(const JsonValue &value);
  void readSplit(const JsonValue &split, StringRef kind);
  void readTasks(const JsonValue &list, int32_t stage);
  void readNodes(const JsonValue &list, int32_t stage);
  void assign(const JsonValue &where, int32_t task, int32_t stage);
  int32_t readOne(const JsonValue &value, const Things &things);
  int32_t findOne(const JsonValue &value, StringRef name, const Things &things);
  void checkComplete(const JsonValue &root);

  const ProblemFile &file;
  JsonFields fields;
  /// The position of a name that is not the only one.
  static constexpr int32_t Several = -2;
  Things tasks = {"tasks", "task", /*areFew=*/false, {}, {}};
  Things devices = {"device", "device", /*areFew=*/true, {}, {}};
  /// By the place in the source.
  std::map<std::pair<int64_t, std::vector<std::string>>, int32_t> nodeOf;
};
} // namespace

void PlacementReader::Things::add(StringRef name) {
  auto [it, isNew] =
      positionOf.try_emplace(name, static_cast<int32_t>(names.size()));
  if (!isNew)
    it->second = Several;
  names.push_back(name);
}

PlacementReader::PlacementReader(const ProblemFile &problemFile,
                                 Diagnostics &sink)
    : file(problemFile), fields(sink) {
  for (const placement::Task &task : file.problem.tasks)
    tasks.add(task.name);
  for (const placement::Device &device : file.problem.devices)
    devices.add(device.name);
  for (const auto &[task, node] : enumerate(file.nodes))
    if (node.index >= 0)
      nodeOf[{node.index, node.path}] = static_cast<int32_t>(task);
  result.stageOf.assign(file.problem.tasks.size(), None);
}

/// By position or name; None after a report.
int32_t PlacementReader::readOne(const JsonValue &value, const Things &things) {
  if (value.kind != JsonValue::Kind::String)
    return fields.readPosition(value, things.key, things.names.size(),
                               things.noun);
  return findOne(value, value.text, things);
}

/// The only one of that name; otherwise reports at the value.
int32_t PlacementReader::findOne(const JsonValue &value, StringRef name,
                                 const Things &things) {
  auto it = things.positionOf.find(name);
  if (it != things.positionOf.end() && it->second != Several)
    return it->second;
  if (it != things.positionOf.end())
    fields.error(value, "several " + things.noun + "s are called " +
                            quote(name) + "; name it by its position");
  else
    fields.error(value, "no " + things.noun + " is called " + quote(name) +
                            (things.areFew
                                 ? suggest(name, things.names) +
                                       "; the problem has " + list(things.names)
                                 : ""));
  return None;
}

void PlacementReader::assign(const JsonValue &where, int32_t task,
                             int32_t stage) {
  int32_t &stageOf = result.stageOf[task];
  if (stageOf != None)
    fields.error(where, "task " + Twine(task) + ", " +
                            quote(file.problem.tasks[task].name) +
                            ", is in stages " + Twine(stageOf) + " and " +
                            Twine(stage));
  stageOf = stage;
}

void PlacementReader::readTasks(const JsonValue &list, int32_t stage) {
  for (const JsonValue &value : list.items) {
    int32_t task = readOne(value, tasks);
    if (fields.full())
      return;
    if (task != None)
      assign(value, task, stage);
  }
}

/// Nodes that are no tasks, such as constants, and copies are passed over, as
/// onnx-split does.
void PlacementReader::readNodes(const JsonValue &list, int32_t stage) {
  for (const JsonValue &value : list.items) {
    if (fields.full())
      return;
    const JsonValue *index = value.find("index");
    if (!index) {
      fields.error(value, "a node has an 'index', its position in the source "
                          "graph");
      continue;
    }
    std::vector<std::string> path;
    if (const JsonValue *steps = fields.findList(value, "path"))
      for (const JsonValue &step : steps->items)
        path.push_back(step.text);
    auto it = nodeOf.find(
        {fields.readWhole(*index, "index", -1, INT32_MAX), std::move(path)});
    if (it != nodeOf.end() && !fields.findFlag(value, "copied"))
      assign(value, it->second, stage);
  }
}

void PlacementReader::readStage(const JsonValue &value) {
  int32_t stage = static_cast<int32_t>(result.deviceOf.size());
  const JsonValue *device = fields.require(value, "device", "a stage");
  result.deviceOf.push_back(device ? readOne(*device, devices) : None);
  std::vector<int32_t> &replicas = result.replicas.emplace_back();
  if (const JsonValue *others = fields.findList(value, "replicas"))
    for (const JsonValue &other : others->items) {
      const JsonValue *name = other.find("device");
      replicas.push_back(readOne(name ? *name : other, devices));
      if (fields.full())
        return;
    }
  if (const JsonValue *members = fields.findList(value, "tasks"))
    return readTasks(*members, stage);
  const JsonValue *nodes = fields.findList(value, "nodes");
  if (nodes && file.nodes.empty())
    fields.error(*nodes, "the problem does not say which nodes its tasks are; "
                         "list 'tasks'");
  else if (nodes)
    readNodes(*nodes, stage);
  else
    fields.error(value, "a stage has 'tasks', or 'nodes' of the model");
}

/// The devices of one kind, in the order of the split, each with its nodes. One
/// without nodes has no stage.
void PlacementReader::readSplit(const JsonValue &split, StringRef kind) {
  for (const auto &[index, value] : enumerate(split.items)) {
    if (fields.full())
      return;
    if (!fields.require(value, "nodes", "a device"))
      continue;
    const JsonValue *nodes = fields.findList(value, "nodes");
    if (!nodes || nodes->items.empty())
      continue;
    int32_t stage = static_cast<int32_t>(result.deviceOf.size());
    result.deviceOf.push_back(
        findOne(value, (kind + "-" + Twine(index)).str(), devices));
    for (const JsonValue &node : nodes->items) {
      if (int32_t task = findOne(node, node.text, tasks); task != None)
        assign(node, task, stage);
      if (fields.full())
        return;
    }
  }
}

/// The first tasks that are in no stage, for a person to find the others.
void PlacementReader::checkComplete(const JsonValue &root) {
  // A model that only passes inputs on has a task that is no node.
  if (result.stageOf.size() == 1 && !file.nodes.empty() &&
      file.nodes[0].index < 0 && !result.deviceOf.empty())
    result.stageOf[0] = 0;
  for (const auto &[task, stage] : enumerate(result.stageOf)) {
    if (fields.full())
      return;
    if (stage == None)
      fields.error(root, "task " + Twine(task) + ", " +
                             quote(file.problem.tasks[task].name) +
                             ", is in no stage");
  }
}

void PlacementReader::read(const JsonValue &root) {
  const JsonValue *source = root.find("source");
  const JsonValue *digest = source ? source->find("digest") : nullptr;
  if (digest && !file.sourceDigest.empty() && digest->text != file.sourceDigest)
    return fields.error(*digest, "the placement is for a model with another "
                                 "digest than the problem's, " +
                                     quote(file.sourceDigest));
  if (root.find("fpgas") || root.find("cpus")) {
    if (const JsonValue *accelerators = fields.findList(root, "fpgas"))
      readSplit(*accelerators, "accelerator");
    if (const JsonValue *cpus = fields.findList(root, "cpus"))
      readSplit(*cpus, "cpu");
  } else {
    fields.require(root, "stages", "a placement");
    if (const JsonValue *stages = fields.findList(root, "stages"))
      for (const JsonValue &stage : stages->items) {
        if (fields.full())
          return;
        readStage(stage);
      }
  }
  // Of a stage that was refused, all tasks would be missing.
  if (!fields.failed())
    checkComplete(root);
  if (llvm::all_of(result.replicas,
                   [](const auto &replicas) { return replicas.empty(); }))
    result.replicas.clear();
}

std::optional<Placement> instances::readPlacement(MemoryBufferRef buffer,
                                                  const ProblemFile &file,
                                                  SourceMgr &sourceMgr) {
  Diagnostics diagnostics(sourceMgr);
  std::optional<JsonValue> root =
      readJsonTree(buffer, diagnostics, MaxPlacementValues);
  if (!root)
    return std::nullopt;
  PlacementReader reader(file, diagnostics);
  reader.read(*root);
  if (diagnostics.failed())
    return std::nullopt;
  return std::move(reader.result);
}
