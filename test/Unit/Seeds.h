//===- Seeds.h - How many random cases a test takes -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Builds with sanitizers are ten times slower or more, and look at memory, not
/// at results: of each large set of cases they run a 16th.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TEST_UNIT_SEEDS_H
#define ONNX_SPLIT_TEST_UNIT_SEEDS_H

#include <algorithm>
#include <cstdint>

namespace onnx_split::test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr int Thinned = 16;
#else
inline constexpr int Thinned = 1;
#endif

/// The number of cases that is run of `count`: under sanitizers the 16th part,
/// or 25 of a small set.
inline uint64_t thinned(uint64_t count) {
  return std::max(count / Thinned, std::min<uint64_t>(count, 25));
}

/// The seeds of a set of random cases, from 0 on.
class Seeds {
public:
  explicit Seeds(uint64_t count) : number(thinned(count)) {}
  struct Iterator {
    uint64_t seed;
    uint64_t operator*() const { return seed; }
    Iterator &operator++() {
      ++seed;
      return *this;
    }
    bool operator!=(Iterator other) const { return seed != other.seed; }
  };
  Iterator begin() const { return {0}; }
  Iterator end() const { return {number}; }
  uint64_t size() const { return number; }

private:
  uint64_t number;
};
inline Seeds seeds(uint64_t count) { return Seeds(count); }

} // namespace onnx_split::test

#endif // ONNX_SPLIT_TEST_UNIT_SEEDS_H
