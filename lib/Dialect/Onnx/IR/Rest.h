//===- Rest.h - What the IR does not model of a message ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The verifiers look at `rest`, because text and bytecode can hold anything
/// there: whoever reads one later relies on it.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_DIALECT_ONNX_IR_REST_H
#define ONNX_SPLIT_LIB_DIALECT_ONNX_IR_REST_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringRef.h"

#include <climits>

namespace onnx_split::graph {

/// True where the bytes are a message of this kind; none are an empty one.
template <typename Proto> bool isMessage(llvm::StringRef rest) {
  return rest.size() <= INT_MAX &&
         Proto().ParseFromArray(rest.data(), static_cast<int>(rest.size()));
}

} // namespace onnx_split::graph

#endif // ONNX_SPLIT_LIB_DIALECT_ONNX_IR_REST_H
