//===- TemporaryFolder.cpp - A folder for a moment ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/TemporaryFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace onnx_split;

TemporaryFolder::TemporaryFolder() {
  // Where it fails, the name that it tried last is left.
  if (llvm::sys::fs::createUniqueDirectory("onnx-split", path))
    path.clear();
}

TemporaryFolder::~TemporaryFolder() {
  if (exists())
    (void)llvm::sys::fs::remove_directories(path);
}

std::string TemporaryFolder::pathOf(llvm::StringRef file) const {
  llvm::SmallString<128> result(path);
  if (!file.empty())
    llvm::sys::path::append(result, file);
  return result.str().str();
}
