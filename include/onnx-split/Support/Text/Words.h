//===- Words.h - Wording of messages ----------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Parts of messages about what a file says: quotations, lists, suggestions.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_TEXT_WORDS_H
#define ONNX_SPLIT_SUPPORT_TEXT_WORDS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace onnx_split {

/// 'text', on one line and shortened to what a message can hold.
std::string quote(llvm::StringRef text);

/// "a, b, c"; past `most` words: "a, b, c and 7 more".
std::string list(llvm::ArrayRef<llvm::StringRef> words, size_t most = 16);

/// The word that `text` is most likely a misspelling of, if any is near.
std::optional<llvm::StringRef> nearest(llvm::StringRef text,
                                       llvm::ArrayRef<llvm::StringRef> words);

/// " (did you mean 'word'?)" for the nearest word, else nothing.
std::string suggest(llvm::StringRef text,
                    llvm::ArrayRef<llvm::StringRef> words);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_TEXT_WORDS_H
