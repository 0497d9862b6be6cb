//===- Nesting.h - How deep brackets are nested -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The parsers of libraries call themselves for every bracket inside another
/// one, and overflow the stack on text that is nothing but brackets. Such text
/// is refused before they see it.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_NESTING_H
#define ONNX_SPLIT_SUPPORT_NESTING_H

#include "llvm/ADT/StringRef.h"

namespace onnx_split {

/// Offset of the first of the brackets `([{<` that is inside more than
/// `maxDepth` others, or npos. Strings in double quotes, with escapes by
/// backslashes, are skipped, and so is what follows `comment` up to the end of
/// the line. Linear.
size_t findTooDeep(llvm::StringRef text, unsigned maxDepth,
                   llvm::StringRef comment = "");

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_NESTING_H
