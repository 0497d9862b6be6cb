//===- ExternalData.cpp - Files of external tensor data -------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/ExternalData.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA1.h"

using namespace llvm;
using namespace onnx_split;

/// The lexical rules: a relative path that never climbs.
static Error checkLocation(StringRef location) {
  if (location.empty())
    return createStringError("its external data has no location");
  auto refuse = [&](StringRef why) {
    return createStringError("its external data lies at '" + location +
                             "', which " + why +
                             "; it must be a relative path inside the model's "
                             "folder");
  };
  if (location.contains('\0'))
    return refuse("has a zero byte in it");
  if (location.starts_with("#"))
    return refuse("stands for data in memory");
  if (sys::path::is_absolute(location) || location.starts_with("\\"))
    return refuse("is absolute");
  if (is_contained(
          make_range(sys::path::begin(location), sys::path::end(location)),
          StringRef("..")))
    return refuse("leaves the folder by '..'");
  return Error::success();
}

/// The file is where its location says, with no link on the way.
static Error checkLinks(StringRef path, StringRef folder, StringRef location,
                        const sys::fs::file_status &status) {
  auto refuse = [&](StringRef why) {
    return createStringError("its external data '" + location + "' " + why +
                             ", by which a model could reach files of others; "
                             "--allow-linked-weights reads it all the same");
  };
  SmallString<256> realPath, expected;
  if (sys::fs::real_path(path, realPath) ||
      sys::fs::real_path(folder.empty() ? "." : folder, expected))
    return createStringError("its external data '" + location +
                             "' cannot be resolved to a file");
  sys::path::append(expected, location);
  sys::path::remove_dots(expected);
  if (realPath != expected)
    return refuse("is reached by a symbolic link");
  if (sys::fs::is_regular_file(status) && status.getLinkCount() > 1)
    return refuse("is a file with several names (hard links)");
  return Error::success();
}

/// What stands at `path` in the place of data that is not here, to follow
/// "which"; empty where it may be the data.
static StringRef describePlaceholder(StringRef path, uint64_t size) {
  if (size == 0)
    return "is empty; fetch the data";
  // Pointers have less than 1024 bytes and begin so (Git LFS specification,
  // "The Pointer").
  constexpr uint64_t pointerBytes = 1024;
  if (size >= pointerBytes)
    return "";
  auto buffer = MemoryBuffer::getFile(path);
  return buffer && (*buffer)->getBuffer().starts_with("version https://git-lfs")
             ? "is a pointer of Git LFS to the data; fetch it by `git lfs pull`"
             : "";
}

static Expected<uint64_t> parseNumber(StringRef key, StringRef value) {
  uint64_t number;
  if (value.getAsInteger(10, number) || number > uint64_t(INT64_MAX))
    return createStringError("its external data has " + key + " '" + value +
                             "', which must be a decimal number");
  return number;
}

Expected<ExternalRange> onnx_split::resolveExternalData(
    const onnx::TensorProto &tensor, StringRef folder,
    std::optional<uint64_t> expectedBytes, const ExternalDataRules &rules) {
  StringRef location;
  ExternalRange range;
  std::optional<uint64_t> length;
  for (const auto &entry : tensor.external_data()) {
    if (entry.key() == "location") {
      location = entry.value();
    } else if (entry.key() == "offset") {
      Expected<uint64_t> offset = parseNumber("offset", entry.value());
      if (!offset)
        return offset.takeError();
      range.offset = *offset;
    } else if (entry.key() == "length") {
      Expected<uint64_t> value = parseNumber("length", entry.value());
      if (!value)
        return value.takeError();
      // Writers that leave it open state 0, and runtimes read it so.
      if (*value > 0)
        length = *value;
    } else if (entry.key() == "checksum") {
      range.checksum = entry.value();
    }
  }
  if (Error error = checkLocation(location))
    return error;
  SmallString<256> path(folder);
  sys::path::append(path, location);
  range.path = std::string(path);

  sys::fs::file_status status;
  if (sys::fs::status(path, status) || !sys::fs::exists(status)) {
    if (!rules.allowMissing)
      return createStringError("its external data is in '" + range.path +
                               "', which does not exist");
    range.length = length.value_or(expectedBytes.value_or(0));
    return range;
  }
  if (!rules.allowLinks)
    if (Error error = checkLinks(path, folder, location, status))
      return error;
  if (!sys::fs::is_regular_file(status))
    return createStringError("its external data '" + range.path +
                             "' is not a regular file");
  uint64_t size = status.getSize();
  StringRef placeholder =
      expectedBytes == 0 ? "" : describePlaceholder(path, size);
  if (!placeholder.empty()) {
    if (!rules.allowMissing)
      return createStringError("its external data is in '" + range.path +
                               "', which " + placeholder);
    range.length = length.value_or(expectedBytes.value_or(0));
    return range;
  }
  range.exists = true;
  if (range.offset > size)
    return createStringError("its external data begins at byte " +
                             Twine(range.offset) + " of '" + range.path +
                             "', which has " + Twine(size) + " bytes");
  // Without a length the data reaches to the end of the file, where it may be
  // followed by nothing that the tensor needs.
  range.length = length.value_or(
      std::min(size - range.offset, expectedBytes.value_or(UINT64_MAX)));
  if (range.length > size - range.offset)
    return createStringError("its external data of " + Twine(range.length) +
                             " bytes at byte " + Twine(range.offset) +
                             " passes the end of '" + range.path +
                             "', which has " + Twine(size) + " bytes");
  if (expectedBytes && range.length < *expectedBytes)
    return createStringError("its external data has " + Twine(range.length) +
                             " bytes, but its shape and type take " +
                             Twine(*expectedBytes));
  return range;
}

Error onnx_split::verifyChecksum(StringRef path, StringRef checksum) {
  Expected<sys::fs::file_t> file = sys::fs::openNativeFileForRead(path);
  if (!file)
    return file.takeError();
  scope_exit close([&] { (void)sys::fs::closeFile(*file); });
  constexpr size_t chunkBytes = 1 << 20;
  std::vector<char> chunk(chunkBytes);
  SHA1 hash;
  while (true) {
    Expected<size_t> count = sys::fs::readNativeFile(*file, chunk);
    if (!count)
      return count.takeError();
    if (*count == 0)
      break;
    hash.update(StringRef(chunk.data(), *count));
  }
  std::string actual = toHex(hash.final(), /*LowerCase=*/true);
  if (StringRef(checksum).equals_insensitive(actual))
    return Error::success();
  return createStringError("its external data in '" + path +
                           "' has the SHA-1 checksum " + actual +
                           ", but the model states '" + checksum + "'");
}
