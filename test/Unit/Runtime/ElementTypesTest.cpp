//===- ElementTypesTest.cpp - Unit tests ----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What is said of element types is what the linked ONNX Runtime does.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ElementTypes.h"
#include "onnx-split/Runtime/Session.h"
#include "onnx-split/Runtime/TensorFiles.h"

#include "onnx/onnx_pb.h"
#include "gtest/gtest.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

/// Whether ONNX Runtime takes so many bytes for a tensor.
static bool takes(ONNXTensorElementDataType type, int64_t count, size_t bytes) {
  std::vector<char> memory(1024);
  auto value = guarded("", [&] {
    return Ort::Value::CreateTensor(
        Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault),
        memory.data(), bytes, &count, 1, type);
  });
  llvm::consumeError(value.takeError());
  return bool(value);
}

TEST(ElementTypes, SizesOfTensors) {
  constexpr int64_t count = 7;
  unsigned known = 0;
  for (int32_t number = 1; onnx::TensorProto::DataType_IsValid(number);
       ++number) {
    if (number == onnx::TensorProto::STRING)
      continue;
    ONNXTensorElementDataType type = fromDataType(number);
    auto value = makeTensor(type, {count});
    if (!value) {
      llvm::consumeError(value.takeError());
      continue;
    }
    ++known;
    size_t bytes = getTensorBytes(*value);
    EXPECT_TRUE(takes(type, count, bytes)) << number;
    EXPECT_FALSE(takes(type, count, bytes - 1)) << number;
    size_t each = getElementBytes(type);
    EXPECT_EQ(each, bytes % count == 0 ? bytes / count : 0) << number;
  }
  // Those that it has had for long.
  EXPECT_GE(known, 12u);
}

/// A model that makes the type, and what its port is said to have.
TEST(ElementTypes, Numbers) {
  for (int32_t number = 1; onnx::TensorProto::DataType_IsValid(number);
       ++number) {
    onnx::ModelProto model;
    model.set_ir_version(13);
    model.add_opset_import()->set_version(25);
    onnx::GraphProto &graph = *model.mutable_graph();
    graph.set_name("g");
    auto declare = [](onnx::ValueInfoProto &info, const char *name,
                      int32_t elementType) {
      info.set_name(name);
      auto &tensor = *info.mutable_type()->mutable_tensor_type();
      tensor.set_elem_type(elementType);
      tensor.mutable_shape()->add_dim()->set_dim_value(7);
    };
    declare(*graph.add_input(), "x", onnx::TensorProto::FLOAT);
    declare(*graph.add_output(), "y", number);
    onnx::NodeProto &cast = *graph.add_node();
    cast.set_op_type("Cast");
    cast.add_input("x");
    cast.add_output("y");
    onnx::AttributeProto &to = *cast.add_attribute();
    to.set_name("to");
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(number);
    auto session = Session::load("cast", model.SerializeAsString(), {});
    if (!session) {
      llvm::consumeError(session.takeError());
      continue;
    }
    ONNXTensorElementDataType type = session->getOutputs()[0].elementType;
    EXPECT_EQ(toDataType(type), number);
    EXPECT_EQ(fromDataType(number), type);
    EXPECT_EQ(describeElementType(type),
              llvm::StringRef(onnx::TensorProto::DataType_Name(
                                  onnx::TensorProto::DataType(number)))
                  .lower());
  }
}
