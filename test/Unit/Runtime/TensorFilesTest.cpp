//===- TensorFilesTest.cpp - Unit tests -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/TensorFiles.h"

#include "onnx-split/Support/TemporaryFolder.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

template <typename Type> static std::string errorOf(Type result) {
  return result ? "" : llvm::toString(result.takeError());
}

TEST(TensorFiles, ElementsOfShapes) {
  auto empty = countElements({3, 0});
  ASSERT_TRUE(bool(empty));
  EXPECT_EQ(*empty, 0u);
  auto scalar = countElements({});
  ASSERT_TRUE(bool(scalar));
  EXPECT_EQ(*scalar, 1u);
  EXPECT_NE(errorOf(countElements({2, -1})), "");
  EXPECT_NE(errorOf(countElements({int64_t(1) << 40, 2})), "");
  EXPECT_NE(errorOf(countElements({INT64_MAX, INT64_MAX})), "");
}

/// The typed fields of a TensorProto, whose integers are wider than the
/// elements.
TEST(TensorFiles, TypedFields) {
  onnx::TensorProto proto;
  proto.set_data_type(onnx::TensorProto::INT8);
  proto.add_dims(3);
  for (int value : {-1, 2, -128})
    proto.add_int32_data(value);
  auto value = fromProto(proto);
  ASSERT_TRUE(bool(value));
  auto *data = value->GetTensorData<int8_t>();
  EXPECT_EQ(std::vector<int>(data, data + 3), (std::vector<int>{-1, 2, -128}));
}

TEST(TensorFiles, WrongNumberOfElements) {
  onnx::TensorProto proto;
  proto.set_data_type(onnx::TensorProto::FLOAT);
  proto.add_dims(2);
  EXPECT_NE(errorOf(fromProto(proto)), "");
  proto.add_float_data(1);
  EXPECT_EQ(errorOf(fromProto(proto)), "has 1 elements for shape 2");
  proto.add_float_data(2);
  EXPECT_EQ(errorOf(fromProto(proto)), "");
  proto.clear_float_data();
  proto.set_raw_data("1234567");
  EXPECT_NE(errorOf(fromProto(proto)), "");
  // A shape that no memory holds is refused before any is asked for.
  proto.add_dims(int64_t(1) << 50);
  EXPECT_NE(errorOf(fromProto(proto)), "");
}

TEST(TensorFiles, ThereAndBack) {
  TemporaryFolder folder;
  auto tensor = makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, {2, 1, 3});
  ASSERT_TRUE(bool(tensor));
  for (int i = 0; i < 6; ++i)
    tensor->GetTensorMutableData<int64_t>()[i] = i - 3;
  for (llvm::StringRef name : {"t.pb", "t.npy"}) {
    std::string path = folder.pathOf(name);
    EXPECT_EQ(llvm::toString(writeValue(path, *tensor, "t")), "");
    auto read = readValue(path, ONNX_TYPE_TENSOR);
    ASSERT_TRUE(bool(read)) << name.str();
    auto info = read->GetTensorTypeAndShapeInfo();
    EXPECT_EQ(info.GetShape(), (std::vector<int64_t>{2, 1, 3}));
    EXPECT_EQ(info.GetElementType(), ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
    EXPECT_EQ(memcmp(read->GetTensorRawData(), tensor->GetTensorRawData(), 48),
              0);
  }
}

/// Every prefix of a file, and every byte changed, is read or refused.
TEST(TensorFiles, DamagedFiles) {
  TemporaryFolder folder;
  auto tensor = makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {4});
  ASSERT_TRUE(bool(tensor));
  memset(tensor->GetTensorMutableRawData(), 0, 16);
  for (llvm::StringRef name : {"t.pb", "t.npy"}) {
    std::string path = folder.pathOf(name);
    ASSERT_EQ(llvm::toString(writeValue(path, *tensor, "t")), "");
    auto file = llvm::MemoryBuffer::getFile(path);
    ASSERT_TRUE(bool(file));
    std::string bytes = (*file)->getBuffer().str();
    auto readAs = [&](const std::string &text) {
      std::error_code error;
      llvm::raw_fd_ostream(path, error) << text;
      auto value = readValue(path, ONNX_TYPE_TENSOR);
      if (!value)
        llvm::consumeError(value.takeError());
      return bool(value);
    };
    EXPECT_TRUE(readAs(bytes));
    for (size_t length = 0; length < bytes.size(); ++length)
      readAs(bytes.substr(0, length));
    EXPECT_FALSE(readAs(bytes.substr(0, bytes.size() - 1))) << name.str();
    for (size_t i = 0; i < bytes.size(); ++i)
      for (int bit : {0, 3, 7}) {
        std::string damaged = bytes;
        damaged[i] ^= char(1 << bit);
        readAs(damaged);
      }
  }
}
