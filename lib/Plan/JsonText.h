//===- JsonText.h - Text that JSON can hold ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLAN_JSONTEXT_H
#define ONNX_SPLIT_LIB_PLAN_JSONTEXT_H

#include "llvm/Support/JSON.h"

namespace onnx_split {

/// Names from models and cluster files should be UTF-8, and need not be.
inline std::string toJsonText(llvm::StringRef text) {
  return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
}

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_PLAN_JSONTEXT_H
