//===- ShortFloats.h - Floats of two bytes ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_SHORTFLOATS_H
#define ONNX_SPLIT_LIB_RUNTIME_SHORTFLOATS_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace onnx_split::runtime {

/// IEEE half precision as a double.
inline double fromHalf(uint16_t bits) {
  double sign = bits >> 15 ? -1 : 1;
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31)
    return fraction ? std::nan("")
                    : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0)
    return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

/// bfloat16, which is the upper half of a float.
inline double fromBFloat(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  memcpy(&value, &wide, sizeof(value));
  return value;
}

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_SHORTFLOATS_H
