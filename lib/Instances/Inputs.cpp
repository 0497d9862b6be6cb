//===- Inputs.cpp - From files to instances -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/Inputs.h"

#include "onnx-split/Instances/DnnPartitioning.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

namespace {

/// A file whose text the source manager keeps, so that messages can show its
/// lines.
struct InputFile {
  MemoryBufferRef buffer;
  Format format = Format::Unknown;
  StringRef path() const { return buffer.getBufferIdentifier(); }
};

/// Named after its file; the default cluster has no name.
struct NamedCluster {
  std::string name;
  Cluster cluster;
};

/// Loads all files and tells them apart, then reads clusters, then problems.
class InputReader {
public:
  InputReader(const InputOptions &inputOptions, SourceMgr &sources)
      : options(inputOptions), sourceMgr(sources) {}
  Inputs read();

private:
  std::optional<InputFile> load(StringRef path);
  void readClusters();
  void addHelix(const InputFile &file, std::optional<MemoryBufferRef> profiles);
  void readFile(const InputFile &file);
  void readDnn(const InputFile &file);
  void readOwnProblem(const InputFile &file);
  void readPipeEdgeFiles();
  void addForEachCluster(
      function_ref<std::optional<Instance>(const Cluster &)> readOne);
  /// Reports what has no place in the file's text.
  void error(StringRef path, const Twine &message) {
    errs() << path << ": error: " << message << '\n';
    result.failed = true;
  }

  const InputOptions &options;
  SourceMgr &sourceMgr;
  std::vector<InputFile> files;
  /// One at least, once clusters have been read without an error.
  std::vector<NamedCluster> clusters;
  /// PipeEdge's files are read together, at the first of them.
  bool pipeEdgeDone = false;
  Inputs result;
};

} // namespace

/// ONNX files by the extensions that onnx.load knows, whatever they hold.
static bool isModelName(StringRef path) {
  StringRef extension = sys::path::extension(path);
  for (StringRef known :
       {".onnx", ".onnxtxt", ".textproto", ".mlir", ".mlirbc"})
    if (extension == known)
      return true;
  return false;
}

/// The file and its format; reports what cannot be read.
std::optional<InputFile> InputReader::load(StringRef path) {
  if (sys::fs::is_directory(path)) {
    error(path, "is a folder; give the files in it");
    return std::nullopt;
  }
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer) {
    error(path, "cannot read the file: " + buffer.getError().message());
    return std::nullopt;
  }
  InputFile file;
  file.buffer = **buffer;
  file.format = detectFormat(file.buffer);
  if (isModelName(path))
    file.format = Format::Onnx;
  sourceMgr.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  return file;
}

/// A cluster of Helix with the machine types that were given, else with those
/// in the file beside it.
void InputReader::addHelix(const InputFile &file,
                           std::optional<MemoryBufferRef> profiles) {
  if (!profiles) {
    SmallString<128> path(sys::path::parent_path(file.path()));
    sys::path::append(path, "machine_profiles.ini");
    if (!sys::fs::exists(path))
      return error(file.path(),
                   "a Helix cluster needs its machine types: " + path +
                       " does not exist; give the file "
                       "with a second --devices");
    std::optional<InputFile> beside = load(path);
    if (!beside)
      return;
    profiles = beside->buffer;
  }
  std::optional<Cluster> cluster = readHelix(file.buffer, *profiles, sourceMgr);
  if (!cluster) {
    result.failed = true;
    return;
  }
  clusters.push_back({sys::path::stem(file.path()).str(), std::move(*cluster)});
}

/// All clusters before any model: a model that needs devices is read once for
/// each of them.
void InputReader::readClusters() {
  std::vector<InputFile> candidates;
  for (const std::string &path : options.devices)
    if (std::optional<InputFile> file = load(path))
      candidates.push_back(*file);
  for (const InputFile &file : files)
    if (file.format == Format::Helix)
      candidates.push_back(file);
  std::optional<MemoryBufferRef> profiles;
  bool hasClusters = false;
  for (const InputFile &file : candidates) {
    bool isProfiles =
        file.format == Format::Helix && isHelixProfiles(file.buffer);
    if (isProfiles)
      profiles = file.buffer;
    hasClusters |= !isProfiles;
  }
  if (profiles && !hasClusters)
    error(candidates.front().path(), "holds machine types only; give a Helix "
                                     "cluster, with [ComputeNode-0], as well");
  for (const InputFile &file : candidates) {
    if (file.format == Format::Helix) {
      if (!isHelixProfiles(file.buffer))
        addHelix(file, profiles);
      continue;
    }
    // Whatever else it is, its reader says what a cluster file looks like.
    std::optional<Cluster> cluster = parseCluster(file.buffer, sourceMgr);
    if (cluster)
      clusters.push_back(
          {sys::path::stem(file.path()).str(), std::move(*cluster)});
    else
      result.failed = true;
  }
}

