//===- Csv.h - Fields of CSV rows -------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INSTANCES_CSV_H
#define ONNX_SPLIT_LIB_INSTANCES_CSV_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace onnx_split::instances {

/// A field of a CSV row, in quotes where it needs them (RFC 4180).
std::string csvField(llvm::StringRef text);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_LIB_INSTANCES_CSV_H
