//===- Rational.cpp - Exact fractions of bounded size ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rational.h"

#include <limits>
#include <utility>

using namespace onnx_split;

/// Products of two int64 and sums of two such products fit in Wide, so that
/// only here something can be too large.
std::optional<Rational> Rational::reduce(Wide numerator, Wide denominator) {
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  if (denominator != 1) {
    Wide divisor = numerator < 0 ? -numerator : numerator;
    for (Wide rest = denominator; rest != 0;)
      divisor = std::exchange(rest, divisor % rest);
    numerator /= divisor;
    denominator /= divisor;
  }
  constexpr Wide max = std::numeric_limits<int64_t>::max();
  if (numerator < -max - 1 || numerator > max || denominator > max)
    return std::nullopt;
  Rational result(static_cast<int64_t>(numerator));
  result.denominator = static_cast<int64_t>(denominator);
  return result;
}

std::optional<Rational> Rational::plus(Rational other) const {
  return reduce(Wide(numerator) * other.denominator +
                    Wide(other.numerator) * denominator,
                Wide(denominator) * other.denominator);
}

std::optional<Rational> Rational::minus(Rational other) const {
  return reduce(Wide(numerator) * other.denominator -
                    Wide(other.numerator) * denominator,
                Wide(denominator) * other.denominator);
}

std::optional<Rational> Rational::times(Rational other) const {
  return reduce(Wide(numerator) * other.numerator,
                Wide(denominator) * other.denominator);
}

std::optional<Rational> Rational::over(Rational other) const {
  if (other.isZero())
    return std::nullopt;
  return reduce(Wide(numerator) * other.denominator,
                Wide(denominator) * other.numerator);
}

std::optional<Rational> Rational::negated() const {
  return reduce(-Wide(numerator), denominator);
}

Rational Rational::floor() const {
  int64_t quotient = numerator / denominator;
  return quotient - (numerator % denominator < 0);
}

Rational Rational::ceil() const {
  return isWhole() ? *this : Rational(floor().whole() + 1);
}

Rational Rational::truncate() const { return numerator / denominator; }

Rational Rational::round() const {
  int64_t below = floor().whole();
  // Twice the distance to `below`, in units of 1 / denominator.
  Wide distance = 2 * (Wide(numerator) - Wide(below) * denominator);
  bool isUp =
      distance > denominator || (distance == denominator && below % 2 != 0);
  return below + isUp;
}

bool onnx_split::operator<(Rational a, Rational b) {
  using Wide = Rational::Wide;
  return Wide(a.numerator) * b.denominator < Wide(b.numerator) * a.denominator;
}
