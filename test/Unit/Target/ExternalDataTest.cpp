//===- ExternalDataTest.cpp - Tests of references to weight files ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/ExternalData.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

using namespace onnx_split;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

/// A folder with a file `w.bin` of 100 bytes.
class ExternalData : public testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<128> path;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("external-data", path));
    folder = path.str().str();
    std::error_code error;
    llvm::raw_fd_ostream file(folder + "/w.bin", error);
    ASSERT_FALSE(error);
    file << std::string(100, 'x');
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  llvm::Expected<ExternalRange>
  resolve(const Entries &entries, std::optional<uint64_t> expectedBytes = {},
          const ExternalDataRules &rules = {}) {
    onnx::TensorProto tensor;
    for (const auto &[key, value] : entries) {
      auto &entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
    return resolveExternalData(tensor, folder, expectedBytes, rules);
  }

  void expectRange(llvm::Expected<ExternalRange> range, uint64_t offset,
                   uint64_t length, const char *file = "/w.bin") {
    ASSERT_TRUE(bool(range)) << llvm::toString(range.takeError());
    EXPECT_EQ(range->path, folder + file);
    EXPECT_TRUE(range->exists);
    EXPECT_EQ(range->offset, offset);
    EXPECT_EQ(range->length, length);
  }

  void expectError(llvm::Expected<ExternalRange> range, const char *text) {
    ASSERT_FALSE(bool(range));
    std::string message = llvm::toString(range.takeError());
    EXPECT_NE(message.find(text), std::string::npos) << message;
  }

  std::string folder;
};

TEST_F(ExternalData, TakesTheWholeFileWhereNothingElseIsSaid) {
  expectRange(resolve({{"location", "w.bin"}}), 0, 100);
}

TEST_F(ExternalData, TakesWhatTheShapeAsksForWithoutALength) {
  expectRange(resolve({{"location", "w.bin"}, {"offset", "8"}}, 16), 8, 16);
  expectRange(resolve({{"location", "w.bin"}, {"offset", "8"}}), 8, 92);
}

TEST_F(ExternalData, ReadsALengthOfZeroAsNone) {
  expectRange(
      resolve({{"location", "w.bin"}, {"offset", "8"}, {"length", "0"}}, 16), 8,
      16);
  expectRange(resolve({{"location", "w.bin"}, {"length", "0"}}), 0, 100);
  expectRange(resolve({{"location", "w.bin"}, {"length", "0"}}, 0), 0, 0);
}

TEST_F(ExternalData, KeepsALengthThatIsLargerThanTheShape) {
  expectRange(resolve({{"location", "w.bin"}, {"length", "20"}}, 16), 0, 20);
}

TEST_F(ExternalData, AllowsTheLastByteAndNothingBehindIt) {
  expectRange(
      resolve({{"location", "w.bin"}, {"offset", "99"}, {"length", "1"}}), 99,
      1);
  expectRange(resolve({{"location", "w.bin"}, {"offset", "100"}}), 100, 0);
  expectError(resolve({{"location", "w.bin"}, {"offset", "101"}}),
              "begins at byte 101");
  expectError(
      resolve({{"location", "w.bin"}, {"offset", "99"}, {"length", "2"}}),
      "of 2 bytes at byte 99 passes the end");
}

TEST_F(ExternalData, RefusesLessThanTheShapeAsksFor) {
  expectError(resolve({{"location", "w.bin"}}, 101),
              "has 100 bytes, but its shape and type take 101");
  expectError(resolve({{"location", "w.bin"}, {"length", "7"}}, 8),
              "has 7 bytes, but its shape and type take 8");
}

TEST_F(ExternalData, IgnoresKeysThatItDoesNotKnow) {
  expectRange(resolve({{"checksum", "x"},
                       {"location", "w.bin"},
                       {"novel", "/"},
                       {"length", "4"}}),
              0, 4);
}

TEST_F(ExternalData, ReadsDecimalNumbersOnly) {
  for (const char *number : {"", " 1", "1 ", "-1", "+1", "0x10", "1e2", "1.0",
                             "9223372036854775808", "18446744073709551616"})
    for (const char *key : {"offset", "length"})
      expectError(resolve({{"location", "w.bin"}, {key, number}}),
                  "which must be a decimal number");
}

