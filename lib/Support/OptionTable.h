//===- OptionTable.h - The options that a program shows ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One table of options, which --help, the manual and the completion of shells
/// show each in its own way.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_SUPPORT_OPTIONTABLE_H
#define ONNX_SPLIT_LIB_SUPPORT_OPTIONTABLE_H

#include "onnx-split/Support/CommandLine.h"

#include <string>
#include <vector>

namespace onnx_split {

/// What a shell can offer for a value.
struct ValueKind {
  enum { Other, Choice, File, Folder } is = Other;
  /// Of Choice what there is to choose from; of File the endings without their
  /// dots, none for any file.
  std::vector<std::string> words;
  /// NAME=FILE: the file stands behind a name.
  bool hasName = false;
};

/// By what stands for a value in --help: "a|b" are choices (capitals, as in
/// "a|NAME", are none), CLUSTER.yaml and FILE are files, DIR and FOLDER
/// folders, MODEL a model of any format.
ValueKind classifyValue(llvm::StringRef value);

/// An option as it is shown.
struct OptionRow {
  /// With its dashes, "--dim".
  std::string name;
  /// What stands for its value, "NAME=1"; empty where it takes none.
  llvm::StringRef value;
  bool isValueOptional = false, isRepeatable = false;
  /// Lines of text.
  std::string meaning;

  /// "--dim=<NAME=1>"; also " <DIR>" behind one letter, "[=<TOL>]" where it
  /// need not be there.
  std::string spell() const;
};

/// "--dim", "-o".
std::string dashed(llvm::StringRef name);

OptionRow makeRow(const llvm::cl::Option &option);

/// What stands under one heading.
struct OptionGroup {
  llvm::StringRef name;
  std::vector<OptionRow> rows;
};

/// All that the program shows, as `help` orders it, and those that every
/// program has.
std::vector<OptionGroup> listOptions(const ProgramHelp &help);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_SUPPORT_OPTIONTABLE_H
