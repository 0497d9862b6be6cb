//===- Json.cpp - JSON with limits and located errors ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"

#include "onnx-split/Support/Nesting.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

/// A value takes some tens of bytes for each byte of such a file.
static constexpr size_t MaxFileSize = size_t(256) << 20;
/// The parser recurses.
static constexpr unsigned MaxDepth = 100;

/// Reports an error at a place of the text.
static void report(const char *place, SourceMgr &sourceMgr,
                   const Twine &message) {
  sourceMgr.PrintMessage(errs(), SMLoc::getFromPointer(place),
                         SourceMgr::DK_Error, message);
}

void instances::reportFileError(MemoryBufferRef buffer, SourceMgr &sourceMgr,
                                const Twine &message) {
  errs() << buffer.getBufferIdentifier() << ": error: " << message << '\n';
}

std::optional<json::Value> instances::parseJson(MemoryBufferRef buffer,
                                                SourceMgr &sourceMgr) {
  StringRef text = buffer.getBuffer();
  if (text.size() > MaxFileSize) {
    report(text.begin(), sourceMgr, "the file is larger than 256 MiB");
    return std::nullopt;
  }
  if (size_t place = findTooDeep(text, MaxDepth); place != StringRef::npos) {
    report(text.begin() + place, sourceMgr,
           "nested more than " + Twine(MaxDepth) + " levels deep");
    return std::nullopt;
  }
  Expected<json::Value> value = json::parse(text);
  if (value)
    return std::move(*value);
  // The message begins with its place: "[line:column, byte=offset]: ".
  std::string message = toString(value.takeError());
  StringRef reason = StringRef(message).split("]: ").second;
  size_t offset = 0;
  StringRef(message).split("byte=").second.consumeInteger(10, offset);
  report(text.begin() + std::min(offset, text.size()), sourceMgr,
         "not valid JSON: " + (reason.empty() ? StringRef(message) : reason));
  return std::nullopt;
}
