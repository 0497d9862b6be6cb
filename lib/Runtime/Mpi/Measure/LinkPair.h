//===- LinkPair.h - The two ends of a link ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_LINKPAIR_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_LINKPAIR_H

#include "../Transfer.h"
#include "../Waker.h"

#include "llvm/ADT/ArrayRef.h"

namespace onnx_split::runtime {

/// Both ends of one link, of which the calling rank is one: what one does, the
/// other must do at the same time. Waits as the runner does, so that rates are
/// those that it gets.
class LinkPair {
public:
  LinkPair(int rank, int from, int to, MPI_Comm communicator);

  bool sends() const { return isSender; }

  /// One message with a tensor of so many bytes from the sender to the
  /// receiver, or back. False if it does not get through.
  bool pass(size_t bytes, bool back);

  /// A stream of messages with two under way, and the time in ns from the first
  /// arrival to the last; 0 if they do not get through.
  int64_t stream(size_t bytes, int64_t count);

  /// Gives the receiver the sender's numbers.
  bool agree(llvm::MutableArrayRef<int64_t> numbers);

private:
  void start(Transfer &transfer, size_t bytes, bool outwards);
  bool finish(llvm::MutableArrayRef<MPI_Request> requests, bool outwards);

  bool isSender;
  int peer;
  MPI_Comm comm;
  MessageBuffer in, out;
  Waker waker;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_LINKPAIR_H
