//===- PlanJson.cpp - The text of a plan.json -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanJson.h"

#include "onnx-split/Support/Nesting.h"
#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace onnx_split;

static constexpr size_t MaxBytes = size_t(64) << 20;
/// Brackets inside each other that a plan.json may have; ours has five.
static constexpr unsigned MaxDepth = 32;
/// Objects that it may have, one for each node: LLVM's parser spends several
/// kilobytes on each.
static constexpr size_t MaxObjects = 250000;

Expected<json::Value> onnx_split::parsePlanJson(StringRef text,
                                                StringRef name) {
  if (StringRef start = text.ltrim();
      !start.starts_with("{") && !start.starts_with("["))
    return createStringError(name + ": not a plan.json, which onnx-split "
                                    "writes beside the parts: it does not "
                                    "begin with '{'");
  if (size_t offset = findTooDeep(text, MaxDepth); offset != StringRef::npos)
    return createStringError(name + ": byte " + Twine(offset) +
                             ": nested more than " + Twine(MaxDepth) +
                             " levels deep");
  if (text.count('{') > MaxObjects)
    return createStringError(name + ": has more than " + Twine(MaxObjects) +
                             " objects");
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return createStringError(name +
                             ": not JSON: " + toString(value.takeError()));
  return value;
}

/// What is said of a folder in the place of a plan.
static std::string describeFolder(StringRef path) {
  SmallString<256> file(path);
  sys::path::append(file, "plan.json");
  return sys::fs::is_regular_file(file)
             ? ("it is a folder; name the file in it, " + file).str()
             : "it is a folder, and no plan.json is in it";
}

Expected<std::unique_ptr<MemoryBuffer>>
onnx_split::readPlanText(StringRef path) {
  auto buffer = readAtMost(path, MaxBytes + 1);
  if (!buffer)
    return createStringError(path + ": cannot read the plan: " +
                             (buffer.getError() == std::errc::is_a_directory
                                  ? describeFolder(path)
                                  : buffer.getError().message()));
  if ((*buffer)->getBufferSize() > MaxBytes)
    return createStringError(path + ": larger than 64 MiB");
  return std::move(*buffer);
}
