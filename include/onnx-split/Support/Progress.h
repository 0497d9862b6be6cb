//===- Progress.h - Progress of long work on a terminal ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One line on standard error that is rewritten in place, only on a terminal
/// and only once the work has taken a second.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_PROGRESS_H
#define ONNX_SPLIT_SUPPORT_PROGRESS_H

#include "llvm/ADT/Twine.h"

#include <chrono>

namespace onnx_split {

/// How far one piece of work has come.
class Progress {
public:
  Progress();
  /// Takes the line away again.
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Shows `text`; drops it where the last one is less than 0.1 s old.
  void show(const llvm::Twine &text);

private:
  using Clock = std::chrono::steady_clock;
  bool terminal;
  bool shown = false;
  Clock::time_point next;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_PROGRESS_H
