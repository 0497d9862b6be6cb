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
#include "onnx-split/Support/Progress.h"
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
  /// As in NodeTimes, at the first operating point.
  int64_t residentBytes = 0;
  /// As DeviceProfile has it.
  int64_t runtimeMemoryBytes = 0;
  /// As in NodeTimes, in thousandths, at the point where the share is smallest;
  /// below 0 where it is not known.
  int64_t coreShare = -1, allowedShare = -1;
  /// As MessageOverhead gives them.
  int64_t messageNs = 0, bytePs = 0;
};

/// What all devices measured at one operating point.
struct PointFigures {
  NodeTimes own;
  /// On rank 0, by device: nanoseconds of an item, and of each node under the
  /// profiler; see NodeTimes.
  std::vector<int64_t> itemNs;
  std::vector<std::vector<int64_t>> sums;
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
  void sayWork();
  void announce(const std::string &what);
  std::string measureModel();
  void measureLinks();
  void measureOverheads();
  void gather();
  void warnOfShares() const;
  int64_t timeOf(size_t device, size_t node, const PointFigures &at) const;
  DeviceProfile describe(size_t device, const PointFigures &at) const;
  NewProfile makeProfile() const;

  const Cluster &cluster;
  const ProfileOptions &options;
  MPI_Comm comm;
  int rank = 0, size = 0;
  NamedModel model;
  std::vector<PointFigures> points;
  int64_t runtimeMemoryBytes = 0;
  MessageOverhead overhead;
  /// On rank 0, by device.
  std::vector<DeviceFigures> figures;
  std::vector<MeasuredLink> links;
  /// Of rank 0.
  std::optional<Progress> progress;
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
    size_t numPoints = 1 + options.alsos.size();
    double seconds = 2 * options.seconds * double(numPoints);
    add(seconds, "the nodes of " + options.model + " on " +
                     (size == 1 ? "1 device"
                                : std::to_string(size) + " devices at once") +
                     (numPoints > 1 ? " at " + std::to_string(numPoints) +
                                          " operating points"
                                    : "") +
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

void Profiler::sayWork() {
  if (rank != 0)
    return;
  Progress::Pause pause;
  llvm::errs() << "onnx-split-run: " << describeWork() << "\n";
}

/// Says on rank 0 what is measured from now on.
void Profiler::announce(const std::string &what) {
  if (rank != 0)
    return;
  progress.emplace("measuring " + what);
  if (options.progress)
    llvm::errs() << "onnx-split-run: measuring " << what << "\n";
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

/// The inputs of each operating point. Of two values of a dimension, the later
/// one counts.
static std::vector<InputOptions> listPoints(const ProfileOptions &options) {
  std::vector<InputOptions> points = {options.inputs};
  for (const std::vector<std::string> &also : options.alsos) {
    InputOptions &point = points.emplace_back(options.inputs);
    point.pointDims = also;
  }
  return points;
}

/// Measures the model on this device, while the others do the same.
std::string Profiler::measureModel() {
  if (options.model.empty()) {
    sayWork();
    return "";
  }
  TemporaryFolder folder;
  if (!folder.exists())
    return "no temporary folder can be made";
  auto named = nameNodes(options.model, folder.pathOf(""));
  if (!named)
    return llvm::toString(named.takeError());
  model = std::move(*named);
  std::vector<InputOptions> wanted = listPoints(options);
  for (const auto &[index, inputs] : llvm::enumerate(wanted)) {
    // What cannot run here takes no time.
    auto begin = [&, number = index + 1] {
      if (number == 1)
        sayWork();
      announce("nodes" + (wanted.size() > 1
                              ? ", operating point " + std::to_string(number) +
                                    " of " + std::to_string(wanted.size())
                              : ""));
    };
    auto measured =
        measureNodes(model, options, inputs, folder.pathOf(""), begin);
    if (!measured)
      return llvm::toString(measured.takeError());
    for (const PointFigures &other : points)
      if (other.own.inputs == measured->inputs)
        return "two operating points have inputs of the same shapes; each "
               "--also needs others than --dim and --shape give";
    points.push_back({std::move(*measured), {}, {}});
  }
  return "";
}

/// One link after the other, so that none takes another's time.
void Profiler::measureLinks() {
  for (int from = 0; from < size; ++from)
    for (int to = 0; to < size; ++to) {
      if (from == to || cluster.link(from, to).bitsPerSecond == 0)
        continue;
      announce("the link from '" + cluster.devices[from].name + "' to '" +
               cluster.devices[to].name + "'");
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
    announce("what messages take of computing on '" +
             cluster.devices[from].name + "'");
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
  DeviceFigures mine;
  mine.processor = identifyProcessor();
  mine.runtimeMemoryBytes = runtimeMemoryBytes;
  mine.messageNs = overhead.getMessageNs();
  mine.bytePs = overhead.getBytePs();
  for (const PointFigures &point : points) {
    // Before ONNX Runtime's profiler has taken its own.
    if (&point == &points.front())
      mine.residentBytes = point.own.residentBytes;
    int64_t share = thousandths(point.own.coreShare);
    if (mine.coreShare < 0 || share < mine.coreShare)
      mine.coreShare = share;
    mine.allowedShare = thousandths(point.own.allowedShare);
  }
  for (const auto &theirs : gatherFigures<DeviceFigures>(mine, comm))
    figures.push_back(theirs.front());
  for (PointFigures &point : points) {
    for (const auto &theirs : gatherNumbers({point.own.itemNs}, comm))
      point.itemNs.push_back(theirs.front());
    point.sums = gatherNumbers(point.own.sums, comm);
  }
}

/// A node's share of the time that a run of the model takes on the device. A
/// device that only has a share of a processor stops in the middle of kernels,
/// so that the shares are taken from all that have the same one.
int64_t Profiler::timeOf(size_t device, size_t node,
                         const PointFigures &at) const {
  double share = 0, devices = 0;
  for (size_t other = 0; other < at.sums.size(); ++other) {
    if (figures[other].processor != figures[device].processor)
      continue;
    double total = 0;
    for (int64_t sum : at.sums[other])
      total += double(sum);
    if (total == 0)
      continue;
    share += double(at.sums[other][node]) / total;
    ++devices;
  }
  return devices == 0
             ? 0
             : std::llround(share / devices * double(at.itemNs[device]));
}

DeviceProfile Profiler::describe(size_t device, const PointFigures &at) const {
  DeviceProfile profile;
  profile.inputs = at.own.inputs;
  profile.itemNs = at.itemNs[device];
  for (auto [index, node] : llvm::enumerate(model.nodes))
    profile.nodes.push_back(
        {int64_t(index), node.name, timeOf(device, index, at)});
  return profile;
}

NewProfile Profiler::makeProfile() const {
  NewProfile profile;
  profile.runtime = "onnxruntime " + getRuntimeVersion();
  profile.modelFile = options.model;
  profile.modelDigest = model.digest;
  for (int device = 0; device < size; ++device) {
    const std::string &name = cluster.devices[device].name;
    const DeviceFigures &measured = figures[device];
    DeviceProfile first;
    if (!points.empty()) {
      first = describe(device, points.front());
      first.residentBytes = measured.residentBytes;
    }
    first.runtimeMemoryBytes = measured.runtimeMemoryBytes;
    if (options.measureLinks) {
      first.messageNs = measured.messageNs;
      first.bytePs = measured.bytePs;
    }
    profile.devices.push_back({name, std::move(first)});
    for (const PointFigures &point :
         llvm::ArrayRef(points).drop_front(points.empty() ? 0 : 1))
      profile.devices.push_back({name, describe(device, point)});
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
    progress.reset();
    if (rank == 0)
      llvm::errs() << "onnx-split-run: error: " << message << "\n";
    return 1;
  };
  if (size_t(size) != cluster.devices.size())
    return fail("the cluster has " + llvm::Twine(cluster.devices.size()) +
                " devices, but " +
                (size == 1
                     ? std::string("this is one process")
                     : "there are " + std::to_string(size) + " processes") +
                "; start one on each device, in the order of the "
                "file, with mpirun --host");
  startRuntime();
  runtimeMemoryBytes = residentBytes();
  std::optional<Progress> whole;
  if (rank == 0)
    whole.emplace();
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
  progress.reset();
  if (rank != 0)
    return 0;
  warnOfShares();
  std::error_code error =
      writeFile(options.output, [this](llvm::raw_ostream &os) {
        writeProfile(makeProfile(), os);
      });
  if (!error) {
    llvm::outs() << "wrote " << options.output << "\n";
    return 0;
  }
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
