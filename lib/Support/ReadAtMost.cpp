//===- ReadAtMost.cpp - Reading files that may have no end ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

ErrorOr<std::unique_ptr<MemoryBuffer>> onnx_split::readAtMost(StringRef path,
                                                              size_t maxBytes) {
  Expected<sys::fs::file_t> file = sys::fs::openNativeFileForRead(path);
  if (!file)
    return errorToErrorCode(file.takeError());
  scope_exit close([&] { (void)sys::fs::closeFile(*file); });
  // In pieces: a pipe has no size, and what a device states is none.
  std::string bytes;
  char chunk[16 << 10];
  while (bytes.size() < maxBytes) {
    Expected<size_t> count = sys::fs::readNativeFile(
        *file, MutableArrayRef(
                   chunk, std::min(sizeof(chunk), maxBytes - bytes.size())));
    if (!count)
      return errorToErrorCode(count.takeError());
    if (*count == 0)
      break;
    bytes.append(chunk, *count);
  }
  return MemoryBuffer::getMemBufferCopy(bytes, path);
}
