//===- Rounding.h - How exactly values can be compared ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The parts may round where the whole model does not: ONNX Runtime has few
/// kernels of its CPU for float16. Between two nodes for which it has none it
/// leaves out the rounding to float16, but what crosses between stages is
/// rounded. So a value can only be compared as exactly as the coarsest type on
/// the way to it rounds.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_ROUNDING_H
#define ONNX_SPLIT_LIB_RUNTIME_ROUNDING_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Runtime/Compare.h"

#include "llvm/ADT/StringMap.h"

namespace onnx_split::runtime {

/// What rounds on the way from a model's inputs to a value.
struct Rounding {
  /// The largest unit roundoff of a floating point type; 0: there is none.
  double unit = 0;
  /// Whole numbers that come from rounding others, with what only moves them.
  bool toWhole = false;
};

/// By the names of the values that nodes of the main graph make.
using Roundings = llvm::StringMap<Rounding>;

/// Looks at every node once. Values must have their types. Constants are the
/// same in whole and parts, so that their types do not count.
Roundings findRoundings(graph::ModelOp model);

/// How far a value with elements of that type may be from what is expected.
///
/// float32: 1e-4, about 1700 units, which is for models whose errors grow, and
/// far below what a wrong tensor makes. float64: 1e-12, about as many of its
/// units. Coarser types: 16 units, which is 0.8 % for float16 and 6 % for
/// bfloat16. There each cut rounds once, by a unit at most. Such errors are
/// independent, so that n of them sum up to about sqrt(n) units (Higham and
/// Mary, "A new approach to probabilistic rounding error analysis", SIAM J.
/// Sci. Comput. 41, 2019); 16 is room for a dozen cuts that nodes behind them
/// amplify four times. Whole numbers must be equal; those that come from
/// rounding may be one step apart, because half a step decides.
Tolerance findTolerance(ONNXTensorElementDataType type,
                        const Rounding &rounding);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_ROUNDING_H
