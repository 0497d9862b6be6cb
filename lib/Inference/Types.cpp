//===- Types.cpp - Type messages as a lattice -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Types.h"

#include "onnx-split/Support/ElementTypes.h"

using namespace onnx_split;
using onnx::TypeProto;

bool onnx_split::sameDimension(const Dimension &a, const Dimension &b) {
  if (a.has_dim_value() || b.has_dim_value())
    return a.has_dim_value() && b.has_dim_value() &&
           a.dim_value() == b.dim_value();
  return a.has_dim_param() && b.has_dim_param() &&
         a.dim_param() == b.dim_param();
}

//===----------------------------------------------------------------------===//
// Containers
//===----------------------------------------------------------------------===//

/// The type inside a sequence, an optional or a map, or null.
static TypeProto *getInner(TypeProto &type) {
  switch (type.value_case()) {
  case TypeProto::kSequenceType:
    return type.mutable_sequence_type()->mutable_elem_type();
  case TypeProto::kOptionalType:
    return type.mutable_optional_type()->mutable_elem_type();
  case TypeProto::kMapType:
    return type.mutable_map_type()->mutable_value_type();
  default:
    return nullptr;
  }
}

static const TypeProto *getInner(const TypeProto &type) {
  switch (type.value_case()) {
  case TypeProto::kSequenceType:
    return &type.sequence_type().elem_type();
  case TypeProto::kOptionalType:
    return &type.optional_type().elem_type();
  case TypeProto::kMapType:
    return &type.map_type().value_type();
  default:
    return nullptr;
  }
}

/// The shape of a dense or sparse tensor, or null where even the rank is open.
static onnx::TensorShapeProto *getShape(TypeProto &type) {
  if (type.has_tensor_type() && type.tensor_type().has_shape())
    return type.mutable_tensor_type()->mutable_shape();
  if (type.has_sparse_tensor_type() && type.sparse_tensor_type().has_shape())
    return type.mutable_sparse_tensor_type()->mutable_shape();
  return nullptr;
}

static const onnx::TensorShapeProto *getShape(const TypeProto &type) {
  return getShape(const_cast<TypeProto &>(type));
}

static void clearShape(TypeProto &type) {
  if (type.has_tensor_type())
    type.mutable_tensor_type()->clear_shape();
  else if (type.has_sparse_tensor_type())
    type.mutable_sparse_tensor_type()->clear_shape();
}

/// Element type of a tensor, key type of a map; 0 for the others.
static int32_t getScalarType(const TypeProto &type) {
  switch (type.value_case()) {
  case TypeProto::kTensorType:
    return type.tensor_type().elem_type();
  case TypeProto::kSparseTensorType:
    return type.sparse_tensor_type().elem_type();
  case TypeProto::kMapType:
    return type.map_type().key_type();
  default:
    return 0;
  }
}

//===----------------------------------------------------------------------===//
// The lattice
//===----------------------------------------------------------------------===//

void onnx_split::forEachDimension(TypeProto &type,
                                  llvm::function_ref<void(Dimension &)> visit) {
  TypeProto *innermost = &type;
  while (TypeProto *inner = getInner(*innermost))
    innermost = inner;
  if (onnx::TensorShapeProto *shape = getShape(*innermost))
    for (Dimension &dim : *shape->mutable_dim())
      visit(dim);
}

void onnx_split::clean(TypeProto &type) {
  forEachDimension(type, [](Dimension &dim) {
    if (dim.has_dim_value() ? dim.dim_value() < 0
                            : dim.dim_param().empty() || isInvented(dim))
      dim.clear_value();
  });
}

static void joinShape(TypeProto &type, const TypeProto &other,
                      bool upperBounds) {
  onnx::TensorShapeProto *mine = getShape(type);
  const onnx::TensorShapeProto *theirs = getShape(other);
  if (!mine)
    return;
  if (!theirs || theirs->dim_size() != mine->dim_size())
    return clearShape(type);
  for (int i = 0; i < mine->dim_size(); ++i) {
    Dimension &a = *mine->mutable_dim(i);
    const Dimension &b = theirs->dim(i);
    if (sameDimension(a, b))
      continue;
    if (upperBounds && a.has_dim_value() && b.has_dim_value())
      a.set_dim_value(std::max(a.dim_value(), b.dim_value()));
    else
      a.clear_value();
  }
}

TypeProto onnx_split::join(const TypeProto &a, const TypeProto &b,
                           bool upperBounds) {
  if (a.value_case() != b.value_case() || getScalarType(a) != getScalarType(b))
    return {};
  TypeProto result = a;
  TypeProto *mine = &result;
  const TypeProto *theirs = &b;
  while (TypeProto *inner = getInner(*mine)) {
    theirs = getInner(*theirs);
    mine = inner;
    if (mine->value_case() != theirs->value_case() ||
        getScalarType(*mine) != getScalarType(*theirs)) {
      mine->Clear();
      return result;
    }
  }
  joinShape(*mine, *theirs, upperBounds);
  return result;
}

bool onnx_split::sameType(const TypeProto &a, const TypeProto &b) {
  auto withoutInvented = [](TypeProto type) {
    clean(type);
    return type.SerializeAsString();
  };
  return withoutInvented(a) == withoutInvented(b);
}

std::string onnx_split::describe(const TypeProto &type) {
  if (isEmpty(type))
    return "unknown";
  if (const TypeProto *inner = getInner(type))
    return (type.has_sequence_type()   ? "sequence of "
            : type.has_optional_type() ? "optional "
                                       : "map to ") +
           describe(*inner);
  std::string text = elementTypeName(getScalarType(type)).str();
  const onnx::TensorShapeProto *shape = getShape(type);
  if (!shape)
    return text + " of unknown rank";
  text += '[';
  for (int i = 0; i < shape->dim_size(); ++i) {
    const Dimension &dim = shape->dim(i);
    if (i > 0)
      text += ", ";
    text += isOpen(dim)           ? "?"
            : dim.has_dim_value() ? std::to_string(dim.dim_value())
                                  : dim.dim_param();
  }
  return text + ']';
}
