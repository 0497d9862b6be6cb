//===- TensorSizesTest.cpp - Elements and bytes of tensors ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(TensorSizes, StringsHaveNoSize) {
  EXPECT_EQ(tensor({2}, Str).bytes(), std::nullopt);
}

TEST(TensorSizes, SubByteTypesArePackedPerTensor) {
  EXPECT_EQ(tensor({3, 3}, I4).bytes(), 5); // 9 * 4 bits = 4.5 bytes
  EXPECT_EQ(tensor({5}, 25).bytes(), 2);    // uint2: 10 bits
  EXPECT_EQ(tensor({3}, 27).bytes(), 3);    // float6e2m3: 18 bits
  EXPECT_EQ(tensor({}, I4).bytes(), 1);     // a scalar
  EXPECT_EQ(tensor({2, 3}, F16).bytes(), 12);
  EXPECT_EQ(tensor({2}, 15).bytes(), 32); // complex128
}

TEST(TensorSizes, Elements) {
  EXPECT_EQ(tensor({2, 3, 4}).elements(), 24);
  EXPECT_EQ(tensor({}).elements(), 1);
  EXPECT_EQ(tensor({4, 0}).elements(), 0);
  EXPECT_EQ(tensor({2, -1}).elements(), std::nullopt);
  EXPECT_EQ(tensor({2, -7}).elements(), std::nullopt);
  EXPECT_EQ(unranked().elements(), std::nullopt);
  EXPECT_EQ(omitted().elements(), std::nullopt);
}

TEST(TensorSizes, OverflowIsUnknown) {
  int64_t big = int64_t(1) << 40;
  EXPECT_EQ(tensor({big, big}).elements(), std::nullopt);
  EXPECT_EQ(tensor({INT64_MAX}).bytes(), std::nullopt);
  // No elements, whatever the other extents.
  EXPECT_EQ(tensor({big, big, 0}).elements(), 0);

  OpCost add =
      cost("Add", {tensor({big, big}), tensor({1})}, {tensor({big, big})});
  EXPECT_TRUE(add.unknown);
  EXPECT_GT(add.flops, 0);
}
