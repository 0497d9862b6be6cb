//===- OutputFolder.cpp - A folder that is complete or not there ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OutputFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorOr.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <atomic>

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

using namespace llvm;
using namespace onnx_split;

namespace fs = sys::fs;
namespace path = sys::path;

static constexpr unsigned Digits = 8;
static constexpr StringLiteral Suffix = ".partial";

/// Set by the handler of signals. One for the process, as the handler is.
static std::atomic<bool> interrupted = false;

static std::error_code lastError() {
  return std::error_code(errno, std::generic_category());
}

/// A descriptor of the folder with its lock, unless it cannot be opened or
/// locked. While another process has the lock, the error is
/// operation_would_block. Links are not followed.
static ErrorOr<int> openLocked(StringRef folder) {
  int descriptor = ::open(folder.str().c_str(),
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0)
    return lastError();
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    return descriptor;
  std::error_code error = lastError();
  ::close(descriptor);
  return error;
}

/// True for `<folder>.<digits>.partial`.
static bool isPartial(StringRef name, StringRef folder) {
  return name.consume_front(folder) && name.consume_front(".") &&
         name.consume_back(Suffix) && name.size() == Digits &&
         all_of(name, [](char c) { return isHexDigit(c); });
}

/// Removes what runs that were killed have left beside `folder`.
static void removeAbandoned(StringRef folder) {
  StringRef parent = path::parent_path(folder);
  std::error_code error;
  SmallVector<std::string> abandoned;
  for (fs::directory_iterator entry(parent.empty() ? "." : parent, error), end;
       !error && entry != end; entry.increment(error))
    if (isPartial(path::filename(entry->path()), path::filename(folder)))
      abandoned.push_back(entry->path());
  for (const std::string &name : abandoned) {
    ErrorOr<int> descriptor = openLocked(name);
    if (!descriptor)
      continue;
    (void)fs::remove_directories(name);
    ::close(*descriptor);
  }
}

OutputFolder::~OutputFolder() {
  if (!name.empty())
    (void)fs::remove_directories(name);
  if (descriptor >= 0)
    ::close(descriptor);
  sys::SetInterruptFunction(nullptr);
}

bool OutputFolder::isInterrupted() const { return interrupted; }

std::error_code OutputFolder::create(StringRef folder) {
  interrupted = false;
  sys::SetInterruptFunction([] { interrupted = true; });
  removeAbandoned(folder);
  for (int attempt = 0; attempt < 16; ++attempt) {
    SmallString<16> digits;
    fs::createUniquePath(std::string(Digits, '%'), digits,
                         /*MakeAbsolute=*/false);
    std::string candidate = (folder + "." + digits + Suffix).str();
    std::error_code error = fs::create_directory(
        candidate, /*IgnoreExisting=*/false, fs::perms::all_all); // less umask
    if (error == std::errc::file_exists)
      continue;
    if (error)
      return error;
    // The lock is what tells a folder in use from an abandoned one; it goes
    // with the process, however that ends.
    ErrorOr<int> locked = openLocked(candidate);
    if (locked) {
      descriptor = *locked;
      name = candidate;
      return {};
    }
    // Another run that cleans up may have taken it between the two steps.
    if (locked.getError() == std::errc::operation_would_block ||
        locked.getError() == std::errc::no_such_file_or_directory)
      continue;
    (void)fs::remove(candidate);
    return locked.getError();
  }
  return std::make_error_code(std::errc::file_exists);
}

std::string OutputFolder::pathOf(StringRef file) const {
  SmallString<256> result(name);
  path::append(result, file);
  return std::string(result);
}

/// Fails with operation_not_supported where the file system lacks the flag.
static std::error_code renameWith(unsigned flag, const std::string &from,
                                  const std::string &to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flag) == 0)
    return {};
  if (errno == EINVAL || errno == ENOSYS)
    return std::make_error_code(std::errc::operation_not_supported);
  return lastError();
}

/// Gives `from` the name `to`, where there is nothing.
static std::error_code renameToNew(const std::string &from,
                                   const std::string &to) {
  std::error_code done = renameWith(RENAME_NOREPLACE, from, to);
  if (done != std::errc::operation_not_supported)
    return done;
  // A file system that cannot refuse to replace.
  if (fs::exists(to))
    return std::make_error_code(std::errc::file_exists);
  return fs::rename(from, to);
}

/// Both names change what they name. Where a file system cannot do that at
/// once, there is nothing at `target` for a moment.
static std::error_code exchangeNames(const std::string &name,
                                     const std::string &target) {
  std::error_code done = renameWith(RENAME_EXCHANGE, name, target);
  if (done != std::errc::operation_not_supported)
    return done;
  std::string aside = name + ".old";
  if (std::error_code error = fs::rename(target, aside))
    return error;
  if (std::error_code error = fs::rename(name, target)) {
    (void)fs::rename(aside, target);
    return error;
  }
  return fs::rename(aside, name);
}

std::error_code
OutputFolder::keepAs(StringRef folder,
                     llvm::function_ref<bool(StringRef replaced)> mayRemove) {
  std::string target = folder.str();
  std::error_code error = renameToNew(name, target);
  if (!error) {
    name.clear();
    return {};
  }
  if (error != std::errc::file_exists || !mayRemove)
    return error;
  if ((error = exchangeNames(name, target)))
    return error;
  // The temporary name has what was there before.
  if (mayRemove(name))
    return {};
  if ((error = exchangeNames(name, target)))
    return error;
  return std::make_error_code(std::errc::directory_not_empty);
}
