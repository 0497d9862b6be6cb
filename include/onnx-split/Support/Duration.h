//===- Duration.h - Times on command lines ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_DURATION_H
#define ONNX_SPLIT_SUPPORT_DURATION_H

#include "llvm/ADT/StringRef.h"

namespace onnx_split {

/// A time such as 10s, 500ms or 2min, in seconds; 0 where it is malformed, not
/// positive, or a million of its units or more.
double parseDuration(llvm::StringRef text);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_DURATION_H
