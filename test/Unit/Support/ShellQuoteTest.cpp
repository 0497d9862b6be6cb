//===- ShellQuoteTest.cpp - Words that a shell takes as they are ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ShellQuote.h"

#include "gtest/gtest.h"

#include <cstdio>

using namespace onnx_split;

namespace {

/// What the shell makes of a command's first word.
std::string readByShell(const std::string &word) {
  FILE *pipe = popen(("printf %s " + word).c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string text;
  for (int byte; pipe && (byte = fgetc(pipe)) != EOF;)
    text += static_cast<char>(byte);
  if (pipe)
    pclose(pipe);
  return text;
}

TEST(ShellQuote, ReadsBackAsTheWord) {
  for (const char *word :
       {"N=1", "x[2]=1", "*=1", "a + b=3", "it's", "''", "a\\b", "$(echo no)",
        "`echo no`", "~", "#", "a;b", "a&b", "a\"b", "l\xc3\xa4nge", "a\nb",
        "!", "Min(512, seq)=9"})
    EXPECT_EQ(readByShell(quoteForShell(word)), word) << quoteForShell(word);
}

TEST(ShellQuote, LeavesPlainWordsAlone) {
  EXPECT_EQ(quoteForShell("past_sequence_length=1"), "past_sequence_length=1");
  EXPECT_EQ(quoteForShell(""), "''");
}

} // namespace
