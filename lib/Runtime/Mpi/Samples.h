//===- Samples.h - Figures of many items ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_SAMPLES_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_SAMPLES_H

#include "llvm/ADT/ArrayRef.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace onnx_split::runtime {

/// The mean of all, and the median of the last few thousand, in memory that
/// does not grow.
class Samples {
public:
  Samples() { last.reserve(Kept); }
  void add(int64_t value) {
    if (last.size() < Kept)
      last.push_back(value);
    else
      last[count % Kept] = value;
    sum += value;
    ++count;
  }
  void clear() {
    last.clear();
    sum = count = 0;
  }
  int64_t getCount() const { return count; }
  int64_t getMean() const { return count ? sum / count : 0; }
  int64_t getMedian() const {
    std::vector<int64_t> sorted = last;
    if (sorted.empty())
      return 0;
    auto middle = sorted.begin() + sorted.size() / 2;
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }

private:
  static constexpr size_t Kept = 4096;
  std::vector<int64_t> last;
  int64_t sum = 0, count = 0;
};

/// The value that `percent` of the sorted values do not pass.
inline int64_t percentile(llvm::ArrayRef<int64_t> sorted, double percent) {
  if (sorted.empty())
    return 0;
  auto index = size_t(std::llround(percent / 100 * double(sorted.size() - 1)));
  return sorted[std::min(index, sorted.size() - 1)];
}

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_SAMPLES_H
