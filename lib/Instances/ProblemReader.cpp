//===- ProblemReader.cpp - Reads problem.json -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JsonFields.h"
#include "ProblemKeys.h"

#include "onnx-split/Instances/ProblemFile.h"
#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/StringSet.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::Objective;
using placement::Problem;

/// A tree of so many values takes about a gigabyte. A model of a hundred
/// thousand nodes has two million on four devices, five on a thousand.
static constexpr size_t MaxProblemValues = 8'000'000;
/// More than any cluster file may have, and what a stage number is for.
static constexpr size_t MaxDevices = 1024;
static constexpr int64_t MaxCount = INT32_MAX;

static constexpr Objective Objectives[] = {
    Objective::Throughput, Objective::Latency, Objective::Devices};

namespace {
/// Fills `result` from the tree, list by list; each list is checked against the
/// lengths of those before it.
class ProblemReader {
public:
  explicit ProblemReader(Diagnostics &sink) : fields(sink) {}

  void read(const JsonValue &root);
  ProblemFile result;

private:
  void readDemands(const JsonValue &root);
  void readDevices(const JsonValue &root);
  void readNetwork(const JsonValue &root);
  void readMedia(const JsonValue &root);
  void readLinkOf(const JsonValue &root, ArrayRef<LinkKind> kinds);
  void readWeights(const JsonValue &root);
  void readTasks(const JsonValue &root);
  void readNode(const JsonValue &task, ProblemFile::Node &node);
  void readTimes(const JsonValue &task, size_t index);
  void readTensors(const JsonValue &root);
  void checkAliases(const JsonValue &root);
  /// The items of a list that may be missing.
  ArrayRef<JsonValue> itemsOf(const JsonValue &root, StringRef key) {
    const JsonValue *value = fields.findList(root, key);
    return value ? ArrayRef(value->items) : ArrayRef<JsonValue>();
  }

  JsonFields fields;
  Problem &problem = result.problem;
  /// By task: its times, one for each speed class.
  std::vector<std::vector<int64_t>> times;
  size_t numClasses = 0;
};
} // namespace

void ProblemReader::readDemands(const JsonValue &root) {
  const JsonValue *version = fields.require(root, key::Version, "a problem");
  if (version && version->text != "1")
    fields.error(*version, "unknown version " + version->describe() +
                               "; the one version of problems is the number 1");
  result.name = fields.findText(root, key::Name);
  static constexpr StringRef sourceKeys[] = {key::Digest};
  if (const JsonValue *source = root.find(key::Source);
      source && fields.checkObject(*source, "'source'", sourceKeys))
    result.sourceDigest = fields.findText(*source, key::Digest);
  if (const JsonValue *objective = root.find(key::Objective)) {
    std::string wanted = fields.findText(root, key::Objective);
    auto *found = llvm::find_if(Objectives, [&](Objective each) {
      return placement::toString(each) == wanted;
    });
    if (found != std::end(Objectives))
      result.objective = *found;
    else
      fields.error(*objective,
                   "unknown objective " + objective->describe() +
                       "; it is 'throughput', 'latency' or 'devices'");
  }
  result.targetNs = fields.findWholeOrNull(root, key::TargetNs, Unlimited);
  result.maxLatencyNs =
      fields.findWholeOrNull(root, key::MaxLatencyNs, Unlimited);
  problem.minStages =
      static_cast<int32_t>(fields.findWhole(root, key::MinStages, 0, MaxCount));
  problem.maxStages = static_cast<int32_t>(
      fields.findWholeOrNull(root, key::MaxStages, 0, MaxCount));
  if (problem.maxStages > 0 && problem.minStages > problem.maxStages)
    fields.error(*root.find(key::MinStages),
                 "'min_stages' is above 'max_stages'");
  problem.revisit = fields.findFlag(root, key::Revisit);
  problem.replicate = fields.findFlag(root, key::Replicate);
  problem.sequences = static_cast<int32_t>(
      fields.findWholeOrNull(root, key::Sequences, 0, MaxCount));
}

void ProblemReader::readDevices(const JsonValue &root) {
  const JsonValue *list = fields.require(root, key::Devices, "a problem");
  StringSet<> names;
  for (const JsonValue &item : itemsOf(root, key::Devices)) {
    if (fields.full() || !fields.checkObject(item, "a device", DeviceKeys))
      return;
    placement::Device &device = problem.devices.emplace_back();
    fields.require(item, key::Name, "a device");
    device.name = fields.findText(item, key::Name);
    if (!names.insert(device.name).second)
      fields.error(item, "two devices are called " + quote(device.name));
    device.memory = fields.findWholeOrNull(item, key::MemoryBytes, Unlimited);
    device.runtimeBytes = fields.findWhole(item, key::RuntimeBytes, 0);
    device.speedClass = static_cast<int32_t>(
        fields.findWhole(item, key::SpeedClass, 0, MaxDevices - 1));
    device.messageNs = fields.findWhole(item, key::MessageNs, 0);
    device.bytePs = fields.findWhole(item, key::BytePs, 0);
    device.weightCache =
        fields.findWholeOrNull(item, key::WeightCacheBytes, Unlimited);
    device.streamRate =
        fields.findWholeOrNull(item, key::StreamBytesPerSecond, Unlimited);
    if (device.streamRate == 0)
      fields.error(*item.find(key::StreamBytesPerSecond),
                   "nothing streams at 0 bytes per second");
    numClasses = std::max<size_t>(numClasses, device.speedClass + 1);
  }
  if (list && problem.devices.empty())
    fields.error(*list, "there is no device");
  if (list && problem.devices.size() > MaxDevices)
    fields.error(*list,
                 "there are more than " + Twine(MaxDevices) + " devices");
}

