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

class FileWriter {
public:
  FileWriter(ModelOp source, StringRef target,
             llvm::function_ref<bool(uint64_t)> onProgress)
      : model(source), path(target), progress(onProgress) {}

  LogicalResult write(const Pieces &pieces);

private:
  FailureOr<int> openSource(int64_t index);
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
  FileDescriptor output;
  llvm::SmallVector<FileDescriptor> sources;
  /// Bytes written so far.
  uint64_t position = 0;
  bool copyInKernel = true;
};
} // namespace

FailureOr<int> FileWriter::openSource(int64_t index) {
  if (sources.size() <= size_t(index))
    sources.resize(index + 1);
  if (sources[index].get() >= 0)
    return sources[index].get();
  auto file = cast<FileAttr>(model.getFiles()[index]);
  std::string name = file.getPath().str();
  FileDescriptor opened(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  llvm::sys::fs::file_status status;
  if (opened.get() < 0 || llvm::sys::fs::status(opened.get(), status))
    return model.emitError("cannot read the weights in '")
           << name << "': " << llvm::sys::StrError();
  if (int64_t(status.getSize()) != file.getSize() ||
      status.getLastModificationTime().time_since_epoch().count() !=
          file.getModified())
    return model.emitError("'")
           << name << "' has changed since the model was read";
  sources[index] = std::move(opened);
  return sources[index].get();
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
  FailureOr<int> source = openSource(piece.file);
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

LogicalResult FileWriter::copyData(const Piece &piece, int source, off_t offset,
                                   uint64_t left) {
  // Chunks keep progress moving; the kernel copies at most 2 GiB at once.
  constexpr uint64_t KernelChunk = 64 << 20, BufferChunk = 256 << 10;
  // Where source and target differ within a page, file systems copy half a page
  // at a time, which is slower than through a buffer.
  constexpr uint64_t PageBytes = 4096;
  bool aligned = offset % PageBytes == position % PageBytes;
  while (left > 0 && aligned && copyInKernel) {
    ssize_t copied = ::copy_file_range(source, &offset, output.get(), nullptr,
                                       std::min(left, KernelChunk), 0);
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
      buffer.reset(new char[BufferChunk]);
    ssize_t got =
        ::pread(source, buffer.get(), std::min(left, BufferChunk), offset);
    if (got < 0 && errno == EINTR)
      continue;
    auto file = cast<FileAttr>(model.getFiles()[piece.file]);
    if (got < 0)
      return model.emitError("cannot read the weights in '")
             << file.getPath() << "': " << llvm::sys::StrError();
    if (got == 0)
      return model.emitError("'")
             << file.getPath() << "' has become shorter while it was read";
    if (failed(writeBytes(buffer.get(), got)))
      return failure();
    offset += got;
    left -= got;
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
