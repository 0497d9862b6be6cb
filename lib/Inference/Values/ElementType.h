//===- ElementType.h - What the types of elements can hold ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Width and rounding of the element types that known tensors have. Types are
/// those of onnx::TensorProto::DataType. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENTTYPE_H
#define ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENTTYPE_H

#include <cstdint>

namespace onnx_split::values {

/// float16, bfloat16, float32 and float64.
bool isFloat(int32_t type);
/// Integers and bool.
bool isInteger(int32_t type);
/// uint8 to uint64.
bool isUnsigned(int32_t type);

/// Bits of an element; 8 for bool, as in files.
unsigned widthOf(int32_t type);
/// Bits of a floating-point type's significand, the implied one included:
/// integers up to 2^precision are exact.
unsigned precisionOf(int32_t type);

/// The value modulo 2^width, in the range of the type; 0 or 1 for bool.
int64_t wrap(int32_t type, int64_t value);
/// True where `wrap` changes nothing, as it never does for 64 bits.
bool holds(int32_t type, int64_t value);
/// To the nearest value of a floating-point type, ties to even.
double roundTo(int32_t type, double value);

/// float16 and bfloat16 by their bits.
double decodeHalf(int32_t type, uint16_t bits);
uint16_t encodeHalf(int32_t type, double value);

} // namespace onnx_split::values

#endif // ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENTTYPE_H
