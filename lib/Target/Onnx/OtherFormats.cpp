//===- OtherFormats.cpp - What is no ONNX model ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OtherFormats.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringLiteral;
using llvm::StringRef;

namespace {
struct OtherFormat {
  size_t offset;
  StringLiteral bytes;
  StringLiteral description;
};
} // namespace

/// By the first bytes that the formats' own descriptions state. A FlatBuffer
/// has its identifier at byte 4.
static constexpr OtherFormat OtherFormats[] = {
    {0, "version https://git-lfs.github.com/spec/",
     "a git-lfs pointer: 'git lfs pull' brings the model"},
    {4, "ORTM",
     "in ONNX Runtime's own format (.ort): give the .onnx it was made from"},
    {4, "TFL3", "in TensorFlow Lite's format: convert it with tf2onnx"},
    {0, "PK\x03\x04",
     "a zip archive, as PyTorch and Keras write, too: unpack it, or export "
     "the model to ONNX"},
    {0, "\x1f\x8b", "compressed (gzip): unpack it"},
    {0, "\x89HDF", "in HDF5, as Keras writes: convert it with tf2onnx"},
    {0, "GGUF", "in GGUF, which has no graph: export the model to ONNX"},
    {0, "\x80\x02", "a pickle, as PyTorch writes: export the model to ONNX"},
};

StringRef onnx_split::describeOtherFormat(StringRef bytes) {
  for (const OtherFormat &format : OtherFormats)
    if (bytes.substr(format.offset).starts_with(format.bytes))
      return format.description;
  StringRef text = bytes.ltrim();
  if (text.starts_with_insensitive("<!doctype html") ||
      text.starts_with_insensitive("<html"))
    return "a web page (HTML): download the model's file itself";
  // A binary model has small numbers among its first bytes.
  constexpr size_t enough = 64;
  if (bytes.size() < enough ||
      !llvm::all_of(bytes.take_front(enough), [](char c) {
        return llvm::isPrint(c) || llvm::isSpace(c) || (c & 0x80);
      }))
    return "";
  while (text.consume_front("#"))
    text = text.drop_until([](char c) { return c == '\n'; }).ltrim();
  if (text.starts_with("version:") || text.starts_with("devices:"))
    return "a text, perhaps the cluster file: that belongs behind --devices";
  return "a text: one that is a model ends in .onnxtxt, .textproto or .mlir";
}
