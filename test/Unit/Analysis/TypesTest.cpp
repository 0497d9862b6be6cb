//===- TypesTest.cpp - Element types and sizes ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSwitch.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostTypes, EveryTypeOfOnnxIsKnown) {
  const google::protobuf::EnumDescriptor *types =
      onnx::TensorProto::DataType_descriptor();
  for (int i = 0; i < types->value_count(); ++i) {
    int number = types->value(i)->number();
    std::string onnxName = llvm::StringRef(types->value(i)->name()).lower();
    std::string expected = llvm::StringSwitch<std::string>(onnxName)
                               .Case("float", "float32")
                               .Case("double", "float64")
                               .Default(onnxName);
    EXPECT_EQ(elementTypeName(number), expected);
    if (number != onnx::TensorProto::UNDEFINED &&
        number != onnx::TensorProto::STRING) {
      EXPECT_NE(bitsPerElement(number), 0u) << onnxName;
    }
  }
}

TEST(OpCostTypes, UnknownTypesHaveNoSize) {
  for (int32_t type : {0, -1, 8, 1000, INT32_MAX, INT32_MIN})
    EXPECT_EQ(bitsPerElement(type), 0u);
  EXPECT_EQ(elementTypeName(-5), "undefined");
  EXPECT_EQ(tensor({2}, Str).bytes(), std::nullopt);
}

TEST(OpCostTypes, SubByteTypesArePackedPerTensor) {
  EXPECT_EQ(tensor({3, 3}, I4).bytes(), 5); // 9 * 4 bits = 4.5 bytes
  EXPECT_EQ(tensor({5}, 25).bytes(), 2);    // uint2: 10 bits
  EXPECT_EQ(tensor({3}, 27).bytes(), 3);    // float6e2m3: 18 bits
  EXPECT_EQ(tensor({}, I4).bytes(), 1);     // a scalar
  EXPECT_EQ(tensor({2, 3}, F16).bytes(), 12);
  EXPECT_EQ(tensor({2}, 15).bytes(), 32); // complex128
}

TEST(OpCostTypes, Elements) {
  EXPECT_EQ(tensor({2, 3, 4}).elements(), 24);
  EXPECT_EQ(tensor({}).elements(), 1);
  EXPECT_EQ(tensor({4, 0}).elements(), 0);
  EXPECT_EQ(tensor({2, -1}).elements(), std::nullopt);
  EXPECT_EQ(tensor({2, -7}).elements(), std::nullopt);
  EXPECT_EQ(unranked().elements(), std::nullopt);
  EXPECT_EQ(omitted().elements(), std::nullopt);
}

TEST(OpCostTypes, OverflowIsUnknown) {
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
