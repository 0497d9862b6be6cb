//===- CoreShareTest.cpp - Unit tests -------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/Mpi/Measure/CoreShare.h"

#include "gtest/gtest.h"

using namespace onnx_split::runtime;

TEST(CoreShare, LimitsOfControlGroups) {
  EXPECT_EQ(parseCoreLimit("30000 100000"), 0.3);
  EXPECT_EQ(parseCoreLimit("400000 100000"), 4.0);
  EXPECT_EQ(parseCoreLimit("max 100000"), std::nullopt);
  EXPECT_EQ(parseCoreLimit("-1 100000"), std::nullopt);
  // Files that are not there, or lie.
  EXPECT_EQ(parseCoreLimit(" "), std::nullopt);
  EXPECT_EQ(parseCoreLimit("5 0"), std::nullopt);
}
