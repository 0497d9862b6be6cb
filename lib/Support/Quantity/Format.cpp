//===- Format.cpp - Quantities for people ---------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Quantity/Format.h"

#include "Prefixes.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>
#include <cstdio>

using namespace llvm;
using namespace onnx_split;

namespace {
struct Scale {
  uint64_t size;
  StringLiteral unit;
};
} // namespace

/// Rounds value / size half up to `decimals` places, as the integer
/// value / size * 10^decimals. Long division, so that nothing overflows for
/// sizes up to 2^60.
static uint64_t divide(uint64_t value, uint64_t size, unsigned decimals) {
  uint64_t result = value / size;
  uint64_t rest = value % size;
  for (unsigned i = 0; i < decimals; ++i) {
    rest *= 10;
    result = result * 10 + rest / size;
    rest %= size;
  }
  return result + (rest >= size - rest ? 1 : 0);
}

/// `scales` starts with size 1 and ascends.
static std::string format(int64_t signedValue, ArrayRef<Scale> scales) {
  // The negation as unsigned holds for the smallest value too.
  bool negative = signedValue < 0;
  uint64_t value = static_cast<uint64_t>(signedValue);
  if (negative)
    value = 0 - value;

  size_t index = 0;
  while (index + 1 < scales.size() && value >= scales[index + 1].size)
    ++index;

  std::string digits;
  if (index == 0) {
    digits = std::to_string(value);
  } else {
    // Rounding may carry into the next scale: 999'950 is "1.00 M", not
    // "1000 k".
    if (index + 1 < scales.size() &&
        divide(value, scales[index].size, 0) * scales[index].size >=
            scales[index + 1].size)
      ++index;
    uint64_t size = scales[index].size;
    unsigned decimals = 2;
    uint64_t rounded = divide(value, size, decimals);
    // A figure that needs four digits at this precision has one too many.
    while (decimals > 0 && rounded >= 1000)
      rounded = divide(value, size, --decimals);
    digits = std::to_string(rounded);
    if (decimals > 0)
      digits.insert(digits.size() - decimals, ".");
  }

  std::string result = negative ? "-" : "";
  result += digits;
  if (!scales[index].unit.empty()) {
    result += ' ';
    result += scales[index].unit;
  }
  return result;
}

std::string onnx_split::formatBytes(int64_t bytes, ByteUnits units) {
  static constexpr Scale decimal[] = {{1, "B"},     {K, "kB"}, {M, "MB"},
                                      {G, "GB"},    {T, "TB"}, {P, "PB"},
                                      {P * K, "EB"}};
  static constexpr Scale binary[] = {{1, "B"},
                                     {1ull << 10, "KiB"},
                                     {1ull << 20, "MiB"},
                                     {1ull << 30, "GiB"},
                                     {1ull << 40, "TiB"},
                                     {1ull << 50, "PiB"},
                                     {1ull << 60, "EiB"}};
  return units == ByteUnits::Si ? format(bytes, decimal)
                                : format(bytes, binary);
}

std::string onnx_split::formatTime(int64_t nanoseconds) {
  static constexpr Scale scales[] = {{1, "ns"}, {K, "us"}, {M, "ms"}, {G, "s"}};
  return format(nanoseconds, scales);
}

std::string onnx_split::formatRate(int64_t nanoseconds) {
  double rate = 1e9 / static_cast<double>(std::max<int64_t>(1, nanoseconds));
  char text[64];
  std::snprintf(text, sizeof text, rate < 10 ? "%.3g items/s" : "%.1f items/s",
                rate);
  return text;
}

std::string onnx_split::formatBitRate(int64_t bitsPerSecond) {
  static constexpr Scale scales[] = {
      {1, "bit/s"},  {K, "kbit/s"}, {M, "Mbit/s"},    {G, "Gbit/s"},
      {T, "Tbit/s"}, {P, "Pbit/s"}, {P * K, "Ebit/s"}};
  return format(bitsPerSecond, scales);
}

std::string onnx_split::formatCount(int64_t count) {
  static constexpr Scale scales[] = {{1, ""},  {K, "k"}, {M, "M"},    {G, "G"},
                                     {T, "T"}, {P, "P"}, {P * K, "E"}};
  return format(count, scales);
}
