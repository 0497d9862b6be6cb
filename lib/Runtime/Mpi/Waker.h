//===- Waker.h - Waits without spinning -------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// MPI's own waiting functions spin, which costs a device with a share of a
/// processor all of its share, and takes the time of whoever computes. Sleeping
/// between looks is late for every message instead. What is waited for arrives
/// over sockets, though, and those the system can wait for.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_WAKER_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_WAKER_H

#include <cstdint>
#include <vector>

#include <poll.h>

namespace onnx_split::runtime {

class Waker {
public:
  /// `overSockets`: no peer is on this host, so that everything comes over
  /// sockets. Else shared memory is looked at every now and then as well.
  explicit Waker(bool overSockets);
  ~Waker();
  Waker(const Waker &) = delete;
  Waker &operator=(const Waker &) = delete;

  /// Ends a wait; for other threads.
  void notify();

  /// Waits until something may have happened. `progressed` says whether the
  /// last look at MPI found anything, `sending` whether MPI may have something
  /// to send that its sockets did not take, and `until` when the caller has
  /// something to do in any case, by the host's clock.
  void wait(bool progressed, bool sending, int64_t until = INT64_MAX);

private:
  void findSockets();
  const bool sockets;
  int event = -1;
  /// The event, then every stream socket of the process.
  std::vector<pollfd> descriptors;
  int64_t nextSearch = 0;
  /// Looks in a row that found nothing.
  int idle = 0;
  /// A look at MPI says what was there before it, and then reads what has come.
  /// So what has woken us is only found by a second one.
  bool looksAgain = false;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_WAKER_H
