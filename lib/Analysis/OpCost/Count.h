//===- Count.h - Saturating count that knows if it is exact -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The integer that every cost formula computes with. Extents come from a file
/// and may be unknown, absurd or contradictory: sums and products of counts
/// never overflow, and remember whether they are exact or lower bounds.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_ANALYSIS_OPCOST_COUNT_H
#define ONNX_SPLIT_LIB_ANALYSIS_OPCOST_COUNT_H

#include <algorithm>
#include <cstdint>
#include <limits>

namespace onnx_split::opcost {

/// A number of things, from 0 to `Limit`. Whatever would pass the limit stays
/// there and is no longer exact.
class Count {
public:
  /// Leaves room for callers to add a few figures without overflow.
  static constexpr int64_t Limit = std::numeric_limits<int64_t>::max() / 4;

  /// A negative number is no count: 0, and not exact.
  constexpr Count(int64_t number = 0)
      : amount(number < 0       ? 0
               : number < Limit ? number
                                : Limit),
        exact(number >= 0 && number <= Limit) {}

  /// A number of which only a lower bound is known.
  static constexpr Count atLeast(int64_t bound) {
    Count count(bound);
    count.exact = false;
    return count;
  }

  constexpr int64_t value() const { return amount; }
  constexpr bool isExact() const { return exact; }

  Count operator+(Count other) const {
    return Count(amount + other.amount).exactIf(exact && other.exact);
  }
  Count operator*(Count other) const {
    int64_t product;
    if (__builtin_mul_overflow(amount, other.amount, &product))
      product = std::numeric_limits<int64_t>::max();
    return Count(product).exactIf(exact && other.exact);
  }
  Count &operator+=(Count other) { return *this = *this + other; }
  Count &operator*=(Count other) { return *this = *this * other; }

  /// This less a constant, never below 0.
  Count minus(int64_t less) const {
    return Count(std::max<int64_t>(amount - less, 0)).exactIf(exact);
  }
  /// This over a constant, rounded up; a divisor below 1 makes no sense.
  Count dividedBy(int64_t divisor) const {
    if (divisor < 1)
      return atLeast(0);
    return Count(amount / divisor + (amount % divisor != 0)).exactIf(exact);
  }
  /// Binary logarithm, rounded up; 0 for 0 and 1. The depth of a sort.
  Count log2() const {
    int64_t bits = 0;
    while (bits < 62 && (int64_t(1) << bits) < amount)
      ++bits;
    return Count(bits).exactIf(exact);
  }

  static Count min(Count a, Count b) {
    return Count(std::min(a.amount, b.amount)).exactIf(a.exact && b.exact);
  }
  static Count max(Count a, Count b) {
    return Count(std::max(a.amount, b.amount)).exactIf(a.exact && b.exact);
  }

private:
  Count exactIf(bool condition) const {
    Count count = *this;
    count.exact &= condition;
    return count;
  }

  int64_t amount;
  bool exact;
};

} // namespace onnx_split::opcost

#endif // ONNX_SPLIT_LIB_ANALYSIS_OPCOST_COUNT_H