void ProblemReader::readMedia(const JsonValue &root) {
  for (const JsonValue &item : itemsOf(root, key::Media)) {
    if (fields.full() || !fields.checkObject(item, "a medium", MediumKeys))
      return;
    Medium &medium = problem.media.emplace_back();
    medium.name = fields.findText(item, key::Name);
    medium.devices = fields.findPositions(item, key::Devices,
                                          problem.devices.size(), "device");
  }
}

/// The matrix of links, by sender and receiver.
void ProblemReader::readLinkOf(const JsonValue &root,
                               ArrayRef<LinkKind> kinds) {
  size_t numDevices = problem.devices.size();
  problem.links.assign(numDevices * numDevices, Unlinked);
  if (!problem.media.empty())
    problem.mediumOf.assign(numDevices * numDevices, None);
  const JsonValue *matrix = fields.findList(root, key::LinkOf);
  if (!matrix)
    return;
  if (matrix->items.size() != numDevices)
    return fields.error(
        *matrix, "'link_of' has " + Twine(matrix->items.size()) +
                     " rows, but there are " + Twine(numDevices) + " devices");
  for (size_t from = 0; from < numDevices; ++from) {
    const JsonValue &row = matrix->items[from];
    if (row.kind != JsonValue::Kind::Array || row.items.size() != numDevices)
      return fields.error(row, "a row of 'link_of' is a list of " +
                                   Twine(numDevices) +
                                   " links, one for each receiving device");
    for (size_t to = 0; to < numDevices; ++to) {
      if (isNull(row.items[to]))
        continue;
      int32_t kind =
          fields.readPosition(row.items[to], key::LinkOf, kinds.size(), "link");
      if (fields.full())
        return;
      if (kind == None || from == to)
        continue;
      auto [rate, messageNs, latencyNs, medium] = kinds[kind];
      problem.links[from * numDevices + to] = {rate, messageNs, latencyNs};
      if (medium != None)
        problem.mediumOf[from * numDevices + to] = medium;
    }
  }
}

void ProblemReader::readNetwork(const JsonValue &root) {
  readMedia(root);
  std::vector<LinkKind> kinds;
  for (const JsonValue &item : itemsOf(root, key::Links)) {
    if (fields.full() || !fields.checkObject(item, "a link", LinkKeys))
      return;
    int64_t rate = fields.findWholeOrNull(item, key::BitsPerSecond, Unlimited);
    if (rate == 0)
      fields.error(item, "a link has a rate above 0; null in 'link_of' says "
                         "that there is no link");
    kinds.push_back({rate, fields.findWhole(item, key::MessageTimeNs, 0),
                     fields.findWhole(item, key::LatencyNs, 0),
                     fields.findPosition(item, key::Medium,
                                         problem.media.size(), "medium")});
  }
  readLinkOf(root, kinds);
  size_t numDevices = problem.devices.size();
  problem.ingress =
      fields.findPosition(root, key::Ingress, numDevices, "device");
  problem.egress = fields.findPosition(root, key::Egress, numDevices, "device");
}

void ProblemReader::readWeights(const JsonValue &root) {
  for (const JsonValue &item : itemsOf(root, key::Weights)) {
    if (fields.full() || !fields.checkObject(item, "a weight", WeightKeys))
      return;
    placement::Weight &weight = problem.weights.emplace_back();
    weight.name = fields.findText(item, key::Name);
    fields.require(item, key::Bytes, "a weight");
    weight.bytes = fields.findWhole(item, key::Bytes, 0);
    weight.isState = fields.findFlag(item, key::IsState);
  }
}

void ProblemReader::readNode(const JsonValue &task, ProblemFile::Node &node) {
  const JsonValue *value = task.find(key::Node);
  if (!value || isNull(*value) ||
      !fields.checkObject(*value, "a node", NodeKeys))
    return;
  fields.require(*value, key::Index, "a node");
  node.index = fields.findWhole(*value, key::Index, -1, MaxCount);
  for (const JsonValue &step : itemsOf(*value, key::Path))
    if (step.kind == JsonValue::Kind::String)
      node.path.push_back(step.text);
    else
      fields.error(step,
                   "found " + step.describe() + "; 'path' is a list of texts");
}

