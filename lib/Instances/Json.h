//===- Json.h - JSON with limits and located errors -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// JSON files of other projects: read with limits, and with errors that say
/// where.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_JSON_H
#define ONNX_SPLIT_LIB_INSTANCES_JSON_H

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/SourceMgr.h"

#include <optional>

namespace onnx_split::instances {

/// The value of a JSON file. Reports, and returns none, where it is not JSON,
/// larger than 256 MiB, or nested deeper than the parser's stack can bear.
std::optional<llvm::json::Value> parseJson(llvm::MemoryBufferRef buffer,
                                           llvm::SourceMgr &sourceMgr);

/// Reports an error that has no place but the file.
void reportFileError(llvm::MemoryBufferRef buffer, llvm::SourceMgr &sourceMgr,
                     const llvm::Twine &message);

/// Reads the file into a type that has fromJSON(value, type, path).
template <typename T>
bool readJson(llvm::MemoryBufferRef buffer, llvm::SourceMgr &sourceMgr,
              T &result) {
  std::optional<llvm::json::Value> value = parseJson(buffer, sourceMgr);
  if (!value)
    return false;
  llvm::json::Path::Root root("file");
  if (fromJSON(*value, result, root))
    return true;
  reportFileError(buffer, sourceMgr, llvm::toString(root.getError()));
  return false;
}

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_LIB_INSTANCES_JSON_H
