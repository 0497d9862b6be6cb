//===- Manual.h - A program's manual page -----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What --help says, for `man`.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_SUPPORT_MANUAL_H
#define ONNX_SPLIT_LIB_SUPPORT_MANUAL_H

#include "onnx-split/Support/CommandLine.h"

#include "llvm/Support/raw_ostream.h"

namespace onnx_split {

/// Writes a page of section 1 in the macros of man(7).
void printManual(const ProgramHelp &help, llvm::StringRef program,
                 llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_SUPPORT_MANUAL_H
