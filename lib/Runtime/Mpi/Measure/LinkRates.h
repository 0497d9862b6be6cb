//===- LinkRates.h - What a link carries ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_LINKRATES_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_LINKRATES_H

#include "LinkPair.h"

namespace onnx_split::runtime {

/// What a stream of messages over a link took. All 0 if nothing got through.
struct LinkRate {
  int64_t bitsPerSecond = 0;
  /// What each message of a stream takes besides its bytes at that rate.
  int64_t messageNs = 0;
};

/// Called by both ranks of a pair at once. The receiver's figures count.
LinkRate measureLink(LinkPair &pair, double seconds);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_LINKRATES_H
