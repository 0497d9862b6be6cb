//===- Types.h - Type messages as a lattice ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What types inference compares and joins. A dimension is a number, a symbol
/// (of the model, or one that inference has invented for an extent that it does
/// not know, so that equal ones are seen to be equal), or open. Private to the
/// library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_TYPES_H
#define ONNX_SPLIT_LIB_INFERENCE_TYPES_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

namespace onnx_split {

using Dimension = onnx::TensorShapeProto::Dimension;

/// Invented symbols begin with '?', which no declared one does after `clean`.
inline bool isInvented(const Dimension &dim) {
  return dim.has_dim_param() &&
         llvm::StringRef(dim.dim_param()).starts_with("?");
}
inline bool isOpen(const Dimension &dim) {
  return (!dim.has_dim_value() && !dim.has_dim_param()) || isInvented(dim);
}
bool sameDimension(const Dimension &a, const Dimension &b);

/// Nothing at all is known.
inline bool isEmpty(const onnx::TypeProto &type) {
  return type.value_case() == onnx::TypeProto::VALUE_NOT_SET;
}

/// Calls `visit` for every dimension inside a type, however deep.
void forEachDimension(onnx::TypeProto &type,
                      llvm::function_ref<void(Dimension &)> visit);

/// Opens what exporters write for an unknown extent: negative numbers, "?" and
/// the like.
void clean(onnx::TypeProto &type);

/// The type that holds for values of both types: differing dimensions are open.
/// With `upperBounds`, of two numbers the larger one. Empty where the two are
/// of different kinds or element types.
onnx::TypeProto join(const onnx::TypeProto &a, const onnx::TypeProto &b,
                     bool upperBounds);

/// True where both say the same, whatever invented symbols are called.
bool sameType(const onnx::TypeProto &a, const onnx::TypeProto &b);

/// "float32[1, N, ?]", for messages.
std::string describe(const onnx::TypeProto &type);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_INFERENCE_TYPES_H
