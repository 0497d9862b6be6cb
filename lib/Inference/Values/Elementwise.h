//===- Elementwise.h - Operators that work element by element ---*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Applies the arithmetic of elements to whole operands that are broadcast.
/// Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENTWISE_H
#define ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENTWISE_H

#include "Element.h"
#include "Evaluation.h"

namespace onnx_split::values {

/// The elements of one operand each give one of the result, which has the type
/// `type`.
std::optional<KnownTensor>
mapOne(const KnownTensor *operand, int32_t type,
       llvm::function_ref<Element(const Element &)> apply);

/// Two operands; before operator set 7 the second is broadcast to the axes that
/// attributes name.
std::optional<KnownTensor>
mapTwo(const Evaluation &evaluation, const KnownTensor *a, const KnownTensor *b,
       int32_t type,
       llvm::function_ref<Element(const Element &, const Element &)> apply);

/// Any number of operands, which are all broadcast.
std::optional<KnownTensor>
mapAll(llvm::ArrayRef<const KnownTensor *> operands, int32_t type,
       llvm::function_ref<Element(llvm::ArrayRef<Element>)> apply);

} // namespace onnx_split::values

#endif // ONNX_SPLIT_LIB_INFERENCE_VALUES_ELEMENTWISE_H
