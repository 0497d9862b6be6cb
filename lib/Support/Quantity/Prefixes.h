//===- Prefixes.h - k, M, G and Ki, Mi, Gi ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The prefixes of units (SI, IEC 80000-13) as factors.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_SUPPORT_QUANTITY_PREFIXES_H
#define ONNX_SPLIT_LIB_SUPPORT_QUANTITY_PREFIXES_H

#include <cstdint>

namespace onnx_split {

inline constexpr uint64_t K = 1000, M = K * K, G = M * K, T = G * K, P = T * K;
inline constexpr uint64_t Ki = 1024, Mi = Ki * Ki, Gi = Mi * Ki, Ti = Gi * Ki;

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_SUPPORT_QUANTITY_PREFIXES_H
