//===- ElementTypes.h - The element types of ONNX's tensors --- -*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What follows from an element type alone. Types are numbers of
/// onnx::TensorProto::DataType, so that nothing here needs ONNX; any other
/// number, and 0, is an unknown type.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_ELEMENTTYPES_H
#define ONNX_SPLIT_SUPPORT_ELEMENTTYPES_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace onnx_split {

/// Bits that one element takes; 0 where it has no fixed size or is unknown.
unsigned bitsPerElement(int32_t elementType);

/// The name that ONNX and NumPy use: "float32", "int64", "bfloat16" ...;
/// "undefined" for an unknown type.
llvm::StringRef elementTypeName(int32_t elementType);

/// Floating-point and complex types of any width.
bool isFloatingPoint(int32_t elementType);

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_ELEMENTTYPES_H
