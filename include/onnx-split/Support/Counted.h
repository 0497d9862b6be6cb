//===- Counted.h - Numbers of things ---------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How many there are of something, for messages.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_COUNTED_H
#define ONNX_SPLIT_SUPPORT_COUNTED_H

#include <cstdint>
#include <string>

namespace onnx_split {

/// "1 node", "2 nodes".
inline std::string counted(uint64_t number, const std::string &noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_COUNTED_H
