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

class DimExpressionReader;

/// Why an expression has no value.
enum class DimFault : uint8_t {
  None,
  /// A term has no value.
  OpenTerm,
  DivisionByZero,
  /// `/` leaves a remainder that nothing rounds away.
  NotWhole,
  /// A number, a result or a part of a fraction passes the range of int64.
  TooLarge
};

/// A name of a dimension, taken apart. A name that is no expression is one
/// term. Brackets and powers may be nested MaxDepth deep and a name may have
/// MaxLength bytes; more is one term.
///
/// Operators are those of Python, from weak to strong: `+ -`, `* / // %`,
/// signs, `**`. Terms are letters, digits, `_` and `.`; bytes beyond ASCII are
/// letters. Calls are those that PyTorch and SymPy write (DimExpression.cpp has
/// the table). Arithmetic is exact: `/` makes a fraction, `//`, `%` and Mod go
/// by the floor.
class DimExpression {
public:
  static constexpr unsigned MaxDepth = 64;
  static constexpr size_t MaxLength = 4096;
  /// Of `**`: what is larger overflows for every base but 0, 1 and -1.
  static constexpr int64_t MaxExponent = 64;

  explicit DimExpression(llvm::StringRef name);

  /// The names that stand in it, each once, in the order of the text. Empty for
  /// a plain number.
  const std::vector<std::string> &terms() const { return names; }
  /// True where it is more than one name: operators, calls or a number.
  bool isCompound() const { return compound; }

  /// The value for values of the terms; none where there is none, and `fault`,
  /// if given, says why. May be negative, which is no extent. Takes time in
  /// proportion to the name's length.
  std::optional<int64_t>
  evaluate(llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> valueOf,
           DimFault *fault = nullptr) const;

  /// True where both are one expression, however spaced and bracketed.
  friend bool operator==(const DimExpression &a, const DimExpression &b);

private:
  friend class DimExpressionReader;

  enum class Op : uint8_t {
    Number,
    /// A number that int64 cannot hold.
    HugeNumber,
    Term,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    CeilDivide,
    Modulo,
    Power,
    Negate,
    Absolute,
    Floor,
    Ceil,
    Truncate,
    Round,
    Minimum,
    Maximum,
    /// Calls that change nothing.
    Same
  };
  /// One step of a stack machine. `operand` is the value of a Number, the index
  /// of a Term's name, and the number of arguments of a Minimum or Maximum.
  struct Step {
    Op op;
    int64_t operand;
  };
  class Machine;

  std::vector<std::string> names;
  std::vector<Step> steps;
  bool compound = false;
};

bool operator==(const DimExpression &a, const DimExpression &b);

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_DIMEXPRESSION_H
