//===- Reach.h - What tasks lead to -----------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Pairs of tasks of which one must run before the other one.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_REACH_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_REACH_H

#include "onnx-split/Placement/Problem.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace onnx_split::placement {

/// Calls `visit(a, b)` for each two tasks of which a leads to b, and for each
/// task with itself, until `isOver`. O(tasks readers / 64 + pairs).
template <typename Visit, typename IsOver>
void forEachPairInOrder(const Problem &p, Visit visit, IsOver isOver) {
  size_t n = p.tasks.size();
  std::vector<std::pair<int32_t, int32_t>> byReader;
  for (const Tensor &tensor : p.tensors)
    if (tensor.producer != None)
      for (int32_t reader : tensor.consumers)
        byReader.push_back({reader, tensor.producer});
  std::sort(byReader.begin(), byReader.end());
  // By task, which of so many at once lead to it.
  constexpr size_t atOnce = 64;
  std::vector<uint64_t> before(n);
  for (size_t begin = 0; begin < n && !isOver(); begin += atOnce) {
    std::fill(before.begin(), before.end(), 0);
    for (size_t t = begin; t < std::min(n, begin + atOnce); ++t)
      before[t] = uint64_t(1) << (t - begin);
    for (auto [reader, maker] : byReader)
      before[reader] |= before[maker];
    for (size_t t = begin; t < n; ++t)
      for (uint64_t left = before[t]; left; left &= left - 1)
        visit(begin + static_cast<size_t>(__builtin_ctzll(left)), t);
  }
}

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_REACH_H
