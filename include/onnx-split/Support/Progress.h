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
/// and only once there has been work for a second. A thread writes it, so that
/// work which never says how far it is has a line with its seconds, too.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_PROGRESS_H
#define ONNX_SPLIT_SUPPORT_PROGRESS_H

#include "llvm/ADT/Twine.h"

#include <chrono>
#include <string>

namespace onnx_split {

class ProgressLine;

/// A piece of work while it lives; one thread makes them all. Of several, one
/// inside the other, the innermost that has something to say is shown, and the
/// first second counts from the begin of the outermost. In a child process
/// nothing is shown.
class Progress {
public:
  /// `text` is what is being done: "reading model.onnx".
  explicit Progress(std::string text = "");
  /// Takes the line away again.
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// From now on `text` is shown.
  void show(const llvm::Twine &text);

  /// While one lives, other things can be printed: there is no line, and none
  /// is written.
  class Pause {
  public:
    Pause();
    ~Pause();
    Pause(const Pause &) = delete;
    Pause &operator=(const Pause &) = delete;

  private:
    bool isNeeded;
  };

private:
  friend class ProgressLine;
  bool isShown;
  std::string doing;
  std::chrono::steady_clock::time_point start;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_PROGRESS_H
