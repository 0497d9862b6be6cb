//===- Elementwise.cpp - Operators that work element by element -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

using namespace onnx_split;
using namespace onnx_split::values;

std::optional<KnownTensor>
values::mapOne(const KnownTensor *operand, int32_t type,
               llvm::function_ref<Element(const Element &)> apply) {
  if (!operand)
    return std::nullopt;
  std::optional<KnownTensor> result = create(type, operand->dims());
  for (int64_t i = 0; result && i < result->size(); ++i)
    store(*result, i, apply(load(*operand, i)));
  return result;
}

std::optional<KnownTensor>
values::mapAll(llvm::ArrayRef<const KnownTensor *> operands, int32_t type,
               llvm::function_ref<Element(llvm::ArrayRef<Element>)> apply) {
  std::optional<Extents> dims = Extents();
  for (const KnownTensor *operand : operands) {
    if (!operand || !(dims = broadcastExtents(*dims, operand->dims())))
      return std::nullopt;
  }
  std::optional<KnownTensor> result = create(type, *dims);
  if (!result)
    return std::nullopt;
  llvm::SmallVector<View> views;
  for (const KnownTensor *operand : operands)
    views.push_back(broadcastTo(operand->dims(), *dims));
  llvm::SmallVector<Element> elements(operands.size(), Element::unknown(type));
  walk(*dims, views, [&](int64_t index, llvm::ArrayRef<int64_t> places) {
    for (auto [element, operand, place] :
         llvm::zip_equal(elements, operands, places))
      element = load(*operand, place);
    store(*result, index, apply(elements));
  });
  return result;
}

/// Adds axes of extent 1, so that B's axes are those of A from `axis` on, by
/// default the last ones. None where they do not fit.
static std::optional<KnownTensor> alignToAxis(const Evaluation &evaluation,
                                              const KnownTensor &a,
                                              const KnownTensor &b) {
  if (!evaluation.getInt("broadcast", 0))
    return a.dims() == b.dims() ? std::optional(b) : std::nullopt;
  int64_t spare = int64_t(a.dims().size()) - int64_t(b.dims().size());
  int64_t axis = evaluation.getInt("axis", spare);
  if (spare < 0 || axis < 0 || axis > spare)
    return std::nullopt;
  Extents dims(b.dims());
  dims.append(spare - axis, 1);
  // The second operand never makes the result larger.
  if (broadcastExtents(a.dims(), dims) != Extents(a.dims()))
    return std::nullopt;
  return b.reshaped(dims);
}

std::optional<KnownTensor> values::mapTwo(
    const Evaluation &evaluation, const KnownTensor *a, const KnownTensor *b,
    int32_t type,
    llvm::function_ref<Element(const Element &, const Element &)> apply) {
  if (!a || !b)
    return std::nullopt;
  std::optional<KnownTensor> aligned;
  if (evaluation.opset() < 7) {
    if (!(aligned = alignToAxis(evaluation, *a, *b)))
      return std::nullopt;
    b = &*aligned;
  }
  return mapAll({a, b}, type, [&](llvm::ArrayRef<Element> elements) {
    return apply(elements[0], elements[1]);
  });
}
