//===- TokenWires.cpp - Tokens from the last stage to all -----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenWires.h"

#include "../Mpi.h"

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Expected;

/// Nothing else is sent over the communicator.
static constexpr int Tag = 1;
/// A message is two numbers.
static constexpr int Numbers = 2;

TokenWires::TokenWires(MPI_Comm communicator, int source, int64_t delayNs)
    : comm(communicator), sourceRank(source), delay(delayNs) {
  static_assert(sizeof(Message) == Numbers * sizeof(int64_t));
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
}

void TokenWires::send(int64_t item, int64_t token) {
  if (size == 1)
    return;
  Send &send = sends.emplace_back();
  send.message = {item, token};
  if (rank != 0)
    send.due = hostNow() + delay;
  for (int other = 1; other < size; ++other)
    if (other != rank)
      MPI_Isend(&send.message, Numbers, MPI_INT64_T, other, Tag, comm,
                &send.requests.emplace_back());
}

Expected<bool> TokenWires::progress() {
  bool any = false;
  for (Send &send : sends) {
    if (send.due == 0 || send.due > hostNow())
      continue;
    send.due = 0;
    MPI_Isend(&send.message, Numbers, MPI_INT64_T, /*dest=*/0, Tag, comm,
              &send.requests.emplace_back());
    any = true;
  }
  while (!sends.empty() && sends.front().due == 0) {
    std::vector<MPI_Request> &requests = sends.front().requests;
    int done = 0;
    if (MPI_Testall(int(requests.size()), requests.data(), &done,
                    MPI_STATUSES_IGNORE) != MPI_SUCCESS)
      return createStringError("a token could not be sent to the other stages");
    if (!done)
      break;
    sends.pop_front();
    any = true;
  }
  return any;
}

Expected<std::optional<int64_t>> TokenWires::receive(int64_t item) {
  if (awaited == MPI_REQUEST_NULL)
    MPI_Irecv(&received, Numbers, MPI_INT64_T, sourceRank, Tag, comm, &awaited);
  int done = 0;
  if (MPI_Test(&awaited, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
    return createStringError("no token comes from the stage that gives them");
  if (!done)
    return std::nullopt;
  if (received.item != item)
    return createStringError("a token of item " + llvm::Twine(received.item) +
                             " came where one of item " + llvm::Twine(item) +
                             " was due");
  return received.token;
}

int64_t TokenWires::nextDeadline() const {
  for (const Send &send : sends)
    if (send.due > 0)
      return send.due;
  return INT64_MAX;
}
