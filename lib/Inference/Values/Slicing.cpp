//===- Slicing.cpp - Values of parts and of padding -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Element.h"
#include "Evaluation.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/Sequence.h"

using namespace onnx_split;
using namespace onnx_split::values;

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
/// Elements of one axis: from the first on, a step apart.
struct Steps {
  int64_t first, step, count;
};
} // namespace

/// Numbers past either end are taken as the end.
static Steps stepsOf(int64_t start, int64_t end, int64_t step, int64_t extent) {
  bool forward = step > 0;
  auto clamp = [&](int64_t position) {
    position += position < 0 ? extent : 0;
    return forward ? std::clamp<int64_t>(position, 0, extent)
                   : std::clamp<int64_t>(position, -1, extent - 1);
  };
  // A backward slice starts at an element where there is one at all.
  int64_t first = std::max<int64_t>(clamp(start), 0), last = clamp(end);
  int64_t distance = forward ? last - first : first - last;
  if (extent == 0 || distance <= 0)
    return {0, step, 0};
  uint64_t stride = forward ? uint64_t(step) : -uint64_t(step);
  return {first, step, int64_t(uint64_t(distance - 1) / stride) + 1};
}

/// Numbers that runtimes take as the end of an axis in either direction, and
/// ONNX only forwards.
static bool isAmbiguousEnd(int64_t end, int64_t step) {
  return step < 0 && (end == INT32_MAX || end == INT64_MAX);
}

/// The default of a list of n: 0, 1, 2 ..., or the same number n times.
static Extents countUp(size_t n) {
  auto numbers = llvm::seq<int64_t>(0, n);
  return Extents(numbers.begin(), numbers.end());
}

static std::optional<Extents> listOrDefault(const Evaluation &evaluation,
                                            size_t index,
                                            llvm::StringRef attribute,
                                            Extents otherwise) {
  if (!evaluation.has(index) && !evaluation.attribute(attribute))
    return otherwise;
  return evaluation.listOr(index, attribute);
}

static std::optional<KnownTensor> slice(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  std::optional<Extents> starts = evaluation.listOr(1, "starts");
  std::optional<Extents> ends = evaluation.listOr(2, "ends");
  if (!data || !starts || !ends || starts->size() != ends->size())
    return std::nullopt;
  size_t rank = data->dims().size();
  auto axes = listOrDefault(evaluation, 3, "axes", countUp(starts->size()));
  auto steps =
      listOrDefault(evaluation, 4, "steps", Extents(starts->size(), 1));
  if (!axes || !steps || axes->size() != starts->size() ||
      steps->size() != starts->size() || !axisSet(*axes, rank))
    return std::nullopt;
  Extents dims(data->dims());
  View own = rowMajor(dims), view = own;
  for (auto [axis, start, end, step] :
       llvm::zip_equal(*axes, *starts, *ends, *steps)) {
    if (step == 0 || isAmbiguousEnd(end, step))
      return std::nullopt;
    int64_t at = *axisOf(axis, rank);
    Steps part = stepsOf(start, end, step, data->dims()[at]);
    dims[at] = part.count;
    view.start += part.first * own.strides[at];
    // With one element the step may be as large as it likes.
    view.strides[at] = part.count > 1 ? part.step * own.strides[at] : 0;
  }
  std::optional<KnownTensor> result = create(data->elementType(), dims);
  if (result)
    walk(dims, view, [&](int64_t index, llvm::ArrayRef<int64_t> places) {
      result->copyElement(index, *data, places[0]);
    });
  return result;
}

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

/// Equal parts; from operator set 18 on the last one may be smaller.
static std::optional<Extents> equalParts(const Evaluation &evaluation,
                                         int64_t extent) {
  int64_t count = evaluation.resultCount();
  bool uneven = evaluation.opset() >= 18;
  if (count == 0 || (uneven && evaluation.getInt("num_outputs", 0) != count) ||
      (!uneven && extent % count != 0))
    return std::nullopt;
  int64_t part = extent / count + (extent % count != 0);
  Extents sizes(count, part);
  sizes.back() = extent - part * (count - 1);
  return sizes;
}

