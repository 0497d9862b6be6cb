//===- NestingTest.cpp - How deep brackets are nested ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Nesting.h"
#include "gtest/gtest.h"

using namespace onnx_split;

namespace {

constexpr size_t Nowhere = llvm::StringRef::npos;

TEST(Nesting, CountsBracketsInsideEachOther) {
  EXPECT_EQ(findTooDeep("", 0), Nowhere);
  EXPECT_EQ(findTooDeep("a [b {c (d <e>)}]", 4), Nowhere);
  EXPECT_EQ(findTooDeep("a [b {c (d <e>)}]", 3), 11u);
  EXPECT_EQ(findTooDeep("[][][](){}<>", 1), Nowhere);
  EXPECT_EQ(findTooDeep("[", 0), 0u);
}

TEST(Nesting, ClosingBracketsAloneDoNotHelp) {
  EXPECT_EQ(findTooDeep("]]]][[", 1), 5u);
}

TEST(Nesting, SkipsStrings) {
  EXPECT_EQ(findTooDeep(R"("[[[[" [)", 1), Nowhere);
  EXPECT_EQ(findTooDeep(R"("\"[[[[" [)", 1), Nowhere);
  EXPECT_EQ(findTooDeep(R"("\\" [[)", 1), 6u);
  // One that does not end reaches to the end.
  EXPECT_EQ(findTooDeep("\"[[[[", 1), Nowhere);
  EXPECT_EQ(findTooDeep("\"[[[[\\", 1), Nowhere);
}

TEST(Nesting, SkipsComments) {
  EXPECT_EQ(findTooDeep("// [[[[\n[", 1, "//"), Nowhere);
  EXPECT_EQ(findTooDeep("// [[[[\n[[", 1, "//"), 9u);
  EXPECT_EQ(findTooDeep("[ # [[[[", 1, "#"), Nowhere);
  EXPECT_EQ(findTooDeep("[ # [[[[", 1), 4u);
}

TEST(Nesting, HeadsOfArrowsAreNoBrackets) {
  EXPECT_EQ(findTooDeep("< => -> <", 1), 8u);
  EXPECT_EQ(findTooDeep("< > <", 1), Nowhere);
}

} // namespace
