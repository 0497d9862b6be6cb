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
#include <string>
#include <utility>
#include <vector>

namespace onnx_split {

/// Options that LLVM knows as values of a single one, such as passes.
struct HelpGroup {
  llvm::StringRef name;
  /// "onnx-infer-types", and what it does.
  std::vector<std::pair<std::string, std::string>> entries;
};

/// What a program says of itself beside its options.
struct ProgramHelp {
  /// "onnx-split MODEL --devices CLUSTER.yaml [options]", and a sentence.
  llvm::StringRef usage, purpose;
  /// What its arguments without an option are, as in `usage`: "MODEL", "FILE",
  /// "PLAN.json"; shells complete them by that.
  llvm::StringRef file;
  /// Of its own options, in this order: those without a category of LLVM, then
  /// the others by the names of the categories.
  std::vector<HelpGroup> values = {};
  llvm::ArrayRef<llvm::cl::OptionCategory *> groups = {};
  /// One of `values` must be among the arguments.
  bool needsValue = false;
  /// A line each; and "0 done; 1 ...".
  llvm::ArrayRef<llvm::StringRef> examples;
  llvm::StringRef statuses;
  /// What people type for an option that is called otherwise here.
  llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> synonyms = {};
  /// Options that nobody has registered yet when the command line is looked at,
  /// with "=" behind those that need a value.
  llvm::ArrayRef<llvm::StringRef> later = {};
  /// It takes one file, and without an argument reads standard input, unless
  /// that is a terminal.
  bool readsStandardInput = false;
  /// The ending of files that belong to another program, and what that is:
  /// ".onnx", and "is an ONNX model; ...".
  std::pair<llvm::StringRef, llvm::StringRef> refused = {};
  /// Lines of --version below those of the program and LLVM.
  std::string versions = {};
};

/// Looks at a command line that MLIR's tools will read. Returns the status to
/// end with where it asks for help, or names an option that there is not;
/// otherwise nothing. `--help` prints the program's own options, no argument
/// the usage; `--help-mlir` becomes the `--help` of LLVM, which lists all.
/// `--print-man` and `--print-completion=bash|zsh|fish`, which no help shows,
/// print what the build installs.
std::optional<int> answerCommandLine(int argc, char **argv,
                                     const ProgramHelp &help);

/// The same, and reads it into the options that are registered; what is wrong
/// with their values ends the program.
std::optional<int> readCommandLine(int argc, char **argv,
                                   const ProgramHelp &help);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_COMMANDLINE_H
