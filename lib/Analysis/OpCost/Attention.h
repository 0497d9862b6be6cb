//===- Attention.h - What all forms of attention count ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Attention of Hq query heads over S keys, past ones included, is two matrix
/// products around a softmax: B * Hq * Sq * S * (Dk + Dv)
/// multiply-accumulates. Masks, causal or not, and windows do not reduce the
/// count: which scores a kernel skips is its own affair. Sharing of key heads
/// saves bytes, not multiplications.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_ANALYSIS_OPCOST_ATTENTION_H
#define ONNX_SPLIT_LIB_ANALYSIS_OPCOST_ATTENTION_H

#include "Estimate.h"

namespace onnx_split::opcost {

/// The extents of one attention.
struct AttentionShape {
  Count batch = 1, heads = 1, queries = 1, keys = 1, headSize = 1,
        valueHeadSize = 1;

  Count scores() const { return batch * heads * queries * keys; }
};

/// Results per rotated element: four products and two sums per pair.
inline constexpr int64_t RotateOps = 3;

/// The two products, the scale, the softmax, and what else is set. `masked`:
/// something is added to the scores.
void addAttention(Estimate &estimate, const AttentionShape &shape, bool masked);

/// A count over a number of heads that an attribute gives.
Count perHead(Estimate &estimate, Count count, int64_t heads);

} // namespace onnx_split::opcost

#endif // ONNX_SPLIT_LIB_ANALYSIS_OPCOST_ATTENTION_H
