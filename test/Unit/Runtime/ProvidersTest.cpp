//===- ProvidersTest.cpp - Unit tests -------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Providers.h"

#include "gtest/gtest.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

using ProviderOptions = std::map<std::string, std::string>;

TEST(ProvidersTest, Parse) {
  auto plain = parseProvider("XExecutionProvider");
  ASSERT_TRUE(bool(plain));
  EXPECT_EQ(plain->name, "XExecutionProvider");
  EXPECT_EQ(plain->options, ProviderOptions());
  EXPECT_FALSE(plain->isCpu());
  EXPECT_TRUE(Provider().isCpu());
  auto full = parseProvider("X,a=1,library=/a b/c=d.so,e=");
  ASSERT_TRUE(bool(full));
  EXPECT_EQ(full->name, "X");
  EXPECT_EQ(
      full->options,
      (ProviderOptions{{"a", "1"}, {"e", ""}, {"library", "/a b/c=d.so"}}));
}

TEST(ProvidersTest, ParseErrors) {
  auto why = [](llvm::StringRef text) {
    auto provider = parseProvider(text);
    return provider ? "" : llvm::toString(provider.takeError());
  };
  EXPECT_EQ(why(""), "'' names no provider, such as CPUExecutionProvider");
  EXPECT_EQ(why(",a=1"),
            "',a=1' names no provider, such as CPUExecutionProvider");
  EXPECT_EQ(why("X,"), "'' of the provider 'X' is not KEY=VALUE");
  EXPECT_EQ(why("X,a=1,b"), "'b' of the provider 'X' is not KEY=VALUE");
  EXPECT_EQ(why("X,=1"), "'=1' of the provider 'X' is not KEY=VALUE");
  EXPECT_EQ(why("X,a=1,library="),
            "'library=' of the provider 'X' is empty; name the library of its "
            "plug-in with library=PATH, or leave it out");
}

TEST(ProvidersTest, Describe) {
  NodeAssignment assignment;
  assignment.nodes = 1;
  EXPECT_EQ(assignment.describe("X"), "");
  assignment.elsewhere = {{"Cast", 1}};
  EXPECT_EQ(assignment.describe("X"),
            "X left 1 of 1 node to another provider: 1 Cast");
  // The most frequent first, then by name.
  assignment.nodes = 40;
  assignment.elsewhere = {{"Cast", 1}, {"a:B", 1}, {"NonZero", 2}};
  EXPECT_EQ(assignment.countElsewhere(), 4);
  EXPECT_EQ(assignment.describe("X"), "X left 4 of 40 nodes to another "
                                      "provider: 2 NonZero, 1 Cast, 1 a:B");
}
