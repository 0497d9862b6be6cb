//===- Compare.h - How far two values are apart -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_COMPARE_H
#define ONNX_SPLIT_RUNTIME_COMPARE_H

#include "onnx-split/Runtime/Session.h"

namespace onnx_split::runtime {

/// How far a value is from the one that is expected.
struct Difference {
  /// Why the two cannot be compared element by element; empty where they can.
  std::string mismatch;
  /// The largest absolute difference of two elements, and that relative to the
  /// largest absolute value that is expected. Two NaN, or two equal infinities,
  /// do not differ; one of them and another value differ without limit.
  double absolute = 0, relative = 0;
  /// False where all that is expected is one value, so that a comparison says
  /// little.
  bool varies = false;

  bool isWithin(double tolerance) const {
    return mismatch.empty() && relative <= tolerance;
  }
};

/// Compares tensors, and sequences and optionals of them.
Difference compare(const Ort::Value &expected, const Ort::Value &actual);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_COMPARE_H
