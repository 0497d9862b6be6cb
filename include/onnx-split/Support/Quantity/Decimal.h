//===- Decimal.h - Exact decimal numbers ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A decimal number as it is written, scaled to an integer without ever being
/// a binary fraction.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_QUANTITY_DECIMAL_H
#define ONNX_SPLIT_SUPPORT_QUANTITY_DECIMAL_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace onnx_split {

/// Where a number goes that is between two integers.
enum class Rounding { Down, Up };

/// digits * 10^exponent, never negative.
class Decimal {
public:
  /// Reads the longest "digits[.digits][e[+-]digits]" at the start of `text`
  /// and leaves the rest in it; none if there is no number of that form.
  static std::optional<Decimal> consume(llvm::StringRef &text);

  bool isZero() const { return digits.empty(); }

  /// The value times `unit`, rounded to an integer; none if that is above
  /// `limit`. Time and memory do not depend on the exponent.
  std::optional<int64_t> scale(uint64_t unit, Rounding rounding,
                               int64_t limit) const;

private:
  /// Without leading or trailing zeros; empty for 0.
  llvm::SmallString<24> digits;
  int64_t exponent = 0;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_QUANTITY_DECIMAL_H
