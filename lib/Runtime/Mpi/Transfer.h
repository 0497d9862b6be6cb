//===- Transfer.h - One message on its way ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A message of some size is sent as several of MPI's. Open MPI asks the
/// receiver before it sends a large one, and the question waits behind what is
/// already under way on the connection, so that the link stands still for a way
/// there and back between any two. Small ones go without a question. Beyond
/// some megabytes that gap is small beside the message, and the question saves
/// a copy; there the parts are larger.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_TRANSFER_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_TRANSFER_H

#include "Message.h"

#include <mpi.h>

namespace onnx_split::runtime {

class Transfer {
public:
  /// Sends or receives a message of that many bytes, header included; `buffer`
  /// has room for it.
  void send(MessageBuffer &buffer, size_t bytes, int peer, int tag,
            MPI_Comm comm) {
    start(buffer, 0, bytes, peer, tag, comm, /*sends=*/true);
    numSent += static_cast<int64_t>(requests.size());
  }
  void receive(MessageBuffer &buffer, size_t bytes, int peer, int tag,
               MPI_Comm comm) {
    start(buffer, 0, bytes, peer, tag, comm, /*sends=*/false);
  }

  /// Receives a message of which the size is only known when it comes: looks
  /// whether it is there. The error is lack of memory.
  llvm::Expected<bool> receiveOpen(MessageBuffer &buffer, int peer, int tag,
                                   MPI_Comm comm);

  /// Looks after it. True if nothing is under way (any more); an error where
  /// MPI reports one.
  llvm::Expected<bool> isDone();

  bool isActive() const { return !requests.empty(); }
  /// What MPI waits for.
  llvm::MutableArrayRef<MPI_Request> getRequests() { return requests; }
  /// Messages of MPI's that were sent in all.
  int64_t countSent() const { return numSent; }

private:
  void start(MessageBuffer &buffer, size_t from, size_t bytes, int peer,
             int tag, MPI_Comm comm, bool sends);
  std::vector<MPI_Request> requests;
  int64_t numSent = 0;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_TRANSFER_H
