//===- ElementTypesTest.cpp - Tests of element types ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ElementTypes.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSwitch.h"

#include "gtest/gtest.h"

using namespace onnx_split;

TEST(ElementTypes, EveryTypeOfOnnxIsKnown) {
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

TEST(ElementTypes, UnknownTypesHaveNoSize) {
  for (int32_t type : {0, -1, 8, 1000, INT32_MAX, INT32_MIN})
    EXPECT_EQ(bitsPerElement(type), 0u);
  EXPECT_EQ(elementTypeName(-5), "undefined");
}

TEST(ElementTypes, FloatingPointIncludesComplex) {
  for (int32_t type :
       {onnx::TensorProto::FLOAT, onnx::TensorProto::BFLOAT16,
        onnx::TensorProto::FLOAT8E4M3FN, onnx::TensorProto::COMPLEX64})
    EXPECT_TRUE(isFloatingPoint(type)) << type;
  for (int32_t type : {onnx::TensorProto::INT8, onnx::TensorProto::BOOL,
                       onnx::TensorProto::STRING})
    EXPECT_FALSE(isFloatingPoint(type)) << type;
  EXPECT_FALSE(isFloatingPoint(-1));
}
