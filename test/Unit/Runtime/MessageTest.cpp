//===- MessageTest.cpp - Unit tests ---------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/Mpi/Message.h"

#include "gtest/gtest.h"

using namespace onnx_split::runtime;

static PartHeader describe(ONNXTensorElementDataType type,
                           llvm::ArrayRef<int64_t> dims) {
  return llvm::cantFail(describeTensor(type, dims));
}

static Ort::Value tensor(std::vector<float> &values,
                         llvm::ArrayRef<int64_t> dims) {
  auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
  return Ort::Value::CreateTensor(
      memory, values.data(), values.size() * sizeof(float), dims.data(),
      dims.size(), ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
}

/// Headers and tables do not overlap with values, nor these with each other; a
/// value adds its elements, a short line of the table and less than a block.
TEST(Message, Layout) {
  std::vector<PartHeader> parts = {
      describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {1, 3, 7}),
      describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, {}),
      describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, {0, 9}),
      describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, {1, 1, 1, 1, 1, 1, 1, 9})};
  MessageLayout layout = llvm::cantFail(layOut(parts));
  EXPECT_EQ(layout.table.size(), 4 * 24u + (3 + 0 + 2 + 8) * 8u);
  size_t end = sizeof(MessageHeader) + layout.table.size();
  for (size_t index = 0; index < parts.size(); ++index) {
    EXPECT_GE(layout.offsets[index], end);
    EXPECT_LT(layout.offsets[index], end + BlockBytes);
    EXPECT_EQ(layout.offsets[index] % BlockBytes, 0u);
    end = layout.offsets[index] + parts[index].payloadBytes;
  }
  EXPECT_EQ(layout.bytes, MessageBuffer::countBlocks(end) * BlockBytes);
}

/// A message above 2 GiB is counted in blocks; one that MPI cannot count so is
/// refused.
TEST(Message, Large) {
  constexpr int64_t gibibyte = int64_t(1) << 30;
  auto layOutTwo = [](int64_t first, int64_t second) {
    return layOut({describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, {first}),
                   describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, {second})});
  };
  MessageLayout layout = llvm::cantFail(layOutTwo(3 * gibibyte, 5));
  EXPECT_GT(layout.offsets[1], size_t(3 * gibibyte));
  for (auto [first, second] : {std::pair(127 * gibibyte, 2 * gibibyte),
                               {int64_t(1) << 40, int64_t(1) << 40}}) {
    auto refused = layOutTwo(first, second);
    ASSERT_FALSE(refused);
    EXPECT_NE(llvm::toString(refused.takeError()).find("137438953408 bytes"),
              std::string::npos);
  }
  MessageBuffer buffer;
  EXPECT_FALSE(buffer.reserve(SIZE_MAX));
}

TEST(Message, OtherTensorsDoNotMatch) {
  MessageLayout sent = llvm::cantFail(
      layOut(describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {2, 3})));
  MessageBuffer buffer;
  ASSERT_TRUE(buffer.reserve(sent.bytes));
  sent.write(buffer);
  EXPECT_TRUE(sent.matches(buffer));
  for (const PartHeader &other :
       {describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {3, 2}),
        describe(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, {2, 3})})
    EXPECT_FALSE(llvm::cantFail(layOut(other)).matches(buffer));
}

/// Tensors and text in one message, which grows its buffer.
TEST(Message, PackAndUnpack) {
  std::vector<float> numbers = {1, 2, 3, 4, 5, 6}, one = {7};
  Ort::Value matrix = tensor(numbers, {2, 3}), scalar = tensor(one, {});
  Ort::AllocatorWithDefaultOptions allocator;
  int64_t count = 2;
  Ort::Value text = Ort::Value::CreateTensor(
      allocator, &count, 1, ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING);
  const char *words[] = {"a", "longer word"};
  text.FillStringTensor(words, 2);

  MessageBuffer buffer;
  ASSERT_TRUE(buffer.reserve(0));
  auto front = packMessage({&matrix, &text, &scalar},
                           {"matrix", "text", "scalar"}, buffer);
  ASSERT_TRUE(bool(front)) << llvm::toString(front.takeError());
  // Of the matrix the table has two extents.
  EXPECT_EQ(*front, sizeof(MessageHeader) + 3 * 24 + 2 * 8);
  std::vector<ONNXType> kinds(3, ONNX_TYPE_TENSOR);
  auto values = unpackMessage(buffer, kinds);
  ASSERT_TRUE(bool(values)) << llvm::toString(values.takeError());
  ASSERT_EQ(values->size(), 3u);
  EXPECT_EQ((*values)[0]->GetTensorTypeAndShapeInfo().GetShape(),
            (std::vector<int64_t>{2, 3}));
  EXPECT_EQ((*values)[0]->GetTensorData<float>()[5], 6);
  EXPECT_EQ((*values)[1]->GetStringTensorElement(1), "longer word");
  EXPECT_EQ(*(*values)[2]->GetTensorData<float>(), 7);
}

