//===- OutputFolder.h - A folder that is complete or not there -*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The output folder is filled under a temporary name beside its final one, and
/// takes that at the end in one step: whenever the program ends, also by a
/// signal that cannot be caught, under the final name is what was there before
/// or everything that is new.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PIPELINE_OUTPUTFOLDER_H
#define ONNX_SPLIT_LIB_PIPELINE_OUTPUTFOLDER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <system_error>

namespace onnx_split {

class OutputFolder {
public:
  OutputFolder() = default;
  OutputFolder(const OutputFolder &) = delete;
  OutputFolder &operator=(const OutputFolder &) = delete;
  /// Removes the folder unless it was kept.
  ~OutputFolder();

  /// Creates it beside `folder`, as `<folder>.<8 digits>.partial`. First
  /// removes such folders of runs that were killed; one that a program is still
  /// writing is locked and stays.
  std::error_code create(llvm::StringRef folder);

  std::string pathOf(llvm::StringRef file) const;

  /// Gives it the name `folder`. A folder of that name is an error without
  /// `mayRemove`, which is asked once it has changed places with this one, so
  /// that nothing more gets into it: it is then removed, or changes back.
  std::error_code
  keepAs(llvm::StringRef folder,
         llvm::function_ref<bool(llvm::StringRef replaced)> mayRemove);

  /// True after Ctrl-C or another signal that asks the program to end, while
  /// the folder is not yet kept.
  bool isInterrupted() const;

private:
  std::string name;
  /// Keeps the lock.
  int descriptor = -1;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_PIPELINE_OUTPUTFOLDER_H
