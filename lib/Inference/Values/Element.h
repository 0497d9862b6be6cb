//===- Element.h - Arithmetic on partly known elements ----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One element, and what arithmetic makes of one or several. Exact elements
/// give ONNX's results: integers wrap, floating-point ones are rounded to their
/// type. Bounds pass through what is monotone for numbers that are not
/// negative, and symbols through what leaves a number as it is. All else, and
/// what ONNX leaves undefined, is unknown. Operands have the same type unless
/// it is said otherwise. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENT_H
#define ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENT_H

#include "onnx-split/Inference/KnownTensor.h"

namespace onnx_split::values {

struct Element {
  /// onnx::TensorProto::DataType.
  int32_t type;
  Knowledge knowledge = Knowledge::Unknown;
  /// As in a KnownTensor, by type one of the two.
  int64_t integer = 0;
  double real = 0;

  static Element unknown(int32_t type) { return {type}; }
  /// The value is wrapped.
  static Element ofInteger(int32_t type, int64_t value,
                           Knowledge knowledge = Knowledge::Exact);
  /// The value is rounded.
  static Element ofReal(int32_t type, double value,
                        Knowledge knowledge = Knowledge::Exact);
  static Element ofBool(bool value);
  /// A small number in any type.
  static Element of(int32_t type, int value);

  bool isExact() const { return knowledge == Knowledge::Exact; }
  bool isUnknown() const { return knowledge == Knowledge::Unknown; }
  /// True where it certainly is the number.
  bool is(int value) const;
};

Element load(const KnownTensor &tensor, int64_t index);
/// The element has the tensor's type.
void store(KnownTensor &tensor, int64_t index, const Element &element);

//===----------------------------------------------------------------------===//
// Comparison: none where it is uncertain
//===----------------------------------------------------------------------===//

std::optional<bool> isLess(const Element &a, const Element &b);
std::optional<bool> isLessOrEqual(const Element &a, const Element &b);
std::optional<bool> isEqual(const Element &a, const Element &b);
/// True where both are the same number for certain, bit by bit.
bool isSame(const Element &a, const Element &b);
/// True for an exact NaN.
bool isNaN(const Element &element);

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Element add(const Element &a, const Element &b);
Element subtract(const Element &a, const Element &b);
Element multiply(const Element &a, const Element &b);
/// Integers truncate.
Element divide(const Element &a, const Element &b);
/// The sign of the result is that of the divisor.
Element modulo(const Element &a, const Element &b);
/// The sign of the result is that of the dividend, as C's fmod.
Element remainder(const Element &a, const Element &b);
/// The exponent may have another type.
Element power(const Element &base, const Element &exponent);
Element minimum(const Element &a, const Element &b);
Element maximum(const Element &a, const Element &b);

/// Of several elements, at least one. Unknown where the result depends on the
/// order in which floating-point numbers are combined, which ONNX leaves open,
/// and where integers pass their range or 2^53.
Element sum(llvm::ArrayRef<Element> elements);
/// True where the order of the elements, at least one, does not matter to their
/// sum but for the sign of zero.
bool isSumCertain(llvm::ArrayRef<Element> elements);
/// A sum, unknown where it is -0: it is +0 for those who begin with zero.
Element withoutOpenZero(const Element &total);
Element product(llvm::ArrayRef<Element> elements);
/// Integers truncate.
Element mean(llvm::ArrayRef<Element> elements);
Element smallest(llvm::ArrayRef<Element> elements);
Element largest(llvm::ArrayRef<Element> elements);

/// To another type, as Cast does it.
Element convert(const Element &element, int32_t type);

} // namespace onnx_split::values

#endif // ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENT_H
