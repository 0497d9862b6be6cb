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

/// What SIGINT did before the flag.
static struct sigaction beforeFlag;

static void onInterrupt(int) {
  interrupted = true;
  ::sigaction(SIGINT, &beforeFlag, nullptr);
}

InterruptFlag::InterruptFlag() {
  interrupted = false;
  // Asked first, so that the handler finds it however soon it runs.
  ::sigaction(SIGINT, nullptr, &beforeFlag);
  std::signal(SIGINT, onInterrupt);
}

InterruptFlag::~InterruptFlag() { ::sigaction(SIGINT, &beforeFlag, nullptr); }

const std::atomic<bool> &InterruptFlag::flag() const { return interrupted; }
