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

/// How far a value may be from the one that is expected, by the larger of two.
struct Tolerance {
  /// Of the largest absolute value that is expected.
  double relative = 1e-4;
  /// In itself; for whole numbers, this many steps.
  double absolute = 0;
};

/// Why comparing a value says little.
enum class Vacuity { None, Empty, NaN, Infinite, NotFinite, Constant };

/// How far a value is from the one that is expected.
struct Difference {
  /// Why the two cannot be compared element by element; empty where they can.
  std::string mismatch;
  /// The largest absolute difference of two elements, and that relative to the
  /// largest absolute value that is expected. Two NaN, or two equal infinities,
  /// do not differ; one of them and another value differ without limit.
  double absolute = 0, relative = 0;
  /// The largest finite absolute value that is expected.
  double largest = 0;
  /// Every bit is the same.
  bool identical = true;
  /// A single element is not constant, and all that is empty is just that.
  Vacuity vacuity = Vacuity::None;

  bool isWithin(const Tolerance &tolerance) const {
    return mismatch.empty() &&
           (relative <= tolerance.relative || absolute <= tolerance.absolute);
  }
};

/// Compares tensors, and sequences and optionals of them.
Difference compare(const Ort::Value &expected, const Ort::Value &actual);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_COMPARE_H
