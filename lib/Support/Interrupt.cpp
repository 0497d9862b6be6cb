//===- Interrupt.cpp - Ctrl-C ends a search, not the program --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Interrupt.h"

#include <csignal>

using namespace onnx_split;

static std::atomic<bool> interrupted{false};

static void onInterrupt(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);
}

InterruptFlag::InterruptFlag() {
  interrupted = false;
  previous = std::signal(SIGINT, onInterrupt);
}

InterruptFlag::~InterruptFlag() {
  std::signal(SIGINT, previous == SIG_ERR ? SIG_DFL : previous);
}

const std::atomic<bool> &InterruptFlag::flag() const { return interrupted; }
