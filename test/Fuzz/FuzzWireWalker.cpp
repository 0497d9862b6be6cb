//===- FuzzWireWalker.cpp - Any bytes as a serialised model ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Skeleton.h"

#include "onnx/onnx_pb.h"
#include "llvm/Support/raw_ostream.h"

#include <google/protobuf/io/coded_stream.h>

using namespace onnx_split;

static bool parse(llvm::StringRef bytes, onnx::ModelProto &model) {
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  input.SetRecursionLimit(MaxMessageDepth);
  return model.ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
}

/// The file that `pieces` describe, whose ranges are all of `source`.
static std::string assemble(const Pieces &pieces, llvm::StringRef source) {
  std::string file;
  for (const Piece &piece : pieces.pieces)
    file += piece.length ? source.substr(piece.offset, piece.length).str()
                         : piece.bytes;
  return file;
}

/// What is malformed though protobuf reads it: it drops the upper bits of a
/// field number that has more than the 29 that the encoding allows. And the
/// marker's own field in a tensor.
static bool isRefused(llvm::StringRef message) {
  return message.contains("field number") || message.contains("reserved field");
}

/// Stripping, parsing, writing and splicing gives what protobuf alone gives,
/// and what protobuf reads is not refused but for few reasons.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  onnx::ModelProto whole;
  bool isModel = parse(bytes, whole);
  llvm::Expected<Skeleton> skeleton = strip(bytes);
  if (!skeleton) {
    std::string message = llvm::toString(skeleton.takeError());
    if (isModel && !isRefused(message)) {
      llvm::errs() << "refused: " << message << "\n";
      __builtin_trap();
    }
    return 0;
  }
  onnx::ModelProto stripped;
  if (parse(skeleton->bytes, stripped) != isModel)
    __builtin_trap();
  if (!isModel)
    return 0;
  Pieces pieces = splice(stripped.SerializeAsString(), skeleton->payloads);
  std::string file = assemble(pieces, bytes);
  if (file.size() != pieces.size || file != whole.SerializeAsString())
    __builtin_trap();
  return 0;
}
