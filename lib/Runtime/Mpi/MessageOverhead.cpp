//===- MessageOverhead.cpp - What messages take of computing --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "MessageOverhead.h"

#include "Mpi.h"

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
  constexpr size_t UnitSize = 4096, NumUnits = 16;
  std::vector<float> values(UnitSize * NumUnits, 1.0f);
  for (size_t unit = 0; !isDone; unit = (unit + 1) % NumUnits) {
    float *first = values.data() + unit * UnitSize;
    for (size_t i = 0; i < UnitSize; ++i)
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

static constexpr int64_t SmallBytes = 1 << 10, MostBytes = 1 << 18;
static constexpr int64_t AtOnce = 4;
static constexpr double SliceNs = 1e8;

namespace {
/// What was computed in some time, beside so many messages.
struct Slice {
  double ns = 0, units = 0, messages = 0;
};
} // namespace

/// Sends or receives messages for the length of a slice, or waits for as long
/// if `bytes` is 0. Nothing if they do not get through.
static std::optional<Slice> pass(LinkPair &pair, const Work &work,
                                 int64_t bytes) {
  Slice slice;
  int64_t begin = hostNow(), units = work.countUnits();
  for (int64_t goesOn = 1; goesOn;) {
    if (bytes == 0)
      std::this_thread::sleep_for(
          std::chrono::nanoseconds(static_cast<int64_t>(SliceNs)));
    else if (pair.stream(size_t(bytes), AtOnce) == 0)
      return std::nullopt;
    slice.messages += AtOnce;
    goesOn = double(hostNow() - begin) < SliceNs;
    // The sender decides for both.
    if (!pair.agree(goesOn))
      return std::nullopt;
  }
  slice.ns = double(hostNow() - begin);
  slice.units = double(work.countUnits() - units);
  return slice;
}

/// Large messages of which some pass in a slice; 0 if they do not get through.
static int64_t chooseBytes(LinkPair &pair) {
  constexpr int64_t TrialBytes = 1 << 14;
  int64_t trialNs = pair.stream(size_t(TrialBytes), AtOnce);
  if (trialNs == 0)
    return 0;
  double bytesPerNs = double((AtOnce - 1) * TrialBytes) / double(trialNs);
  int64_t bytes = std::clamp<int64_t>(int64_t(bytesPerNs * SliceNs / AtOnce),
                                      TrialBytes, MostBytes);
  return pair.agree(bytes) ? bytes : 0;
}

void MessageOverhead::measure(LinkPair &pair) {
  Work work(threads);
  int64_t largeBytes = chooseBytes(pair);
  int64_t begin = hostNow();
  for (int64_t goesOn = largeBytes; goesOn;) {
    auto quiet = pass(pair, work, 0);
    for (int64_t bytes : {SmallBytes, largeBytes}) {
      auto slice = pass(pair, work, bytes);
      if (!quiet || !slice || quiet->units == 0)
        return;
      // Of the slice, the time that its work would not have needed.
      double lostNs = slice->ns - slice->units * quiet->ns / quiet->units;
      (bytes == SmallBytes ? small : large)
          .push_back({lostNs / slice->messages, double(bytes + HeaderBytes)});
    }
    goesOn = double(hostNow() - begin) < secondsPerLink * 1e9;
    if (!pair.agree(goesOn))
      return;
  }
}

static double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int64_t MessageOverhead::getMessageNs() const {
  std::vector<double> costs;
  for (const Sample &sample : small)
    costs.push_back(sample.ns);
  return static_cast<int64_t>(std::max(0.0, median(std::move(costs))));
}

int64_t MessageOverhead::getBytePs() const {
  double messageNs = double(getMessageNs());
  std::vector<double> costs;
  for (const Sample &sample : large)
    costs.push_back(1000 * (sample.ns - messageNs) / sample.bytes);
  return static_cast<int64_t>(std::max(0.0, median(std::move(costs))));
}
