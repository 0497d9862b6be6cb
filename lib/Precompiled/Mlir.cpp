//===- Mlir.cpp - Headers that are compiled once --------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A target that others take precompiled headers from needs a source.
#include "Mlir.h"
