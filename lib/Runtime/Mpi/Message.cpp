//===- Message.cpp - What goes from one stage to another ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Message.h"

#include "onnx-split/Runtime/TensorFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstdlib>
#include <cstring>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void MessageBuffer::Free::operator()(char *pointer) const {
  std::free(pointer);
}

bool MessageBuffer::reserve(size_t bytes, size_t kept) {
  if (memory && bytes <= room)
    return true;
  if (bytes > MaxMessageBytes)
    return false;
  size_t whole =
      countBlocks(std::max(bytes, sizeof(MessageHeader))) * BlockBytes;
  auto *pointer = static_cast<char *>(std::aligned_alloc(BlockBytes, whole));
  if (!pointer)
    return false;
  if (kept > 0)
    memcpy(pointer, memory.get(), kept);
  // Touched now, so that the first items do not pay for it, nor send what was
  // in memory before.
  memset(pointer + kept, 0, whole - kept);
  memory.reset(pointer);
  room = whole;
  return true;
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

Expected<MessageLayout> runtime::layOut(llvm::ArrayRef<PartHeader> parts) {
  MessageLayout layout;
  for (const PartHeader &part : parts)
    layout.table.append(reinterpret_cast<const char *>(&part),
                        part.tableBytes());
  size_t end = sizeof(MessageHeader) + layout.table.size();
  for (const PartHeader &part : parts) {
    layout.offsets.push_back(llvm::alignTo(end, BlockBytes));
    if (part.payloadBytes > MaxMessageBytes - layout.offsets.back())
      return createStringError("more than the " + llvm::Twine(MaxMessageBytes) +
                               " bytes that one message can have");
    end = layout.offsets.back() + part.payloadBytes;
    layout.payloadBytes += part.payloadBytes;
  }
  layout.bytes = llvm::alignTo(end, BlockBytes);
  return layout;
}

void MessageLayout::write(MessageBuffer &buffer) const {
  MessageHeader header;
  header.numParts = static_cast<uint32_t>(offsets.size());
  header.bytes = bytes;
  buffer.header() = header;
  memcpy(buffer.at(sizeof(header)), table.data(), table.size());
}

bool MessageLayout::matches(MessageBuffer &buffer) const {
  const MessageHeader &header = buffer.header();
  return header.bytes == bytes && header.numParts == offsets.size() &&
         memcmp(buffer.at(sizeof(header)), table.data(), table.size()) == 0;
}

Expected<PartHeader> runtime::describeTensor(ONNXTensorElementDataType type,
                                             llvm::ArrayRef<int64_t> dims) {
  Expected<size_t> count = countElements(dims);
  if (!count)
    return count.takeError();
  PartHeader part;
  part.elementType = type;
  part.rank = static_cast<uint32_t>(dims.size());
  part.payloadBytes = *count * getElementBytes(type);
  llvm::copy(dims, part.dims);
  return part;
}

Expected<Ort::Value> runtime::viewTensor(MessageBuffer &buffer, size_t offset,
                                         ONNXTensorElementDataType type,
                                         llvm::ArrayRef<int64_t> dims) {
  Expected<size_t> count = countElements(dims);
  if (!count)
    return count.takeError();
  return guarded("tensor of a wire", [&] {
    auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
    return Ort::Value::CreateTensor(memory, buffer.at(offset),
                                    *count * getElementBytes(type), dims.data(),
                                    dims.size(), type);
  });
}

//===----------------------------------------------------------------------===//
// Messages of open size
//===----------------------------------------------------------------------===//

/// What is to be said of a value. Bytes that it does not have in memory are
/// put into `serialized`.
static Expected<PartHeader> describeValue(const Ort::Value &value,
                                          llvm::StringRef name,
                                          std::string &serialized) {
  PartHeader part;
  if (!value.HasValue()) {
    part.kind = PartHeader::NoValue;
    return part;
  }
  if (value.IsTensor()) {
    auto info = value.GetTensorTypeAndShapeInfo();
    std::vector<int64_t> dims = info.GetShape();
    if (getElementBytes(info.GetElementType()) > 0 &&
        dims.size() <= PartHeader::MaxRank)
      return describeTensor(info.GetElementType(), dims);
  }
  Expected<std::string> bytes = serializeValue(value, name);
  if (!bytes)
    return bytes.takeError();
  serialized = std::move(*bytes);
  part.kind = PartHeader::Serialized;
  part.payloadBytes = serialized.size();
  return part;
}

Expected<size_t> runtime::packMessage(llvm::ArrayRef<const Ort::Value *> values,
                                      llvm::ArrayRef<llvm::StringRef> names,
                                      MessageBuffer &buffer) {
  std::vector<PartHeader> parts;
  std::vector<std::string> serialized(values.size());
  for (auto [value, name, bytes] : llvm::zip(values, names, serialized)) {
    Expected<PartHeader> part = describeValue(*value, name, bytes);
    if (!part)
      return part.takeError();
    parts.push_back(*part);
  }
  Expected<MessageLayout> layout = layOut(parts);
  if (!layout)
    return layout.takeError();
  if (!buffer.reserve(layout->bytes))
    return createStringError("no memory for a message of " +
                             llvm::Twine(layout->bytes) + " bytes");
  layout->write(buffer);
  for (auto [index, part] : llvm::enumerate(parts))
    if (part.payloadBytes > 0)
      memcpy(buffer.at(layout->offsets[index]),
             part.kind == PartHeader::Serialized
                 ? serialized[index].data()
                 : values[index]->GetTensorRawData(),
             part.payloadBytes);
  return layout->frontBytes();
}

/// The table of a message of which `there` bytes have arrived, and where its
/// values are. Nothing if it is not of this kind.
static std::optional<std::pair<std::vector<PartHeader>, MessageLayout>>
readTable(MessageBuffer &buffer, size_t there) {
  const MessageHeader &header = buffer.header();
  if (header.bytes < sizeof(header) || header.bytes > MaxMessageBytes)
    return std::nullopt;
  size_t known = std::min<size_t>(there, header.bytes);
  std::vector<PartHeader> parts;
  size_t place = sizeof(header);
  for (uint32_t number = 0; number < header.numParts; ++number) {
    PartHeader part;
    size_t fixed = part.tableBytes();
    if (known - place < fixed)
      return std::nullopt;
    memcpy(static_cast<void *>(&part), buffer.at(place), fixed);
    if (part.rank > PartHeader::MaxRank || known - place < part.tableBytes())
      return std::nullopt;
    // Only tensors have extents, and what is not there has no bytes.
    if (part.kind > PartHeader::NoValue ||
        (part.kind != PartHeader::Tensor && part.rank != 0) ||
        (part.kind == PartHeader::NoValue && part.payloadBytes != 0))
      return std::nullopt;
    memcpy(part.dims, buffer.at(place + fixed), part.tableBytes() - fixed);
    place += part.tableBytes();
    parts.push_back(part);
  }
  Expected<MessageLayout> layout = layOut(parts);
  if (!layout) {
    llvm::consumeError(layout.takeError());
    return std::nullopt;
  }
  if (layout->bytes != header.bytes)
    return std::nullopt;
  return std::make_pair(std::move(parts), std::move(*layout));
}

Expected<MessageLayout> runtime::readLayout(MessageBuffer &buffer, size_t there,
                                            size_t numParts) {
  auto table = readTable(buffer, there);
  if (!table || table->first.size() != numParts)
    return createStringError("a message with a wrong header");
  return std::move(table->second);
}

Expected<std::vector<std::optional<Ort::Value>>>
runtime::unpackMessage(MessageBuffer &buffer, llvm::ArrayRef<ONNXType> kinds) {
  auto table = readTable(buffer, buffer.capacity());
  if (!table || table->first.size() != kinds.size() ||
      table->second.bytes > buffer.capacity())
    return createStringError("a message with a wrong header");
  std::vector<std::optional<Ort::Value>> values;
  for (auto [part, offset, kind] :
       llvm::zip(table->first, table->second.offsets, kinds)) {
    if (part.kind == PartHeader::NoValue) {
      values.emplace_back();
      continue;
    }
    auto type = static_cast<ONNXTensorElementDataType>(part.elementType);
    llvm::ArrayRef<int64_t> dims(part.dims, part.rank);
    if (part.kind == PartHeader::Tensor) {
      Expected<PartHeader> due = describeTensor(type, dims);
      if (!due)
        return due.takeError();
      if (due->payloadBytes != part.payloadBytes)
        return createStringError("a message with a wrong header");
    }
    Expected<Ort::Value> value =
        part.kind == PartHeader::Serialized
            ? parseValue({buffer.at(offset), size_t(part.payloadBytes)}, kind)
            : viewTensor(buffer, offset, type, dims);
    if (!value)
      return value.takeError();
    values.push_back(std::move(*value));
  }
  return values;
}
