//===- Message.cpp - What travels over a wire -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Message.h"

#include "onnx-split/Runtime/TensorFiles.h"

#include <cstdlib>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Expected;

void MessageBuffer::Free::operator()(char *pointer) const {
  std::free(pointer);
}

bool MessageBuffer::reserve(size_t payloadBytes) {
  if (memory && payloadBytes <= payloadCapacity)
    return true;
  size_t bytes = countBlocks(payloadBytes) * BlockBytes;
  auto *pointer = static_cast<char *>(std::aligned_alloc(BlockBytes, bytes));
  if (!pointer)
    return false;
  // Touched now, so that the first items do not pay for it, nor send what was
  // in memory before.
  memset(pointer, 0, bytes);
  memory.reset(pointer);
  payloadCapacity = payloadBytes;
  header() = MessageHeader();
  return true;
}

Expected<Ort::Value> runtime::viewTensor(MessageBuffer &buffer,
                                         ONNXTensorElementDataType type,
                                         llvm::ArrayRef<int64_t> dims) {
  Expected<size_t> count = countElements(dims);
  if (!count)
    return count.takeError();
  return guarded("tensor of a wire", [&] {
    auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
    return Ort::Value::CreateTensor(memory, buffer.payload(),
                                    *count * getElementBytes(type), dims.data(),
                                    dims.size(), type);
  });
}

llvm::Error runtime::packValue(const Ort::Value &value, llvm::StringRef name,
                               MessageBuffer &buffer) {
  auto outOfMemory = [&] {
    return createStringError("no memory for a message of '" + name + "'");
  };
  MessageHeader header;
  if (!value.HasValue()) {
    if (!buffer.reserve(0))
      return outOfMemory();
    header.kind = MessageHeader::NoValue;
    buffer.header() = header;
    return llvm::Error::success();
  }
  if (value.IsTensor()) {
    auto info = value.GetTensorTypeAndShapeInfo();
    std::vector<int64_t> dims = info.GetShape();
    size_t size = getElementBytes(info.GetElementType());
    if (size > 0 && dims.size() <= MessageHeader::MaxRank) {
      header.payloadBytes = info.GetElementCount() * size;
      header.elementType = info.GetElementType();
      header.rank = int32_t(dims.size());
      std::copy(dims.begin(), dims.end(), header.dims);
      if (!buffer.reserve(header.payloadBytes))
        return outOfMemory();
      buffer.header() = header;
      if (header.payloadBytes > 0)
        memcpy(buffer.payload(), value.GetTensorRawData(), header.payloadBytes);
      return llvm::Error::success();
    }
  }
  Expected<std::string> bytes = serializeValue(value, name);
  if (!bytes)
    return bytes.takeError();
  header.kind = MessageHeader::Serialized;
  header.payloadBytes = bytes->size();
  if (!buffer.reserve(bytes->size()))
    return outOfMemory();
  buffer.header() = header;
  memcpy(buffer.payload(), bytes->data(), bytes->size());
  return llvm::Error::success();
}

Expected<std::optional<Ort::Value>> runtime::unpackValue(MessageBuffer &buffer,
                                                         ONNXType kind) {
  const MessageHeader &header = buffer.header();
  if (header.payloadBytes > buffer.capacity() || header.rank < 0 ||
      header.rank > MessageHeader::MaxRank)
    return createStringError("a message with a wrong header");
  if (header.kind == MessageHeader::NoValue)
    return std::optional<Ort::Value>();
  Expected<Ort::Value> value =
      header.kind == MessageHeader::Serialized
          ? parseValue({buffer.payload(), size_t(header.payloadBytes)}, kind)
          : viewTensor(buffer, ONNXTensorElementDataType(header.elementType),
                       {header.dims, size_t(header.rank)});
  if (!value)
    return value.takeError();
  return std::optional<Ort::Value>(std::move(*value));
}
