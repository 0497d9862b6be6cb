//===- PipeEdge.cpp - Models and hosts of PipeEdge ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Instance.h"

#include "../Cluster/Decimal.h"
#include "../Cluster/YamlTree.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;
using namespace onnx_split::instances;

/// Largest time (ns), size (bytes) or rate (bit/s) of one entry.
static constexpr int64_t largestFigure = 1'000'000'000'000'000;

namespace {

struct Model {
  std::string name;
  /// Of weights, by layer.
  std::vector<int64_t> weightBytes;
  /// Elements that the model reads, and that each layer makes, for one item.
  int64_t elementsIn = 0;
  std::vector<int64_t> elementsOut;
};

struct Profile {
  std::string model, dataType;
  int64_t batch = 0;
  std::vector<int64_t> timeNs;
  SMRange range;
};

struct DeviceType {
  std::string name;
  int64_t memory = 0, bitsPerSecond = 0;
  std::vector<Profile> profiles;
};

struct Hosts {
  std::string type;
  SMRange range;
  std::vector<std::string> names;
};

/// One devices.yml.
struct HostFile {
  std::string name;
  std::vector<Hosts> hosts;
};

class Reader {
public:
  Reader(SourceMgr &sourceMgr, const PipeEdgeOptions &readOptions)
      : options(readOptions), diagnostics(sourceMgr) {}
  std::vector<Instance> read(ArrayRef<MemoryBufferRef> files);

private:
  void readFile(MemoryBufferRef buffer);
  void readModel(const YamlEntry &entry);
  void readType(const YamlEntry &entry);
  void readProfiles(const YamlEntry &entry, DeviceType &type);
  std::optional<int64_t> readFigure(const YamlNode *node, SMRange parent,
                                    StringRef key, uint64_t unit,
                                    Rounding rounding);
  std::vector<int64_t> readList(const YamlNode *node, SMRange parent,
                                StringRef key, uint64_t unit);
  const DeviceType *findType(const Hosts &hosts);
  void addInstances(const HostFile &file, std::vector<Instance> &instances);
  void addInstance(const Model &model, const Profile &kind,
                   const HostFile &file, ArrayRef<const DeviceType *> types,
                   std::vector<Instance> &instances);

  const PipeEdgeOptions &options;
  Diagnostics diagnostics;
  std::vector<Model> models;
  std::vector<DeviceType> types;
  std::vector<HostFile> hostFiles;
};

} // namespace

static const YamlNode *findValue(const YamlNode &mapping, StringRef key) {
  for (const YamlEntry &entry : mapping.entries)
    if (entry.key == key)
      return &entry.value;
  return nullptr;
}

/// Bytes of an element, 0 if the type is not known.
static int64_t sizeOf(StringRef dataType) {
  dataType.consume_front("torch.");
  return StringSwitch<int64_t>(dataType)
      .Cases({"float64", "int64"}, 8)
      .Cases({"float32", "int32"}, 4)
      .Cases({"float16", "bfloat16", "int16"}, 2)
      .Cases({"int8", "uint8"}, 1)
      .Default(0);
}

std::optional<int64_t> Reader::readFigure(const YamlNode *node, SMRange parent,
                                          StringRef key, uint64_t unit,
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
    scaled = number->scale(unit, rounding, largestFigure);
  if (!scaled)
    diagnostics.error(node->range, "'" + key +
                                       "' takes a number of at least 0, and "
                                       "not beyond any machine, not " +
                                       node->describe());
  return scaled;
}

