//===- Shapes.cpp - Values of what shapes and attributes say --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Element.h"
#include "ElementType.h"
#include "Evaluation.h"

#include "onnx/onnx_pb.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Shape and Size
//===----------------------------------------------------------------------===//

/// Exact numbers as a list.
static KnownTensor listOf(llvm::ArrayRef<int64_t> numbers) {
  KnownTensor list(TensorProto::INT64, {int64_t(numbers.size())});
  for (size_t i = 0; i < numbers.size(); ++i)
    list.setInteger(i, numbers[i]);
  return list;
}

/// The extents of an operand, by its value or else by its type.
static std::optional<KnownTensor> allExtents(Evaluation &evaluation) {
  if (const KnownTensor *known = evaluation.operand(0))
    return listOf(known->dims());
  const onnx::TypeProto_Tensor *type = evaluation.tensorType(0);
  if (!type || !type->has_shape() ||
      type->shape().dim_size() > KnownTensor::MaxElements)
    return std::nullopt;
  return KnownTensor::fromShape(type->shape(), evaluation.symbols());
}

static std::optional<KnownTensor> shape(Evaluation &evaluation) {
  std::optional<KnownTensor> all = allExtents(evaluation);
  if (!all)
    return std::nullopt;
  auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + all->size() : axis, 0,
                               all->size());
  };
  int64_t start = clamp(evaluation.getInt("start", 0));
  int64_t end = clamp(evaluation.getInt("end", all->size()));
  KnownTensor part(TensorProto::INT64, {std::max<int64_t>(end - start, 0)});
  for (int64_t i = 0; i < part.size(); ++i)
    part.copyElement(i, *all, start + i);
  return part;
}

