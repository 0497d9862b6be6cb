//===- Rational.h - Exact fractions of bounded size -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Fractions of two int64 in lowest terms. Every operation either is exact or
/// says that its result does not fit.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_RATIONAL_H
#define ONNX_SPLIT_LIB_INFERENCE_RATIONAL_H

#include <cstdint>
#include <optional>

namespace onnx_split {

class Rational {
public:
  Rational(int64_t value = 0) : numerator(value), denominator(1) {}

  bool isZero() const { return numerator == 0; }
  bool isWhole() const { return denominator == 1; }
  /// The value of a whole one.
  int64_t whole() const { return numerator; }

  /// None where numerator or denominator pass int64, or the divisor is 0.
  std::optional<Rational> plus(Rational other) const;
  std::optional<Rational> minus(Rational other) const;
  std::optional<Rational> times(Rational other) const;
  std::optional<Rational> over(Rational other) const;
  std::optional<Rational> negated() const;

  /// The nearest whole number below or above, towards zero, and the nearest
  /// one at all, halves to the even one. They always fit: what is not whole is
  /// at most half as large as int64 allows.
  Rational floor() const;
  Rational ceil() const;
  Rational truncate() const;
  Rational round() const;

  friend bool operator<(Rational a, Rational b);

private:
  __extension__ using Wide = __int128;
  static std::optional<Rational> reduce(Wide numerator, Wide denominator);

  /// The denominator is positive; the two have no common factor.
  int64_t numerator, denominator;
};

bool operator<(Rational a, Rational b);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_RATIONAL_H
