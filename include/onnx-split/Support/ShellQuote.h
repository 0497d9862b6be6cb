//===- ShellQuote.h - Words that a shell takes as they are ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_SHELLQUOTE_H
#define ONNX_SPLIT_SUPPORT_SHELLQUOTE_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace onnx_split {

/// The word as a POSIX shell reads it: in single quotes where it has a byte
/// that may mean something to the shell. For options that messages propose.
std::string quoteForShell(llvm::StringRef word);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_SHELLQUOTE_H
