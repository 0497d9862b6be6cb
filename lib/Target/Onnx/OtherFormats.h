//===- OtherFormats.h - What is no ONNX model -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Files that bear the name of a model and are something else.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_TARGET_ONNX_OTHERFORMATS_H
#define ONNX_SPLIT_LIB_TARGET_ONNX_OTHERFORMATS_H

#include "llvm/ADT/StringRef.h"

namespace onnx_split {

/// What a file that begins with the bytes is, and what to do, as "a zip
/// archive: ..."; empty where that is not known.
llvm::StringRef describeOtherFormat(llvm::StringRef bytes);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_TARGET_ONNX_OTHERFORMATS_H
