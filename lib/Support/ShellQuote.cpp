//===- ShellQuote.cpp - Words that a shell takes as they are --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/ShellQuote.h"

#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;

std::string onnx_split::quoteForShell(llvm::StringRef word) {
  // A list of what is harmless, since shells differ in what is not.
  auto isPlain = [](char byte) {
    return llvm::isAlnum(byte) || llvm::StringRef("_-.,:/+@=").contains(byte);
  };
  if (!word.empty() && llvm::all_of(word, isPlain))
    return word.str();
  std::string quoted = "'";
  for (char byte : word)
    // Nothing is escaped inside single quotes: the quotation ends, an escaped
    // quote follows, and another quotation begins.
    if (byte == '\'')
      quoted += "'\\''";
    else
      quoted += byte;
  return quoted + "'";
}
