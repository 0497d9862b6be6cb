//===- Unavailable.cpp - Builds that cannot run plans ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/raw_ostream.h"

int main() {
  llvm::errs() << "onnx-split-run: error: this build lacks " ONNX_SPLIT_LACKS
                  "; install what is missing (utils/bootstrap does), and "
                  "configure again\n";
  return 1;
}
