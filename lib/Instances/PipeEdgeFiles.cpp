//===- PipeEdgeFiles.cpp - What PipeEdge's files say ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PipeEdgeFiles.h"

#include "onnx-split/Support/Quantity/Decimal.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using namespace onnx_split::instances::pipeedge;

namespace {

/// Adds the contents of one file to those of all. Keys of a model or a type
/// that are not known are passed over.
class PipeEdgeReader {
public:
  PipeEdgeReader(Diagnostics &sink, Files &result)
      : diagnostics(sink), files(result) {}
  void read(MemoryBufferRef buffer);

private:
  void readModel(const YamlEntry &entry);
  void readType(const YamlEntry &entry);
  void readProfiles(const YamlEntry &entry, DeviceType &type);
  std::optional<int64_t> readFigure(const YamlNode *node, SMRange parent,
                                    StringRef key, uint64_t unit,
                                    Rounding rounding);
  std::vector<int64_t> readList(const YamlNode *node, SMRange parent,
                                StringRef key, uint64_t unit);

  Diagnostics &diagnostics;
  Files &files;
};

} // namespace

/// The value of a key of a mapping, or null.
static const YamlNode *findValue(const YamlNode &mapping, StringRef key) {
  for (const YamlEntry &entry : mapping.entries)
    if (entry.key == key)
      return &entry.value;
  return nullptr;
}

int64_t pipeedge::sizeOf(StringRef dataType) {
  dataType.consume_front("torch.");
  return StringSwitch<int64_t>(dataType)
      .Cases({"float64", "int64"}, 8)
      .Cases({"float32", "int32"}, 4)
      .Cases({"float16", "bfloat16", "int16"}, 2)
      .Cases({"int8", "uint8"}, 1)
      .Default(0);
}

/// A number of at least 0, in steps of which `unit` make up one. None after an
/// error, which is reported at `parent` where there is no node.
std::optional<int64_t> PipeEdgeReader::readFigure(const YamlNode *node,
                                                  SMRange parent, StringRef key,
                                                  uint64_t unit,
                                                  Rounding rounding) {
  if (!node) {
    diagnostics.error(parent, "the key '" + key + "' is missing");
    return std::nullopt;
  }
  std::optional<Decimal> number;
  if (node->kind == YamlNode::Kind::Scalar) {
    StringRef text = node->text;
    number = Decimal::consume(text);
    if (!text.empty())
      number.reset();
  }
  std::optional<int64_t> scaled;
  if (number)
    scaled = number->scale(unit, rounding, LargestFigure);
  if (!scaled)
    diagnostics.error(node->range, "'" + key +
                                       "' takes a number of at least 0, and "
                                       "not beyond any machine, not " +
                                       node->describe());
  return scaled;
}

/// A list of such figures, rounded up; shorter after an error.
std::vector<int64_t> PipeEdgeReader::readList(const YamlNode *node,
                                              SMRange parent, StringRef key,
                                              uint64_t unit) {
  std::vector<int64_t> result;
  if (!node || node->kind != YamlNode::Kind::Sequence) {
    diagnostics.error(node ? node->range : parent,
                      "'" + key + "' takes a list of one number per layer");
    return result;
  }
  for (const YamlNode &item : node->items) {
    auto figure = readFigure(&item, parent, key, unit, Rounding::Up);
    if (!figure || diagnostics.full())
      break;
    result.push_back(*figure);
  }
  return result;
}

/// `layers`, `parameters_in`, and by layer `parameters_out` and `mem_MB`, which
/// is in 2^20 bytes. What PipeEdge calls parameters are elements of the tensors
/// between layers.
void PipeEdgeReader::readModel(const YamlEntry &entry) {
  const YamlNode &node = entry.value;
  Model model;
  model.name = entry.key;
  auto layers = readFigure(findValue(node, "layers"), entry.keyRange, "layers",
                           1, Rounding::Up);
  auto elementsIn = readFigure(findValue(node, "parameters_in"), entry.keyRange,
                               "parameters_in", 1, Rounding::Up);
  model.weightBytes =
      readList(findValue(node, "mem_MB"), entry.keyRange, "mem_MB", 1 << 20);
  model.elementsOut = readList(findValue(node, "parameters_out"),
                               entry.keyRange, "parameters_out", 1);
  if (!layers || !elementsIn || diagnostics.failed())
    return;
  model.elementsIn = *elementsIn;
  for (size_t length : {model.weightBytes.size(), model.elementsOut.size()})
    if (length != static_cast<size_t>(*layers))
      return diagnostics.error(entry.keyRange,
                               "the model '" + entry.key + "' has " +
                                   Twine(*layers) + " layers but a list of " +
                                   Twine(length) + " figures for them");
  files.models.push_back(std::move(model));
}

