//===- Reduction.cpp - Values of reductions -------------------------------===//
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

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Over any axes
//===----------------------------------------------------------------------===//

using Reduce = Element (*)(llvm::ArrayRef<Element>);

/// What a reduction of nothing gives; only sums and products say so.
static std::optional<int> neutral(Reduce function) {
  if (function == sum)
    return 0;
  return function == product ? std::optional(1) : std::nullopt;
}

/// The axes to reduce; none where they are not known. No axes are all axes.
static std::optional<llvm::SmallVector<bool>>
reducedAxes(const Evaluation &evaluation, size_t rank) {
  bool given = evaluation.has(1) || evaluation.attribute("axes");
  std::optional<Extents> axes =
      given ? evaluation.listOr(1, "axes") : Extents();
  if (!axes)
    return std::nullopt;
  bool all = axes->empty() && !evaluation.getInt("noop_with_empty_axes", 0);
  return all ? llvm::SmallVector<bool>(rank, true) : axisSet(*axes, rank);
}

static std::optional<KnownTensor> reduceBy(Evaluation &evaluation,
                                           Reduce function) {
  const KnownTensor *data = evaluation.whole(0);
  if (!data)
    return std::nullopt;
  auto reduced = reducedAxes(evaluation, data->dims().size());
  if (!reduced)
    return std::nullopt;
  bool keeps = evaluation.getInt("keepdims", 1) != 0;
  // The axes of the result, and those that are walked for each element of it.
  View own = rowMajor(data->dims()), outer, inner;
  Extents dims, outerDims, innerDims;
  for (auto [axis, extent] : llvm::enumerate(data->dims())) {
    bool gone = (*reduced)[axis];
    (gone ? innerDims : outerDims).push_back(extent);
    (gone ? inner : outer).strides.push_back(own.strides[axis]);
    if (!gone || keeps)
      dims.push_back(gone ? 1 : extent);
  }
  int32_t type = data->elementType();
  std::optional<KnownTensor> result = create(type, dims);
  if (!result || result->size() == 0)
    return result;
  llvm::SmallVector<int64_t> offsets;
  walk(innerDims, inner, [&](int64_t, llvm::ArrayRef<int64_t> places) {
    offsets.push_back(places[0]);
  });
  if (offsets.empty() && !neutral(function))
    return std::nullopt;
  llvm::SmallVector<Element> elements;
  walk(outerDims, outer, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    elements.clear();
    for (int64_t offset : offsets)
      elements.push_back(load(*data, places[0] + offset));
    store(*result, at,
          elements.empty() ? Element::of(type, *neutral(function))
                           : function(elements));
  });
  return result;
}

template <Reduce Function>
static std::optional<KnownTensor> reduce(Evaluation &evaluation) {
  return reduceBy(evaluation, Function);
}

//===----------------------------------------------------------------------===//
// Along one axis
//===----------------------------------------------------------------------===//

/// The position of the first element, or the last, that no other one beats;
/// none where that is uncertain.
template <bool ForMaximum>
static std::optional<int64_t> findExtreme(llvm::ArrayRef<Element> line,
                                          bool last) {
  int64_t best = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const Element &a = line[i], &b = line[best];
    if (!a.isExact() || isNaN(a))
      return std::nullopt;
    bool better = *(ForMaximum ? isLess(b, a) : isLess(a, b));
    if (better || (last && *isEqual(a, b)))
      best = i;
  }
  return best;
}

template <bool ForMaximum>
static std::optional<KnownTensor> findExtremes(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  if (!data)
    return std::nullopt;
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", 0), data->dims().size());
  if (!axis || data->dims()[*axis] == 0)
    return std::nullopt;
  bool last = evaluation.getInt("select_last_index", 0) != 0;
  Extents dims(data->dims());
  View lines = rowMajor(dims);
  int64_t stride = lines.strides[*axis];
  int64_t length = std::exchange(dims[*axis], 1);
  std::optional<KnownTensor> result = create(TensorProto::INT64, dims);
  if (!result)
    return std::nullopt;
  llvm::SmallVector<Element> line;
  walk(dims, lines, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    line.clear();
    for (int64_t i = 0; i < length; ++i)
      line.push_back(load(*data, places[0] + i * stride));
    if (auto found = findExtreme<ForMaximum>(line, last))
      result->setInteger(at, *found);
  });
  if (evaluation.getInt("keepdims", 1))
    return result;
  dims.erase(dims.begin() + *axis);
  return result->reshaped(dims);
}

/// Running sums; unknown where the order of additions would matter.
static std::optional<KnownTensor> cumSum(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  std::optional<int64_t> axis = evaluation.scalar(1);
  if (data && axis)
    axis = axisOf(*axis, data->dims().size());
  if (!data || !axis)
    return std::nullopt;
  bool exclusive = evaluation.getInt("exclusive", 0) != 0;
  bool reverse = evaluation.getInt("reverse", 0) != 0;
  Extents dims(data->dims());
  View lines = rowMajor(dims);
  int64_t stride = lines.strides[*axis];
  int64_t length = dims[*axis];
  dims[*axis] = std::min<int64_t>(length, 1);
  KnownTensor result = *data;
  llvm::SmallVector<Element> line;
  walk(dims, lines, [&](int64_t, llvm::ArrayRef<int64_t> places) {
    line.clear();
    Element total = Element::of(data->elementType(), 0);
    for (int64_t i = 0; i < length; ++i) {
      int64_t at = places[0] + (reverse ? length - 1 - i : i) * stride;
      line.push_back(load(*data, at));
      Element next = i == 0 ? line.back() : add(total, line.back());
      store(result, at, withoutOpenZero(exclusive ? total : next));
      total = next;
    }
    bool certain = !data->isFloat() || isSumCertain(line);
    for (int64_t i = 0; i < length && !certain; ++i)
      result.setUnknown(places[0] + i * stride);
  });
  return result;
}

llvm::ArrayRef<Entry> values::reductionEntries() {
  static constexpr Entry table[] = {
      {"ArgMax", one<findExtremes<true>>},
      {"ArgMin", one<findExtremes<false>>},
      {"CumSum", one<cumSum>},
      {"ReduceMax", one<reduce<largest>>},
      {"ReduceMean", one<reduce<mean>>},
      {"ReduceMin", one<reduce<smallest>>},
      {"ReduceProd", one<reduce<product>>},
      {"ReduceSum", one<reduce<sum>>},
  };
  return table;
}
