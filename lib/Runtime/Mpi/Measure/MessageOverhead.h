//===- MessageOverhead.h - What messages take of computing ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The time that messages take from what a device computes (the overheads of
/// the LogP family of models). Part of it is spent in the thread that
/// communicates, part by the kernel in whatever runs when a packet comes, and
/// some in caches that are emptied. Where a core is free for it, it is nothing.
/// So it is measured as what it means: how much less the device computes while
/// messages pass.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_MESSAGEOVERHEAD_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_MESSAGEOVERHEAD_H

#include "../Samples.h"
#include "LinkPair.h"

#include <atomic>
#include <thread>
#include <vector>

namespace onnx_split::runtime {

/// Threads that compute as long as this exists, and how much they have.
class Work {
public:
  explicit Work(unsigned numThreads);
  ~Work();
  int64_t countUnits() const;

private:
  /// On a cache line of its own.
  struct alignas(64) Counter {
    std::atomic<int64_t> units = 0;
  };
  std::vector<Counter> counters;
  std::vector<std::thread> threads;
  std::atomic<bool> isDone = false;
};

/// The overhead of messages on the calling rank's device, over several links.
/// Slices of time in quiet, with a stream of large messages and with single
/// small ones take turns, and medians count, so that what else happens to a
/// processor does little.
///
/// The stream gives the time for each byte, and for each nanosecond that the
/// thread which communicates uses of a processor. A small message takes too
/// little to be seen in what is computed beside it; the thread's time is, and
/// costs as much as in the stream.
class MessageOverhead {
public:
  /// `numThreads` as many as a session has; about `seconds` for each link, more
  /// over one so slow that some messages of 16 KiB take longer.
  MessageOverhead(unsigned numThreads, double seconds)
      : threads(numThreads), secondsPerLink(seconds) {}

  /// Called by both ranks of a pair at once, one pair at a time.
  void measure(LinkPair &pair);

  /// Nanoseconds for each message and picoseconds for each byte, at either end;
  /// 0 before anything was measured.
  int64_t getMessageNs() const;
  int64_t getBytePs() const;

private:
  unsigned threads;
  double secondsPerLink;
  /// By slice: below 0 by chance. `lostPerCpu` is in thousandths.
  Samples bytePs, lostPerCpu, smallCpuNs;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_MESSAGEOVERHEAD_H
