//===- ProfileMode.cpp - Measures devices and links -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Runtime/Inputs.h"
#include "onnx-split/Runtime/Mpi/MeasureProfile.h"
#include "onnx-split/Support/Duration.h"
#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace onnx_split;
using namespace onnx_split::runtime;

/// The further operating points, or what is wrong with them.
static llvm::Error readAlsos(const Options &options, ProfileOptions &profile) {
  for (llvm::StringRef also : options.alsos) {
    llvm::SmallVector<llvm::StringRef> values;
    also.split(values, ',');
    InputOptions point;
    for (llvm::StringRef value : values)
      point.dims.push_back(value.str());
    if (llvm::Error error = checkSettings(point)) {
      llvm::consumeError(std::move(error));
      return llvm::createStringError("--also takes NAME=EXTENT[,NAME=EXTENT "
                                     "...], such as N=1, not '" +
                                     also + "'");
    }
    profile.alsos.push_back(std::move(point.dims));
  }
  return llvm::Error::success();
}

/// A cluster file's text as a cluster. The messages are gathered for `fail`,
/// which lets one rank speak.
static llvm::Expected<Cluster> readCluster(llvm::MemoryBufferRef text,
                                           llvm::StringRef what) {
  llvm::SourceMgr sourceMgr;
  std::string messages;
  sourceMgr.setDiagHandler(
      [](const llvm::SMDiagnostic &diagnostic, void *all) {
        llvm::raw_string_ostream os(*static_cast<std::string *>(all));
        diagnostic.print(nullptr, os << "\n", /*ShowColors=*/false);
      },
      &messages);
  if (auto cluster = parseCluster(text, sourceMgr))
    return std::move(*cluster);
  return llvm::createStringError(what + " is not valid" +
                                 llvm::StringRef(messages).rtrim());
}

/// The devices of --devices, one for each rank.
static llvm::Expected<Cluster> readDevices(const Options &options) {
  if (options.devices.empty() || !options.plan.empty())
    return llvm::createStringError(
        "--profile takes no plan but --devices=CLUSTER.yaml, and --model=MODEL "
        "unless only links are measured");
  auto buffer = readAtMost(options.devices, MaxClusterBytes + 1);
  if (!buffer)
    return llvm::createStringError(
        options.devices +
        ": cannot read the cluster file: " + buffer.getError().message());
  return readCluster((*buffer)->getMemBufferRef(), "the cluster file");
}

/// As a scalar of YAML that stands in braces.
static std::string quoteForYaml(llvm::StringRef text) {
  std::string quoted;
  llvm::raw_string_ostream(quoted) << llvm::json::Value(text);
  return quoted;
}

/// This machine alone, under the name of --emit-profile-of.
static llvm::Expected<Cluster> makeOneDevice(const Options &options) {
  if (!options.plan.empty() || !options.devices.empty())
    return llvm::createStringError(
        "--emit-profile-of takes neither a plan nor --devices: it measures "
        "this machine alone");
  if (options.model.empty())
    return llvm::createStringError(
        "--emit-profile-of needs --model=MODEL, whose nodes it measures");
  const char *ranks = ::getenv("OMPI_COMM_WORLD_SIZE");
  if (ranks && llvm::StringRef(ranks) != "1")
    return llvm::createStringError(
        "--emit-profile-of measures this machine alone: start it without "
        "mpirun, or measure all devices with --profile=FILE");
  std::string text =
      "version: 1\ndevices: [{name: " + quoteForYaml(options.profileOf) +
      "}]\n";
  return readCluster({text, "--emit-profile-of"}, "the name of the device");
}

/// What the system could give to processes now, in bytes; 0 where it does not
/// say.
static int64_t readFreeMemory() {
  auto info = llvm::MemoryBuffer::getFileAsStream("/proc/meminfo");
  llvm::StringRef text = info ? (*info)->getBuffer() : "";
  llvm::StringRef key = "MemAvailable:";
  int64_t kibibytes = 0;
  size_t place = text.find(key);
  if (place == llvm::StringRef::npos ||
      text.substr(place + key.size()).ltrim().consumeInteger(10, kibibytes))
    return 0;
  return kibibytes * 1024;
}

/// For people: what the cluster file takes, which is no path that leaves its
/// folder.
static void printLines(llvm::StringRef device, llvm::StringRef file) {
  llvm::raw_ostream &os = llvm::outs();
  os << "for a cluster file in the folder of " << file
     << ":\n\ndevices:\n  - {name: " << quoteForYaml(device)
     << ", profile: " << quoteForYaml(llvm::sys::path::filename(file));
  int64_t memory = readFreeMemory();
  if (memory > 0)
    os << ", memory: " << memory / 1048576 << " MiB";
  os << "}\n# profile: the path from the cluster file's folder\n";
  if (memory > 0)
    os << "# memory: what was free here now\n";
}

static llvm::Expected<ProfileOptions> makeSettings(const Options &options) {
  ProfileOptions settings;
  settings.model = options.model;
  settings.output = options.profile;
  settings.measureLinks = options.links;
  settings.inputs = makeInputOptions(options);
  if (llvm::Error error = checkSettings(settings.inputs))
    return error;
  settings.inputs.files.insert(settings.inputs.files.end(),
                               options.inputs.begin(), options.inputs.end());
  if (llvm::Error error = readAlsos(options, settings))
    return error;
  settings.threads = options.threads;
  settings.optimise = options.optimise;
  settings.progress = options.progress;
  settings.seconds = parseDuration(options.profileTime);
  if (settings.seconds == 0)
    return llvm::createStringError(
        "--profile-time takes a time above 0, such as 4s, not '" +
        options.profileTime + "'");
  return settings;
}

int onnx_split::profileMode(const Options &options, int argc, char **argv) {
  bool isAlone = modeOf(options) == Mode::ProfileOf;
  auto cluster = isAlone ? makeOneDevice(options) : readDevices(options);
  if (!cluster)
    return fail(llvm::toString(cluster.takeError()));
  auto settings = makeSettings(options);
  if (!settings)
    return fail(llvm::toString(settings.takeError()));
  if (isAlone) {
    settings->measureLinks = false;
    if (settings->output.empty())
      settings->output = options.profileOf + ".json";
  }
  int status = underMpi(argc, argv, nullptr,
                        [&] { return measureProfile(*cluster, *settings); });
  if (isAlone && status == 0)
    printLines(options.profileOf, settings->output);
  return status;
}
