//===- NamedFiles.cpp - A file for each instance --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/NamedFiles.h"

#include "onnx-split/Support/WriteFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace onnx_split::instances;

/// Far below what file systems take, endings and numbers included.
static constexpr size_t LongestName = 200;

bool NamedFiles::write(StringRef instance,
                       function_ref<void(raw_ostream &)> content) {
  if (folder.empty())
    return true;
  std::string name = instance.take_front(LongestName).str();
  for (char &c : name)
    if (!isAlnum(c) && !StringRef("._-@+").contains(c))
      c = '_';
  // No hidden file.
  if (name.empty() || name.front() == '.')
    name.insert(0, "_");
  std::string numbered = name;
  for (int number = 2; !taken.insert(StringRef(numbered).lower()).second;
       ++number)
    numbered = name + "-" + std::to_string(number);
  SmallString<256> path(folder);
  std::error_code error = sys::fs::create_directories(folder);
  sys::path::append(path, numbered + ending);
  if (!error)
    error = writeFile(path, content);
  if (error)
    errs() << path << ": error: cannot write: " << error.message() << '\n';
  return !error;
}
