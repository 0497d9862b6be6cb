//===- Message.h - What goes from one stage to another ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A message has all that one stage sends to another for one item: a header,
/// then a table that says of each value what it is, then the values, tensors as
/// their elements lie in memory and others as bytes. Both ends keep it in one
/// piece of memory, on which ONNX Runtime's tensors are views, so that what
/// goes to one stage alone is not copied.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MESSAGE_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MESSAGE_H

#include "onnx-split/Runtime/Session.h"

#include <cstddef>
#include <memory>
#include <optional>

namespace onnx_split::runtime {

struct MessageHeader {
  static constexpr uint32_t Magic = 0x6f737032; // "osp2"

  uint32_t magic = Magic;
  /// Values in the message.
  uint32_t numParts = 0;
  /// Number of the item, from 0, the warm-up included.
  int64_t item = 0;
  /// When it was handed to MPI, on the clock of rank 0.
  int64_t sentNs = 0;
  /// Of the whole message, this included: whole blocks.
  uint64_t bytes = 0;
};

/// What the table says of one value.
struct PartHeader {
  static constexpr uint32_t MaxRank = 8;
  enum Kind : uint32_t { Tensor, Serialized, NoValue };

  uint32_t kind = Tensor;
  int32_t elementType = 0;
  uint32_t rank = 0;
  uint32_t unused = 0;
  uint64_t payloadBytes = 0;
  /// The table has `rank` of them, so that a value adds little to a message.
  int64_t dims[MaxRank] = {};

  /// What it takes of the table.
  size_t tableBytes() const {
    return offsetof(PartHeader, dims) + rank * sizeof(int64_t);
  }
};

/// Messages are whole blocks, and each value starts with one, as ONNX Runtime
/// wants elements to lie.
inline constexpr size_t BlockBytes = 64;
/// So many blocks as MPI could count at once, which no memory here has.
inline constexpr size_t MaxMessageBytes = size_t(INT32_MAX) * BlockBytes;
/// What a message with one tensor has before its elements, at most.
inline constexpr size_t HeaderBytes = 2 * BlockBytes;
static_assert(sizeof(MessageHeader) + sizeof(PartHeader) <= HeaderBytes);

/// Memory of one message.
class MessageBuffer {
public:
  /// Makes room for a message. If that takes new memory, `kept` bytes of what
  /// was there are kept. False where memory is short.
  bool reserve(size_t bytes, size_t kept = 0);
  MessageHeader &header() {
    return *reinterpret_cast<MessageHeader *>(memory.get());
  }
  char *at(size_t offset) { return memory.get() + offset; }
  static size_t countBlocks(size_t bytes) {
    return (bytes + BlockBytes - 1) / BlockBytes;
  }
  /// Bytes that there is room for.
  size_t capacity() const { return room; }

private:
  struct Free {
    void operator()(char *pointer) const;
  };
  std::unique_ptr<char, Free> memory;
  size_t room = 0;
};

/// Where everything in a message lies.
struct MessageLayout {
  /// As it stands behind the header.
  std::string table;
  /// Of each value.
  std::vector<size_t> offsets;
  /// Of the whole message: whole blocks.
  size_t bytes = 0;
  /// Of the values alone.
  size_t payloadBytes = 0;

  /// Header and table, which the first of MPI's messages has whole.
  size_t frontBytes() const { return sizeof(MessageHeader) + table.size(); }
  /// Writes header and table.
  void write(MessageBuffer &buffer) const;
  /// Whether a message that has arrived has the same.
  bool matches(MessageBuffer &buffer) const;
};

/// The error is that it would be more than MaxMessageBytes.
llvm::Expected<MessageLayout> layOut(llvm::ArrayRef<PartHeader> parts);

/// What the table says of a tensor that is sent as its elements lie; their size
/// is known and there are MaxRank extents at most.
llvm::Expected<PartHeader> describeTensor(ONNXTensorElementDataType type,
                                          llvm::ArrayRef<int64_t> dims);

/// A tensor on a value of the message.
llvm::Expected<Ort::Value> viewTensor(MessageBuffer &buffer, size_t offset,
                                      ONNXTensorElementDataType type,
                                      llvm::ArrayRef<int64_t> dims);

/// Copies values with these names into the buffer, header and table before
/// them. Returns how long these are.
llvm::Expected<size_t> packMessage(llvm::ArrayRef<const Ort::Value *> values,
                                   llvm::ArrayRef<llvm::StringRef> names,
                                   MessageBuffer &buffer);

/// The layout of a message of which `there` bytes have arrived, header and
/// table among them. The error is that these two do not agree, or that it has
/// another number of values: so that no memory is taken because a header says
/// so.
llvm::Expected<MessageLayout> readLayout(MessageBuffer &buffer, size_t there,
                                         size_t numParts);

/// The values of a message that has arrived, of these kinds: views where they
/// are tensors, and none for an empty optional.
llvm::Expected<std::vector<std::optional<Ort::Value>>>
unpackMessage(MessageBuffer &buffer, llvm::ArrayRef<ONNXType> kinds);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MESSAGE_H
