//===- Extents.h - What planning uses beside the types ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef ONNX_SPLIT_INFERENCE_EXTENTS_H
#define ONNX_SPLIT_INFERENCE_EXTENTS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <cstdint>

namespace onnx_split {

/// Extents of tensors in one run of a model, by the value's name.
using ObservedShapes = llvm::StringMap<llvm::SmallVector<int64_t>>;

} // namespace onnx_split

#endif // ONNX_SPLIT_INFERENCE_EXTENTS_H
