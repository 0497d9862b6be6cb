//===- MeasureProfile.cpp - Measures devices and links --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Mpi/MeasureProfile.h"

#include "../Mpi.h"
#include "LinkRates.h"
#include "MessageOverhead.h"
#include "NodeTimes.h"

#include "onnx-split/Runtime/Mpi/Watchdog.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/TemporaryFolder.h"
#include "onnx-split/Support/WriteFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::StringRef;

static constexpr double StartSeconds = 600;
/// Parts of the time that the model runs: what a link's large messages take,
/// what it takes with the small ones, and what is for the overheads of each
/// device.
static constexpr double LinkSeconds = 0.25, LinkPart = 0.375,
                        OverheadPart = 1.5;

namespace {
struct MeasuredLink {
  int from = 0, to = 0;
  LinkRate rate;
};

/// What one device measured beside its kernels.
struct DeviceFigures {
  /// Equal on machines with the same processor.
  int64_t processor = 0;
  /// As in NodeTimes.
  int64_t itemNs = 0, residentBytes = 0;
  /// As DeviceProfile has it.
  int64_t runtimeMemoryBytes = 0;
  /// As in NodeTimes, in thousandths; below 0 where it is not known.
  int64_t coreShare = -1, allowedShare = -1;
  /// As MessageOverhead gives them.
  int64_t messageNs = 0, bytePs = 0;
};

class Profiler {
public:
  Profiler(const Cluster &described, const ProfileOptions &settings)
      : cluster(described), options(settings),
        overhead(settings.threads, OverheadPart * settings.seconds) {
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
  }
  int run();

private:
  std::string describeWork() const;
  std::string measureModel();
  void measureLinks();
  void measureOverheads();
  void gather();
  void warnOfShares() const;
  int64_t timeOf(size_t device, size_t node) const;
  NewProfile makeProfile() const;

  const Cluster &cluster;
  const ProfileOptions &options;
  MPI_Comm comm;
  int rank = 0, size = 0;
  NamedModel model;
  NodeTimes own;
  int64_t runtimeMemoryBytes = 0;
  MessageOverhead overhead;
  /// On rank 0, by device.
  std::vector<DeviceFigures> figures;
  /// Nanoseconds of each node under the profiler, see NodeTimes.
  std::vector<std::vector<int64_t>> sums;
  std::vector<MeasuredLink> links;
};
} // namespace

/// A number for the name of the processor.
static int64_t identifyProcessor() {
  auto info = llvm::MemoryBuffer::getFileAsStream("/proc/cpuinfo");
  StringRef text = info ? (*info)->getBuffer() : "";
  StringRef name =
      text.drop_front(std::min(text.size(), text.find("model name")))
          .take_until([](char c) { return c == '\n'; });
  return int64_t(llvm::xxh3_64bits(name) >> 1);
}

/// What is going to be measured, and for how long without the loading.
std::string Profiler::describeWork() const {
  auto time = [](double seconds) { return formatTime(int64_t(seconds * 1e9)); };
  double whole = 0;
  std::string what;
  auto add = [&](double seconds, const std::string &part) {
    whole += seconds;
    what += (what.empty() ? "" : ", ") + part;
  };
  if (!options.model.empty()) {
    double seconds = 2 * options.seconds;
    add(seconds, "the nodes of " + options.model + " on " +
                     (size == 1 ? "1 device"
                                : std::to_string(size) + " devices at once") +
                     " (" + time(seconds) + ")");
  }
  int64_t numLinks = 0, numSenders = 0;
  for (int from = 0; from < size; ++from) {
    int64_t outwards = 0;
    for (int to = 0; to < size; ++to)
      outwards += from != to && cluster.link(from, to).bitsPerSecond > 0;
    numLinks += outwards;
    numSenders += outwards > 0;
  }
  if (options.measureLinks && numLinks > 0) {
    add(double(numLinks) * LinkPart * options.seconds,
        std::to_string(numLinks) + " links in turn (" +
            time(LinkPart * options.seconds) + " each)");
    add(double(numSenders) * OverheadPart * options.seconds,
        "what messages take of computing, for " + std::to_string(numSenders) +
            " devices in turn (" + time(OverheadPart * options.seconds) +
            " each)");
  }
  return "measuring takes about " + time(whole) +
         (what.empty() ? "" : ": " + what);
}

