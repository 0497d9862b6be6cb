//===- UnknownOperators.h - Operators that nobody defines -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A misspelled operator of a known operator set, or one that the imported
/// version does not have, has results of unknown types, like a custom one; but
/// nobody meant it.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_UNKNOWNOPERATORS_H
#define ONNX_SPLIT_INFERENCE_UNKNOWNOPERATORS_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

namespace onnx_split {

/// Warns of operators that the operator sets of ONNX and ONNX Runtime do not
/// have, once for each operator, at its first node: in the main graph, in
/// bodies, and in functions that are called. Nodes that call a function of the
/// model are fine, whatever their domain.
void warnAboutUnknownOperators(graph::ModelOp model);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_UNKNOWNOPERATORS_H
