//===- Interrupt.h - Ctrl-C ends a search, not the program ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_INTERRUPT_H
#define ONNX_SPLIT_SUPPORT_INTERRUPT_H

#include <atomic>

namespace onnx_split {

/// While one is alive, the first SIGINT sets its flag, and a second one does
/// what it did before. One at a time.
class InterruptFlag {
public:
  InterruptFlag();
  ~InterruptFlag();
  InterruptFlag(const InterruptFlag &) = delete;
  InterruptFlag &operator=(const InterruptFlag &) = delete;

  const std::atomic<bool> &flag() const;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_INTERRUPT_H