static void split(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  if (!data)
    return;
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", 0), data->dims().size());
  if (!axis)
    return;
  int64_t extent = data->dims()[*axis];
  bool given = evaluation.has(1) || evaluation.attribute("split");
  std::optional<Extents> sizes =
      given ? evaluation.listOr(1, "split") : equalParts(evaluation, extent);
  if (!sizes || sizes->size() != evaluation.resultCount())
    return;
  int64_t left = extent;
  for (int64_t size : *sizes) {
    if (size < 0 || size > left)
      return;
    left -= size;
  }
  if (left != 0)
    return;
  View view = rowMajor(data->dims());
  Extents dims(data->dims());
  for (auto [index, size] : llvm::enumerate(*sizes)) {
    dims[*axis] = size;
    std::optional<KnownTensor> part = create(data->elementType(), dims);
    if (part) {
      walk(dims, view, [&](int64_t place, llvm::ArrayRef<int64_t> places) {
        part->copyElement(place, *data, places[0]);
      });
      evaluation.set(index, std::move(part));
    }
    view.start += size * view.strides[*axis];
  }
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

/// The element that is put in; none where it is not known what it is.
static std::optional<Element> padding(const Evaluation &evaluation,
                                      int32_t type) {
  if (evaluation.opset() < 11) {
    const onnx::AttributeProto *value = evaluation.attribute("value");
    return Element::ofReal(type, value ? value->f() : 0);
  }
  if (!evaluation.has(2))
    return Element::of(type, 0);
  const KnownTensor *value = evaluation.operand(2);
  if (!value)
    return Element::unknown(type);
  if (value->size() != 1 || value->dims().size() > 1)
    return std::nullopt;
  return load(*value, 0);
}

static std::optional<KnownTensor> pad(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  std::optional<Extents> pads =
      evaluation.listOr(1, evaluation.opset() < 2 ? "paddings" : "pads");
  if (!data || !pads || evaluation.getString("mode", "constant") != "constant")
    return std::nullopt;
  size_t rank = data->dims().size();
  auto axes = listOrDefault(evaluation, 3, "axes", countUp(rank));
  std::optional<Element> value = padding(evaluation, data->elementType());
  if (!axes || !axisSet(*axes, rank) || pads->size() != 2 * axes->size() ||
      !value)
    return std::nullopt;
  // What is kept of the operand, and where it goes.
  Extents dims(data->dims()), kept(data->dims());
  View own = rowMajor(dims), from = own;
  Extents offset(rank);
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    int64_t at = *axisOf(axis, rank);
    int64_t before = (*pads)[i], after = (*pads)[i + axes->size()];
    if (__builtin_add_overflow(dims[at], before, &dims[at]) ||
        __builtin_add_overflow(dims[at], after, &dims[at]) ||
        before < -kept[at] || after < -kept[at])
      return std::nullopt;
    int64_t cut = std::max<int64_t>(-before, 0);
    kept[at] -= cut + std::max<int64_t>(-after, 0);
    if (kept[at] < 0)
      return std::nullopt;
    from.start += cut * own.strides[at];
    offset[at] = std::max<int64_t>(before, 0);
  }
  std::optional<KnownTensor> result = create(data->elementType(), dims);
  if (!result)
    return std::nullopt;
  for (int64_t i = 0; i < result->size(); ++i)
    store(*result, i, *value);
  View to = rowMajor(dims);
  for (size_t axis = 0; axis < rank; ++axis)
    to.start += offset[axis] * to.strides[axis];
  walk(kept, {from, to}, [&](int64_t, llvm::ArrayRef<int64_t> places) {
    result->copyElement(places[1], *data, places[0]);
  });
  return result;
}

llvm::ArrayRef<Entry> values::slicingEntries() {
  static constexpr Entry table[] = {
      {"Pad", one<pad>},
      {"Slice", one<slice>},
      {"Split", split},
  };
  return table;
}