static std::optional<KnownTensor> size(Evaluation &evaluation) {
  std::optional<KnownTensor> all = allExtents(evaluation);
  if (!all)
    return std::nullopt;
  llvm::SmallVector<Element> factors = {Element::of(TensorProto::INT64, 1)};
  for (int64_t i = 0; i < all->size(); ++i)
    factors.push_back(load(*all, i));
  KnownTensor result(TensorProto::INT64, {});
  store(result, 0, product(factors));
  return result;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

template <typename Numbers>
static std::optional<KnownTensor>
constantOf(int32_t type, const Numbers &numbers, llvm::ArrayRef<int64_t> dims) {
  if (numbers.size() > KnownTensor::MaxRead)
    return std::nullopt;
  KnownTensor result(type, dims);
  for (int64_t i = 0; i < result.size(); ++i)
    if (result.isFloat())
      result.setReal(i, numbers[i]);
    else
      result.setInteger(i, numbers[i]);
  return result;
}

static std::optional<KnownTensor> constant(Evaluation &evaluation) {
  if (auto *value = evaluation.attribute("value"))
    return KnownTensor::read(value->t());
  if (auto *value = evaluation.attribute("value_int"))
    return constantOf(TensorProto::INT64, llvm::ArrayRef<int64_t>(value->i()),
                      {});
  if (auto *value = evaluation.attribute("value_float"))
    return constantOf(TensorProto::FLOAT, llvm::ArrayRef<float>(value->f()),
                      {});
  if (auto *value = evaluation.attribute("value_ints"))
    return constantOf(TensorProto::INT64, value->ints(), {value->ints_size()});
  if (auto *value = evaluation.attribute("value_floats"))
    return constantOf(TensorProto::FLOAT, value->floats(),
                      {value->floats_size()});
  return std::nullopt;
}

static std::optional<KnownTensor> constantOfShape(Evaluation &evaluation) {
  std::optional<Extents> dims = evaluation.list(0);
  std::optional<KnownTensor> value;
  if (auto *attribute = evaluation.attribute("value"))
    value = KnownTensor::read(attribute->t());
  else if ((value = create(TensorProto::FLOAT, {})))
    value->setReal(0, 0);
  if (!dims || !value || value->size() != 1)
    return std::nullopt;
  std::optional<KnownTensor> result = create(value->elementType(), *dims);
  for (int64_t i = 0; result && i < result->size(); ++i)
    result->copyElement(i, *value, 0);
  return result;
}

/// Ones on a diagonal, in the extents of a matrix.
static std::optional<KnownTensor> eyeLike(Evaluation &evaluation) {
  std::optional<Extents> dims = evaluation.extents(0);
  int32_t type = 0;
  if (const KnownTensor *known = evaluation.operand(0))
    type = known->elementType();
  else if (const onnx::TypeProto_Tensor *declared = evaluation.tensorType(0))
    type = declared->elem_type();
  int64_t asked = evaluation.getInt("dtype", type);
  if (!dims || dims->size() != 2 || asked < 0 || asked > INT32_MAX)
    return std::nullopt;
  type = int32_t(asked);
  std::optional<KnownTensor> result = create(type, *dims);
  if (!result || result->size() == 0)
    return result;
  int64_t diagonal = evaluation.getInt("k", 0);
  for (int64_t row = 0; row < (*dims)[0]; ++row)
    for (int64_t column = 0; column < (*dims)[1]; ++column)
      store(*result, row * (*dims)[1] + column,
            Element::of(type, column - row == diagonal));
  return result;
}

//===----------------------------------------------------------------------===//
// Range
//===----------------------------------------------------------------------===//

/// ceil((limit - start) / delta), not negative.
static std::optional<int64_t> countIntegers(int64_t start, int64_t limit,
                                            int64_t delta) {
  int64_t distance;
  if (delta == 0 || delta == INT64_MIN ||
      __builtin_sub_overflow(limit, start, &distance) || distance == INT64_MIN)
    return std::nullopt;
  if (delta < 0) {
    delta = -delta;
    distance = -distance;
  }
  return distance <= 0 ? 0 : (distance - 1) / delta + 1;
}

/// Some round the distance to the type and others do not; none where that makes
/// a difference.
static std::optional<int64_t> countReals(const Element &start,
                                         const Element &limit, double delta) {
  if (!std::isfinite(limit.real) || !std::isfinite(start.real))
    return std::nullopt;
  double count = std::ceil((limit.real - start.real) / delta);
  double rounded = std::ceil(subtract(limit, start).real / delta);
  if (!(delta != 0) || !(count <= double(KnownTensor::MaxElements)) ||
      count != rounded)
    return std::nullopt;
  return int64_t(std::max(count, 0.0));
}

/// Some add the step again and again, others multiply it; unknown where that
/// makes a difference.
static Element rangeElement(int32_t type, double start, double delta,
                            int64_t index, double added) {
  Element product = Element::ofReal(type, start + double(index) * delta);
  return product.real == added ? product : Element::unknown(type);
}

static std::optional<KnownTensor> range(Evaluation &evaluation) {
  std::optional<Element> operands[3];
  for (size_t i = 0; i < 3; ++i) {
    const KnownTensor *operand = evaluation.operand(i);
    if (!operand || operand->size() != 1 || operand->dims().size() > 1 ||
        !operand->isExact())
      return std::nullopt;
    operands[i] = load(*operand, 0);
  }
  auto [start, limit, delta] = operands;
  int32_t type = start->type;
  std::optional<int64_t> count =
      isFloat(type)
          ? countReals(*start, *limit, delta->real)
          : countIntegers(start->integer, limit->integer, delta->integer);
  std::optional<KnownTensor> result;
  if (count)
    result = create(type, {*count});
  if (!result)
    return std::nullopt;
  Element added = *start;
  for (int64_t i = 0; i < *count; ++i, added = add(added, *delta))
    store(*result, i,
          isFloat(type)
              ? rangeElement(type, start->real, delta->real, i, added.real)
              : added);
  return result;
}

llvm::ArrayRef<Entry> values::shapeEntries() {
  static constexpr Entry table[] = {
      {"Constant", one<constant>}, {"ConstantOfShape", one<constantOfShape>},
      {"EyeLike", one<eyeLike>},   {"Range", one<range>},
      {"Shape", one<shape>},       {"Size", one<size>},
  };
  return table;
}
