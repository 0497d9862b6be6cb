//===- WriteFile.h - Files that are written at once -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_WRITEFILE_H
#define ONNX_SPLIT_SUPPORT_WRITEFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <system_error>

namespace onnx_split {

/// Creates or replaces a file with what `write` gives it. The error is that of
/// opening, writing or closing.
std::error_code writeFile(llvm::StringRef path,
                          llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_WRITEFILE_H
