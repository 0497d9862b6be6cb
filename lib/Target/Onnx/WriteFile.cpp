//===- WriteFile.cpp - Writing files from pieces of others ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Export.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"

#include <fcntl.h>
#include <unistd.h>

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {
/// An open file that closes itself.
class FileDescriptor {
public:
  explicit FileDescriptor(int opened = -1) : number(opened) {}
  FileDescriptor(FileDescriptor &&other) : number(other.number) {
    other.number = -1;
  }
  FileDescriptor &operator=(FileDescriptor &&other) {
    std::swap(number, other.number);
    return *this;
  }
  ~FileDescriptor() {
    if (number >= 0)
      ::close(number);
  }
  /// Closes now; false where the last bytes could not be written.
  bool close() { return ::close(std::exchange(number, -1)) == 0; }
  int get() const { return number; }

private:
  int number;
};

/// The files that a model's payloads lie in.
class Sources {
public:
  explicit Sources(ModelOp source) : model(source) {}

  /// A descriptor of the file, which must be as it was at import.
  FailureOr<int> open(int64_t index);
  /// Reads at least one and at most `size` bytes from an open file.
  FailureOr<size_t> read(int64_t index, char *buffer, uint64_t size,
                         uint64_t offset);

private:
  ModelOp model;
  llvm::SmallVector<FileDescriptor> opened;
};

/// Writes one file: bytes from memory, payloads from file to file, if possible
/// without a way through this process.
class FileWriter {
public:
  FileWriter(ModelOp source, StringRef target,
             llvm::function_ref<bool(uint64_t)> onProgress)
      : model(source), path(target), progress(onProgress), sources(source) {}

  LogicalResult write(const Pieces &pieces);

private:
  LogicalResult writeBytes(const char *data, uint64_t size);
  LogicalResult copyRange(const Piece &piece);
  LogicalResult copyData(const Piece &piece, int source, off_t offset,
                         uint64_t left);
  LogicalResult skip(uint64_t size);
  InFlightDiagnostic cannotWrite() {
    return model.emitError("cannot write '")
           << path << "': " << llvm::sys::StrError();
  }

  ModelOp model;
  StringRef path;
  llvm::function_ref<bool(uint64_t)> progress;
  Sources sources;
  FileDescriptor output;
  /// Bytes written so far.
  uint64_t position = 0;
  /// Until the kernel has refused to copy between two files.
  bool copyInKernel = true;
};
} // namespace

FailureOr<int> Sources::open(int64_t index) {
  if (opened.size() <= size_t(index))
    opened.resize(index + 1);
  if (opened[index].get() >= 0)
    return opened[index].get();
  auto file = cast<FileAttr>(model.getFiles()[index]);
  std::string name = file.getPath().str();
  FileDescriptor descriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  llvm::sys::fs::file_status status;
  if (descriptor.get() < 0 || llvm::sys::fs::status(descriptor.get(), status))
    return model.emitError("cannot read the weights in '")
           << name << "': " << llvm::sys::StrError();
  if (int64_t(status.getSize()) != file.getSize() ||
      status.getLastModificationTime().time_since_epoch().count() !=
          file.getModified())
    return model.emitError("'")
           << name << "' has changed since the model was read";
  opened[index] = std::move(descriptor);
  return opened[index].get();
}

FailureOr<size_t> Sources::read(int64_t index, char *buffer, uint64_t size,
                                uint64_t offset) {
  FailureOr<int> source = open(index);
  if (failed(source))
    return failure();
  ssize_t got;
  do
    got = ::pread(*source, buffer, size, offset);
  while (got < 0 && errno == EINTR);
  if (got > 0)
    return size_t(got);
  StringRef name = cast<FileAttr>(model.getFiles()[index]).getPath();
  if (got < 0)
    return model.emitError("cannot read the weights in '")
           << name << "': " << llvm::sys::StrError();
  return model.emitError("'")
         << name << "' has become shorter while it was read";
}

