//===- Digest.h - SHA-256 of texts ------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_DIGEST_H
#define ONNX_SPLIT_SUPPORT_DIGEST_H

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

namespace onnx_split {

/// SHA-256 in small hexadecimal digits, as plan.json has it.
inline std::string getDigest(llvm::StringRef text) {
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(text)),
                     /*LowerCase=*/true);
}

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_DIGEST_H
