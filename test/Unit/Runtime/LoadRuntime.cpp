//===- LoadRuntime.cpp - ONNX Runtime for the tests of this folder --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Library.h"

#include "gtest/gtest.h"

using namespace onnx_split;

namespace {
/// Before the first test.
struct LoadRuntime : public testing::Environment {
  void SetUp() override { ASSERT_EQ(runtime::loadRuntime(), ""); }
};
} // namespace

[[maybe_unused]] static testing::Environment *const Registered =
    testing::AddGlobalTestEnvironment(new LoadRuntime);

TEST(LibraryTest, KnowsItsVersion) {
  EXPECT_EQ(runtime::getRuntimeVersion().substr(0, 2), "1.");
}