LogicalResult FileWriter::writeBytes(const char *data, uint64_t size) {
  while (size > 0) {
    ssize_t written = ::write(output.get(), data, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return cannotWrite();
    data += written;
    size -= written;
    position += written;
    if (progress && !progress(written))
      return failure();
  }
  return success();
}

/// Leaves a hole, which reads as zeros.
LogicalResult FileWriter::skip(uint64_t size) {
  if (::lseek(output.get(), size, SEEK_CUR) < 0)
    return cannotWrite();
  position += size;
  return success(!progress || progress(size));
}

/// Holes of a sparse file stay holes: they take no time and no space.
LogicalResult FileWriter::copyRange(const Piece &piece) {
  FailureOr<int> source = sources.open(piece.file);
  if (failed(source))
    return failure();
  uint64_t offset = piece.offset, end = piece.offset + piece.length;
  while (offset < end) {
    // Without data up to the end of the file there is an error.
    off_t data = ::lseek(*source, offset, SEEK_DATA);
    uint64_t dataStart = data < 0 && errno == ENXIO ? end
                         : data < 0                 ? offset
                                                    : uint64_t(data);
    dataStart = std::min(dataStart, end);
    if (dataStart > offset && failed(skip(dataStart - offset)))
      return failure();
    if (dataStart == end)
      break;
    off_t hole = ::lseek(*source, dataStart, SEEK_HOLE);
    uint64_t dataEnd = hole < 0 ? end : std::min(uint64_t(hole), end);
    if (failed(copyData(piece, *source, dataStart, dataEnd - dataStart)))
      return failure();
    offset = dataEnd;
  }
  return success();
}

/// Copies `left` bytes of a source, which are no hole, from `offset` on.
LogicalResult FileWriter::copyData(const Piece &piece, int source, off_t offset,
                                   uint64_t left) {
  // Chunks keep progress moving; the kernel copies at most 2 GiB at once.
  constexpr uint64_t kernelChunk = 64 << 20, bufferChunk = 256 << 10;
  // Where source and target differ within a page, file systems copy half a page
  // at a time, which is slower than through a buffer.
  constexpr uint64_t pageBytes = 4096;
  bool aligned = offset % pageBytes == position % pageBytes;
  while (left > 0 && aligned && copyInKernel) {
    ssize_t copied = ::copy_file_range(source, &offset, output.get(), nullptr,
                                       std::min(left, kernelChunk), 0);
    if (copied < 0 && errno == EINTR)
      continue;
    // Not between these file systems, or not by this kernel. A full disk is
    // reported by the plain way below.
    if (copied <= 0) {
      copyInKernel = false;
      break;
    }
    left -= copied;
    position += copied;
    if (progress && !progress(copied))
      return failure();
  }
  std::unique_ptr<char[]> buffer;
  while (left > 0) {
    if (!buffer)
      buffer.reset(new char[bufferChunk]);
    FailureOr<size_t> got = sources.read(piece.file, buffer.get(),
                                         std::min(left, bufferChunk), offset);
    if (failed(got))
      return failure();
    if (failed(writeBytes(buffer.get(), *got)))
      return failure();
    offset += *got;
    left -= *got;
  }
  return success();
}

LogicalResult FileWriter::write(const Pieces &pieces) {
  output = FileDescriptor(::open(
      path.str().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (output.get() < 0)
    return cannotWrite();
  for (const Piece &piece : pieces.pieces)
    if (failed(piece.length
                   ? copyRange(piece)
                   : writeBytes(piece.bytes.data(), piece.bytes.size())))
      return failure();
  // A hole at the end is there only when the file is that long.
  if (::ftruncate(output.get(), position) != 0 || !output.close())
    return cannotWrite();
  return success();
}

LogicalResult
onnx_split::writePieces(ModelOp model, const Pieces &pieces, StringRef path,
                        llvm::function_ref<bool(uint64_t)> progress) {
  return FileWriter(model, path, progress).write(pieces);
}

FailureOr<std::string> onnx_split::readPieces(ModelOp model,
                                              const Pieces &pieces) {
  Sources sources(model);
  for (size_t file = 0; file < model.getFiles().size(); ++file)
    if (failed(sources.open(file)))
      return failure();
  std::string bytes;
  bytes.reserve(pieces.size);
  for (const Piece &piece : pieces.pieces) {
    if (piece.length == 0) {
      bytes += piece.bytes;
      continue;
    }
    uint64_t begin = bytes.size(), done = 0;
    bytes.resize(begin + piece.length);
    while (done < piece.length) {
      FailureOr<size_t> got =
          sources.read(piece.file, &bytes[begin + done], piece.length - done,
                       piece.offset + done);
      if (failed(got))
        return failure();
      done += *got;
    }
  }
  return bytes;
}
