//===- ProblemFile.cpp - What problem.json says ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tasks, tensors, weights, devices and media are known by their positions,
/// names are for people. Times stand with the tasks, and links by kind, since
/// clusters have few different ones: a matrix says which kind each pair has.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/ProblemFile.h"

#include "JsonFields.h"

#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <map>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::Objective;
using placement::Problem;
using placement::SolutionClass;

//===----------------------------------------------------------------------===//
// The keys, in the order in which they are written
//===----------------------------------------------------------------------===//

namespace key {
static constexpr StringLiteral Version = "version";
static constexpr StringLiteral Name = "name";
static constexpr StringLiteral Source = "source";
static constexpr StringLiteral Digest = "digest";
static constexpr StringLiteral Objective = "objective";
static constexpr StringLiteral TargetNs = "target_ns";
static constexpr StringLiteral MaxLatencyNs = "max_latency_ns";
static constexpr StringLiteral MinStages = "min_stages";
static constexpr StringLiteral MaxStages = "max_stages";
static constexpr StringLiteral Revisit = "revisit";
static constexpr StringLiteral Replicate = "replicate";
static constexpr StringLiteral Sequences = "sequences";
static constexpr StringLiteral Devices = "devices";
static constexpr StringLiteral MemoryBytes = "memory_bytes";
static constexpr StringLiteral RuntimeBytes = "runtime_bytes";
static constexpr StringLiteral SpeedClass = "speed_class";
static constexpr StringLiteral MessageNs = "message_ns";
static constexpr StringLiteral BytePs = "byte_ps";
static constexpr StringLiteral Media = "media";
static constexpr StringLiteral Links = "links";
static constexpr StringLiteral BitsPerSecond = "bits_per_second";
static constexpr StringLiteral MessageTimeNs = "message_time_ns";
static constexpr StringLiteral LatencyNs = "latency_ns";
static constexpr StringLiteral Medium = "medium";
static constexpr StringLiteral LinkOf = "link_of";
static constexpr StringLiteral Ingress = "ingress";
static constexpr StringLiteral Egress = "egress";
static constexpr StringLiteral Weights = "weights";
static constexpr StringLiteral Bytes = "bytes";
static constexpr StringLiteral IsState = "is_state";
static constexpr StringLiteral Tasks = "tasks";
static constexpr StringLiteral Node = "node";
static constexpr StringLiteral Index = "index";
static constexpr StringLiteral Path = "path";
static constexpr StringLiteral TimeNs = "time_ns";
static constexpr StringLiteral Pin = "pin";
static constexpr StringLiteral HasState = "has_state";
static constexpr StringLiteral WhyNowhere = "why_nowhere";
static constexpr StringLiteral Tensors = "tensors";
static constexpr StringLiteral Producer = "producer";
static constexpr StringLiteral Consumers = "consumers";
static constexpr StringLiteral MessageBytes = "message_bytes";
static constexpr StringLiteral CanCut = "can_cut";
static constexpr StringLiteral MustCut = "must_cut";
static constexpr StringLiteral IsOutput = "is_output";
static constexpr StringLiteral AliasOf = "alias_of";
} // namespace key

static constexpr StringRef RootKeys[] = {
    key::Version,  key::Name,         key::Source,    key::Objective,
    key::TargetNs, key::MaxLatencyNs, key::MinStages, key::MaxStages,
    key::Revisit,  key::Replicate,    key::Sequences, key::Devices,
    key::Media,    key::Links,        key::LinkOf,    key::Ingress,
    key::Egress,   key::Weights,      key::Tasks,     key::Tensors};
static constexpr StringRef DeviceKeys[] = {key::Name,         key::MemoryBytes,
                                           key::RuntimeBytes, key::SpeedClass,
                                           key::MessageNs,    key::BytePs};
static constexpr StringRef MediumKeys[] = {key::Name, key::Devices};
static constexpr StringRef LinkKeys[] = {key::BitsPerSecond, key::MessageTimeNs,
                                         key::LatencyNs, key::Medium};
static constexpr StringRef WeightKeys[] = {key::Name, key::Bytes, key::IsState};
static constexpr StringRef TaskKeys[] = {
    key::Name, key::Node,     key::TimeNs,    key::Weights,
    key::Pin,  key::HasState, key::WhyNowhere};
static constexpr StringRef NodeKeys[] = {key::Index, key::Path};
static constexpr StringRef TensorKeys[] = {
    key::Name,   key::Producer, key::Consumers, key::Bytes,  key::MessageBytes,
    key::CanCut, key::MustCut,  key::IsOutput,  key::AliasOf};

