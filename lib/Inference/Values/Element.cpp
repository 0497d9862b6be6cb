//===- Element.cpp - Elements and their comparison ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Element.h"

#include "ElementType.h"

#include "onnx/onnx_pb.h"

#include <cmath>
#include <limits>

using namespace onnx_split;
using namespace onnx_split::values;

Element Element::ofInteger(int32_t type, int64_t value, Knowledge knowledge) {
  bool number = knowledge != Knowledge::Symbol;
  return {type, knowledge, number ? wrap(type, value) : value, 0};
}

Element Element::ofReal(int32_t type, double value, Knowledge knowledge) {
  return {type, knowledge, 0, roundTo(type, value)};
}

Element Element::ofBool(bool value) {
  return ofInteger(onnx::TensorProto::BOOL, value);
}

Element Element::of(int32_t type, int value) {
  return isFloat(type) ? ofReal(type, value) : ofInteger(type, value);
}

bool Element::is(int value) const {
  return isExact() && (isFloat(type) ? real == value : integer == value);
}

Element values::load(const KnownTensor &tensor, int64_t index) {
  Element element{tensor.elementType(), tensor.knowledge(index)};
  if (tensor.isFloat())
    element.real = tensor.real(index);
  else
    element.integer = tensor.integer(index);
  return element;
}

void values::store(KnownTensor &tensor, int64_t index, const Element &element) {
  if (element.isUnknown())
    tensor.setUnknown(index);
  else if (tensor.isFloat())
    tensor.setReal(index, element.real, element.knowledge);
  else
    tensor.setInteger(index, element.integer, element.knowledge);
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// Where an element lies for certain, in numbers of the same order.
template <typename Number> struct Range {
  Number low, high;
};

/// uint64 is moved to int64, so that the order of its bits is that of numbers.
static int64_t orderKey(int32_t type, int64_t integer) {
  return type == onnx::TensorProto::UINT64
             ? int64_t(uint64_t(integer) ^ (uint64_t(1) << 63))
             : integer;
}

static Range<int64_t> integerRange(const Element &element) {
  using Limits = std::numeric_limits<int64_t>;
  int64_t zero = orderKey(element.type, 0);
  int64_t value = orderKey(element.type, element.integer);
  switch (element.knowledge) {
  case Knowledge::Exact:
    return {value, value};
  case Knowledge::AtMost:
    return {zero, value};
  case Knowledge::Symbol:
    return {zero, Limits::max()};
  case Knowledge::Unknown:
    break;
  }
  return {Limits::min(), Limits::max()};
}

static Range<double> realRange(const Element &element) {
  return {element.isExact() ? element.real : 0, element.real};
}

/// Decides by the ranges of two elements, or of floating-point numbers none of
/// which is unknown, as an unknown one may be NaN.
template <typename Decide>
static std::optional<bool> byRange(const Element &a, const Element &b,
                                   Decide decide) {
  if (a.isUnknown() || b.isUnknown())
    return std::nullopt;
  if (isFloat(a.type))
    return decide(realRange(a), realRange(b));
  return decide(integerRange(a), integerRange(b));
}

static bool areReals(const Element &a, const Element &b) {
  return isFloat(a.type) && a.isExact() && b.isExact();
}

static bool isSameSymbol(const Element &a, const Element &b) {
  return a.knowledge == Knowledge::Symbol && b.knowledge == Knowledge::Symbol &&
         a.integer == b.integer;
}

std::optional<bool> values::isLess(const Element &a, const Element &b) {
  if (areReals(a, b))
    return a.real < b.real;
  if (isSameSymbol(a, b))
    return false;
  return byRange(a, b, [](auto x, auto y) -> std::optional<bool> {
    if (x.high < y.low)
      return true;
    return x.low >= y.high ? std::optional(false) : std::nullopt;
  });
}

std::optional<bool> values::isLessOrEqual(const Element &a, const Element &b) {
  if (areReals(a, b))
    return a.real <= b.real;
  if (isSameSymbol(a, b))
    return true;
  return byRange(a, b, [](auto x, auto y) -> std::optional<bool> {
    if (x.high <= y.low)
      return true;
    return x.low > y.high ? std::optional(false) : std::nullopt;
  });
}

std::optional<bool> values::isEqual(const Element &a, const Element &b) {
  if (areReals(a, b))
    return a.real == b.real;
  if (isSameSymbol(a, b))
    return true;
  return byRange(a, b, [](auto x, auto y) -> std::optional<bool> {
    if (x.high < y.low || y.high < x.low)
      return false;
    bool points = x.low == x.high && y.low == y.high;
    return points ? std::optional(true) : std::nullopt;
  });
}

bool values::isNaN(const Element &element) {
  return isFloat(element.type) && element.isExact() && std::isnan(element.real);
}

bool values::isSame(const Element &a, const Element &b) {
  bool signs = std::signbit(a.real) == std::signbit(b.real);
  return signs && isEqual(a, b).value_or(false);
}
