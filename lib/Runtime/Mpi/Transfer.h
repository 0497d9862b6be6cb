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

#include <optional>

#include <mpi.h>

namespace onnx_split::runtime {

/// Where messages go, or come from.
struct Route {
  int peer = 0, tag = 0;
  MPI_Comm comm = MPI_COMM_NULL;
};

class Transfer {
public:
  /// When a send is done, so that its buffer may hold the next message.
  enum class Until {
    /// The system has it. It may have more of them on the way than the receiver
    /// has room for.
    Gone,
    /// The receiver has begun to take it, so that no more messages are on their
    /// way than the sender has buffers.
    Taken
  };

  /// Sends or receives a message of that many bytes, header included; `buffer`
  /// has room for it. The first of MPI's messages has its `front`, header and
  /// table.
  void send(MessageBuffer &buffer, size_t bytes, size_t front,
            const Route &route, Until until);
  void receive(MessageBuffer &buffer, size_t bytes, size_t front,
               const Route &route);

  /// Receives a message of which the size is only known when it comes, with
  /// that many values: looks whether it is there. The error is lack of memory.
  llvm::Expected<bool> receiveOpen(MessageBuffer &buffer, size_t numParts,
                                   const Route &route);

  /// Looks after it. True if nothing is under way (any more); an error where
  /// MPI reports one, or a message of open size is none.
  llvm::Expected<bool> isDone();

  bool isActive() const { return !requests.empty(); }
  /// What MPI waits for.
  llvm::MutableArrayRef<MPI_Request> getRequests() { return requests; }
  /// Messages of MPI's that were sent in all.
  int64_t countSent() const { return numSent; }

private:
  /// A message of open size of which the first part is on its way.
  struct Open {
    MessageBuffer *buffer = nullptr;
    size_t there = 0, numParts = 0;
    Route route;
  };
  void startReceive(MessageBuffer &buffer, size_t from, size_t bytes,
                    size_t front, const Route &route);
  llvm::Expected<bool> receiveRest(const Open &begun);

  std::vector<MPI_Request> requests;
  std::optional<Open> open;
  int64_t numSent = 0;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_TRANSFER_H
