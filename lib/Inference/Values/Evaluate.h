//===- Evaluate.h - Values known before running -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Computes what a node's outputs hold where that follows from shapes and from
/// values that are known already. Semantics are exactly those of ONNX (wrapping
/// integers, truncating division, Mod by sign or fmod); what ONNX leaves
/// undefined or refuses (an index out of range, a division by zero) makes an
/// output unknown. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_VALUES_EVALUATE_H
#define ONNX_SPLIT_LIB_INFERENCE_VALUES_EVALUATE_H

#include "onnx-split/Inference/KnownTensor.h"

#include "onnx/onnx_pb.h"

namespace onnx_split {

/// One node of the standard domain and what is known of its operands.
struct NodeValues {
  const onnx::NodeProto &node;
  /// Version of the standard operator set that the model imports.
  int64_t opset;
  /// By operand: its type, null where nothing is known or it is omitted. Shape
  /// and Size read nothing else.
  llvm::ArrayRef<const onnx::TypeProto *> types;
  /// By operand: its elements, null where they are not known or it is omitted.
  llvm::ArrayRef<const KnownTensor *> values;
  /// By operand: false where it is omitted.
  llvm::ArrayRef<bool> present;
  DimSymbols &symbols;
};

/// The outputs' values, one entry for each output of the node; none where
/// nothing is known. A node that ONNX's schema refuses has no values. At most
/// KnownTensor::MaxElements are computed for each output; operands may be
/// larger where only some elements are looked up, but not where all are read.
/// Takes time and memory linear in these elements.
llvm::SmallVector<std::optional<KnownTensor>>
evaluate(const NodeValues &operands);

/// True for operators that `evaluate` knows, for which it is worth preparing
/// the operands.
bool canEvaluate(llvm::StringRef opType);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_VALUES_EVALUATE_H
