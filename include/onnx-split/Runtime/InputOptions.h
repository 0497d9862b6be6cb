//===- InputOptions.h - What a model is to be fed with ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_INPUTOPTIONS_H
#define ONNX_SPLIT_RUNTIME_INPUTOPTIONS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace onnx_split::runtime {

/// Name and path of `NAME=FILE`: a name may hold an `=`, a path may not.
/// Without an `=`, the path is empty.
inline std::pair<llvm::StringRef, llvm::StringRef>
splitNameAndFile(llvm::StringRef text) {
  return text.rsplit('=');
}

/// The whole numbers that an input takes, from the first to the last.
struct InputRange {
  int64_t low = 0, high = 3;
};
using InputRanges = std::map<std::string, InputRange, std::less<>>;

/// What goes into inputs that nothing else gives, in the order in which they
/// are tried. Whole numbers and truth values stay within their ranges.
enum class Filling {
  /// All by the seed.
  Random,
  /// Whole numbers and truth values are 0, or 1; others by the seed.
  WholeZeros,
  WholeOnes,
  /// All are 0, or 1.
  Zeros,
  Ones
};

/// Where the values of inputs come from; what nothing names is filled.
struct InputOptions {
  /// `NAME=FILE` (.npy or .pb), or a folder with ONNX's test data, where
  /// `input_K.pb` (or .npy) is the model's input K.
  std::vector<std::string> files;
  /// `NAME=1x3x224x224`, and `SYMBOL=1`, `NAME[AXIS]=1` or `*=1`, for random
  /// values of what is open.
  std::vector<std::string> shapes, dims;
  /// The same as `dims`, of an operating point: count before all else.
  std::vector<std::string> pointDims;
  /// `NAME=1x3` of inputs that the model was planned for: what these leave
  /// open.
  std::vector<std::string> plannedShapes;
  /// `NAME=VALUE` for inputs that the parts have as constants; see
  /// parseGivenTensor.
  std::vector<std::string> set;
  /// Random values depend on it and on the input's name alone: each rank of a
  /// run makes the same ones.
  uint64_t seed = 0;
  Filling filling = Filling::Random;
  /// By the name of the input; 0 to 3 where there is none.
  InputRanges ranges;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_INPUTOPTIONS_H
