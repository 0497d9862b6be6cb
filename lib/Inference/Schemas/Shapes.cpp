//===- Shapes.cpp - What the rules of ONNX Runtime's operators share ------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shapes.h"

#include "onnx/defs/tensor_proto_util.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

const Shape *schemas::shapeOf(const Context &context, size_t input) {
  if (!hasInput(context, input))
    return nullptr;
  const onnx::TypeProto *type = context.getInputType(input);
  if (!type || !onnx::hasShape(*type))
    return nullptr;
  if (type->has_sparse_tensor_type())
    return &type->sparse_tensor_type().shape();
  return type->has_tensor_type() ? &type->tensor_type().shape() : nullptr;
}

const Shape *schemas::shapeOf(const Context &context, size_t input, int rank) {
  const Shape *shape = shapeOf(context, input);
  return shape && shape->dim_size() == rank ? shape : nullptr;
}

bool schemas::hasInput(const Context &context, size_t input) {
  return context.hasInput(input);
}

int64_t schemas::intOf(const Context &context, const char *name,
                       int64_t otherwise) {
  const onnx::AttributeProto *attribute = context.getAttribute(name);
  return attribute && attribute->has_i() ? attribute->i() : otherwise;
}

/// Does not read data whose extents promise anything but `count` elements.
static bool hasElements(const onnx::TensorProto &data, int64_t count) {
  int64_t elements = 1;
  for (int64_t extent : data.dims()) {
    if (extent != 1 && extent != count)
      return false;
    elements = std::max(elements, extent);
  }
  return elements == count && data.dims_size() <= 8;
}

std::optional<llvm::SmallVector<int64_t>>
schemas::integersOf(const Context &context, size_t input, int64_t count) {
  const onnx::TensorProto *data =
      hasInput(context, input) ? context.getInputData(input) : nullptr;
  if (!data || !hasElements(*data, count))
    return std::nullopt;
  llvm::SmallVector<int64_t> result;
  if (data->data_type() == onnx::TensorProto::INT64)
    llvm::append_range(result, onnx::ParseData<int64_t>(data));
  else if (data->data_type() == onnx::TensorProto::INT32)
    llvm::append_range(result, onnx::ParseData<int32_t>(data));
  else if (data->data_type() == onnx::TensorProto::INT16 &&
           data->has_raw_data())
    llvm::append_range(result, onnx::ParseRawData<int16_t>(*data));
  // Extents and data may contradict each other.
  return int64_t(result.size()) == count ? std::optional(result) : std::nullopt;
}

std::optional<int64_t> schemas::scalarOf(const Context &context, size_t input) {
  auto values = integersOf(context, input, 1);
  return values ? std::optional(values->front()) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

Dim schemas::known(int64_t extent) {
  Dim dim;
  if (extent >= 0)
    dim.set_dim_value(extent);
  return dim;
}

std::optional<int64_t> schemas::valueOf(const Dim &dim) {
  return dim.has_dim_value() && dim.dim_value() >= 0
             ? std::optional(dim.dim_value())
             : std::nullopt;
}

/// The result of arithmetic that may have overflowed.
static Dim checked(std::optional<int64_t> extent) {
  return extent ? known(*extent) : unknown();
}

Dim schemas::sum(const Dim &a, const Dim &b) {
  auto x = valueOf(a), y = valueOf(b);
  if (x == 0 || y == 0)
    return x == 0 ? b : a;
  return x && y ? checked(llvm::checkedAdd(*x, *y)) : unknown();
}

Dim schemas::difference(const Dim &a, const Dim &b) {
  auto x = valueOf(a), y = valueOf(b);
  if (y == 0)
    return a;
  return x && y ? known(*x - *y) : unknown();
}

Dim schemas::product(const Dim &a, const Dim &b) {
  auto x = valueOf(a), y = valueOf(b);
  if (x == 1 || y == 1)
    return x == 1 ? b : a;
  return x && y ? checked(llvm::checkedMul(*x, *y)) : unknown();
}

Dim schemas::quotient(const Dim &a, int64_t divisor) {
  if (divisor == 1)
    return a;
  auto x = valueOf(a);
  return x && divisor > 0 && *x % divisor == 0 ? known(*x / divisor)
                                               : unknown();
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

static onnx::TypeProto_Tensor *tensorOf(Context &context, size_t output) {
  if (!context.hasOutput(output))
    return nullptr;
  onnx::TypeProto *type = context.getOutputType(output);
  return type ? type->mutable_tensor_type() : nullptr;
}

void schemas::setType(Context &context, size_t output, int32_t elementType) {
  if (auto *tensor = tensorOf(context, output))
    tensor->set_elem_type(elementType);
}

void schemas::copyType(Context &context, size_t input, size_t output) {
  if (!hasInput(context, input))
    return;
  const onnx::TypeProto *type = context.getInputType(input);
  if (type && type->has_tensor_type() && type->tensor_type().elem_type())
    setType(context, output, type->tensor_type().elem_type());
}

void schemas::setTypeFrom(Context &context, const char *attribute,
                          int32_t otherwise, size_t output) {
  int64_t type = intOf(context, attribute, otherwise);
  if (type == int32_t(type) && onnx::TensorProto::DataType_IsValid(int(type)))
    setType(context, output, int32_t(type));
}

void schemas::setShape(Context &context, size_t output, const Shape &shape) {
  if (auto *tensor = tensorOf(context, output))
    *tensor->mutable_shape() = shape;
}

void schemas::setShape(Context &context, size_t output,
                       llvm::ArrayRef<Dim> dims) {
  Shape shape;
  for (const Dim &dim : dims)
    *shape.add_dim() = dim;
  setShape(context, output, shape);
}

void schemas::copyShape(Context &context, size_t input, size_t output) {
  if (const Shape *shape = shapeOf(context, input))
    setShape(context, output, *shape);
}

void schemas::copy(Context &context, size_t input, size_t output) {
  copyType(context, input, output);
  copyShape(context, input, output);
}

void schemas::broadcastShape(Context &context, size_t a, size_t b,
                             size_t output) {
  const Shape *left = shapeOf(context, a);
  const Shape *right = shapeOf(context, b);
  if (!left || !right)
    return;
  Shape result;
  onnx::bidirectionalBroadcastShapeInference(*left, *right, result);
  setShape(context, output, result);
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

void schemas::likeFirst(Context &context) { copy(context, 0, 0); }

void schemas::broadcastFirstTwo(Context &context) {
  copyType(context, 0, 0);
  broadcastShape(context, 0, 1, 0);
}
