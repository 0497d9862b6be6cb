//===- Diagnostics.h - Located errors of a file -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Errors at a place of a buffer, up to as many as a person will read.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_TEXT_DIAGNOSTICS_H
#define ONNX_SPLIT_SUPPORT_TEXT_DIAGNOSTICS_H

#include "llvm/Support/SourceMgr.h"

namespace onnx_split {

/// The empty range at a place of a buffer.
inline llvm::SMRange pointAt(const char *place) {
  llvm::SMLoc location = llvm::SMLoc::getFromPointer(place);
  return llvm::SMRange(location, location);
}

/// Where a reader says what is wrong with a file. It goes on reading after an
/// error, so that a person sees several at once.
class Diagnostics {
public:
  explicit Diagnostics(llvm::SourceMgr &sources) : sourceMgr(sources) {}

  void error(llvm::SMRange where, const llvm::Twine &message);
  /// The other party of the last error; left out where that was.
  void note(llvm::SMRange where, const llvm::Twine &message);

  bool failed() const { return errors > 0; }
  /// No further error will be shown. Whoever loops over input stops then, so
  /// that a hostile file costs no more than the errors it is told of.
  bool full() const { return errors > MaxErrors; }

  /// Whether a buffer holds UTF-8 without NUL bytes; reports the first other
  /// byte.
  bool checkText(llvm::StringRef buffer);

  llvm::SourceMgr &getSourceMgr() { return sourceMgr; }

private:
  void print(llvm::SMRange where, llvm::SourceMgr::DiagKind kind,
             const llvm::Twine &message);

  static constexpr int MaxErrors = 20;

  llvm::SourceMgr &sourceMgr;
  int errors = 0;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_TEXT_DIAGNOSTICS_H
