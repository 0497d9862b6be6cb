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

Progress::~Progress() {
  if (shown)
    llvm::errs() << "\r\x1b[K";
}

void Progress::show(const llvm::Twine &text) {
  if (!terminal || Clock::now() < next)
    return;
  next = Clock::now() + std::chrono::milliseconds(100);
  shown = true;
  llvm::errs() << "\r\x1b[K" << text;
  llvm::errs().flush();
}
