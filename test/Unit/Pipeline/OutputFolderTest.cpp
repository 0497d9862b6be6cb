//===- OutputFolderTest.cpp - Folders that cannot be locked ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Pipeline/OutputFolder.h"

#include "onnx-split/Support/TemporaryFolder.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <cerrno>

#include <sys/syscall.h>
#include <unistd.h>

using namespace onnx_split;

/// What flock fails with; 0: it does what it is to do.
static int lockError = 0;
static unsigned attempts = 0;

/// Stands in front of the system's.
extern "C" int flock(int descriptor, int operation) noexcept {
  ++attempts;
  if (lockError == 0)
    return static_cast<int>(syscall(SYS_flock, descriptor, operation));
  errno = lockError;
  return -1;
}

/// The names in a folder.
static std::vector<std::string> namesIn(llvm::StringRef folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error))
    names.push_back(entry->path());
  return names;
}

/// A file system that has no locks, or has run out of them.
TEST(OutputFolder, NoLock) {
  for (int why : {ENOLCK, EOPNOTSUPP}) {
    TemporaryFolder folder;
    ASSERT_TRUE(folder.exists());
    lockError = why;
    attempts = 0;
    {
      OutputFolder output;
      EXPECT_EQ(output.create(folder.pathOf("out")),
                std::error_code(why, std::generic_category()));
      EXPECT_EQ(attempts, 1u);
      EXPECT_TRUE(namesIn(folder.pathOf("")).empty());
    }
    lockError = 0;
    EXPECT_TRUE(namesIn(folder.pathOf("")).empty());
  }
}

/// Another run has taken the new folder for an abandoned one, and removes it.
TEST(OutputFolder, TakenForAbandoned) {
  TemporaryFolder folder;
  ASSERT_TRUE(folder.exists());
  lockError = EWOULDBLOCK;
  attempts = 0;
  OutputFolder output;
  EXPECT_EQ(output.create(folder.pathOf("out")),
            std::make_error_code(std::errc::file_exists));
  EXPECT_GT(attempts, 1u);
  lockError = 0;
  EXPECT_FALSE(output.create(folder.pathOf("out")));
  // What the other one has not removed yet is abandoned.
  EXPECT_EQ(namesIn(folder.pathOf("")).size(), 1u);
}
