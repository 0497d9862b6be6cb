//===- Unary.cpp - Values of operators on one operand's elements ----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementType.h"
#include "Elementwise.h"

#include "onnx/onnx_pb.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::TensorProto;

template <Element (*Apply)(const Element &)>
static std::optional<KnownTensor> unary(Evaluation &evaluation) {
  const KnownTensor *x = evaluation.whole(0);
  return mapOne(x, x ? x->elementType() : 0, Apply);
}

//===----------------------------------------------------------------------===//
// Functions of an element
//===----------------------------------------------------------------------===//

static Element negate(const Element &x) {
  if (!x.isExact())
    return Element::unknown(x.type);
  return isFloat(x.type)
             ? Element::ofReal(x.type, -x.real)
             : Element::ofInteger(x.type, int64_t(-uint64_t(x.integer)));
}

/// What is only known not to be negative is its own magnitude.
static Element magnitude(const Element &x) {
  if (!x.isExact())
    return x;
  if (isFloat(x.type))
    return Element::ofReal(x.type, std::fabs(x.real));
  return isUnsigned(x.type) || x.integer >= 0 ? x : negate(x);
}

static Element sign(const Element &x) {
  if (!x.isExact() || isNaN(x))
    return Element::unknown(x.type);
  Element zero = Element::of(x.type, 0);
  return Element::of(x.type, int(isLess(zero, x).value_or(false)) -
                                 int(isLess(x, zero).value_or(false)));
}

static Element logicalNot(const Element &x) {
  return x.isExact() ? Element::ofBool(!x.integer) : x;
}

static Element bitwiseNot(const Element &x) {
  return x.isExact() ? Element::ofInteger(x.type, ~x.integer)
                     : Element::unknown(x.type);
}

template <double (*Function)(double)> static Element ofReal(const Element &x) {
  return x.isExact() ? Element::ofReal(x.type, Function(x.real))
                     : Element::unknown(x.type);
}

/// A function that takes the numbers from 0 to a bound to those from 0 to the
/// function of the bound.
template <double (*Function)(double)>
static Element monotone(const Element &x) {
  return x.isUnknown() ? x
                       : Element::ofReal(x.type, Function(x.real), x.knowledge);
}

static double reciprocal(double x) { return 1 / x; }

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

static Element testNaN(const Element &x) {
  return x.isUnknown() ? Element::unknown(TensorProto::BOOL)
                       : Element::ofBool(isNaN(x));
}

static std::optional<KnownTensor> isNaNOp(Evaluation &evaluation) {
  return mapOne(evaluation.whole(0), TensorProto::BOOL, testNaN);
}

/// Before operator set 6 the type is a word, which no exporter writes.
static std::optional<KnownTensor> cast(Evaluation &evaluation) {
  if (evaluation.opset() < 6)
    return std::nullopt;
  int64_t to = evaluation.getInt("to", 0);
  if (to < 0 || to > INT32_MAX)
    return std::nullopt;
  return mapOne(evaluation.whole(0), int32_t(to),
                [&](const Element &x) { return convert(x, int32_t(to)); });
}

static std::optional<KnownTensor> castLike(Evaluation &evaluation) {
  int32_t to = 0;
  if (const KnownTensor *like = evaluation.operand(1))
    to = like->elementType();
  else if (const onnx::TypeProto_Tensor *type = evaluation.tensorType(1))
    to = type->elem_type();
  return mapOne(evaluation.whole(0), to,
                [&](const Element &x) { return convert(x, to); });
}

/// A bound of Clip: none where there is none, unknown where its value is.
static std::optional<Element> clipBound(const Evaluation &evaluation,
                                        size_t index, llvm::StringRef name,
                                        int32_t type) {
  if (evaluation.opset() < 11) {
    const onnx::AttributeProto *attribute = evaluation.attribute(name);
    if (!attribute)
      return std::nullopt;
    return Element::ofReal(type, attribute->f());
  }
  if (!evaluation.has(index))
    return std::nullopt;
  const KnownTensor *bound = evaluation.operand(index);
  bool single = bound && bound->size() == 1 && bound->dims().size() <= 1;
  return single ? load(*bound, 0) : Element::unknown(type);
}

static std::optional<KnownTensor> clip(Evaluation &evaluation) {
  const KnownTensor *x = evaluation.whole(0);
  if (!x)
    return std::nullopt;
  int32_t type = x->elementType();
  std::optional<Element> low = clipBound(evaluation, 1, "min", type);
  std::optional<Element> high = clipBound(evaluation, 2, "max", type);
  // Infinity crosses the default of the other bound.
  if ((low && std::isinf(low->real)) || (high && std::isinf(high->real)))
    return std::nullopt;
  // Older operator sets do not say which of two crossed bounds wins.
  if (evaluation.opset() < 13 && low && high &&
      !isLessOrEqual(*low, *high).value_or(true))
    return std::nullopt;
  return mapOne(x, type, [&](Element element) {
    // The default bounds are the largest finite numbers.
    if (isFloat(type) && std::isinf(element.real) && (!low || !high))
      return Element::unknown(type);
    if (low)
      element = maximum(element, *low);
    if (high)
      element = minimum(element, *high);
    return element;
  });
}

llvm::ArrayRef<Entry> values::unaryEntries() {
  static constexpr Entry table[] = {
      {"Abs", one<unary<magnitude>>},
      {"BitwiseNot", one<unary<bitwiseNot>>},
      {"Cast", one<cast>},
      {"CastLike", one<castLike>},
      {"Ceil", one<unary<monotone<std::ceil>>>},
      {"Clip", one<clip>},
      {"Exp", one<unary<ofReal<std::exp>>>},
      {"Floor", one<unary<monotone<std::floor>>>},
      {"IsNaN", one<isNaNOp>},
      {"Log", one<unary<ofReal<std::log>>>},
      {"Neg", one<unary<negate>>},
      {"Not", one<unary<logicalNot>>},
      {"Reciprocal", one<unary<ofReal<reciprocal>>>},
      // To the nearest, halves to even: the rounding mode of every process.
      {"Round", one<unary<monotone<std::nearbyint>>>},
      {"Sign", one<unary<sign>>},
      {"Sqrt", one<unary<monotone<std::sqrt>>>},
  };
  return table;
}
