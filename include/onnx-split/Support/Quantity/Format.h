//===- Format.h - Quantities for people ----------------------- -*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Prints a quantity with its unit, with three significant digits: "1.50 GiB",
/// "12.3 ms", "94.1 Mbit/s". Bytes are in IEC or SI units, the rest in SI. What
/// is below the first multiple is printed exactly: "512 B". A negative figure
/// has its sign in front.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_QUANTITY_FORMAT_H
#define ONNX_SPLIT_SUPPORT_QUANTITY_FORMAT_H

#include <cstdint>
#include <string>

namespace onnx_split {

/// The multiples of a byte: of 1024 (KiB, MiB), or of 1000 (kB, MB).
enum class ByteUnits { Iec, Si };

/// 1610612736 -> "1.50 GiB", or "1.61 GB".
std::string formatBytes(int64_t bytes, ByteUnits units = ByteUnits::Iec);
/// 12345678 -> "12.3 ms"; nothing is longer than seconds.
std::string formatTime(int64_t nanoseconds);
/// A bottleneck of 12345678 -> "81.0 items/s"; "0.00345 items/s" below one.
std::string formatRate(int64_t nanoseconds);
/// 94100000 -> "94.1 Mbit/s".
std::string formatBitRate(int64_t bitsPerSecond);
/// 4089184256 -> "4.09 G".
std::string formatCount(int64_t count);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_QUANTITY_FORMAT_H
