//===- LinkRates.h - What a link carries ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_LINKRATES_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_LINKRATES_H

#include <cstdint>

#include <mpi.h>

namespace onnx_split::runtime {

/// What a stream of messages over a link took.
struct LinkRate {
  int64_t bitsPerSecond = 0;
  /// What each message of a stream takes besides its bytes at that rate.
  int64_t latencyNs = 0;
  /// Picoseconds of processor time for each byte, and nanoseconds for each
  /// message, at the end that the calling rank is.
  int64_t bytePs = 0, messageNs = 0;
};

/// Called by both ranks of a pair at once. The figures of `from` hold its own
/// processor time, those of `to` also rate and latency.
LinkRate measureLink(int rank, int from, int to, double seconds, MPI_Comm comm);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_LINKRATES_H