/// The front alone says how long a message is, and nothing is believed that its
/// table does not account for.
TEST(Message, FrontOfOneThatIsOnItsWay) {
  std::vector<float> numbers(1000);
  Ort::Value matrix = tensor(numbers, {10, 100});
  MessageBuffer buffer;
  size_t front =
      llvm::cantFail(packMessage(&matrix, llvm::StringRef("matrix"), buffer));
  auto layout = llvm::cantFail(readLayout(buffer, front, 1));
  EXPECT_EQ(layout.frontBytes(), front);
  EXPECT_EQ(layout.payloadBytes, 4000u);
  EXPECT_EQ(layout.bytes, 128 + 4032u);
  auto refuses = [&](size_t there, size_t numParts) {
    auto read = readLayout(buffer, there, numParts);
    bool refused = !read;
    llvm::consumeError(read.takeError());
    return refused;
  };
  EXPECT_TRUE(refuses(front - 1, 1));
  EXPECT_TRUE(refuses(front, 2));
  buffer.header().bytes = uint64_t(1) << 36;
  EXPECT_TRUE(refuses(front, 1));
}

/// A header that lies is refused, and nothing outside of the message is read.
TEST(Message, WrongHeaders) {
  std::vector<float> numbers(6);
  Ort::Value matrix = tensor(numbers, {2, 3});
  const ONNXType kinds[] = {ONNX_TYPE_TENSOR, ONNX_TYPE_TENSOR};
  auto refuses = [&](auto change) {
    MessageBuffer buffer;
    llvm::cantFail(packMessage(&matrix, llvm::StringRef("matrix"), buffer));
    change(buffer.header(),
           *reinterpret_cast<PartHeader *>(buffer.at(sizeof(MessageHeader))));
    auto values = unpackMessage(
        buffer, llvm::ArrayRef(kinds).take_front(buffer.header().numParts));
    bool refused = !values;
    llvm::consumeError(values.takeError());
    return refused;
  };
  EXPECT_FALSE(refuses([](MessageHeader &, PartHeader &) {}));
  EXPECT_TRUE(refuses([](MessageHeader &header, PartHeader &) {
    header.bytes = uint64_t(1) << 40;
  }));
  EXPECT_TRUE(refuses([](MessageHeader &header, PartHeader &) {
    header.bytes = sizeof(header);
  }));
  EXPECT_TRUE(
      refuses([](MessageHeader &header, PartHeader &) { header.bytes = 0; }));
  EXPECT_TRUE(refuses(
      [](MessageHeader &header, PartHeader &) { header.numParts = 2; }));
  EXPECT_TRUE(
      refuses([](MessageHeader &, PartHeader &part) { part.rank = 9; }));
  EXPECT_TRUE(refuses(
      [](MessageHeader &, PartHeader &part) { part.payloadBytes = 1 << 20; }));
  EXPECT_TRUE(refuses([](MessageHeader &, PartHeader &part) {
    part.kind = 3;
    part.dims[0] = 1 << 30;
  }));
  EXPECT_TRUE(refuses([](MessageHeader &, PartHeader &part) {
    part.kind = PartHeader::Serialized;
  }));
  EXPECT_TRUE(refuses([](MessageHeader &, PartHeader &part) {
    part.kind = PartHeader::NoValue;
  }));
  EXPECT_TRUE(
      refuses([](MessageHeader &, PartHeader &part) { part.dims[0] = 3; }));
  EXPECT_TRUE(
      refuses([](MessageHeader &, PartHeader &part) { part.dims[0] = -1; }));
}