SolutionClass instances::classOf(const Problem &problem) {
  return problem.replicate ? SolutionClass::Replicating
         : problem.revisit ? SolutionClass::Revisiting
                           : SolutionClass::Contiguous;
}

static constexpr Objective Objectives[] = {
    Objective::Throughput, Objective::Latency, Objective::Devices};

/// Everything that tells two links apart; the medium last.
using LinkKind = std::tuple<int64_t, int64_t, int64_t, int32_t>;

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {
/// Writes the lists of a problem, one element a line.
class ProblemWriter {
public:
  ProblemWriter(const ProblemFile &written, json::OStream &stream)
      : file(written), problem(written.problem), json(stream) {}

  void write();

private:
  void writeDemands();
  void writeNetwork();
  void writeTask(size_t index, json::OStream &line);
  void writeTensor(const placement::Tensor &tensor, json::OStream &line);
  /// A list of `count` objects, one a line.
  template <typename F> void writeList(StringRef name, size_t count, F members);

  const ProblemFile &file;
  const Problem &problem;
  json::OStream &json;
};
} // namespace

/// null stands for no limit, and for what is impossible.
static json::Value orNull(int64_t figure) {
  return figure == Unlimited ? json::Value(nullptr) : json::Value(figure);
}

static json::Value positionOrNull(int32_t index) {
  return index == None ? json::Value(nullptr) : json::Value(index);
}

static void writePositions(StringRef name, ArrayRef<int32_t> positions,
                           json::OStream &json) {
  json.attributeArray(name, [&] {
    for (int32_t position : positions)
      json.value(position);
  });
}

template <typename F>
void ProblemWriter::writeList(StringRef name, size_t count, F members) {
  json.attributeArray(name, [&] {
    for (size_t index = 0; index < count; ++index)
      json.rawValue([&](raw_ostream &os) {
        json::OStream line(os);
        line.object([&] { members(index, line); });
      });
  });
}

/// What is asked of a plan.
void ProblemWriter::writeDemands() {
  json.attribute(key::Objective, placement::toString(file.objective));
  json.attribute(key::TargetNs, orNull(file.targetNs));
  json.attribute(key::MaxLatencyNs, orNull(file.maxLatencyNs));
  json.attribute(key::MinStages, problem.minStages);
  json.attribute(key::MaxStages, problem.maxStages == 0
                                     ? json::Value(nullptr)
                                     : json::Value(problem.maxStages));
  json.attribute(key::Revisit, problem.revisit);
  json.attribute(key::Replicate, problem.replicate);
  json.attribute(key::Sequences, problem.sequences == 0
                                     ? json::Value(nullptr)
                                     : json::Value(problem.sequences));
}

/// The kinds of links in the order in which they are met, and the kind of each
/// pair.
void ProblemWriter::writeNetwork() {
  writeList(key::Media, problem.media.size(), [&](size_t m, auto &line) {
    line.attribute(key::Name, textOf(problem.media[m].name));
    writePositions(key::Devices, problem.media[m].devices, line);
  });
  int32_t numDevices = static_cast<int32_t>(problem.devices.size());
  std::map<LinkKind, int32_t> kinds;
  std::vector<LinkKind> inOrder;
  std::vector<int32_t> kindOf;
  for (int32_t from = 0; from < numDevices; ++from)
    for (int32_t to = 0; to < numDevices; ++to) {
      const Link &link = problem.link(from, to);
      if (from == to || link.bitsPerSecond == 0) {
        kindOf.push_back(None);
        continue;
      }
      LinkKind kind = {link.bitsPerSecond, link.messageNs, link.latencyNs,
                       problem.medium(from, to)};
      auto [it, isNew] =
          kinds.try_emplace(kind, static_cast<int32_t>(inOrder.size()));
      if (isNew)
        inOrder.push_back(kind);
      kindOf.push_back(it->second);
    }
  writeList(key::Links, inOrder.size(), [&](size_t index, auto &line) {
    auto [rate, messageNs, latencyNs, medium] = inOrder[index];
    line.attribute(key::BitsPerSecond, orNull(rate));
    line.attribute(key::MessageTimeNs, messageNs);
    line.attribute(key::LatencyNs, latencyNs);
    line.attribute(key::Medium, positionOrNull(medium));
  });
  json.attributeArray(key::LinkOf, [&] {
    for (int32_t from = 0; from < numDevices; ++from)
      json.rawValue([&](raw_ostream &os) {
        json::OStream row(os);
        row.array([&] {
          for (int32_t to = 0; to < numDevices; ++to)
            row.value(positionOrNull(kindOf[problem.pair(from, to)]));
        });
      });
  });
  json.attribute(key::Ingress, positionOrNull(problem.ingress));
  json.attribute(key::Egress, positionOrNull(problem.egress));
}

