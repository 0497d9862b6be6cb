//===- Transfer.cpp - One message on its way ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transfer.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <utility>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::createStringError;
using llvm::Expected;

/// Below Open MPI's limit for TCP, 64 KiB with its own header.
static constexpr size_t ChunkBytes = size_t(60) * 1024;
/// Messages of more have large chunks. Where ranks share memory, Open MPI moves
/// some KiB of each at a look, so that one alone would wait for looks.
static constexpr size_t MaxSmallChunkedBytes = size_t(4) << 20;
static constexpr size_t LargeChunkBytes = size_t(1) << 20;

/// All messages are whole blocks.
static MPI_Datatype blockType() {
  static MPI_Datatype type = [] {
    MPI_Datatype block;
    MPI_Type_contiguous(BlockBytes, MPI_BYTE, &block);
    MPI_Type_commit(&block);
    return block;
  }();
  return type;
}

/// Calls with offset and blocks of each of MPI's messages, from byte `from` on,
/// which is where one of them begins.
static void forChunks(size_t from, size_t bytes, size_t front,
                      llvm::function_ref<void(size_t, int)> call) {
  bytes = MessageBuffer::countBlocks(bytes) * BlockBytes;
  size_t chunk = bytes > MaxSmallChunkedBytes ? LargeChunkBytes : ChunkBytes;
  while (from < bytes) {
    size_t size =
        from > 0
            ? chunk
            : std::max(chunk, MessageBuffer::countBlocks(front) * BlockBytes);
    size = std::min(size, bytes - from);
    call(from, int(size / BlockBytes));
    from += size;
  }
}

void Transfer::send(MessageBuffer &buffer, size_t bytes, size_t front,
                    const Route &route, Until until) {
  forChunks(0, bytes, front, [&](size_t from, int blocks) {
    // Bytes go as well where MPI is to say that they were taken; only the end
    // of the send waits for the answer.
    auto start = from == 0 && until == Until::Taken ? MPI_Issend : MPI_Isend;
    start(buffer.at(from), blocks, blockType(), route.peer, route.tag,
          route.comm, &requests.emplace_back());
    ++numSent;
  });
}

void Transfer::startReceive(MessageBuffer &buffer, size_t from, size_t bytes,
                            size_t front, const Route &route) {
  forChunks(from, bytes, front, [&](size_t place, int blocks) {
    MPI_Irecv(buffer.at(place), blocks, blockType(), route.peer, route.tag,
              route.comm, &requests.emplace_back());
  });
}

void Transfer::receive(MessageBuffer &buffer, size_t bytes, size_t front,
                       const Route &route) {
  startReceive(buffer, 0, bytes, front, route);
}

static llvm::Error outOfMemory(size_t wanted) {
  return createStringError("no memory for a message of " + llvm::Twine(wanted) +
                           " bytes");
}

Expected<bool> Transfer::receiveOpen(MessageBuffer &buffer, size_t numParts,
                                     const Route &route) {
  int found = 0, blocks = 0;
  MPI_Message message;
  MPI_Status status;
  MPI_Improbe(route.peer, route.tag, route.comm, &found, &message, &status);
  if (!found)
    return false;
  MPI_Get_count(&status, blockType(), &blocks);
  size_t bytes = size_t(std::max(blocks, 0)) * BlockBytes;
  if (bytes < sizeof(MessageHeader))
    return createStringError("something that is no message came");
  if (!buffer.reserve(bytes))
    return outOfMemory(bytes);
  // It may be on its way for a while, in which others are looked after.
  MPI_Imrecv(buffer.at(0), blocks, blockType(), &message,
             &requests.emplace_back());
  open = Open{&buffer, bytes, numParts, route};
  return true;
}

/// Once the first of MPI's messages is there. False if others follow.
Expected<bool> Transfer::receiveRest(const Open &begun) {
  MessageBuffer &buffer = *begun.buffer;
  // Who takes it says what is wrong with something else.
  if (buffer.header().magic != MessageHeader::Magic)
    return true;
  Expected<MessageLayout> layout =
      readLayout(buffer, begun.there, begun.numParts);
  if (!layout)
    return layout.takeError();
  if (!buffer.reserve(layout->bytes, /*kept=*/begun.there))
    return outOfMemory(layout->bytes);
  startReceive(buffer, begun.there, layout->bytes, layout->frontBytes(),
               begun.route);
  return requests.empty();
}

Expected<bool> Transfer::isDone() {
  if (requests.empty())
    return true;
  int done = 0;
  if (MPI_Testall(int(requests.size()), requests.data(), &done,
                  MPI_STATUSES_IGNORE) != MPI_SUCCESS)
    return createStringError("MPI reports that a transfer failed");
  if (!done)
    return false;
  requests.clear();
  if (std::optional<Open> begun = std::exchange(open, std::nullopt))
    return receiveRest(*begun);
  return true;
}