/// By model, a list of `dtype`, `batch_size` and `time_s`, which is in seconds
/// by layer. A type without any has an empty entry.
void PipeEdgeReader::readProfiles(const YamlEntry &entry, DeviceType &type) {
  if (entry.value.kind == YamlNode::Kind::Null)
    return;
  for (const YamlEntry &model : entry.value.entries)
    for (const YamlNode &node : model.value.items) {
      Profile &profile = type.profiles.emplace_back();
      profile.model = model.key;
      profile.range = model.keyRange;
      const YamlNode *dataType = findValue(node, "dtype");
      if (dataType)
        profile.dataType = dataType->text;
      if (sizeOf(profile.dataType) == 0)
        return diagnostics.error(dataType ? dataType->range : model.keyRange,
                                 "'dtype' takes a data type such as "
                                 "torch.float32");
      auto batch = readFigure(findValue(node, "batch_size"), model.keyRange,
                              "batch_size", 1, Rounding::Up);
      profile.batch = batch.value_or(0);
      profile.timeNs = readList(findValue(node, "time_s"), model.keyRange,
                                "time_s", 1'000'000'000);
      if (diagnostics.failed())
        return;
    }
}

/// `mem_MB` in 2^20 bytes and `bw_Mbps` in 2^20 bits per second, both rounded
/// down: a device is no better than it is said to be.
void PipeEdgeReader::readType(const YamlEntry &entry) {
  DeviceType &type = files.types.emplace_back();
  type.name = entry.key;
  const YamlNode &node = entry.value;
  auto memory = readFigure(findValue(node, "mem_MB"), entry.keyRange, "mem_MB",
                           1 << 20, Rounding::Down);
  auto rate = readFigure(findValue(node, "bw_Mbps"), entry.keyRange, "bw_Mbps",
                         1 << 20, Rounding::Down);
  type.memory = memory.value_or(0);
  type.bitsPerSecond = rate.value_or(0);
  for (const YamlEntry &inner : node.entries)
    if (inner.key == "model_profiles")
      readProfiles(inner, type);
}

/// Tells each entry by keys that no other kind has, so that it does not matter
/// which file it stands in.
void PipeEdgeReader::read(MemoryBufferRef buffer) {
  std::optional<YamlNode> root = readYaml(buffer, diagnostics);
  if (!root)
    return;
  HostFile hostFile;
  for (const YamlEntry &entry : root->entries) {
    const YamlNode &node = entry.value;
    if (diagnostics.full())
      return;
    if (findValue(node, "parameters_out")) {
      readModel(entry);
    } else if (findValue(node, "bw_Mbps") ||
               findValue(node, "model_profiles")) {
      readType(entry);
    } else if (node.kind == YamlNode::Kind::Sequence) {
      Hosts hosts{entry.key, entry.keyRange, {}};
      for (const YamlNode &item : node.items)
        hosts.names.push_back(item.text);
      hostFile.hosts.push_back(std::move(hosts));
    } else {
      diagnostics.error(entry.keyRange,
                        "'" + entry.key +
                            "' is neither a model (with 'parameters_out'), nor "
                            "a device type (with 'bw_Mbps'), nor a list of "
                            "hosts");
    }
  }
  if (root->kind != YamlNode::Kind::Mapping)
    diagnostics.error(root->range,
                      "expected models, device types or lists of hosts by "
                      "type, not " +
                          root->describe());
  hostFile.name = sys::path::stem(buffer.getBufferIdentifier()).str();
  if (!hostFile.hosts.empty())
    files.hostFiles.push_back(std::move(hostFile));
}

void pipeedge::readFile(MemoryBufferRef buffer, Diagnostics &diagnostics,
                        Files &files) {
  PipeEdgeReader(diagnostics, files).read(buffer);
}
