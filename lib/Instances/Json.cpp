//===- Json.cpp - JSON with limits and located errors ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::instances;

/// A value takes some tens of bytes for each byte of such a file.
static constexpr size_t maxFileSize = size_t(256) << 20;
/// The parser recurses.
static constexpr int maxDepth = 100;

static void report(const char *place, SourceMgr &sourceMgr,
                   const Twine &message) {
  sourceMgr.PrintMessage(errs(), SMLoc::getFromPointer(place),
                         SourceMgr::DK_Error, message);
}

void instances::reportFileError(MemoryBufferRef buffer, SourceMgr &sourceMgr,
                                const Twine &message) {
  errs() << buffer.getBufferIdentifier() << ": error: " << message << '\n';
}

/// Where brackets outside of strings are nested too deeply, or null.
static const char *findTooDeep(StringRef text) {
  int depth = 0;
  bool inString = false;
  for (const char *c = text.begin(); c != text.end(); ++c) {
    if (inString) {
      if (*c == '\\' && c + 1 != text.end())
        ++c;
      else if (*c == '"')
        inString = false;
    } else if (*c == '"') {
      inString = true;
    } else if (*c == '[' || *c == '{') {
      if (++depth > maxDepth)
        return c;
    } else if (*c == ']' || *c == '}') {
      --depth;
    }
  }
  return nullptr;
}

std::optional<json::Value> instances::parseJson(MemoryBufferRef buffer,
                                                SourceMgr &sourceMgr) {
  StringRef text = buffer.getBuffer();
  if (text.size() > maxFileSize) {
    report(text.begin(), sourceMgr, "the file is larger than 256 MiB");
    return std::nullopt;
  }
  if (const char *place = findTooDeep(text)) {
    report(place, sourceMgr,
           "nested more than " + Twine(maxDepth) + " levels deep");
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
