//===- Evaluation.cpp - What the function of an operator sees -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluation.h"

#include "ElementType.h"

using namespace onnx_split;
using namespace onnx_split::values;

const onnx::AttributeProto *Evaluation::attribute(llvm::StringRef name) const {
  for (const onnx::AttributeProto &attribute : node.node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

int64_t Evaluation::getInt(llvm::StringRef name, int64_t otherwise) const {
  const onnx::AttributeProto *found = attribute(name);
  return found ? found->i() : otherwise;
}

llvm::StringRef Evaluation::getString(llvm::StringRef name,
                                      llvm::StringRef otherwise) const {
  const onnx::AttributeProto *found = attribute(name);
  return found ? llvm::StringRef(found->s()) : otherwise;
}

std::optional<Extents> Evaluation::getInts(llvm::StringRef name) const {
  const onnx::AttributeProto *found = attribute(name);
  if (!found)
    return std::nullopt;
  return Extents(found->ints().begin(), found->ints().end());
}

const onnx::TypeProto_Tensor *Evaluation::tensorType(size_t index) const {
  const onnx::TypeProto *type =
      index < node.types.size() ? node.types[index] : nullptr;
  return type && type->has_tensor_type() ? &type->tensor_type() : nullptr;
}

std::optional<Extents> Evaluation::extents(size_t index) const {
  if (const KnownTensor *known = operand(index))
    return Extents(known->dims());
  const onnx::TypeProto_Tensor *type = tensorType(index);
  if (!type || !type->has_shape())
    return std::nullopt;
  Extents dims;
  for (const auto &dim : type->shape().dim()) {
    if (!dim.has_dim_value() || dim.dim_value() < 0)
      return std::nullopt;
    dims.push_back(dim.dim_value());
  }
  return dims;
}

const KnownTensor *Evaluation::whole(size_t index) const {
  const KnownTensor *known = operand(index);
  return known && known->size() <= KnownTensor::MaxElements ? known : nullptr;
}

const KnownTensor *Evaluation::wholeOrUnknown(size_t index) {
  if (operand(index))
    return whole(index);
  const onnx::TypeProto_Tensor *type = tensorType(index);
  std::optional<Extents> dims = extents(index);
  if (!type || !dims)
    return nullptr;
  std::optional<KnownTensor> unknown = create(type->elem_type(), *dims);
  if (!unknown)
    return nullptr;
  return &unknowns.emplace_back(std::move(*unknown));
}

static bool isExactInteger(const KnownTensor *tensor) {
  return tensor && !tensor->isFloat() && tensor->isExact();
}

std::optional<Extents> Evaluation::list(size_t index) const {
  const KnownTensor *known = whole(index);
  if (!isExactInteger(known) || known->dims().size() != 1)
    return std::nullopt;
  Extents values;
  for (int64_t i = 0; i < known->size(); ++i)
    values.push_back(known->integer(i));
  return values;
}

std::optional<Extents> Evaluation::listOr(size_t index,
                                          llvm::StringRef attribute) const {
  return has(index) ? list(index) : getInts(attribute);
}

std::optional<int64_t> Evaluation::scalar(size_t index) const {
  const KnownTensor *known = operand(index);
  if (!known || known->size() != 1 || known->dims().size() > 1 ||
      !isExactInteger(known))
    return std::nullopt;
  return known->integer(0);
}

llvm::SmallVector<std::optional<KnownTensor>> Evaluation::finish() {
  for (std::optional<KnownTensor> &result : results) {
    if (!result || result->size() == 0)
      continue;
    bool known = false;
    for (int64_t i = 0; i < result->size() && !known; ++i)
      known = result->knowledge(i) != Knowledge::Unknown;
    if (!known)
      result.reset();
  }
  return std::move(results);
}

std::optional<KnownTensor> values::create(int32_t type,
                                          llvm::ArrayRef<int64_t> dims) {
  if (!KnownTensor::canHold(type) || !KnownTensor::countElements(dims))
    return std::nullopt;
  return KnownTensor(type, dims);
}
