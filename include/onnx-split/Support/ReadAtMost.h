//===- ReadAtMost.h - Reading files that may have no end --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_READATMOST_H
#define ONNX_SPLIT_SUPPORT_READATMOST_H

#include "llvm/Support/ErrorOr.h"
#include "llvm/Support/MemoryBuffer.h"

namespace onnx_split {

/// The first `maxBytes` bytes of a file, or all of it where it has fewer. The
/// file may be a pipe or a device. The buffer bears the path as its name.
llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>>
readAtMost(llvm::StringRef path, size_t maxBytes);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_READATMOST_H
