//===- Text.h - Names and figures in messages -------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How messages of the planner write names and figures.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TEXT_H
#define ONNX_SPLIT_LIB_PLACEMENT_TEXT_H

#include "onnx-split/Support/Quantity/Format.h"

#include <cstdint>
#include <string>

namespace onnx_split::placement {

/// 'name'
std::string quoted(const std::string &name);

/// "1536 bytes (1.5 KiB)", or "(1.536 kB)"; the unit in parentheses from the
/// first multiple on.
std::string bytesText(int64_t bytes, ByteUnits units);

/// "1500000 ns (1.5 ms)"; the unit in parentheses from 1 us on.
std::string timeText(int64_t ns);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TEXT_H
