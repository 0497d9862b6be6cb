//===- ChildProcessTest.cpp - Work that may crash -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ChildProcess.h"

#include "llvm/ADT/StringRef.h"
#include "gtest/gtest.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace onnx_split;
using llvm::Expected;

namespace {

/// What the child's failure is called.
std::string errorOf(llvm::function_ref<Expected<std::string>()> work) {
  Expected<std::string> result = runInChild(work);
  return result ? "no error" : llvm::toString(result.takeError());
}

TEST(ChildProcess, GivesBackBytes) {
  const std::string large(10 << 20, 'x');
  for (const std::string &bytes :
       {std::string(), std::string("a\0b", 3), large})
    EXPECT_TRUE(*runInChild([&] { return bytes; }) == bytes);
}

TEST(ChildProcess, GivesBackErrors) {
  EXPECT_EQ(errorOf([]() -> Expected<std::string> {
              return llvm::createStringError("no such thing");
            }),
            "no such thing");
}

TEST(ChildProcess, IsAnotherProcess) {
  int value = 1;
  Expected<std::string> child = runInChild([&] {
    value = 2;
    return std::to_string(::getpid());
  });
  ASSERT_TRUE(bool(child));
  EXPECT_NE(*child, std::to_string(::getpid()));
  EXPECT_EQ(value, 1);
  // It was waited for.
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ChildProcess, MayCrash) {
  auto raise = [](int signal) {
    return errorOf([=]() -> Expected<std::string> {
      ::kill(::getpid(), signal);
      return "alive";
    });
  };
  EXPECT_EQ(raise(SIGSEGV), "the child process crashed (Segmentation fault)");
  EXPECT_EQ(raise(SIGABRT), "the child process crashed (Aborted)");
  EXPECT_EQ(raise(SIGKILL),
            "the child process was killed, perhaps because the machine's "
            "memory ran out");
  EXPECT_EQ(raise(SIGTERM), "the child process was asked to end");
  EXPECT_EQ(errorOf([]() -> Expected<std::string> { std::_Exit(7); }),
            "the child process ended with status 7");
  EXPECT_EQ(errorOf([]() -> Expected<std::string> { std::_Exit(0); }),
            "the child process ended without an answer");
}

TEST(ChildProcess, SaysWhetherItCrashed) {
  auto crashes = [](int signal) {
    Expected<std::string> result = runInChild([=]() -> Expected<std::string> {
      ::kill(::getpid(), signal);
      return "alive";
    });
    bool crashed = false;
    llvm::handleAllErrors(result.takeError(), [&](const ChildDied &died) {
      crashed = died.hasCrashed();
    });
    return crashed;
  };
  EXPECT_TRUE(crashes(SIGSEGV));
  EXPECT_TRUE(crashes(SIGFPE));
  EXPECT_FALSE(crashes(SIGKILL));
  EXPECT_FALSE(crashes(SIGINT));
}

/// What it set last is there after a crash.
TEST(ChildProcess, SharesANumber) {
  SharedNumber number;
  EXPECT_EQ(number.get(), 0);
  llvm::consumeError(runInChild([&]() -> Expected<std::string> {
                       number.set(int64_t(1) << 40);
                       std::abort();
                     }).takeError());
  EXPECT_EQ(number.get(), int64_t(1) << 40);
}

TEST(ChildProcess, HasNoStandardOutput) {
  testing::internal::CaptureStdout();
  ASSERT_TRUE(bool(runInChild([] {
    std::puts("from the child");
    std::fflush(stdout);
    return std::string();
  })));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(ChildProcess, IsWaitedForWithACall) {
  unsigned calls = 0;
  ASSERT_TRUE(bool(runInChild(
      [] {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        return std::string();
      },
      [&] { ++calls; })));
  EXPECT_GE(calls, 3u);
  EXPECT_LE(calls, 100u);
}

/// A parent that dies takes its child along: the end of a pipe that both hold
/// is closed.
TEST(ChildProcess, EndsWithItsParent) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  pid_t parent = ::fork();
  if (parent == 0) {
    ::close(ends[0]);
    llvm::consumeError(runInChild([&]() -> Expected<std::string> {
                         if (::write(ends[1], "x", 1) != 1)
                           return "";
                         std::this_thread::sleep_for(std::chrono::minutes(10));
                         return "";
                       }).takeError());
    std::_Exit(0);
  }
  ::close(ends[1]);
  char byte;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  ::kill(parent, SIGKILL);
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
  ::waitpid(parent, nullptr, 0);
}

} // namespace
