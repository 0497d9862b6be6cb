//===- Duration.cpp - Times on command lines ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Duration.h"

double onnx_split::parseDuration(llvm::StringRef text) {
  // The longer unit first: "ms" and "s" end alike.
  double scale = text.consume_back("us")    ? 1e-6
                 : text.consume_back("ms")  ? 1e-3
                 : text.consume_back("min") ? 60
                 : text.consume_back("s")   ? 1
                                            : 0;
  double number;
  if (text.trim().getAsDouble(number) || !(number > 0 && number < 1e6))
    return 0;
  return number * scale;
}
