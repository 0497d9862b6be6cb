//===- TemporaryFolder.h - A folder for a moment ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_TEMPORARYFOLDER_H
#define ONNX_SPLIT_SUPPORT_TEMPORARYFOLDER_H

#include "llvm/ADT/SmallString.h"

#include <string>

namespace onnx_split {

/// A folder in the system's temporary one; it is gone, with all that is in it,
/// when its owner is.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  /// False where it could not be made.
  bool exists() const { return !path.empty(); }
  /// The path of a file in it, or of itself for an empty name.
  std::string pathOf(llvm::StringRef file) const;

private:
  llvm::SmallString<128> path;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_TEMPORARYFOLDER_H