/// Says which devices did something else while they were measured.
void Profiler::warnOfShares() const {
  // A quota of 0.9 cores gives 0.8 to 0.89 where others want the rest.
  constexpr double enough = 0.85;
  for (const auto &[device, measured] : llvm::zip(cluster.devices, figures)) {
    double allowed =
        measured.allowedShare < 0 ? 1 : double(measured.allowedShare) / 1000;
    double share = double(measured.coreShare) / 1000;
    if (measured.coreShare >= 0 && share < enough * allowed)
      llvm::errs() << llvm::formatv(
          "onnx-split-run: warning: '{0}' got {1:F2} of a core where {2:F2} "
          "were to be had, so that its times are too long: something else "
          "runs there. End it, and measure again\n",
          device.name, share, allowed);
  }
}

/// Measures the model on this device, while the others do the same.
std::string Profiler::measureModel() {
  if (options.model.empty())
    return "";
  TemporaryFolder folder;
  if (!folder.exists())
    return "no temporary folder can be made";
  auto named = nameNodes(options.model, folder.pathOf(""));
  if (!named)
    return llvm::toString(named.takeError());
  model = std::move(*named);
  auto measured = measureNodes(model, options, folder.pathOf(""));
  if (!measured)
    return llvm::toString(measured.takeError());
  own = std::move(*measured);
  return "";
}

/// One link after the other, so that none takes another's time.
void Profiler::measureLinks() {
  for (int from = 0; from < size; ++from)
    for (int to = 0; to < size; ++to) {
      if (from == to || cluster.link(from, to).bitsPerSecond == 0)
        continue;
      LinkRate rate;
      if (rank == from || rank == to) {
        LinkPair pair(rank, from, to, comm);
        rate = measureLink(pair, LinkSeconds * options.seconds);
      }
      auto all = gatherFigures<LinkRate>(rate, comm);
      if (rank == 0)
        links.push_back({from, to, all[to].front()});
      if (!meet(comm, StartSeconds))
        return;
    }
}

/// Each device sends to another one over a fast link, and receives as often if
/// links allow. One after the other.
void Profiler::measureOverheads() {
  std::vector<int> numReceived(size, 0);
  for (int from = 0; from < size; ++from) {
    int to = -1;
    auto isBetter = [&](int other) {
      return to < 0 || std::make_pair(-numReceived[other],
                                      cluster.link(from, other).bitsPerSecond) >
                           std::make_pair(-numReceived[to],
                                          cluster.link(from, to).bitsPerSecond);
    };
    for (int other = 0; other < size; ++other)
      if (other != from && cluster.link(from, other).bitsPerSecond > 0 &&
          isBetter(other))
        to = other;
    if (to < 0)
      continue;
    ++numReceived[to];
    if (rank == from || rank == to) {
      LinkPair pair(rank, from, to, comm);
      overhead.measure(pair);
    }
    if (!meet(comm, StartSeconds))
      return;
  }
}

void Profiler::gather() {
  auto thousandths = [](std::optional<double> share) {
    return share ? int64_t(std::llround(1000 * *share)) : -1;
  };
  DeviceFigures mine = {
      identifyProcessor(),        own.itemNs,
      own.residentBytes,          runtimeMemoryBytes,
      thousandths(own.coreShare), thousandths(own.allowedShare),
      overhead.getMessageNs(),    overhead.getBytePs()};
  for (const auto &theirs : gatherFigures<DeviceFigures>(mine, comm))
    figures.push_back(theirs.front());
  sums = gatherNumbers(own.sums, comm);
}

