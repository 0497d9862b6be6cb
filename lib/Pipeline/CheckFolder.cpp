//===- CheckFolder.cpp - May the output folder be written? ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/CheckFolder.h"

#include "ForeignFiles.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace onnx_split;

/// True where `inner` is `folder` or lies in it.
static bool isInside(StringRef inner, StringRef folder) {
  SmallString<256> realInner, realFolder;
  if (llvm::sys::fs::real_path(inner, realInner) ||
      llvm::sys::fs::real_path(folder, realFolder))
    return false;
  return StringRef(realInner).starts_with(realFolder) &&
         (realInner.size() == realFolder.size() ||
          llvm::sys::path::is_separator(realInner[realFolder.size()]) ||
          realFolder == llvm::sys::path::root_path(realFolder));
}

/// The foreign files, unless another run exchanges the folder meanwhile.
static std::string findForeign(StringRef folder) {
  constexpr int looks = 5;
  std::string foreign;
  for (int look = 0; look < looks; ++look)
    if (foreign = describeForeign(folder); foreign.empty())
      break;
  return foreign;
}

LogicalResult onnx_split::checkFolder(StringRef folder, bool force,
                                      ArrayRef<std::string> read,
                                      MLIRContext *context) {
  auto error = [&] {
    return emitError(FileLineColLoc::get(context, folder, 0, 0));
  };
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(folder, status, /*follow=*/false) ||
      !llvm::sys::fs::exists(status))
    return success();
  if (!force)
    return error() << "the output folder exists; choose another with -o, or "
                      "replace it with --force";
  if (!llvm::sys::fs::is_directory(status))
    return error() << "exists and is no folder, so --force does not replace it";
  if (isInside(".", folder))
    return error() << "holds the current folder, so --force does not replace "
                      "it";
  for (const std::string &file : read)
    if (isInside(file, folder))
      return error() << "holds '" << file
                     << "', which this run reads, so --force does not replace "
                        "it; choose another folder with -o";
  std::string foreign = findForeign(folder);
  if (foreign.empty())
    return success();
  return error() << "--force replaces only what this program has written, but "
                 << foreign << "; choose another folder with -o";
}
