//===- CoreShare.cpp - How much of a core a thread gets -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CoreShare.h"

#include "../Mpi.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::StringRef;

/// A file of the system; empty where there is none.
static std::string readSystemFile(const llvm::Twine &path) {
  auto file = llvm::MemoryBuffer::getFileAsStream(path);
  return file ? (*file)->getBuffer().trim().str() : "";
}

/// Nanoseconds that the calling thread waited for a core: the second figure of
/// the scheduler's line. Below 0 where there is none.
static int64_t readWaitedNs() {
  std::string line = readSystemFile("/proc/thread-self/schedstat");
  StringRef rest = StringRef(line).split(' ').second;
  int64_t waited = 0;
  return rest.consumeInteger(10, waited) ? -1 : waited;
}

CoreShare::CoreShare() : waited(readWaitedNs()), used(threadCpuNs()) {}

std::optional<double> CoreShare::get() const {
  int64_t waitedNow = readWaitedNs();
  double ran = double(threadCpuNs() - used);
  if (waited < 0 || waitedNow < waited || ran <= 0)
    return std::nullopt;
  return ran / (ran + double(waitedNow - waited));
}

std::optional<double> runtime::parseCoreLimit(StringRef text) {
  int64_t quota = 0, period = 0;
  // "max 100000", or -1 in version 1, is no limit.
  if (text.consumeInteger(10, quota) || quota <= 0 ||
      text.ltrim().consumeInteger(10, period) || period <= 0)
    return std::nullopt;
  return double(quota) / double(period);
}

std::optional<double> runtime::findAllowedCores() {
  std::optional<double> least;
  std::string all = readSystemFile("/proc/self/cgroup");
  llvm::SmallVector<StringRef> lines;
  StringRef(all).split(lines, '\n');
  for (StringRef line : lines) {
    // "0::/group" in version 2, "3:cpu,cpuacct:/group" in version 1.
    auto [controllers, group] = line.split(':').second.split(':');
    llvm::SmallVector<StringRef> names;
    controllers.split(names, ',');
    bool isSecond = controllers.empty();
    if (!isSecond && !llvm::is_contained(names, "cpu"))
      continue;
    std::string root =
        ("/sys/fs/cgroup" + (isSecond ? "" : "/" + controllers)).str();
    // What holds for a group holds for those in it.
    for (StringRef path = group.rtrim('/'); !path.empty();
         path = path.rsplit('/').first) {
      std::string folder = root + path.str();
      auto limit = parseCoreLimit(
          isSecond ? readSystemFile(folder + "/cpu.max")
                   : readSystemFile(folder + "/cpu.cfs_quota_us") + " " +
                         readSystemFile(folder + "/cpu.cfs_period_us"));
      if (limit)
        least = std::min(*limit, least.value_or(*limit));
    }
  }
  return least;
}
