//===- Between.h - Thresholds between two bounds ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where searches that bisect a bottleneck ask next.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_BETWEEN_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_BETWEEN_H

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace onnx_split::placement {

/// A threshold below `high` that lies between the two at this share of the way,
/// by ratio as long as they are far apart.
inline int64_t between(int64_t low, int64_t high, double share) {
  double first = static_cast<double>(std::max<int64_t>(low, 1));
  double gap = static_cast<double>(high) - first, middle = first + gap * share;
  if (high / 4 > low)
    middle = first * std::pow(static_cast<double>(high) / first, share);
  // The comparison also keeps the conversion within range.
  if (middle >= static_cast<double>(high))
    return high - 1;
  return std::min(high - 1, std::max(low, static_cast<int64_t>(middle)));
}

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_BETWEEN_H
