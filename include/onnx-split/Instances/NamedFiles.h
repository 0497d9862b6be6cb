//===- NamedFiles.h - A file for each instance ------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a run leaves for each instance: files that are called after them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_NAMEDFILES_H
#define ONNX_SPLIT_INSTANCES_NAMEDFILES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace onnx_split::instances {

/// Writes files into one folder, which the first of them creates. Files of
/// these names are replaced.
class NamedFiles {
public:
  /// No folder: nothing is written. `ending` begins with a dot.
  NamedFiles(std::string folderName, std::string fileEnding)
      : folder(std::move(folderName)), ending(std::move(fileEnding)) {}

  /// Writes the file of an instance. What a file name cannot hold everywhere is
  /// an underscore in it, and a second file of one name has a number. Reports
  /// to standard error, and returns false, where that fails.
  bool write(llvm::StringRef instance,
             llvm::function_ref<void(llvm::raw_ostream &)> content);

private:
  std::string folder, ending;
  /// In lower case, for file systems that make no difference.
  llvm::StringSet<> taken;
};

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_NAMEDFILES_H
