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
/// Messages of more are sent as one.
static constexpr size_t MaxChunkedBytes = size_t(4) << 20;

/// Messages are counted in blocks, so that they may pass 2 GiB.
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
  return bytes > MaxChunkedBytes ? bytes : std::min(bytes, ChunkBytes);
}

void Transfer::start(MessageBuffer &buffer, size_t from, size_t payloadBytes,
                     int peer, int tag, MPI_Comm comm, bool sends) {
  size_t bytes = MessageBuffer::countBlocks(payloadBytes) * BlockBytes;
  size_t chunk = firstBytes(bytes);
  auto *data = static_cast<char *>(buffer.data());
  for (; from < bytes; from += chunk) {
    int blocks = int(std::min(chunk, bytes - from) / BlockBytes);
    MPI_Request request;
    if (sends)
      MPI_Isend(data + from, blocks, blockType(), peer, tag, comm, &request);
    else
      MPI_Irecv(data + from, blocks, blockType(), peer, tag, comm, &request);
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
  if (bytes < HeaderBytes || !buffer.reserve(bytes - HeaderBytes))
    return outOfMemory(bytes);
  // At most a chunk, or all of it: there at once, or nearly so.
  MPI_Mrecv(buffer.data(), blocks, blockType(), &message, MPI_STATUS_IGNORE);
  MessageHeader header = buffer.header();
  size_t all = MessageBuffer::countBlocks(header.payloadBytes) * BlockBytes;
  if (all <= bytes)
    return true;
  // The rest follows, and the buffer may have to grow for it.
  std::vector<char> first(static_cast<char *>(buffer.data()),
                          static_cast<char *>(buffer.data()) + bytes);
  if (!buffer.reserve(header.payloadBytes))
    return outOfMemory(all);
  std::copy(first.begin(), first.end(), static_cast<char *>(buffer.data()));
  start(buffer, bytes, header.payloadBytes, peer, tag, comm, /*sends=*/false);
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