/// A model without devices of its own, on all clusters.
void InputReader::addForEachCluster(
    function_ref<std::optional<Instance>(const Cluster &)> readOne) {
  for (const NamedCluster &named : clusters) {
    std::optional<Instance> instance = readOne(named.cluster);
    if (!instance) {
      result.failed = true;
      return;
    }
    if (!named.name.empty())
      instance->name += "@" + named.name;
    result.instances.push_back(std::move(*instance));
  }
}

/// Makes the instance of the load model that the objective asks for.
void InputReader::readDnn(const InputFile &file) {
  std::optional<DnnGraph> graph = readDnnGraph(file.buffer, sourceMgr);
  if (!graph) {
    result.failed = true;
    return;
  }
  std::string message;
  std::optional<Instance> instance = options.objective == Objective::Max
                                         ? makeDnnProblem(*graph, message)
                                         : makeSumInstance(*graph, message);
  if (!instance)
    return error(file.path(), message);
  result.instances.push_back(std::move(*instance));
}

/// A problem.json; one without a name is called after its file.
void InputReader::readOwnProblem(const InputFile &file) {
  std::optional<ProblemFile> problem = readProblem(file.buffer, sourceMgr);
  if (!problem) {
    result.failed = true;
    return;
  }
  Instance &instance = result.instances.emplace_back();
  static_cast<ProblemFile &>(instance) = std::move(*problem);
  if (instance.name.empty())
    instance.name = sys::path::stem(file.path()).str();
  instance.format = "problem";
  instance.hasDemands = true;
}

/// All of PipeEdge's files, since an instance takes three of them.
void InputReader::readPipeEdgeFiles() {
  if (pipeEdgeDone)
    return;
  pipeEdgeDone = true;
  std::vector<MemoryBufferRef> buffers;
  for (const InputFile &file : files)
    if (file.format == Format::PipeEdge)
      buffers.push_back(file.buffer);
  std::vector<Instance> instances =
      readPipeEdge(buffers, sourceMgr, options.pipeEdge);
  result.failed |= instances.empty();
  for (Instance &instance : instances)
    result.instances.push_back(std::move(instance));
}

/// Reads one file into instances. What was read before, with others, is passed
/// over.
void InputReader::readFile(const InputFile &file) {
  bool isDnn = file.format == Format::DnnPartitioning;
  if (options.objective == Objective::Sum && !isDnn &&
      file.format != Format::Helix)
    return error(file.path(), "--objective=sum is for dnn-partitioning's JSON; "
                              "this file takes --objective=max");
  switch (file.format) {
  case Format::DnnPartitioning:
    return readDnn(file);
  case Format::PipeEdge:
    return readPipeEdgeFiles();
  case Format::Problem:
    return readOwnProblem(file);
  case Format::Helix:
    return;
  case Format::PipeDream:
    return addForEachCluster([&](const Cluster &cluster) {
      return readPipeDream(file.buffer, sourceMgr, cluster);
    });
  case Format::Onnx:
    // The default cluster would say nothing of a model whose times are
    // estimated from the devices.
    if (options.devices.empty() && clusters.size() == 1 &&
        clusters.front().name.empty())
      return error(file.path(), "an ONNX model needs --devices CLUSTER.yaml");
    return addForEachCluster([&](const Cluster &cluster) {
      return options.readOnnx ? options.readOnnx(file.path(), cluster)
                              : std::nullopt;
    });
  case Format::Cluster:
    return error(file.path(), "is a cluster; give it with --devices, and a "
                              "model without it");
  case Format::Unknown:
    return error(file.path(),
                 "is none of dnn-partitioning's JSON, PipeDream's graph.txt, "
                 "PipeEdge's YAML, Helix's .ini, a problem.json and an ONNX "
                 "model");
  }
}

Inputs InputReader::read() {
  // All files are loaded before any is read: PipeEdge's belong together, and
  // clusters come first.
  bool onlyHelix = true;
  for (const std::string &path : options.files)
    if (std::optional<InputFile> file = load(path)) {
      files.push_back(*file);
      onlyHelix &= file->format == Format::Helix;
    }
  readClusters();
  if (!files.empty() && onlyHelix)
    error(files.front().path(), "a Helix cluster needs a model to be placed on "
                                "it, such as PipeDream's graph.txt");
  if (result.failed)
    return std::move(result);
  if (clusters.empty())
    clusters.push_back({"", makeDefaultCluster()});
  for (const InputFile &file : files) {
    bool hasDevices = file.format == Format::DnnPartitioning ||
                      file.format == Format::PipeEdge ||
                      file.format == Format::Problem;
    if (hasDevices && !options.devices.empty())
      errs() << file.path()
             << ": note: has devices of its own; --devices is not used\n";
    readFile(file);
  }
  return std::move(result);
}

Inputs instances::readInputs(const InputOptions &options,
                             SourceMgr &sourceMgr) {
  return InputReader(options, sourceMgr).read();
}
