//===- PipeEdge.cpp - Models and hosts of PipeEdge ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Instance.h"

#include "PipeEdgeFiles.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;
using namespace onnx_split::instances::pipeedge;

namespace {

/// Makes the instances that models, types and hosts give together.
class Builder {
public:
  Builder(SourceMgr &sourceMgr, const PipeEdgeOptions &readOptions)
      : options(readOptions), diagnostics(sourceMgr) {}
  std::vector<Instance> read(ArrayRef<MemoryBufferRef> buffers);

private:
  const DeviceType *findType(const Hosts &hosts);
  void addInstances(const HostFile &file, std::vector<Instance> &instances);
  void addInstance(const Model &model, const Profile &kind,
                   const HostFile &file, ArrayRef<const DeviceType *> types,
                   std::vector<Instance> &instances);

  const PipeEdgeOptions &options;
  Diagnostics diagnostics;
  Files files;
};

} // namespace

/// By name, by the renames, or the one type that differs in the number at the
/// end of its name only.
const DeviceType *Builder::findType(const Hosts &hosts) {
  StringRef wanted = hosts.type;
  for (const auto &[from, to] : options.renames)
    if (wanted == from)
      wanted = to;
  std::vector<const DeviceType *> similar;
  for (const DeviceType &type : files.types) {
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

/// Adds the instance of one model, with the data type and batch size of the
/// profile `kind`, on the hosts of a file. Adds none where a type of those was
/// not profiled like that. An item of the pipeline is a batch.
void Builder::addInstance(const Model &model, const Profile &kind,
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
        static_cast<int64_t>(std::min<__int128>(bytes, LargestFigure));
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
  // A link is no faster than either of its ends; PipeEdge knows no latency.
  for (int64_t from : rates)
    for (int64_t to : rates)
      problem.links.push_back({std::min(from, to), 0});
  instance.name =
      model.name + ":b" + std::to_string(kind.batch) + "@" + file.name;
  instance.format = "pipeedge";
  instance.unit = {"s", 9};
  instances.push_back(std::move(instance));
}

/// Adds an instance for each model, data type and batch size that a file of
/// hosts can run.
void Builder::addInstances(const HostFile &file,
                           std::vector<Instance> &instances) {
  std::vector<const DeviceType *> hostTypes;
  // Without types that have no hosts, as PipeEdge's dummy type.
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
  if (numHosts == 0 || numHosts > static_cast<size_t>(MaxClusterDevices))
    return diagnostics.error(
        file.hosts.front().range,
        numHosts == 0 ? Twine("the file names no host")
                      : "more than " + Twine(MaxClusterDevices) + " hosts");
  // What the first type was profiled with decides what can be asked.
  for (const Model &model : files.models)
    for (const Profile &profile : hostTypes.front()->profiles)
      if (profile.model == model.name && !model.weightBytes.empty())
        addInstance(model, profile, used, hostTypes, instances);
}

std::vector<Instance> Builder::read(ArrayRef<MemoryBufferRef> buffers) {
  for (MemoryBufferRef buffer : buffers)
    readFile(buffer, diagnostics, files);
  std::vector<Instance> instances;
  if (diagnostics.failed())
    return instances;
  const char *missing = files.models.empty() ? "models (models.yml)"
                        : files.types.empty()
                            ? "device types (device_types.yml)"
                        : files.hostFiles.empty() ? "hosts (devices.yml)"
                                                  : nullptr;
  if (missing) {
    diagnostics.error(pointAt(buffers.front().getBufferStart()),
                      "PipeEdge's models, device types and hosts belong on one "
                      "command line; there are no " +
                          Twine(missing));
    return instances;
  }
  for (const HostFile &file : files.hostFiles)
    addInstances(file, instances);
  if (instances.empty() && !diagnostics.failed())
    diagnostics.error(pointAt(buffers.front().getBufferStart()),
                      "no model was profiled on all types of the hosts");
  if (diagnostics.failed())
    instances.clear();
  return instances;
}

std::vector<Instance> instances::readPipeEdge(ArrayRef<MemoryBufferRef> files,
                                              SourceMgr &sourceMgr,
                                              const PipeEdgeOptions &options) {
  return Builder(sourceMgr, options).read(files);
}
