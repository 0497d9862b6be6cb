//===- Diagnostics.cpp - Located errors of a file -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"

#include "llvm/Support/ConvertUTF.h"

using namespace llvm;

namespace onnx_split::cluster {

void Diagnostics::error(SMRange where, const Twine &message) {
  if (full())
    return;
  ++errors;
  if (full()) {
    sourceMgr.PrintMessage(where.Start, SourceMgr::DK_Note,
                           "more errors from here on are not shown");
    return;
  }
  sourceMgr.PrintMessage(where.Start, SourceMgr::DK_Error, message, where);
}

void Diagnostics::note(SMRange where, const Twine &message) {
  if (!full())
    sourceMgr.PrintMessage(where.Start, SourceMgr::DK_Note, message, where);
}

bool Diagnostics::checkText(StringRef buffer) {
  auto *bytes = reinterpret_cast<const UTF8 *>(buffer.begin());
  auto *end = reinterpret_cast<const UTF8 *>(buffer.end());
  if (!isLegalUTF8String(&bytes, end)) {
    error(pointAt(reinterpret_cast<const char *>(bytes)),
          "not a text file in UTF-8");
    return false;
  }
  size_t nul = buffer.find('\0');
  if (nul != StringRef::npos) {
    error(pointAt(buffer.begin() + nul), "unexpected NUL byte in a text file");
    return false;
  }
  return true;
}

} // namespace onnx_split::cluster