void ProblemReader::readTimes(const JsonValue &task, size_t index) {
  const JsonValue *list = fields.require(task, key::TimeNs, "a task");
  std::vector<int64_t> &row = times[index];
  for (const JsonValue &time : itemsOf(task, key::TimeNs))
    row.push_back(isNull(time) ? Unlimited
                               : fields.readWhole(time, key::TimeNs, 0));
  // There may be classes that no device has; the first task says how many.
  if (list && (index == 0 ? row.size() < numClasses : row.size() != numClasses))
    fields.error(*list, "a task has a time for each speed class, " +
                            Twine(numClasses) + " in all, not " +
                            Twine(row.size()));
  else if (index == 0)
    numClasses = row.size();
}

void ProblemReader::readTasks(const JsonValue &root) {
  fields.require(root, key::Tasks, "a problem");
  ArrayRef<JsonValue> items = itemsOf(root, key::Tasks);
  if (const JsonValue *list = root.find(key::Tasks); list && items.empty())
    fields.error(*list, "there is no task");
  times.resize(items.size());
  bool hasNodes = false;
  for (const auto &[index, item] : enumerate(items)) {
    if (fields.full() || !fields.checkObject(item, "a task", TaskKeys))
      return;
    placement::Task &task = problem.tasks.emplace_back();
    task.name = fields.findText(item, key::Name);
    readNode(item, result.nodes.emplace_back());
    hasNodes |= result.nodes.back().index >= 0;
    readTimes(item, index);
    task.weights = fields.findPositions(item, key::Weights,
                                        problem.weights.size(), "weight");
    task.pin =
        fields.findPosition(item, key::Pin, problem.devices.size(), "device");
    task.hasState = fields.findFlag(item, key::HasState);
    task.whyNowhere = fields.findText(item, key::WhyNowhere);
  }
  if (!hasNodes)
    result.nodes.clear();
}

/// What reads a tensor stands behind what makes it.
void ProblemReader::readTensors(const JsonValue &root) {
  ArrayRef<JsonValue> items = itemsOf(root, key::Tensors);
  size_t numTasks = problem.tasks.size();
  for (const JsonValue &item : items) {
    if (fields.full() || !fields.checkObject(item, "a tensor", TensorKeys))
      return;
    placement::Tensor &tensor = problem.tensors.emplace_back();
    tensor.name = fields.findText(item, key::Name);
    tensor.producer =
        fields.findPosition(item, key::Producer, numTasks, "task");
    tensor.consumers =
        fields.findPositions(item, key::Consumers, numTasks, "task");
    if (!tensor.consumers.empty() &&
        tensor.consumers.front() <= tensor.producer)
      fields.error(*item.find(key::Consumers),
                   "task " + Twine(tensor.consumers.front()) + " reads what " +
                       "task " + Twine(tensor.producer) +
                       " makes; tasks stand behind those that they read from");
    fields.require(item, key::Bytes, "a tensor");
    tensor.bytes = fields.findWhole(item, key::Bytes, 0);
    tensor.messageBytes = fields.findWhole(item, key::MessageBytes, -1);
    tensor.canCut =
        !item.find(key::CanCut) || fields.findFlag(item, key::CanCut);
    tensor.mustCut = fields.findFlag(item, key::MustCut);
    tensor.isOutput = fields.findFlag(item, key::IsOutput);
    tensor.aliasOf =
        fields.findPosition(item, key::AliasOf, items.size(), "tensor");
  }
}

/// An alias is made by a task that reads the tensor whose storage it shares.
void ProblemReader::checkAliases(const JsonValue &root) {
  ArrayRef<JsonValue> items = itemsOf(root, key::Tensors);
  for (const auto &[tensor, item] : zip(problem.tensors, items)) {
    if (tensor.aliasOf == None)
      continue;
    const std::vector<int32_t> &readers =
        problem.tensors[tensor.aliasOf].consumers;
    if (tensor.producer == None ||
        !std::binary_search(readers.begin(), readers.end(), tensor.producer))
      fields.error(*item.find(key::AliasOf),
                   "the task that makes an alias reads the tensor that it is "
                   "an alias of");
  }
}

void ProblemReader::read(const JsonValue &root) {
  if (!fields.checkObject(root, "a problem", RootKeys))
    return;
  readDemands(root);
  readDevices(root);
  if (fields.failed())
    return;
  readNetwork(root);
  readWeights(root);
  readTasks(root);
  if (fields.failed())
    return;
  readTensors(root);
  if (fields.failed())
    return;
  checkAliases(root);
  for (size_t row = 0; row < numClasses; ++row)
    for (const std::vector<int64_t> &taskTimes : times)
      problem.taskTime.push_back(taskTimes[row]);
  // What the steps above have left out, if anything.
  if (std::string wrong = problem.check(); !wrong.empty() && !fields.failed())
    fields.error(root, wrong);
}

std::optional<ProblemFile> instances::readProblem(MemoryBufferRef buffer,
                                                  SourceMgr &sourceMgr) {
  Diagnostics diagnostics(sourceMgr);
  std::optional<JsonValue> root =
      readJsonTree(buffer, diagnostics, MaxProblemValues);
  if (!root)
    return std::nullopt;
  ProblemReader reader(diagnostics);
  reader.read(*root);
  if (diagnostics.failed())
    return std::nullopt;
  return std::move(reader.result);
}
