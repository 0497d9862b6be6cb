//===- Library.cpp - ONNX Runtime's library -------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Library.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <onnxruntime_cxx_api.h>

#include <cstdlib>
#include <dlfcn.h>
#include <vector>

using namespace onnx_split;

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace {
/// What was loaded, or why nothing was.
struct Loaded {
  const OrtApiBase *base = nullptr;
  std::string whyNot;
};
} // namespace

/// Libraries of the package onnxruntime in the environment of Python that a
/// wheel put this program into: ENVIRONMENT/bin, and beside it
/// ENVIRONMENT/lib/python3.N/site-packages.
static std::vector<std::string> listOfPackage() {
  // Any function of the program itself tells where it is.
  std::string program = fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&runtime::loadRuntime));
  llvm::SmallString<256> libraries =
      path::parent_path(path::parent_path(program));
  path::append(libraries, "lib");
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator python(libraries, error), end;
       !error && python != end; python.increment(error)) {
    if (!path::filename(python->path()).starts_with("python3"))
      continue;
    llvm::SmallString<256> folder(python->path());
    path::append(folder, "site-packages", "onnxruntime", "capi");
    std::error_code absent;
    for (fs::directory_iterator entry(folder, absent); !absent && entry != end;
         entry.increment(absent))
      if (path::filename(entry->path()).starts_with("libonnxruntime.so"))
        files.push_back(entry->path());
  }
  llvm::sort(files);
  return files;
}

/// Where to look; a name without a folder is the system's to find. Where the
/// environment names a file, nothing else will do.
static std::vector<std::string> listCandidates() {
  if (const char *named = ::getenv("ONNX_SPLIT_ONNXRUNTIME"); named && *named)
    return {named};
  std::vector<std::string> files;
#ifdef ONNX_SPLIT_ONNXRUNTIME_LIBRARY
  files.push_back(ONNX_SPLIT_ONNXRUNTIME_LIBRARY);
#endif
  for (std::string &file : listOfPackage())
    files.push_back(std::move(file));
  files.push_back("libonnxruntime.so.1");
  files.push_back("libonnxruntime.so");
  return files;
}

static Loaded load() {
  std::vector<std::string> failures;
  for (const std::string &file : listCandidates()) {
    void *library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      failures.push_back(::dlerror());
      continue;
    }
    auto getBase = reinterpret_cast<const OrtApiBase *(*)()>(
        ::dlsym(library, "OrtGetApiBase"));
    const OrtApiBase *base = getBase ? getBase() : nullptr;
    const OrtApi *api = base ? base->GetApi(ORT_API_VERSION) : nullptr;
    if (api) {
      Ort::InitApi(api);
      return {base, ""};
    }
    failures.push_back(base ? file + " is ONNX Runtime " +
                                  base->GetVersionString() + ", but 1." +
                                  std::to_string(ORT_API_VERSION) +
                                  " or later is needed"
                            : file + " is not ONNX Runtime");
    ::dlclose(library);
  }
  return {nullptr, "ONNX Runtime was not found: " + llvm::join(failures, "; ") +
                       ". Install it, for example with 'pip install "
                       "onnxruntime', and name its libonnxruntime.so in "
                       "ONNX_SPLIT_ONNXRUNTIME where it is elsewhere"};
}

static const Loaded &getLoaded() {
  static const Loaded loaded = load();
  return loaded;
}

std::string runtime::loadRuntime() { return getLoaded().whyNot; }

std::string runtime::getRuntimeVersion() {
  return getLoaded().base->GetVersionString();
}
