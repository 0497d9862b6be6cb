//===- Skeleton.h - Models without their large payloads ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A serialised model is stripped of its large tensor payloads before protobuf
/// parses it, and they are spliced in again when it is written. In between, a
/// TensorProto that lost its payload carries a marker: an unknown varint field
/// with the index of the payload in a table. What remains, the skeleton, is a
/// few hundred kilobytes whatever the size of the weights.
///
/// Both walks are linear in the bytes of the skeleton and follow the wire
/// format (protobuf encoding guide, "Message Structure"); they only know which
/// fields lead to tensors that the IR pictures.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_SKELETON_H
#define ONNX_SPLIT_TARGET_ONNX_SKELETON_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace onnx_split {

/// Field number of the marker: the largest that protobuf allows, which no
/// message of ONNX uses.
inline constexpr int32_t PayloadMarkerField = 536870911;

/// Payloads of fewer bytes stay in the skeleton: shape inference reads small
/// integer tensors, and a reference would not be shorter.
inline constexpr uint64_t PayloadThreshold = 1024;

/// Nested messages that a file may hold, as protobuf's parser counts them.
inline constexpr unsigned MaxMessageDepth = 100;

/// Bytes of a file that are the value of one field of a TensorProto.
struct Payload {
  /// Index into the model's list of files.
  int64_t file = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  /// Number of the TensorProto field.
  int32_t field = 0;
};

/// What `strip` leaves of a serialised model.
struct Skeleton {
  std::string bytes;
  /// By marker. `file` is 0: the file that was stripped.
  std::vector<Payload> payloads;
};

/// Strips the serialised ModelProto `model`. Fails where the bytes are not a
/// well-formed message; the error says at which byte.
llvm::Expected<Skeleton> strip(llvm::StringRef model);

/// A piece of a file to be written: bytes of its own, or a range of a file.
struct Piece {
  std::string bytes;
  /// The range when `length` is not 0.
  int64_t file = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
};

/// A file to be written, in order.
struct Pieces {
  std::vector<Piece> pieces;
  uint64_t size = 0;

  void append(llvm::StringRef bytes);
  void append(const Payload &payload);
  void append(Pieces &&other);
};

/// Replaces each marker in a skeleton that protobuf has serialised by its
/// payload, at the place where protobuf would have written the field.
Pieces splice(llvm::StringRef skeleton, llvm::ArrayRef<Payload> payloads);

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_SKELETON_H