std::vector<int64_t> Reader::readList(const YamlNode *node, SMRange parent,
                                      StringRef key, uint64_t unit) {
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

void Reader::readModel(const YamlEntry &entry) {
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
  models.push_back(std::move(model));
}

void Reader::readProfiles(const YamlEntry &entry, DeviceType &type) {
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

void Reader::readType(const YamlEntry &entry) {
  DeviceType &type = types.emplace_back();
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

void Reader::readFile(MemoryBufferRef buffer) {
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
    hostFiles.push_back(std::move(hostFile));
}

/// By name, by the renames, or the one type that differs in the number at the
/// end of its name only.
const DeviceType *Reader::findType(const Hosts &hosts) {
  StringRef wanted = hosts.type;
  for (const auto &[from, to] : options.renames)
    if (wanted == from)
      wanted = to;
  std::vector<const DeviceType *> similar;
  for (const DeviceType &type : types) {
    if (type.name == wanted)
      return &type;
    if (StringRef(type.name).rtrim("0123456789") == wanted.rtrim("0123456789"))
      similar.push_back(&type);
  }
  if (similar.size() == 1)
    return similar.front();
  diagnostics.error(hosts.range, "there is no device type '" + wanted +
                                     "'; --rename " + hosts.type +
                                     "=TYPE takes the profile of another one");
  return nullptr;
}

void Reader::addInstance(const Model &model, const Profile &kind,
                         const HostFile &file,
                         ArrayRef<const DeviceType *> hostTypes,
                         std::vector<Instance> &instances) {
  Instance instance;
  placement::Problem &problem = instance.problem;
  int32_t numLayers = static_cast<int32_t>(model.weightBytes.size());
  int64_t itemBytes = sizeOf(kind.dataType) * kind.batch;
  auto addTensor = [&](int32_t producer, int64_t elements) {
    placement::Tensor &tensor = problem.tensors.emplace_back();
    tensor.name = producer == placement::None
                      ? "input"
                      : "layer" + std::to_string(producer + 1);
    tensor.producer = producer;
    // Both factors are limited to 10^15.
    __int128 bytes = __int128(elements) * itemBytes;
    tensor.bytes =
        static_cast<int64_t>(std::min<__int128>(bytes, largestFigure));
    tensor.isOutput = producer + 1 == numLayers;
    if (!tensor.isOutput)
      tensor.consumers.push_back(producer + 1);
  };
  addTensor(placement::None, model.elementsIn);
  for (int32_t layer = 0; layer < numLayers; ++layer) {
    std::string name = "layer" + std::to_string(layer + 1);
    problem.weights.push_back({name, model.weightBytes[layer]});
    problem.tasks.push_back({name, {layer}, placement::None});
    addTensor(layer, model.elementsOut[layer]);
  }
  std::vector<int64_t> rates;
  for (size_t h = 0; h < file.hosts.size(); ++h) {
    const DeviceType &type = *hostTypes[h];
    const Profile *profile = nullptr;
    for (const Profile &candidate : type.profiles)
      if (candidate.model == kind.model && candidate.batch == kind.batch &&
          candidate.dataType == kind.dataType)
        profile = &candidate;
    if (!profile)
      return;
    if (profile->timeNs.size() != static_cast<size_t>(numLayers))
      return diagnostics.error(
          profile->range, "the profile has " + Twine(profile->timeNs.size()) +
                              " times but the model '" + model.name + "' has " +
                              Twine(numLayers) + " layers");
    for (const std::string &name : file.hosts[h].names) {
      // Strictly less memory than there is.
      problem.devices.push_back({name, std::max<int64_t>(type.memory - 1, 0),
                                 static_cast<int32_t>(h)});
      rates.push_back(type.bitsPerSecond);
    }
    problem.taskTime.insert(problem.taskTime.end(), profile->timeNs.begin(),
                            profile->timeNs.end());
  }
  for (int64_t from : rates)
    for (int64_t to : rates)
      problem.links.push_back({std::min(from, to), 0});
  instance.name =
      model.name + ":b" + std::to_string(kind.batch) + "@" + file.name;
  instance.format = "pipeedge";
  instance.unit = {"s", 9};
  instances.push_back(std::move(instance));
}

void Reader::addInstances(const HostFile &file,
                          std::vector<Instance> &instances) {
  std::vector<const DeviceType *> hostTypes;
  HostFile used{file.name, {}};
  size_t numHosts = 0;
  for (const Hosts &hosts : file.hosts) {
    if (hosts.names.empty())
      continue;
    const DeviceType *type = findType(hosts);
    if (!type)
      return;
    numHosts += hosts.names.size();
    hostTypes.push_back(type);
    used.hosts.push_back(hosts);
  }
  if (numHosts == 0 || numHosts > static_cast<size_t>(maxClusterDevices))
    return diagnostics.error(
        file.hosts.front().range,
        numHosts == 0 ? Twine("the file names no host")
                      : "more than " + Twine(maxClusterDevices) + " hosts");
  // What the first type was profiled with decides what can be asked.
  for (const Model &model : models)
    for (const Profile &profile : hostTypes.front()->profiles)
      if (profile.model == model.name && !model.weightBytes.empty())
        addInstance(model, profile, used, hostTypes, instances);
}

std::vector<Instance> Reader::read(ArrayRef<MemoryBufferRef> files) {
  for (MemoryBufferRef file : files)
    readFile(file);
  std::vector<Instance> instances;
  if (diagnostics.failed())
    return instances;
  const char *missing = models.empty()      ? "models (models.yml)"
                        : types.empty()     ? "device types (device_types.yml)"
                        : hostFiles.empty() ? "hosts (devices.yml)"
                                            : nullptr;
  if (missing) {
    diagnostics.error(pointAt(files.front().getBufferStart()),
                      "PipeEdge's models, device types and hosts belong on one "
                      "command line; there are no " +
                          Twine(missing));
    return instances;
  }
  for (const HostFile &file : hostFiles)
    addInstances(file, instances);
  if (instances.empty() && !diagnostics.failed())
    diagnostics.error(pointAt(files.front().getBufferStart()),
                      "no model was profiled on all types of the hosts");
  if (diagnostics.failed())
    instances.clear();
  return instances;
}

std::vector<Instance> instances::readPipeEdge(ArrayRef<MemoryBufferRef> files,
                                              SourceMgr &sourceMgr,
                                              const PipeEdgeOptions &options) {
  return Reader(sourceMgr, options).read(files);
}
