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
#include "llvm/Support/Error.h"

#include <string>

namespace onnx_split {

/// Runs `work` in a child process, and returns the bytes that it returns there
/// or its error. A crash, an abort or the end of memory in it is an error here,
/// such as "the child process crashed (Segmentation fault)", and nothing more.
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
