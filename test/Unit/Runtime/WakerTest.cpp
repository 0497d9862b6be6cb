//===- WakerTest.cpp - What ends a wait -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/Mpi/Waker.h"

#include <gtest/gtest.h>

#include <chrono>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace onnx_split::runtime;

namespace {

/// A connection of this process with itself, as between two hosts.
class Connection {
public:
  Connection() {
    int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto *general = reinterpret_cast<sockaddr *>(&address);
    near = ::socket(AF_INET, SOCK_STREAM, 0);
    isOpen = ::bind(listener, general, size) == 0 &&
             ::listen(listener, 1) == 0 &&
             ::getsockname(listener, general, &size) == 0 &&
             ::connect(near, general, size) == 0;
    far = isOpen ? ::accept(listener, nullptr, nullptr) : -1;
    ::close(listener);
  }
  ~Connection() {
    ::close(near);
    ::close(far);
  }

  bool isOpen = false;
  int near = -1, far = -1;
};

} // namespace

static double wait(Waker &waker) {
  auto begin = std::chrono::steady_clock::now();
  waker.wait(/*progressed=*/false, /*sending=*/false);
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - begin)
      .count();
}

/// MPI's look after the first wait reads what has come, and only the next one
/// says so: a wait between the two would be as long as nothing else comes.
TEST(WakerTest, LooksTwiceAtWhatHasCome) {
  Connection connection;
  ASSERT_TRUE(connection.isOpen) << "no connection over the loopback address";
  Waker waker(/*overSockets=*/true);
  char byte = 1;
  ASSERT_EQ(::write(connection.near, &byte, 1), 1);
  wait(waker);
  // What MPI does.
  ASSERT_EQ(::read(connection.far, &byte, 1), 1);
  // Nothing is there: without the second look, both took 20 ms.
  double second = wait(waker), third = wait(waker);
  EXPECT_GE(third, 19);
  EXPECT_LT(second, third / 2);
}
