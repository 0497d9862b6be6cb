//===- ElementArithmetic.cpp - Arithmetic on elements ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Element.h"
#include "ElementType.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::TensorProto;

static bool areExact(const Element &a, const Element &b) {
  return a.isExact() && b.isExact();
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

/// True where the element lies between 0 and its value.
static bool isCapped(const Element &element) {
  if (!element.isExact() && element.knowledge != Knowledge::AtMost)
    return false;
  return isFloat(element.type) ? element.real >= 0 : element.integer >= 0;
}

/// A bound; unknown where it says nothing any more.
static Element atMost(int32_t type, int64_t value) {
  if (!holds(type, value) || value < 0)
    return Element::unknown(type);
  return Element::ofInteger(type, value, Knowledge::AtMost);
}

static Element atMost(int32_t type, double value) {
  Element bound = Element::ofReal(type, value, Knowledge::AtMost);
  return std::isfinite(bound.real) ? bound : Element::unknown(type);
}

/// The bound of a monotone operation on two numbers that are not negative.
template <typename Integer, typename Real>
static Element combineBounds(const Element &a, const Element &b,
                             Integer integer, Real real) {
  if (!isCapped(a) || !isCapped(b))
    return Element::unknown(a.type);
  if (isFloat(a.type))
    return atMost(a.type, real(a.real, b.real));
  int64_t bound;
  if (integer(a.integer, b.integer, &bound))
    return Element::unknown(a.type);
  return atMost(a.type, bound);
}

//===----------------------------------------------------------------------===//
// Of two elements
//===----------------------------------------------------------------------===//

Element values::add(const Element &a, const Element &b) {
  if (areExact(a, b))
    return isFloat(a.type)
               ? Element::ofReal(a.type, a.real + b.real)
               : Element::ofInteger(a.type, int64_t(uint64_t(a.integer) +
                                                    uint64_t(b.integer)));
  if (a.is(0))
    return b;
  if (b.is(0))
    return a;
  return combineBounds(
      a, b,
      [](int64_t x, int64_t y, int64_t *z) {
        return __builtin_add_overflow(x, y, z);
      },
      [](double x, double y) { return x + y; });
}

Element values::subtract(const Element &a, const Element &b) {
  if (areExact(a, b))
    return isFloat(a.type)
               ? Element::ofReal(a.type, a.real - b.real)
               : Element::ofInteger(a.type, int64_t(uint64_t(a.integer) -
                                                    uint64_t(b.integer)));
  if (b.is(0))
    return a;
  if (a.knowledge == Knowledge::Symbol && isEqual(a, b).value_or(false))
    return Element::of(a.type, 0);
  return Element::unknown(a.type);
}

Element values::multiply(const Element &a, const Element &b) {
  if (areExact(a, b))
    return isFloat(a.type)
               ? Element::ofReal(a.type, a.real * b.real)
               : Element::ofInteger(a.type, int64_t(uint64_t(a.integer) *
                                                    uint64_t(b.integer)));
  // A number that is not known may be NaN or infinite, but no integer is.
  if (!isFloat(a.type) && (a.is(0) || b.is(0)))
    return Element::of(a.type, 0);
  if (a.is(1))
    return b;
  if (b.is(1))
    return a;
  return combineBounds(
      a, b,
      [](int64_t x, int64_t y, int64_t *z) {
        return __builtin_mul_overflow(x, y, z);
      },
      [](double x, double y) { return x * y; });
}

/// True where integers have no quotient: by zero, or one past the largest.
static bool isUndefinedQuotient(const Element &a, const Element &b) {
  if (b.integer == 0)
    return true;
  return !isUnsigned(a.type) && b.integer == -1 &&
         (a.integer == INT64_MIN || !holds(a.type, -a.integer));
}

Element values::divide(const Element &a, const Element &b) {
  if (areExact(a, b) && isFloat(a.type))
    return Element::ofReal(a.type, a.real / b.real);
  if (b.is(1))
    return a;
  if (!b.isExact() || isFloat(a.type)) {
    bool bounded =
        a.knowledge == Knowledge::AtMost && b.isExact() && b.real > 0;
    return bounded ? atMost(a.type, a.real / b.real) : Element::unknown(a.type);
  }
  if (isUndefinedQuotient(a, b))
    return Element::unknown(a.type);
  if (a.knowledge == Knowledge::AtMost && isCapped(a) && isCapped(b))
    return atMost(a.type, a.integer / b.integer);
  if (!a.isExact())
    return Element::unknown(a.type);
  if (isUnsigned(a.type))
    return Element::ofInteger(
        a.type, int64_t(uint64_t(a.integer) / uint64_t(b.integer)));
  return Element::ofInteger(a.type, a.integer / b.integer);
}

Element values::remainder(const Element &a, const Element &b) {
  if (!areExact(a, b))
    return Element::unknown(a.type);
  if (isFloat(a.type)) {
    // ONNX leaves the sign of zero open.
    bool open = a.real == 0 && std::signbit(a.real);
    return open ? Element::unknown(a.type)
                : Element::ofReal(a.type, std::fmod(a.real, b.real));
  }
  if (isUndefinedQuotient(a, b))
    return Element::unknown(a.type);
  if (isUnsigned(a.type))
    return Element::ofInteger(
        a.type, int64_t(uint64_t(a.integer) % uint64_t(b.integer)));
  return Element::ofInteger(a.type, a.integer % b.integer);
}

Element values::modulo(const Element &a, const Element &b) {
  // Only the newest operator set allows it, and runtimes do not agree.
  if (isFloat(a.type))
    return Element::unknown(a.type);
  Element rest = remainder(a, b);
  bool otherSign = !isUnsigned(a.type) && rest.isExact() && rest.integer != 0 &&
                   (rest.integer < 0) != (b.integer < 0);
  if (otherSign)
    rest.integer += b.integer;
  return rest;
}

Element values::power(const Element &base, const Element &exponent) {
  if (!areExact(base, exponent))
    return exponent.is(1) ? base : Element::unknown(base.type);
  double n = isFloat(exponent.type) ? exponent.real : exponent.integer;
  if (isFloat(base.type))
    return Element::ofReal(base.type, std::pow(base.real, n));
  // Runtimes compute it in float64, cut off fractions that may fall just short
  // of a whole number, and do not agree on what is past the range.
  if (isUnsigned(base.type) && base.integer < 0)
    return Element::unknown(base.type);
  double result = std::pow(double(base.integer), n);
  bool certain = n >= 0 && n == std::floor(n) && std::fabs(result) <= 0x1p53 &&
                 holds(base.type, int64_t(result));
  return certain ? Element::ofInteger(base.type, int64_t(result))
                 : Element::unknown(base.type);
}

/// True where runtimes choose one or the other of two floating-point numbers.
static bool isOpenChoice(const Element &a, const Element &b) {
  return isNaN(a) || isNaN(b) ||
         (isFloat(a.type) && a.is(0) && b.is(0) && !isSame(a, b));
}

Element values::minimum(const Element &a, const Element &b) {
  if (isOpenChoice(a, b))
    return Element::unknown(a.type);
  if (isLessOrEqual(a, b).value_or(false))
    return a;
  if (isLessOrEqual(b, a).value_or(false))
    return b;
  // A symbol is not negative, so the other one's bound holds.
  if (a.knowledge == Knowledge::Symbol && b.knowledge == Knowledge::AtMost)
    return b;
  if (b.knowledge == Knowledge::Symbol && a.knowledge == Knowledge::AtMost)
    return a;
  return combineBounds(
      a, b,
      [](int64_t x, int64_t y, int64_t *z) {
        *z = std::min(x, y);
        return false;
      },
      [](double x, double y) { return std::min(x, y); });
}

Element values::maximum(const Element &a, const Element &b) {
  if (isOpenChoice(a, b))
    return Element::unknown(a.type);
  if (isLessOrEqual(a, b).value_or(false))
    return b;
  if (isLessOrEqual(b, a).value_or(false))
    return a;
  return combineBounds(
      a, b,
      [](int64_t x, int64_t y, int64_t *z) {
        *z = std::max(x, y);
        return false;
      },
      [](double x, double y) { return std::max(x, y); });
}

//===----------------------------------------------------------------------===//
// Of several elements
//===----------------------------------------------------------------------===//

static double magnitudeOf(const Element &element) {
  if (isFloat(element.type) || element.knowledge == Knowledge::Symbol)
    return std::fabs(element.real);
  return isUnsigned(element.type) ? double(uint64_t(element.integer))
                                  : std::fabs(double(element.integer));
}

/// Magnitudes from here on may be rounded or pass the range of the type. Some
/// runtimes reduce integers in float64, and stop at the end of the range.
static double largestCertain(int32_t type) {
  unsigned bits =
      isFloat(type) ? precisionOf(type) : widthOf(type) - !isUnsigned(type);
  return std::ldexp(1.0, std::min(bits, precisionOf(TensorProto::DOUBLE)));
}

/// True where every intermediate result is exact in any order: so few elements
/// that there is none, or whole numbers whose magnitudes combine to a small
/// one.
template <typename Combine>
static bool isCertain(llvm::ArrayRef<Element> elements, Combine combine) {
  int32_t type = elements.front().type;
  if (elements.size() == 1 || (elements.size() == 2 && isFloat(type)))
    return true;
  double largest = largestCertain(type);
  double total = combine(0, 0);
  for (const Element &element : elements) {
    total = combine(total, magnitudeOf(element));
    if (element.real != std::trunc(element.real) || !(total < largest) ||
        (isFloat(type) && element.isUnknown()))
      return false;
  }
  return true;
}

/// From the first to the last.
static Element fold(llvm::ArrayRef<Element> elements,
                    Element (*combine)(const Element &, const Element &)) {
  Element result = elements.front();
  for (const Element &element : elements.drop_front())
    result = combine(result, element);
  return result;
}

bool values::isSumCertain(llvm::ArrayRef<Element> elements) {
  return isCertain(elements, [](double a, double b) { return a + b; });
}

Element values::withoutOpenZero(const Element &total) {
  bool open = isFloat(total.type) && total.is(0) && std::signbit(total.real);
  return open ? Element::unknown(total.type) : total;
}

Element values::sum(llvm::ArrayRef<Element> elements) {
  if (!isSumCertain(elements))
    return Element::unknown(elements.front().type);
  return withoutOpenZero(fold(elements, add));
}

Element values::product(llvm::ArrayRef<Element> elements) {
  auto magnitude = [](double a, double b) {
    return std::max(a, 1.0) * std::max(b, 1.0);
  };
  if (!isCertain(elements, magnitude))
    return Element::unknown(elements.front().type);
  return fold(elements, multiply);
}

Element values::mean(llvm::ArrayRef<Element> elements) {
  int32_t type = elements.front().type;
  int64_t count = elements.size();
  if (count == 1)
    return withoutOpenZero(elements.front());
  Element total = sum(elements);
  if (total.isUnknown() || total.knowledge == Knowledge::Symbol)
    return Element::unknown(type);
  if (isFloat(type))
    return std::isfinite(total.real)
               ? Element::ofReal(type, total.real / double(count),
                                 total.knowledge)
               : Element::unknown(type);
  if (!holds(type, count))
    return Element::unknown(type);
  return divide(total, Element::ofInteger(type, count));
}

Element values::smallest(llvm::ArrayRef<Element> elements) {
  return fold(elements, minimum);
}

Element values::largest(llvm::ArrayRef<Element> elements) {
  return fold(elements, maximum);
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

/// To float16 and bfloat16 some round twice, by way of float32; unknown where
/// that matters.
static Element realOf(int32_t type, double value, Knowledge knowledge) {
  Element direct = Element::ofReal(type, value, knowledge);
  double twice = roundTo(type, static_cast<float>(value));
  bool equal = direct.real == twice || std::isnan(value);
  return equal || widthOf(type) > 16 ? direct : Element::unknown(type);
}

static Element integerToReal(const Element &element, int32_t type) {
  int64_t value = element.integer;
  bool large = element.type == TensorProto::UINT64 && value < 0;
  // From 64 bits to 24 at once.
  double real = type == TensorProto::DOUBLE
                    ? (large ? double(uint64_t(value)) : double(value))
                    : (large ? float(uint64_t(value)) : float(value));
  if (widthOf(type) == 16 && real != double(value) && !large)
    return Element::unknown(type);
  return realOf(type, real, element.knowledge);
}

static Element realToInteger(const Element &element, int32_t type) {
  double whole = std::trunc(element.real);
  unsigned width = widthOf(type);
  double end = std::ldexp(1.0, isUnsigned(type) ? width : width - 1);
  if (!(whole >= (isUnsigned(type) ? 0 : -end) && whole < end))
    return Element::unknown(type);
  int64_t value =
      whole < 0x1p63 ? int64_t(whole) : int64_t(static_cast<uint64_t>(whole));
  if (element.knowledge == Knowledge::AtMost)
    return atMost(type, value);
  return Element::ofInteger(type, value);
}

Element values::convert(const Element &element, int32_t type) {
  bool wide = type == TensorProto::INT32 || type == TensorProto::INT64;
  if (element.isUnknown() || (element.knowledge == Knowledge::Symbol && !wide))
    return Element::unknown(type);
  if (element.type == type)
    return element;
  if (element.knowledge == Knowledge::Symbol)
    return Element::ofInteger(type, element.integer, Knowledge::Symbol);
  if (type == TensorProto::BOOL) {
    bool zero = element.real == 0 && element.integer == 0;
    return element.isExact() ? Element::ofBool(!zero) : Element::unknown(type);
  }
  if (isFloat(type))
    return isFloat(element.type) ? realOf(type, element.real, element.knowledge)
                                 : integerToReal(element, type);
  if (isFloat(element.type))
    return realToInteger(element, type);
  return element.isExact() ? Element::ofInteger(type, element.integer)
                           : atMost(type, element.integer);
}
