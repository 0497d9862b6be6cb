//===- Schemas.cpp - Operators that ONNX has no schema for ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Schemas.h"

void onnx_split::registerRuntimeSchemas() {}
