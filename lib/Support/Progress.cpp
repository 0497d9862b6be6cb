//===- Progress.cpp - Progress of long work on a terminal -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Progress.h"

#include "llvm/Support/raw_ostream.h"

using namespace onnx_split;

Progress::Progress()
    : terminal(llvm::errs().is_displayed()),
      next(Clock::now() + std::chrono::seconds(1)) {}

// To the start of the line, and away with what stands there.
static constexpr char StartOver[] = "\r\x1b[K";

Progress::~Progress() {
  if (shown)
    llvm::errs() << StartOver;
}

void Progress::show(const llvm::Twine &text) {
  if (!terminal || Clock::now() < next)
    return;
  next = Clock::now() + std::chrono::milliseconds(100);
  shown = true;
  llvm::errs() << StartOver << text;
  llvm::errs().flush();
}
