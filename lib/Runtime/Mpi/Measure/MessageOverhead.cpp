//===- MessageOverhead.cpp - What messages take of computing --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MessageOverhead.h"

#include "../Mpi.h"

#include <algorithm>
#include <chrono>
#include <optional>

using namespace onnx_split;
using namespace onnx_split::runtime;

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

/// Passes over an array as large as a layer's, in units of some microseconds.
static void work(std::atomic<int64_t> &units, const std::atomic<bool> &isDone) {
  constexpr size_t unitSize = 4096, numUnits = 16;
  std::vector<float> values(unitSize * numUnits, 1.0f);
  for (size_t unit = 0; !isDone; unit = (unit + 1) % numUnits) {
    float *first = values.data() + unit * unitSize;
    for (size_t i = 0; i < unitSize; ++i)
      first[i] = first[i] * 0.75f + 0.25f;
    units.fetch_add(1, std::memory_order_relaxed);
  }
}

Work::Work(unsigned numThreads) : counters(numThreads) {
  for (Counter &counter : counters)
    threads.emplace_back([&] { work(counter.units, isDone); });
}

Work::~Work() {
  isDone = true;
  for (std::thread &thread : threads)
    thread.join();
}

int64_t Work::countUnits() const {
  int64_t sum = 0;
  for (const Counter &counter : counters)
    sum += counter.units.load(std::memory_order_relaxed);
  return sum;
}

//===----------------------------------------------------------------------===//
// Overhead
//===----------------------------------------------------------------------===//

static constexpr double SliceNs = 1e8;
/// Messages of a slice, and the pause between two: those of a pipeline come one
/// at a time, so that each has wakes of the thread, and looks at MPI, of its
/// own.
static constexpr int64_t InSlice = 16, SmallBytes = 1 << 10;
static constexpr auto Pause = std::chrono::milliseconds(4);

namespace {
/// What was computed in some time, and what the calling thread used of the
/// processor meanwhile.
struct Slice {
  double ns = 0, units = 0, cpuNs = 0;
};
} // namespace

/// Nothing if the action fails.
template <typename Action>
static std::optional<Slice> observe(const Work &work, Action action) {
  int64_t begin = hostNow(), units = work.countUnits(), cpu = threadCpuNs();
  if (!action())
    return std::nullopt;
  return Slice{double(hostNow() - begin), double(work.countUnits() - units),
               double(threadCpuNs() - cpu)};
}

/// Large messages of which InSlice pass in a slice; 0 if they do not get
/// through.
static int64_t chooseBytes(LinkPair &pair) {
  constexpr int64_t trialBytes = 1 << 14, mostBytes = 1 << 18, trials = 4;
  int64_t trialNs = pair.stream(size_t(trialBytes), trials);
  if (trialNs == 0)
    return 0;
  double bytesPerNs = double((trials - 1) * trialBytes) / double(trialNs);
  int64_t bytes = std::clamp<int64_t>(int64_t(bytesPerNs * SliceNs / InSlice),
                                      trialBytes, mostBytes);
  return pair.agree(bytes) ? bytes : 0;
}

void MessageOverhead::measure(LinkPair &pair) {
  Work work(threads);
  int64_t largeBytes = chooseBytes(pair);
  int64_t begin = hostNow();
  for (int64_t goesOn = largeBytes; goesOn;) {
    auto quiet = observe(work, [] {
      std::this_thread::sleep_for(
          std::chrono::nanoseconds(static_cast<int64_t>(SliceNs)));
      return true;
    });
    auto large = observe(
        work, [&] { return pair.stream(size_t(largeBytes), InSlice) != 0; });
    auto small = observe(work, [&] {
      for (int64_t message = 0; message < InSlice; ++message) {
        if (pair.sends())
          std::this_thread::sleep_for(Pause);
        if (!pair.pass(SmallBytes, /*back=*/false))
          return false;
      }
      return true;
    });
    if (!large || !small || quiet->units == 0 || large->cpuNs == 0)
      return;
    // Of the slice, the time that its work would not have needed.
    double lostNs = large->ns - large->units * quiet->ns / quiet->units;
    bytePs.add(
        int64_t(1000 * lostNs / double(InSlice * (HeaderBytes + largeBytes))));
    lostPerCpu.add(int64_t(1000 * lostNs / large->cpuNs));
    smallCpuNs.add(int64_t(small->cpuNs / InSlice));
    goesOn = double(hostNow() - begin) < secondsPerLink * 1e9;
    if (!pair.agree(goesOn))
      return;
  }
}

int64_t MessageOverhead::getMessageNs() const {
  return std::max<int64_t>(0, lostPerCpu.getMedian()) * smallCpuNs.getMedian() /
         1000;
}

int64_t MessageOverhead::getBytePs() const {
  return std::max<int64_t>(0, bytePs.getMedian());
}
