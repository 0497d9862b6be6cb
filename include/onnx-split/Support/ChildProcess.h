//===- ChildProcess.h - Work that may crash ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_CHILDPROCESS_H
#define ONNX_SPLIT_SUPPORT_CHILDPROCESS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <atomic>
#include <string>
#include <system_error>

namespace onnx_split {

/// A number that a child process sets and its parent reads, also when the child
/// has crashed: how far it came. Where the system gives no shared memory, the
/// parent sees the number from before.
class SharedNumber {
public:
  SharedNumber();
  ~SharedNumber();
  SharedNumber(const SharedNumber &) = delete;
  SharedNumber &operator=(const SharedNumber &) = delete;

  void set(int64_t value) { *place = value; }
  int64_t get() const { return *place; }

private:
  std::atomic<int64_t> own{0};
  std::atomic<int64_t> *place;
};

/// The error of a child process that gave no answer.
class ChildDied : public llvm::ErrorInfo<ChildDied> {
public:
  static char ID;
  /// `endSignal` is 0 where it ended by itself.
  ChildDied(std::string message, int endSignal)
      : text(std::move(message)), signal(endSignal) {}

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;
  /// "the child process crashed (Segmentation fault)"
  llvm::StringRef getText() const { return text; }
  /// It did something that the system forbids, and was not ended from outside.
  bool hasCrashed() const;

private:
  std::string text;
  int signal;
};

/// Runs `work` in a child process, and returns the bytes that it returns there
/// or its error. A crash, an abort or the end of memory in it is a ChildDied
/// here, and nothing more.
///
/// The child is a copy of this process in which only the calling thread lives
/// on: `work` must wait for no other thread, and so must not touch an
/// MLIRContext. It has no standard input and output, leaves no core file, is
/// the first to go when the machine's memory runs out, and never outlives this
/// process. `waiting` is called several times a second.
llvm::Expected<std::string>
runInChild(llvm::function_ref<llvm::Expected<std::string>()> work,
           llvm::function_ref<void()> waiting = nullptr);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_CHILDPROCESS_H
