//===- Unavailable.cpp - Builds that cannot run plans ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Stands in for the program where the build lacks a library that it needs: it
/// fails and says which one, so that nobody looks for a program that is not
/// there. The build defines ONNX_SPLIT_LACKS, a string.
///
//===----------------------------------------------------------------------===//

#include "llvm/Support/raw_ostream.h"

int main() {
  llvm::errs() << "onnx-split-run: error: this build lacks " ONNX_SPLIT_LACKS
                  "; install what is missing (utils/bootstrap does), and "
                  "configure again\n";
  return 1;
}
