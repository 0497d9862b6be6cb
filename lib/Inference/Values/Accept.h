//===- Accept.h - Nodes that ONNX accepts -----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_VALUES_ACCEPT_H
#define ONNX_SPLIT_LIB_INFERENCE_VALUES_ACCEPT_H

#include "Evaluate.h"

namespace onnx_split::values {

/// True where ONNX's schema for the operator set has the operator, the number
/// of its operands and results, its attributes and their kinds, and the element
/// types of the operands that are known. A node whose attribute refers to one
/// of a function is not accepted.
bool isAccepted(const NodeValues &operands);

} // namespace onnx_split::values

#endif // ONNX_SPLIT_LIB_INFERENCE_VALUES_ACCEPT_H
