//===- Wide.h - Sums that cannot overflow -----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Sums of 64-bit figures in 128 bits: prefix sums are subtracted from each
/// other, so they must not saturate on the way.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_WIDE_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_WIDE_H

#include "onnx-split/Placement/Problem.h"

#include <algorithm>

namespace onnx_split::placement {

using Wide = __int128;

/// The figure, or Unlimited where it passes the range.
inline int64_t saturate(Wide figure) {
  return figure >= Unlimited ? Unlimited : static_cast<int64_t>(figure);
}

/// Largest value of any range of a fixed array in constant time, after
/// O(n log n) preparation (sparse table).
template <typename T> class RangeMax {
public:
  RangeMax() = default;
  explicit RangeMax(std::vector<T> values) {
    rows.push_back(std::move(values));
    for (size_t width = 1; 2 * width <= rows[0].size(); width *= 2) {
      const std::vector<T> &below = rows.back();
      std::vector<T> row(rows[0].size() - 2 * width + 1);
      for (size_t i = 0; i < row.size(); ++i)
        row[i] = std::max(below[i], below[i + width]);
      rows.push_back(std::move(row));
    }
  }

  /// Over [begin, end), which must not be empty.
  T operator()(int32_t begin, int32_t end) const {
    int level = 31 - __builtin_clz(static_cast<unsigned>(end - begin));
    const std::vector<T> &row = rows[level];
    return std::max(row[begin], row[end - (1 << level)]);
  }

private:
  /// rows[l][i]: over the 2^l values from i.
  std::vector<std::vector<T>> rows;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_WIDE_H