void ProblemWriter::writeTask(size_t index, json::OStream &line) {
  const placement::Task &task = problem.tasks[index];
  line.attribute(key::Name, textOf(task.name));
  if (!file.nodes.empty() && file.nodes[index].index >= 0)
    line.attributeObject(key::Node, [&] {
      line.attribute(key::Index, file.nodes[index].index);
      if (!file.nodes[index].path.empty())
        line.attributeArray(key::Path, [&] {
          for (const std::string &step : file.nodes[index].path)
            line.value(textOf(step));
        });
    });
  line.attributeArray(key::TimeNs, [&] {
    size_t numTasks = problem.tasks.size();
    for (size_t at = index; at < problem.taskTime.size(); at += numTasks)
      line.value(orNull(problem.taskTime[at]));
  });
  writePositions(key::Weights, task.weights, line);
  line.attribute(key::Pin, positionOrNull(task.pin));
  line.attribute(key::HasState, task.hasState);
  if (!task.whyNowhere.empty())
    line.attribute(key::WhyNowhere, textOf(task.whyNowhere));
}

void ProblemWriter::writeTensor(const placement::Tensor &tensor,
                                json::OStream &line) {
  line.attribute(key::Name, textOf(tensor.name));
  line.attribute(key::Producer, positionOrNull(tensor.producer));
  writePositions(key::Consumers, tensor.consumers, line);
  line.attribute(key::Bytes, tensor.bytes);
  line.attribute(key::MessageBytes, tensor.sent());
  line.attribute(key::CanCut, tensor.canCut);
  line.attribute(key::MustCut, tensor.mustCut);
  line.attribute(key::IsOutput, tensor.isOutput);
  line.attribute(key::AliasOf, positionOrNull(tensor.aliasOf));
}

void ProblemWriter::write() {
  json.attribute(key::Version, 1);
  json.attribute(key::Name, textOf(file.name));
  if (!file.sourceDigest.empty())
    json.attributeObject(key::Source, [&] {
      json.attribute(key::Digest, textOf(file.sourceDigest));
    });
  writeDemands();
  writeList(key::Devices, problem.devices.size(), [&](size_t d, auto &line) {
    const placement::Device &device = problem.devices[d];
    line.attribute(key::Name, textOf(device.name));
    line.attribute(key::MemoryBytes, orNull(device.memory));
    line.attribute(key::RuntimeBytes, device.runtimeBytes);
    line.attribute(key::SpeedClass, device.speedClass);
    line.attribute(key::MessageNs, device.messageNs);
    line.attribute(key::BytePs, device.bytePs);
  });
  writeNetwork();
  writeList(key::Weights, problem.weights.size(), [&](size_t w, auto &line) {
    line.attribute(key::Name, textOf(problem.weights[w].name));
    line.attribute(key::Bytes, problem.weights[w].bytes);
    line.attribute(key::IsState, problem.weights[w].isState);
  });
  writeList(key::Tasks, problem.tasks.size(),
            [&](size_t t, auto &line) { writeTask(t, line); });
  writeList(key::Tensors, problem.tensors.size(), [&](size_t t, auto &line) {
    writeTensor(problem.tensors[t], line);
  });
}

void instances::writeProblem(const ProblemFile &file, raw_ostream &os) {
  json::OStream json(os, /*IndentSize=*/1);
  json.object([&] { ProblemWriter(file, json).write(); });
  os << "\n";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// A tree of so many values takes about a gigabyte. A model of a hundred
/// thousand nodes has two million on four devices, five on a thousand.
static constexpr size_t MaxProblemValues = 8'000'000;
/// More than any cluster file may have, and what a stage number is for.
static constexpr size_t MaxDevices = 1024;
static constexpr int64_t MaxCount = INT32_MAX;

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
  StringRef text = buffer.getBuffer();
  if (!diagnostics.checkText(text))
    return std::nullopt;
  std::optional<JsonValue> root =
      onnx_split::readJson(text, diagnostics, MaxProblemValues);
  if (!root)
    return std::nullopt;
  ProblemReader reader(diagnostics);
  reader.read(*root);
  if (diagnostics.failed())
    return std::nullopt;
  return std::move(reader.result);
}
