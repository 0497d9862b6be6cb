//===- Nesting.cpp - How deep brackets are nested -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Nesting.h"

using llvm::StringRef;

/// Offset of the closing quote of the string that begins at `start`; the end of
/// the text where there is none.
static size_t endOfString(StringRef text, size_t start) {
  for (size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i;
  }
  return text.size();
}

size_t onnx_split::findTooDeep(StringRef text, unsigned maxDepth,
                               StringRef comment) {
  unsigned depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      i = endOfString(text, i);
    } else if (StringRef("([{<").contains(c)) {
      if (++depth > maxDepth)
        return i;
    } else if (c == '>' && i > 0 &&
               (text[i - 1] == '-' || text[i - 1] == '=')) {
      // The head of an arrow.
    } else if (StringRef(")]}>").contains(c)) {
      depth -= depth > 0;
    } else if (!comment.empty() && text.substr(i).starts_with(comment)) {
      i = std::min(text.find('\n', i), text.size());
    }
  }
  return StringRef::npos;
}
