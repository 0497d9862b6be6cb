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

/// Adds what is ONNX Runtime's library by its name in a folder. It looks for
/// its providers beside itself, which is not where links to it are.
static void addLibraries(const llvm::Twine &folder,
                         std::vector<std::string> &files) {
  std::error_code absent;
  for (fs::directory_iterator entry(folder, absent), end;
       !absent && entry != end; entry.increment(absent))
    if (llvm::SmallString<256> file(entry->path());
        path::filename(file).starts_with("libonnxruntime.so")) {
      // One that leads nowhere is named as it is.
      if (llvm::SmallString<256> real; !fs::real_path(file, real))
        file = real;
      files.push_back(file.str().str());
    }
}

/// Libraries beside this program, which is in PREFIX/bin: in PREFIX/lib, and in
/// the package onnxruntime of the Python that has this prefix. An environment,
/// which is where wheels are, calls its folder site-packages, a Python of
/// Debian dist-packages.
static std::vector<std::string> listBeside() {
  // Any function of the program itself tells where it is.
  std::string program = fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&runtime::loadRuntime));
  llvm::SmallString<256> libraries =
      path::parent_path(path::parent_path(program));
  path::append(libraries, "lib");
  std::vector<std::string> files;
  addLibraries(libraries, files);
  std::error_code error;
  for (fs::directory_iterator python(libraries, error), end;
       !error && python != end; python.increment(error)) {
    if (!path::filename(python->path()).starts_with("python3"))
      continue;
    for (llvm::StringRef packages : {"site-packages", "dist-packages"})
      addLibraries(python->path() + "/" + packages + "/onnxruntime/capi",
                   files);
  }
  llvm::sort(files);
  return files;
}

/// Where to look; a name without a folder is the system's to find. Where the
/// environment names a file, nothing else will do.
static std::vector<std::string> listCandidates() {
  if (const char *named = ::getenv("ONNX_SPLIT_ONNXRUNTIME"); named && *named)
    return {named};
  std::vector<std::string> files = listBeside();
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
