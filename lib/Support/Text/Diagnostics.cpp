//===- Diagnostics.cpp - Located errors of a file -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Text/Diagnostics.h"

#include "onnx-split/Support/Progress.h"

#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace onnx_split;

/// Longest line of a file that is shown beside a message about it.
static constexpr size_t LongestLine = 1000;

void Diagnostics::error(SMRange where, const Twine &message) {
  if (full())
    return;
  ++errors;
  if (full()) {
    print(SMRange(where.Start, where.Start), SourceMgr::DK_Note,
          "more errors from here on are not shown");
    return;
  }
  print(where, SourceMgr::DK_Error, message);
}

void Diagnostics::note(SMRange where, const Twine &message) {
  if (!full())
    print(where, SourceMgr::DK_Note, message);
}

void Diagnostics::print(SMRange where, SourceMgr::DiagKind kind,
                        const Twine &message) {
  SMDiagnostic diagnostic =
      sourceMgr.GetMessage(where.Start, kind, message, where);
  // A line of megabytes helps nobody, and takes long to print.
  if (diagnostic.getLineContents().size() > LongestLine)
    diagnostic =
        SMDiagnostic(sourceMgr, diagnostic.getLoc(), diagnostic.getFilename(),
                     diagnostic.getLineNo(), diagnostic.getColumnNo(), kind,
                     diagnostic.getMessage(), /*LineStr=*/"",
                     /*Ranges=*/{});
  Progress::Pause pause;
  sourceMgr.PrintMessage(errs(), diagnostic);
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