/// A node's share of the time that a run of the model takes on the device. A
/// device that only has a share of a processor stops in the middle of kernels,
/// so that the shares are taken from all that have the same one.
int64_t Profiler::timeOf(size_t device, size_t node) const {
  double share = 0, devices = 0;
  for (size_t other = 0; other < sums.size(); ++other) {
    if (figures[other].processor != figures[device].processor)
      continue;
    double total = 0;
    for (int64_t sum : sums[other])
      total += double(sum);
    if (total == 0)
      continue;
    share += double(sums[other][node]) / total;
    ++devices;
  }
  return devices == 0
             ? 0
             : std::llround(share / devices * double(figures[device].itemNs));
}

NewProfile Profiler::makeProfile() const {
  NewProfile profile;
  profile.runtime = "onnxruntime " + getRuntimeVersion();
  profile.modelFile = options.model;
  profile.modelDigest = model.digest;
  for (int device = 0; device < size; ++device) {
    NewProfile::Device &entry = profile.devices.emplace_back();
    entry.name = cluster.devices[device].name;
    const DeviceFigures &measured = figures[device];
    entry.figures.runtimeMemoryBytes = measured.runtimeMemoryBytes;
    if (options.measureLinks) {
      entry.figures.messageNs = measured.messageNs;
      entry.figures.bytePs = measured.bytePs;
    }
    if (options.model.empty())
      continue;
    entry.figures.itemNs = measured.itemNs;
    entry.figures.residentBytes = measured.residentBytes;
    for (auto [index, node] : llvm::enumerate(model.nodes))
      entry.figures.nodes.push_back(
          {int64_t(index), node.name, timeOf(device, index)});
  }
  for (const MeasuredLink &link : links)
    // One that nothing got through is left out.
    if (link.rate.bitsPerSecond > 0)
      profile.links.push_back({cluster.devices[link.from].name,
                               cluster.devices[link.to].name,
                               link.rate.bitsPerSecond, link.rate.messageNs});
  return profile;
}

int Profiler::run() {
  getActivity().rank = rank;
  auto fail = [&](const llvm::Twine &message) {
    if (rank == 0)
      llvm::errs() << "onnx-split-run: error: " << message << "\n";
    return 1;
  };
  if (size_t(size) != cluster.devices.size())
    return fail("the cluster has " + llvm::Twine(cluster.devices.size()) +
                " devices, but there are " + llvm::Twine(size) +
                " processes; start one on each device, in the order of the "
                "file, with mpirun --host");
  startRuntime();
  runtimeMemoryBytes = residentBytes();
  if (rank == 0)
    llvm::errs() << "onnx-split-run: " << describeWork() << "\n";
  std::string failure = measureModel();
  if (!failure.empty())
    failure = "'" + cluster.devices[rank].name + "': " + failure;
  std::vector<std::string> failures = gatherTexts(failure, comm, StartSeconds);
  if (failures.empty())
    return fail("some device did not answer for " +
                llvm::Twine(int(StartSeconds)) + " s");
  for (const std::string &text : failures)
    if (!text.empty())
      return fail(text);
  std::vector<std::string> digests =
      gatherTexts(model.digest, comm, StartSeconds);
  for (size_t device = 0; device < digests.size(); ++device)
    if (digests[device] != digests.front())
      return fail("'" + cluster.devices[device].name +
                  "' has another model under this name than '" +
                  cluster.devices.front().name + "'");
  if (options.measureLinks) {
    measureLinks();
    measureOverheads();
  }
  gather();
  if (rank != 0)
    return 0;
  warnOfShares();
  std::error_code error =
      writeFile(options.output, [this](llvm::raw_ostream &os) {
        writeProfile(makeProfile(), os);
      });
  if (!error)
    return 0;
  fail(options.output + ": cannot write: " + error.message());
  return 4;
}

int runtime::measureProfile(const Cluster &cluster,
                            const ProfileOptions &options) {
  ProfileOptions settings = options;
  if (settings.threads == 0)
    settings.threads = shareThreads();
  return Profiler(cluster, settings).run();
}
