//===- CommandLine.h - What all programs say of their options ---*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LLVM's command lines, where libraries register dozens of options of their
/// own: --help shows those of the program in groups, and a wrong one is
/// compared with these alone.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_COMMANDLINE_H
#define ONNX_SPLIT_SUPPORT_COMMANDLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/CommandLine.h"

#include <optional>

namespace onnx_split {

/// What a program says of itself beside its options.
struct ProgramHelp {
  /// "onnx-split MODEL --devices CLUSTER.yaml [options]", and a sentence.
  llvm::StringRef usage, purpose;
  /// Of its own options, in this order, by the names of the categories.
  llvm::ArrayRef<llvm::cl::OptionCategory *> groups;
  /// A line each; and "0 done; 1 ...".
  llvm::ArrayRef<llvm::StringRef> examples;
  llvm::StringRef statuses;
  /// What people type for an option that is called otherwise here.
  llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> synonyms = {};
};

/// Reads the command line into the options that are registered. Returns the
/// status to end with where it asks for help, or is wrong in a way that ends
/// the program; nothing where all is well. `--help` prints the program's own
/// options, `--help-mlir` all of them, no argument the usage.
std::optional<int> readCommandLine(int argc, char **argv,
                                   const ProgramHelp &help);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_COMMANDLINE_H
