//===- LinkRates.cpp - What a link carries --------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LinkRates.h"

#include "Mpi.h"
#include "Transfer.h"

using namespace onnx_split;
using namespace onnx_split::runtime;

namespace {
constexpr int Tag = 3;
/// A link that moves nothing for that long is taken as none.
constexpr double Patience = 120;

/// Both ends of one link, of which the calling rank is one. Waits as the runner
/// does, so that rates are those that it gets.
class Pair {
public:
  Pair(bool isSender, int other, MPI_Comm communicator)
      : sends(isSender), peer(other), comm(communicator) {}

  /// One message from the sender to the receiver, or back. False if it does not
  /// get through.
  bool pass(size_t bytes, bool back) {
    Transfer transfer;
    start(transfer, bytes, sends != back);
    return waitFor(transfer.getRequests(), Patience);
  }

  /// A stream of messages with two under way, and the time from the first
  /// arrival to the last; 0 if they do not get through.
  int64_t stream(size_t bytes, int count) {
    int64_t first = 0;
    Transfer transfers[2];
    for (int message = 0; message <= count; ++message) {
      if (message < count) {
        transfers[message % 2] = Transfer();
        start(transfers[message % 2], bytes, sends);
      }
      if (message == 0)
        continue;
      if (!waitFor(transfers[(message - 1) % 2].getRequests(), Patience))
        return 0;
      if (message == 1)
        first = hostNow();
    }
    return hostNow() - first;
  }

private:
  void start(Transfer &transfer, size_t bytes, bool outwards) {
    MessageBuffer &buffer = outwards ? out : in;
    buffer.reserve(bytes);
    if (outwards)
      transfer.send(buffer, bytes, peer, Tag, comm);
    else
      transfer.receive(buffer, bytes, peer, Tag, comm);
  }
  bool sends;
  int peer;
  MPI_Comm comm;
  MessageBuffer in, out;
};
} // namespace

LinkRate runtime::measureLink(int rank, int from, int to, double seconds,
                              MPI_Comm comm) {
  constexpr int Rounds = 11;
  LinkRate result;
  bool sends = rank == from;
  Pair pair(sends, sends ? to : from, comm);
  int64_t cpu = threadCpuNs();
  for (int round = 0; round < Rounds; ++round) {
    if (!pair.pass(0, /*back=*/false) || !pair.pass(0, /*back=*/true))
      return result;
  }
  result.messageNs = (threadCpuNs() - cpu) / (2 * Rounds);

  // Messages of about 50 ms, as far as that can be known from a first one; the
  // sender decides for both.
  constexpr size_t Smallest = size_t(1) << 14, Small = size_t(1) << 17,
                   Largest = size_t(1) << 22;
  constexpr double MessageSeconds = 0.05;
  int64_t probe = pair.stream(Smallest, 4);
  double bytesPerNs =
      3.0 * double(Smallest) / double(std::max<int64_t>(1, probe));
  auto countFor = [&](double bytes) {
    return std::clamp<int64_t>(int64_t(bytesPerNs * seconds * 1e9 / bytes), 6,
                               400);
  };
  int64_t sizes[3] = {
      std::clamp<int64_t>(int64_t(bytesPerNs * MessageSeconds * 1e9), Smallest,
                          Largest),
      0, countFor(2 * double(Small))};
  sizes[1] = countFor(double(sizes[0]));
  MPI_Request request;
  if (sends)
    MPI_Isend(sizes, 3, MPI_INT64_T, to, Tag, comm, &request);
  else
    MPI_Irecv(sizes, 3, MPI_INT64_T, from, Tag, comm, &request);
  if (!waitFor(request, Patience))
    return result;
  cpu = threadCpuNs();
  int64_t time = pair.stream(size_t(sizes[0]), int(sizes[1]));
  double bytes = double(HeaderBytes + size_t(sizes[0])) * double(sizes[1] - 1);
  result.bytePs = int64_t(1000.0 * double(threadCpuNs() - cpu) / bytes);
  // A stream of small messages shows what each takes besides its bytes: the
  // looks of both ends at MPI, and headers.
  int64_t smallTime = pair.stream(Small, int(sizes[2]));
  if (time <= 0 || smallTime <= 0)
    return result;
  double byteNs = double(time) / bytes;
  double small = double(smallTime) / double(sizes[2] - 1);
  result.bitsPerSecond = int64_t(8e9 / byteNs);
  result.latencyNs = std::max<int64_t>(
      0, int64_t(small - byteNs * double(Small + HeaderBytes)));
  return result;
}
