//===- ReferencedFile.cpp - Files beside a cluster file -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferencedFile.h"

#include "onnx-split/Support/Text/Words.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

std::optional<StringRef> cluster::readReferencedFile(const YamlNode &path,
                                                     StringRef folder,
                                                     StringRef expected,
                                                     uint64_t maxMebibytes,
                                                     Diagnostics &diagnostics) {
  std::optional<StringRef> name = readText(path, expected, diagnostics);
  if (!name)
    return std::nullopt;
  bool leavesFolder =
      std::any_of(sys::path::begin(*name), sys::path::end(*name),
                  [](StringRef part) { return part == ".."; });
  if (name->trim().empty() || name->contains('\0') || leavesFolder ||
      sys::path::is_absolute(*name, sys::path::Style::posix) ||
      sys::path::is_absolute(*name, sys::path::Style::windows)) {
    diagnostics.error(path.range, "bad path " + quote(*name) +
                                      "; it must be relative to the folder of "
                                      "the cluster file, without '..'");
    return std::nullopt;
  }

  SmallString<128> fullName(folder);
  sys::path::append(fullName, *name);
  auto fail = [&](const Twine &reason) -> std::optional<StringRef> {
    diagnostics.error(path.range,
                      "cannot read " + quote(*name) + ": " + reason);
    return std::nullopt;
  };
  // A folder, a pipe or a device would not be read as far as its end.
  sys::fs::file_status status;
  if (std::error_code error = sys::fs::status(fullName, status))
    return fail(error.message());
  if (!sys::fs::is_regular_file(status))
    return fail("not a file");
  if (status.getSize() > maxMebibytes << 20)
    return fail("larger than " + Twine(maxMebibytes) + " MiB");
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(
      fullName, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail(buffer.getError().message());

  StringRef text = (*buffer)->getBuffer();
  diagnostics.getSourceMgr().AddNewSourceBuffer(std::move(*buffer),
                                                path.range.Start);
  // No place inside an empty buffer can be a location.
  if (text.empty())
    return fail("the file is empty");
  if (!diagnostics.checkText(text))
    return std::nullopt;
  return text;
}
