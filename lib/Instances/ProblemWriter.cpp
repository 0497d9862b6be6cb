//===- ProblemWriter.cpp - Writes problem.json ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JsonFields.h"
#include "ProblemKeys.h"

#include "onnx-split/Instances/ProblemFile.h"

#include "llvm/Support/JSON.h"

#include <map>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using placement::Problem;

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
    if (device.weightCache == Unlimited)
      return;
    line.attribute(key::WeightCacheBytes, device.weightCache);
    line.attribute(key::StreamBytesPerSecond, orNull(device.streamRate));
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
