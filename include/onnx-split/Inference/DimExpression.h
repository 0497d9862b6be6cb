//===- DimExpression.h - Names of dimensions as expressions -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Exporters name dimensions by sums, quotients and calls: `past + sequence`,
/// `s0//2`, `2*s0`, `Min(512, seq)`, `floor(s0/2 + 1)`, `ceiling(...)`. Given
/// the terms, such a name has a value.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INFERENCE_DIMEXPRESSION_H
#define ONNX_SPLIT_INFERENCE_DIMEXPRESSION_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace onnx_split {

/// A name of a dimension, taken apart. A name that is no expression is one
/// term. Brackets may be nested MaxDepth deep and a name may have MaxLength
/// bytes; more is one term.
class DimExpression {
public:
  static constexpr unsigned MaxDepth = 64;
  static constexpr size_t MaxLength = 4096;

  explicit DimExpression(llvm::StringRef name);

  /// The names that stand in it, each once, in the order of the text. Empty for
  /// a plain number.
  const std::vector<std::string> &terms() const { return names; }
  /// True where it is more than one name: operators, calls or a number.
  bool isCompound() const;

  /// The value for values of the terms; none where a term has none, `/` leaves a
  /// remainder, something is divided by zero, or a result passes the range of
  /// int64. May be negative, which is no extent.
  std::optional<int64_t> evaluate(
      llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> valueOf)
      const;

private:
  struct Step;
  std::vector<std::string> names;
  std::vector<Step> steps;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_DIMEXPRESSION_H
