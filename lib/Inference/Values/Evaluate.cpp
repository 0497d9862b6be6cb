//===- Evaluate.cpp - Values of nodes that are known before running -------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Evaluate.h"

using namespace onnx_split;

bool onnx_split::canEvaluate(llvm::StringRef opType) { return false; }

llvm::SmallVector<std::optional<KnownTensor>>
onnx_split::evaluate(const NodeValues &operands) {
  return llvm::SmallVector<std::optional<KnownTensor>>(
      operands.node.output_size());
}
