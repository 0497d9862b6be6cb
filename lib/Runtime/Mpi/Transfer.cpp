//===- Transfer.cpp - One message on its way ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transfer.h"

#include <algorithm>

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

/// Bytes of the first of MPI's messages.
static size_t firstBytes(size_t bytes) {
  return std::min(bytes,
                  bytes > MaxSmallChunkedBytes ? LargeChunkBytes : ChunkBytes);
}

void Transfer::start(MessageBuffer &buffer, size_t from, size_t bytes, int peer,
                     int tag, MPI_Comm comm, bool sends) {
  bytes = MessageBuffer::countBlocks(bytes) * BlockBytes;
  size_t chunk = firstBytes(bytes);
  for (; from < bytes; from += chunk) {
    int blocks = int(std::min(chunk, bytes - from) / BlockBytes);
    MPI_Request request;
    if (sends)
      MPI_Isend(buffer.at(from), blocks, blockType(), peer, tag, comm,
                &request);
    else
      MPI_Irecv(buffer.at(from), blocks, blockType(), peer, tag, comm,
                &request);
    requests.push_back(request);
  }
}

Expected<bool> Transfer::receiveOpen(MessageBuffer &buffer, int peer, int tag,
                                     MPI_Comm comm) {
  int found = 0, blocks = 0;
  MPI_Message message;
  MPI_Status status;
  MPI_Improbe(peer, tag, comm, &found, &message, &status);
  if (!found)
    return false;
  MPI_Get_count(&status, blockType(), &blocks);
  size_t bytes = size_t(std::max(blocks, 0)) * BlockBytes;
  auto outOfMemory = [](size_t wanted) {
    return createStringError("no memory for a message of " +
                             llvm::Twine(wanted) + " bytes");
  };
  if (bytes < sizeof(MessageHeader))
    return createStringError("something that is no message came");
  if (!buffer.reserve(bytes))
    return outOfMemory(bytes);
  // A chunk at most: there at once, or nearly so.
  MPI_Mrecv(buffer.at(0), blocks, blockType(), &message, MPI_STATUS_IGNORE);
  MessageHeader header = buffer.header();
  // Who takes it says what is wrong with a header that is none.
  if (header.magic != MessageHeader::Magic || header.bytes <= bytes)
    return true;
  // The rest follows, and the buffer may have to grow for it.
  if (!buffer.reserve(header.bytes, /*kept=*/bytes))
    return outOfMemory(header.bytes);
  start(buffer, bytes, header.bytes, peer, tag, comm, /*sends=*/false);
  return true;
}

Expected<bool> Transfer::isDone() {
  if (requests.empty())
    return true;
  int done = 0;
  if (MPI_Testall(int(requests.size()), requests.data(), &done,
                  MPI_STATUSES_IGNORE) != MPI_SUCCESS)
    return createStringError("MPI reports that a transfer failed");
  if (done)
    requests.clear();
  return done != 0;
}