TEST_F(ExternalData, RefusesEveryWayOut) {
  expectError(resolve({}), "has no location");
  expectError(resolve({{"location", ""}}), "has no location");
  for (const char *location :
       {"..", "../w.bin", "a/../w.bin", "a/..", "./../w.bin", "a/b/../../../c"})
    expectError(resolve({{"location", location}}), "leaves the folder by '..'");
  for (const char *location : {"/", "/etc/passwd", "//etc/passwd"})
    expectError(resolve({{"location", location}}), "is absolute");
  expectError(resolve({{"location", "\\\\host\\w"}}), "is absolute");
  expectError(resolve({{"location", "#7f00"}}), "data in memory");
  expectError(resolve({{"location", std::string("w.bin\0", 6)}}), "zero byte");
}

TEST_F(ExternalData, RefusesWaysOutAlsoWhereFilesMayBeMissing) {
  expectError(resolve({{"location", "../gone"}}, {}, {/*allowMissing=*/true}),
              "leaves the folder by '..'");
  expectError(resolve({{"location", "/gone"}}, {}, {/*allowMissing=*/true}),
              "is absolute");
}

TEST_F(ExternalData, DotsInNamesLeadNowhere) {
  expectError(resolve({{"location", "..w.bin"}}), "does not exist");
  expectError(resolve({{"location", "w..bin"}}), "does not exist");
  expectError(resolve({{"location", "..."}}), "does not exist");
}

TEST_F(ExternalData, FollowsLinksOnlyWhereToldTo) {
  ASSERT_FALSE(llvm::sys::fs::create_directory(folder + "/d"));
  ASSERT_FALSE(llvm::sys::fs::create_link("w.bin", folder + "/inside"));
  ASSERT_FALSE(llvm::sys::fs::create_link("d", folder + "/linked"));
  ASSERT_FALSE(llvm::sys::fs::create_link("/dev/zero", folder + "/outside"));
  ASSERT_FALSE(llvm::sys::fs::copy_file(folder + "/w.bin", folder + "/d/v"));
  expectRange(resolve({{"location", "./w.bin"}, {"length", "100"}}), 0, 100,
              "/./w.bin");
  const char *error = "is reached by a symbolic link";
  expectError(resolve({{"location", "inside"}}), error);
  expectError(resolve({{"location", "linked/v"}}), error);
  expectError(resolve({{"location", "outside"}}), error);

  ExternalDataRules rules;
  rules.allowLinks = true;
  expectRange(resolve({{"location", "inside"}}, {}, rules), 0, 100, "/inside");
  expectRange(resolve({{"location", "linked/v"}}, {}, rules), 0, 100,
              "/linked/v");
  expectError(resolve({{"location", "outside"}}, {}, rules),
              "is not a regular file");
}

TEST_F(ExternalData, TakesFilesWithSeveralNamesOnlyWhereToldTo) {
  ASSERT_FALSE(
      llvm::sys::fs::create_hard_link(folder + "/w.bin", folder + "/other"));
  for (const char *name : {"w.bin", "other"})
    expectError(resolve({{"location", name}}),
                "is a file with several names (hard links)");
  ExternalDataRules rules;
  rules.allowLinks = true;
  expectRange(resolve({{"location", "other"}}, {}, rules), 0, 100, "/other");
}

TEST_F(ExternalData, ComparesChecksums) {
  // SHA-1 of 100 times 'x', by sha1sum.
  std::string right = "50e483690ec481f4af7f6fb524b2b99eb1716565";
  EXPECT_EQ(resolve({{"location", "w.bin"}, {"checksum", right}})->checksum,
            right);
  std::string file = folder + "/w.bin";
  EXPECT_FALSE(bool(verifyChecksum(file, right)));
  EXPECT_FALSE(bool(verifyChecksum(file, llvm::StringRef(right).upper())));
  for (std::string wrong : {right.substr(1), std::string("x"), right + "0"})
    EXPECT_NE(llvm::toString(verifyChecksum(file, wrong))
                  .find("has the SHA-1 checksum " + right + ", but"),
              std::string::npos);
  EXPECT_NE(llvm::toString(verifyChecksum(folder + "/gone", right)), "");
}

TEST_F(ExternalData, RefusesWhatIsNoFile) {
  ASSERT_FALSE(llvm::sys::fs::create_directory(folder + "/d"));
  expectError(resolve({{"location", "d"}}), "is not a regular file");
  expectError(resolve({{"location", "."}}), "is not a regular file");
}

TEST_F(ExternalData, MissingFilesAreRefusedUnlessAllowed) {
  Entries gone = {{"location", "gone"}, {"offset", "3"}};
  expectError(resolve(gone), "which does not exist");
  llvm::Expected<ExternalRange> range =
      resolve(gone, 16, {/*allowMissing=*/true});
  ASSERT_TRUE(bool(range));
  EXPECT_FALSE(range->exists);
  EXPECT_EQ(range->offset, 3u);
  EXPECT_EQ(range->length, 16u);
}

} // namespace
