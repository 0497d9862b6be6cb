//===- TokenWires.h - Tokens from the last stage to all ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The way back of a run that generates tokens: the rank whose part gives the
/// scores tells every other one each token. Only the thread that called
/// MPI_Init uses this.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_TOKENWIRES_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_TOKENWIRES_H

#include "llvm/Support/Error.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <mpi.h>

namespace onnx_split::runtime {

class TokenWires {
public:
  /// Tokens come from rank `source` over a communicator of their own. That to
  /// rank 0, which begins the next step, is kept for `delayNs` before it
  /// leaves, as the link would.
  TokenWires(MPI_Comm communicator, int source, int64_t delayNs);
  TokenWires(const TokenWires &) = delete;
  TokenWires &operator=(const TokenWires &) = delete;

  bool isSource() const { return rank == sourceRank; }

  /// Tells the others; for the source.
  void send(int64_t item, int64_t token);
  /// Looks after what is under way to others. True if something left.
  llvm::Expected<bool> progress();
  /// The token of `item`, where it has come; for the others.
  llvm::Expected<std::optional<int64_t>> receive(int64_t item);

  bool isSending() const { return !sends.empty(); }
  /// When a token is to leave, on the host's clock.
  int64_t nextDeadline() const;

private:
  struct Message {
    int64_t item = 0, token = 0;
  };
  struct Send {
    Message message;
    /// When it is to go to rank 0; 0 once it has, and on rank 0 itself.
    int64_t due = 0;
    std::vector<MPI_Request> requests = {};
  };
  MPI_Comm comm;
  int rank = 0, size = 0, sourceRank;
  int64_t delay;
  /// Places stay, for MPI reads them.
  std::deque<Send> sends;
  Message received;
  MPI_Request awaited = MPI_REQUEST_NULL;
};

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_RUN_TOKENWIRES_H
