//===- Message.h - What travels over a wire ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A message is a header and then the elements of a tensor as they lie in
/// memory, or a value as bytes. Both ends keep header and elements in one piece
/// of memory, on which ONNX Runtime's tensor is a view, so that nothing is
/// copied.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MESSAGE_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MESSAGE_H

#include "onnx-split/Runtime/Session.h"

#include <memory>
#include <optional>

namespace onnx_split::runtime {

struct MessageHeader {
  static constexpr uint32_t Magic = 0x6f737031; // "osp1"
  static constexpr int MaxRank = 8;
  enum Kind : uint32_t { Tensor, Serialized, NoValue };

  uint32_t magic = Magic;
  uint32_t kind = Tensor;
  /// Number of the item, from 0, the warm-up included.
  int64_t item = 0;
  /// When it was handed to MPI, on the clock of rank 0.
  int64_t sentNs = 0;
  uint64_t payloadBytes = 0;
  int32_t elementType = 0;
  int32_t rank = 0;
  int64_t dims[MaxRank] = {};
};

/// Messages are sent in blocks, so that they may pass 2 GiB and elements lie as
/// ONNX Runtime wants them.
inline constexpr size_t BlockBytes = 64;
inline constexpr size_t HeaderBytes = 2 * BlockBytes;
static_assert(sizeof(MessageHeader) <= HeaderBytes);

/// Memory of one message.
class MessageBuffer {
public:
  /// Makes room for a payload; what was there is lost if it grows. False where
  /// memory is short.
  bool reserve(size_t payloadBytes);
  MessageHeader &header() {
    return *reinterpret_cast<MessageHeader *>(memory.get());
  }
  char *payload() { return memory.get() + HeaderBytes; }
  void *data() { return memory.get(); }
  /// Of a message with that payload.
  static size_t countBlocks(size_t payloadBytes) {
    return (HeaderBytes + payloadBytes + BlockBytes - 1) / BlockBytes;
  }
  size_t capacity() const { return payloadCapacity; }

private:
  struct Free {
    void operator()(char *pointer) const;
  };
  std::unique_ptr<char, Free> memory;
  size_t payloadCapacity = 0;
};

/// A tensor on the buffer's payload.
llvm::Expected<Ort::Value> viewTensor(MessageBuffer &buffer,
                                      ONNXTensorElementDataType type,
                                      llvm::ArrayRef<int64_t> dims);

/// Copies a value into the buffer with its header.
llvm::Error packValue(const Ort::Value &value, llvm::StringRef name,
                      MessageBuffer &buffer);

/// The value of a message that has arrived: a view where it is a tensor, and
/// none where it is an empty optional.
llvm::Expected<std::optional<Ort::Value>> unpackValue(MessageBuffer &buffer,
                                                      ONNXType kind);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MESSAGE_H
