//===- Decimal.cpp - Exact decimal numbers --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Quantity/Decimal.h"

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cassert>

using namespace llvm;
using namespace onnx_split;

/// A stated exponent is clamped to this: far beyond any representable value,
/// and no sum with a count of digits can overflow.
static constexpr int64_t LargestExponent = 1'000'000'000;

std::optional<Decimal> Decimal::consume(StringRef &text) {
  StringRef rest = text;
  StringRef whole = rest.take_while(isDigit);
  rest = rest.drop_front(whole.size());
  StringRef fraction;
  if (rest.starts_with(".")) {
    fraction = rest.drop_front().take_while(isDigit);
    rest = rest.drop_front(1 + fraction.size());
  }
  if (whole.empty() && fraction.empty())
    return std::nullopt;

  Decimal result;
  result.exponent = -static_cast<int64_t>(fraction.size());
  if (rest.starts_with_insensitive("e")) {
    StringRef tail = rest.drop_front();
    bool negative = tail.consume_front("-");
    if (!negative)
      tail.consume_front("+");
    StringRef power = tail.take_while(isDigit);
    // An 'e' without digits belongs to what follows the number.
    if (!power.empty()) {
      int64_t stated = 0;
      if (power.getAsInteger(10, stated) || stated > LargestExponent)
        stated = LargestExponent;
      result.exponent += negative ? -stated : stated;
      rest = tail.drop_front(power.size());
    }
  }

  result.digits = whole;
  result.digits += fraction;
  StringRef stripped = StringRef(result.digits).rtrim('0');
  result.exponent += result.digits.size() - stripped.size();
  stripped = stripped.ltrim('0');
  result.digits = std::string(stripped);
  if (result.digits.empty())
    result.exponent = 0;
  text = rest;
  return result;
}

std::optional<int64_t> Decimal::scale(uint64_t unit, Rounding rounding,
                                      int64_t limit) const {
  assert(unit > 0 && limit >= 1 && "nothing to scale to");
  if (isZero())
    return 0;

  // The value lies in [10^(magnitude - 1), 10^magnitude).
  int64_t magnitude = static_cast<int64_t>(digits.size()) + exponent;
  if (magnitude > 19)
    return std::nullopt;
  // Below 10^-20 the product with any 64-bit unit stays below 1.
  if (magnitude < -20)
    return rounding == Rounding::Up ? 1 : 0;

  // Digits past the 64th are worth less than 10^-40 of any unit here: they
  // only matter for whether there is a remainder.
  StringRef kept = StringRef(digits).take_front(64);
  bool remainder = kept.size() < digits.size();
  int64_t power = exponent + static_cast<int64_t>(digits.size() - kept.size());

  // 64 digits, a 64-bit unit and at most 19 further zeros take 213 + 64 + 64
  // bits; the divisor is at most 10^84, which takes 280.
  constexpr unsigned width = 384;
  APInt value = APInt(width, kept, 10) * APInt(width, unit);
  APInt ten(width, 10);
  if (power >= 0) {
    for (int64_t i = 0; i < power; ++i)
      value *= ten;
  } else {
    APInt divisor(width, 1);
    for (int64_t i = power; i < 0; ++i)
      divisor *= ten;
    APInt rest(width, 0);
    APInt::udivrem(value, divisor, value, rest);
    remainder |= !rest.isZero();
  }
  if (remainder && rounding == Rounding::Up)
    ++value;
  if (value.ugt(static_cast<uint64_t>(limit)))
    return std::nullopt;
  // "Above the limit by less than one" is above it as well.
  if (remainder && rounding == Rounding::Down && value == limit)
    return std::nullopt;
  return static_cast<int64_t>(value.getZExtValue());
}
