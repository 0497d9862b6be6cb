//===- ReadAtMostTest.cpp - Reading files that may have no end ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace onnx_split;

namespace {

TEST(ReadAtMost, ReadsAFileUpToTheLimit) {
  llvm::SmallString<128> path;
  int file;
  ASSERT_FALSE(
      llvm::sys::fs::createTemporaryFile("read-at-most", "txt", file, path));
  const std::string text(100000, 'x');
  llvm::raw_fd_ostream(file, /*shouldClose=*/true) << text;
  EXPECT_EQ((*readAtMost(path, 1 << 20))->getBuffer(), text);
  EXPECT_EQ((*readAtMost(path, 99999))->getBufferSize(), 99999u);
  EXPECT_EQ((*readAtMost(path, 0))->getBufferSize(), 0u);
  EXPECT_EQ((*readAtMost(path, 10))->getBufferIdentifier(), path);
  llvm::sys::fs::remove(path);
}

TEST(ReadAtMost, EndsWhereTheFileDoesNot) {
  EXPECT_EQ((*readAtMost("/dev/zero", 50000))->getBuffer(),
            std::string(50000, '\0'));
}

TEST(ReadAtMost, SaysWhyNot) {
  EXPECT_EQ(readAtMost("/nowhere/at/all", 1).getError(),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(readAtMost("/", 1).getError(), std::errc::is_a_directory);
}

} // namespace
