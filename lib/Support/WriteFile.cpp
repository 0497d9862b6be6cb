//===- WriteFile.cpp - Files that are written at once ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/WriteFile.h"

std::error_code
onnx_split::writeFile(llvm::StringRef path,
                      llvm::function_ref<void(llvm::raw_ostream &)> write) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return error;
  write(os);
  os.close();
  error = os.error();
  // The stream ends the program if an error is left in it.
  os.clear_error();
  return error;
}
