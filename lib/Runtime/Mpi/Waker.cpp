//===- Waker.cpp - Waits without spinning ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Waker.h"

#include "Mpi.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <utility>

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace onnx_split;
using namespace onnx_split::runtime;

namespace {
/// Between two looks where shared memory may bring something: the first is as
/// long as a switch of processes takes, the last is what a wait may cost.
constexpr int64_t ShortestNs = 20'000, LongestNs = 500'000;
/// Between two looks where sockets say when, just in case; and while MPI sends,
/// as the socket takes more. In two milliseconds its buffer does not run empty
/// below some hundred Mbit/s. Each look costs 10 to 20 us of processor time,
/// which is much for a device with a quarter of a processor.
constexpr int64_t QuietNs = 20'000'000, SendingNs = 2'000'000;
/// A message comes in packets, of which each would be a look. That many
/// nanoseconds of them are taken together.
constexpr int64_t GatherNs = 1'000'000;
/// Connections are made when they are first used.
constexpr int64_t SearchNs = 1'000'000'000;
} // namespace

Waker::Waker(bool overSockets) : sockets(overSockets) {
  event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  descriptors.push_back({event, POLLIN, 0});
}

Waker::~Waker() { ::close(event); }

void Waker::notify() {
  uint64_t one = 1;
  // Full only if it was never read, and then it wakes as well.
  [[maybe_unused]] ssize_t written = ::write(event, &one, sizeof(one));
}

void Waker::findSockets() {
  descriptors.resize(1);
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    int descriptor = -1, type = 0;
    if (llvm::sys::path::filename(entry->path()).getAsInteger(10, descriptor))
      continue;
    sockaddr_storage peer;
    socklen_t typeSize = sizeof(type), peerSize = sizeof(peer);
    // Only what is connected to another host, not to a program of this one.
    if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &typeSize) == 0 &&
        type == SOCK_STREAM &&
        ::getpeername(descriptor, reinterpret_cast<sockaddr *>(&peer),
                      &peerSize) == 0 &&
        (peer.ss_family == AF_INET || peer.ss_family == AF_INET6))
      descriptors.push_back({descriptor, POLLIN, 0});
  }
}

void Waker::wait(bool progressed, bool sending, int64_t until) {
  if (progressed || std::exchange(looksAgain, false)) {
    idle = progressed ? 0 : idle;
    return;
  }
  if (sockets && hostNow() >= nextSearch) {
    findSockets();
    nextSearch = hostNow() + SearchNs;
  }
  int64_t longest = sockets
                        ? (sending ? SendingNs : QuietNs)
                        : std::min(LongestNs, ShortestNs << std::min(idle, 10));
  ++idle;
  longest = std::clamp<int64_t>(until - hostNow(), 0, longest);
  timespec time = {0, longest};
  int ready = ::ppoll(descriptors.data(), descriptors.size(), &time, nullptr);
  if (descriptors[0].revents & POLLIN) {
    uint64_t count;
    [[maybe_unused]] ssize_t got = ::read(event, &count, sizeof(count));
    idle = 0;
    return;
  }
  // More than one look in a row without a result: packets of one message.
  if (ready > 0 && idle > 1) {
    timespec gather = {0, GatherNs};
    ::nanosleep(&gather, nullptr);
  }
  looksAgain = ready > 0;
}
