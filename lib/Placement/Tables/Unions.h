//===- Unions.h - Sets that merge -------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Union-find: each set is known by its smallest member.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_UNIONS_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_UNIONS_H

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace onnx_split::placement {

class Unions {
public:
  explicit Unions(size_t size) : parent(size) {
    std::iota(parent.begin(), parent.end(), 0);
  }
  /// Nearly constant time, by halving the path.
  int32_t find(int32_t i) {
    while (parent[i] != i)
      i = parent[i] = parent[parent[i]];
    return i;
  }
  void merge(int32_t a, int32_t b) {
    a = find(a);
    b = find(b);
    parent[std::max(a, b)] = std::min(a, b);
  }

private:
  std::vector<int32_t> parent;
};

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_UNIONS_H
