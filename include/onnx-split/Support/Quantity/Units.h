//===- Units.h - Quantities with a unit -------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads "3.5 GiB" or "22 Mbit/s" exactly, without binary floating point. The
/// units of each quantity are listed in docs/Cluster.md.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_QUANTITY_UNITS_H
#define ONNX_SPLIT_SUPPORT_QUANTITY_UNITS_H

#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>

namespace onnx_split {

/// What a figure measures. It decides the units that are allowed, the base
/// unit of the result, and the direction of rounding: capacities and rates go
/// down and times go up, so that rounding never promises too much.
enum class QuantityKind {
  Compute,         ///< Operations per second, above 0.
  Memory,          ///< Bytes.
  MemoryBandwidth, ///< Bytes per second, above 0.
  LinkBandwidth,   ///< Bits per second; a 0 needs no unit.
  MediumBandwidth, ///< Bits per second, above 0.
  Time,            ///< Nanoseconds, at most one hour.
};

/// The largest figure of every kind but Time. It leaves room for a small
/// multiple within 64 bits.
inline constexpr int64_t MaxQuantity = 1'000'000'000'000'000'000;
/// The largest Time: the sum of a million of them still fits 64 bits.
inline constexpr int64_t MaxQuantityTimeNs = 3'600'000'000'000;

/// The value of `text` in the base unit of its kind. The error says what was
/// found and what is allowed, without a location; it calls the figure `key`, or
/// by its kind where that is empty.
llvm::Expected<int64_t> parseQuantity(QuantityKind kind, llvm::StringRef text,
                                      llvm::StringRef key = "");

/// The multiples that an amount of memory which parses is written in; nothing
/// for plain bytes.
std::optional<ByteUnits> byteUnitsOf(llvm::StringRef text);

/// The units of a kind, smallest first: "ns, us, ms, s".
std::string describeUnits(QuantityKind kind);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_QUANTITY_UNITS_H
