//===- LinkPair.cpp - The two ends of a link ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinkPair.h"

#include "../Mpi.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

static constexpr int Tag = 3;
/// A link that moves nothing for that long is taken as none.
static constexpr double Patience = 120;

LinkPair::LinkPair(int rank, int from, int to, MPI_Comm communicator)
    : isSender(rank == from), peer(isSender ? to : from), comm(communicator),
      waker(/*overSockets=*/countLocalRanks() == 1) {}

void LinkPair::start(Transfer &transfer, size_t bytes, bool outwards) {
  MessageBuffer &buffer = outwards ? out : in;
  bytes += HeaderBytes;
  buffer.reserve(bytes);
  Route route = {peer, Tag, comm};
  // A stream measures the link, and not how long answers take.
  if (outwards)
    transfer.send(buffer, bytes, HeaderBytes, route, Transfer::Until::Gone);
  else
    transfer.receive(buffer, bytes, HeaderBytes, route);
}

bool LinkPair::finish(llvm::MutableArrayRef<MPI_Request> requests,
                      bool outwards) {
  return waitFor(requests, Patience, waker, /*sending=*/outwards);
}

bool LinkPair::pass(size_t bytes, bool back) {
  Transfer transfer;
  start(transfer, bytes, isSender != back);
  return finish(transfer.getRequests(), isSender != back);
}

int64_t LinkPair::stream(size_t bytes, int64_t count) {
  int64_t first = 0;
  Transfer transfers[2];
  for (int64_t message = 0; message <= count; ++message) {
    if (message < count) {
      transfers[message % 2] = Transfer();
      start(transfers[message % 2], bytes, isSender);
    }
    if (message == 0)
      continue;
    if (!finish(transfers[(message - 1) % 2].getRequests(), isSender))
      return 0;
    if (message == 1)
      first = hostNow();
  }
  return hostNow() - first;
}

bool LinkPair::agree(llvm::MutableArrayRef<int64_t> numbers) {
  MPI_Request request;
  int count = int(numbers.size());
  if (isSender)
    MPI_Isend(numbers.data(), count, MPI_INT64_T, peer, Tag, comm, &request);
  else
    MPI_Irecv(numbers.data(), count, MPI_INT64_T, peer, Tag, comm, &request);
  return finish(request, isSender);
}
