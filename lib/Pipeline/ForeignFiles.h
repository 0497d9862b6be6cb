//===- ForeignFiles.h - What in a folder is not ours ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PIPELINE_FOREIGNFILES_H
#define ONNX_SPLIT_LIB_PIPELINE_FOREIGNFILES_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace onnx_split {

/// Why the folder may hold something that no run of this program has written: a
/// clause with names, or nothing where its plan.json accounts for all in it. A
/// folder without anything in it is nobody's.
std::string describeForeign(llvm::StringRef folder);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_PIPELINE_FOREIGNFILES_H
