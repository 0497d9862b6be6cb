//===- Completion.h - A program's options for shells ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Scripts by which shells complete a program's options, their values where
/// those are choices, and files and folders elsewhere. None needs more than the
/// shell.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_SUPPORT_COMPLETION_H
#define ONNX_SPLIT_LIB_SUPPORT_COMPLETION_H

#include "onnx-split/Support/CommandLine.h"

#include "llvm/Support/raw_ostream.h"

namespace onnx_split {

/// Writes the script for "bash", "zsh" or "fish"; false for any other shell.
bool printCompletion(const ProgramHelp &help, llvm::StringRef program,
                     llvm::StringRef shell, llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_SUPPORT_COMPLETION_H
