//===- Shapes.h - What the rules of ONNX Runtime's operators share -*- C++ -*-//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reading inputs that may be absent or of an unknown type, and setting outputs
/// that nobody may have asked for. An extent that is not known is a dimension
/// without a value; arithmetic keeps it unknown. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_SHAPES_H
#define ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_SHAPES_H

#include "onnx/defs/shape_inference.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace onnx_split::schemas {

using Context = onnx::InferenceContext;
using Dim = onnx::TensorShapeProto::Dimension;
using Shape = onnx::TensorShapeProto;

/// The shape of a tensor; null where the input is absent or its rank unknown.
const Shape *shapeOf(const Context &context, size_t input);

/// As shapeOf(), but null too where the rank is another one.
const Shape *shapeOf(const Context &context, size_t input, int rank);

/// False where the node leaves the input out.
bool hasInput(const Context &context, size_t input);

Dim known(int64_t extent);
inline Dim unknown() { return {}; }
std::optional<int64_t> valueOf(const Dim &dim);

/// Arithmetic on extents; unknown where an operand is, where the result would
/// be negative or too large for 64 bits, and on a division by zero or with a
/// remainder. A sum with 0 and a product or quotient with 1 keep a name.
Dim sum(const Dim &a, const Dim &b);
Dim difference(const Dim &a, const Dim &b);
Dim product(const Dim &a, const Dim &b);
Dim quotient(const Dim &a, int64_t divisor);

/// An integer attribute, or `otherwise`.
int64_t intOf(const Context &context, const char *name, int64_t otherwise);

/// The elements of an input that is known at compile time, is of type int16,
/// int32 or int64 and has `count` elements.
std::optional<llvm::SmallVector<int64_t>>
integersOf(const Context &context, size_t input, int64_t count);

/// As integersOf(), for one element, of any rank.
std::optional<int64_t> scalarOf(const Context &context, size_t input);

/// These do nothing where the output is not there.
void setType(Context &context, size_t output, int32_t elementType);
void copyType(Context &context, size_t input, size_t output);
/// Takes the type that an attribute names, or `otherwise`.
void setTypeFrom(Context &context, const char *attribute, int32_t otherwise,
                 size_t output);
void setShape(Context &context, size_t output, llvm::ArrayRef<Dim> dims);
void setShape(Context &context, size_t output, const Shape &shape);
void copyShape(Context &context, size_t input, size_t output);
void copy(Context &context, size_t input, size_t output);
/// The shape of two inputs broadcast against each other.
void broadcastShape(Context &context, size_t a, size_t b, size_t output);

//===----------------------------------------------------------------------===//
// Rules that many operators have
//===----------------------------------------------------------------------===//

/// The first output is like the first input.
void likeFirst(Context &context);

/// The first output has the first input's type and the shape of both broadcast.
void broadcastFirstTwo(Context &context);

} // namespace onnx_split::schemas

#endif // ONNX_SPLIT_LIB_INFERENCE_SCHEMAS_SHAPES_H
