//===- Mpi.cpp - What the files of this folder need of MPI ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mpi.h"

#include "Waker.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <ctime>
#include <thread>
#include <utility>

using namespace onnx_split;
using namespace onnx_split::runtime;

static int64_t readClock(clockid_t clock) {
  timespec time;
  ::clock_gettime(clock, &time);
  return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

int64_t runtime::hostNow() { return readClock(CLOCK_MONOTONIC); }

int64_t runtime::threadCpuNs() { return readClock(CLOCK_THREAD_CPUTIME_ID); }

/// A figure of memory from the system's page about this process.
static int64_t readStatus(llvm::StringRef key) {
  auto status = llvm::MemoryBuffer::getFileAsStream("/proc/self/status");
  if (!status)
    return 0;
  llvm::StringRef text = (*status)->getBuffer();
  size_t place = text.find(key);
  int64_t kilobytes = 0;
  if (place == llvm::StringRef::npos ||
      text.drop_front(place + key.size()).ltrim().consumeInteger(10, kilobytes))
    return 0;
  return kilobytes * 1024;
}

int64_t runtime::peakResidentBytes() { return readStatus("VmHWM:"); }

int64_t runtime::residentBytes() { return readStatus("VmRSS:"); }

int runtime::countLocalRanks() {
  // Asked once; all ranks ask for the first time together.
  static const int count = [] {
    MPI_Comm local;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL,
                        &local);
    int size = 1;
    MPI_Comm_size(local, &size);
    MPI_Comm_free(&local);
    return size;
  }();
  return count;
}

unsigned runtime::shareThreads() {
  return std::max(1u, std::thread::hardware_concurrency() / countLocalRanks());
}

bool runtime::waitFor(llvm::MutableArrayRef<MPI_Request> requests,
                      double seconds) {
  Waker waker(/*overSockets=*/countLocalRanks() == 1);
  return waitFor(requests, seconds, waker, /*sending=*/true);
}

bool runtime::waitFor(llvm::MutableArrayRef<MPI_Request> requests,
                      double seconds, Waker &waker, bool sending) {
  int64_t end = hostNow() + int64_t(seconds * 1e9);
  bool isFirst = true;
  while (true) {
    int done = 0;
    MPI_Testall(int(requests.size()), requests.data(), &done,
                MPI_STATUSES_IGNORE);
    if (done)
      return true;
    if (hostNow() > end)
      return false;
    waker.wait(/*progressed=*/std::exchange(isFirst, false), sending);
  }
}

bool runtime::meet(MPI_Comm comm, double seconds) {
  MPI_Request request;
  MPI_Ibarrier(comm, &request);
  return waitFor(request, seconds);
}

std::optional<int64_t> runtime::shareNumber(int64_t number, MPI_Comm comm,
                                            double seconds) {
  MPI_Request request;
  MPI_Ibcast(&number, 1, MPI_INT64_T, 0, comm, &request);
  if (!waitFor(request, seconds))
    return std::nullopt;
  return number;
}

std::vector<std::string> runtime::gatherTexts(const std::string &text,
                                              MPI_Comm comm, double seconds) {
  // Fixed rooms, so that one collective does it.
  constexpr int room = 1024;
  int size = 0;
  MPI_Comm_size(comm, &size);
  std::string mine = text.substr(0, room - 1);
  mine.resize(room);
  std::string all(size_t(size) * room, '\0');
  MPI_Request request;
  MPI_Iallgather(mine.data(), room, MPI_CHAR, all.data(), room, MPI_CHAR, comm,
                 &request);
  if (!waitFor(request, seconds))
    return {};
  std::vector<std::string> texts;
  for (int rank = 0; rank < size; ++rank)
    texts.push_back(all.data() + size_t(rank) * room);
  return texts;
}

std::vector<std::vector<int64_t>>
runtime::gatherNumbers(llvm::ArrayRef<int64_t> numbers, MPI_Comm comm) {
  // One message each: counts of a collective end at 2^31.
  int rank = 0, size = 0;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  constexpr int tag = 1;
  constexpr double seconds = 600;
  if (rank != 0) {
    MPI_Request request;
    MPI_Isend(numbers.data(), int(numbers.size()), MPI_INT64_T, 0, tag, comm,
              &request);
    waitFor(request, seconds);
    return {};
  }
  std::vector<std::vector<int64_t>> all(size);
  all[0] = numbers.vec();
  Waker waker(/*overSockets=*/countLocalRanks() == 1);
  for (int source = 1; source < size; ++source) {
    int found = 0, count = 0;
    MPI_Status status;
    while (!found) {
      MPI_Iprobe(source, tag, comm, &found, &status);
      if (!found)
        waker.wait(/*progressed=*/false, /*sending=*/true);
    }
    MPI_Get_count(&status, MPI_INT64_T, &count);
    all[source].resize(count);
    MPI_Request request;
    MPI_Irecv(all[source].data(), count, MPI_INT64_T, source, tag, comm,
              &request);
    waitFor(request, seconds);
  }
  return all;
}

/// Tells hosts apart, whatever they are called, and one from itself after a
/// restart. Empty where the system does not say.
static std::string bootOfHost() {
  auto file =
      llvm::MemoryBuffer::getFileAsStream("/proc/sys/kernel/random/boot_id");
  return file ? (*file)->getBuffer().trim().str() : "";
}

int64_t runtime::measureClockOffset(MPI_Comm comm) {
  int rank = 0, size = 0;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  constexpr int rounds = 20, tag = 2;
  // Ranks of one host read the same clock, and any measurement is worse.
  constexpr double seconds = 600;
  std::vector<std::string> hosts = gatherTexts(bootOfHost(), comm, seconds);
  auto hasSameClock = [&](int other) {
    return !hosts.empty() && !hosts[0].empty() && hosts[other] == hosts[0];
  };
  int64_t offset = 0;
  // The round that took least tells most: half of it is the way there.
  for (int other = 1; other < size; ++other) {
    if (hasSameClock(other))
      continue;
    int64_t best = INT64_MAX;
    for (int round = 0; round < rounds; ++round) {
      int64_t times[2] = {0, 0};
      if (rank == 0) {
        MPI_Recv(times, 1, MPI_INT64_T, other, tag, comm, MPI_STATUS_IGNORE);
        times[0] = hostNow();
        MPI_Send(times, 1, MPI_INT64_T, other, tag, comm);
      } else if (rank == other) {
        int64_t sent = hostNow();
        MPI_Send(&sent, 1, MPI_INT64_T, 0, tag, comm);
        MPI_Recv(times, 1, MPI_INT64_T, 0, tag, comm, MPI_STATUS_IGNORE);
        int64_t received = hostNow();
        if (received - sent < best) {
          best = received - sent;
          offset = times[0] - (sent + (received - sent) / 2);
        }
      }
    }
  }
  return offset;
}
