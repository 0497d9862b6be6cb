//===- OptionErrors.h - What LLVM finds wrong with options ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LLVM's parsers of options write what is wrong to standard error themselves,
/// in words for programmers, and without what would be right.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_SUPPORT_OPTIONERRORS_H
#define ONNX_SPLIT_LIB_SUPPORT_OPTIONERRORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace onnx_split {

/// An argument that belongs to no option.
struct FreeArgument {
  llvm::StringRef text;
  /// The option in front of it that may have a value, and has none.
  llvm::StringRef option;
};

/// Names the argument that was not expected.
std::string describeTooMany(llvm::ArrayRef<FreeArgument> free);

/// All that `work` writes to standard error.
std::string captureErrors(llvm::function_ref<void()> work);

/// LLVM's messages as those of the program, a line each. `usage` is what to
/// type.
std::string rewordErrors(llvm::StringRef text, llvm::StringRef program,
                         llvm::StringRef usage,
                         llvm::ArrayRef<FreeArgument> free);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_SUPPORT_OPTIONERRORS_H
