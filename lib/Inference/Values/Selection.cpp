//===- Selection.cpp - Values that depend on the order or truth of others -===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How much these operators give depends on every element, so all that they
/// look at must be exact. NaN has no place in an order.
///
//===----------------------------------------------------------------------===//

#include "Element.h"
#include "Evaluation.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/Sequence.h"

#include <map>

using namespace onnx_split;
using namespace onnx_split::values;
using onnx::TensorProto;

/// True where all elements can be compared.
static bool isOrdered(const KnownTensor &tensor) {
  for (int64_t i = 0; i < tensor.size(); ++i)
    if (!tensor.isExact(i) || isNaN(load(tensor, i)))
      return false;
  return true;
}

static KnownTensor indexList(llvm::ArrayRef<int64_t> numbers) {
  KnownTensor list(TensorProto::INT64, {int64_t(numbers.size())});
  for (size_t i = 0; i < numbers.size(); ++i)
    list.setInteger(i, numbers[i]);
  return list;
}

/// A row for each axis. Of a scalar, ONNX and runtimes give different extents.
static std::optional<KnownTensor> nonZero(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  if (!data || data->dims().empty() || !data->isExact())
    return std::nullopt;
  size_t rank = data->dims().size();
  llvm::SmallVector<View> axes;
  for (size_t axis = 0; axis < rank; ++axis)
    axes.push_back(coordinate(rank, axis));
  llvm::SmallVector<Extents> found;
  walk(data->dims(), axes, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    if (!load(*data, at).is(0))
      found.emplace_back(places);
  });
  int64_t count = found.size();
  std::optional<KnownTensor> result =
      create(TensorProto::INT64, {int64_t(rank), count});
  if (!result)
    return std::nullopt;
  for (auto [column, position] : llvm::enumerate(found))
    for (auto [axis, index] : llvm::enumerate(position))
      result->setInteger(int64_t(axis) * count + int64_t(column), index);
  return result;
}

//===----------------------------------------------------------------------===//
// Slices along one axis
//===----------------------------------------------------------------------===//

/// The chosen positions of an axis, in their order.
static std::optional<KnownTensor> takeAlong(const KnownTensor &data,
                                            int64_t axis,
                                            llvm::ArrayRef<int64_t> chosen) {
  Extents dims(data.dims());
  View from = rowMajor(dims);
  int64_t stride = std::exchange(from.strides[axis], 0);
  dims[axis] = chosen.size();
  std::optional<KnownTensor> result = create(data.elementType(), dims);
  if (result)
    walk(dims, {from, coordinate(dims.size(), axis)},
         [&](int64_t at, llvm::ArrayRef<int64_t> places) {
           result->copyElement(at, data,
                               places[0] + chosen[places[1]] * stride);
         });
  return result;
}

/// The operand as a list.
static KnownTensor flattened(const KnownTensor &data) {
  return data.reshaped({data.size()});
}

static std::optional<KnownTensor> compress(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  const KnownTensor *condition = evaluation.whole(1);
  bool hasAxis = evaluation.attribute("axis") != nullptr;
  if (!data || !condition || condition->dims().size() != 1 ||
      !condition->isExact())
    return std::nullopt;
  std::optional<int64_t> axis = 0;
  if (hasAxis)
    axis = axisOf(evaluation.getInt("axis", 0), data->dims().size());
  if (!axis)
    return std::nullopt;
  KnownTensor source = hasAxis ? *data : flattened(*data);
  llvm::SmallVector<int64_t> chosen;
  // A condition may be shorter than the axis, and then drops the rest.
  if (condition->size() > source.dims()[*axis])
    return std::nullopt;
  for (int64_t i = 0; i < condition->size(); ++i)
    if (condition->integer(i))
      chosen.push_back(i);
  return takeAlong(source, *axis, chosen);
}

//===----------------------------------------------------------------------===//
// Unique
//===----------------------------------------------------------------------===//

/// Lists of elements in lexicographic order.
static bool isBefore(const llvm::SmallVector<Element> &a,
                     const llvm::SmallVector<Element> &b) {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const Element &x, const Element &y) { return *isLess(x, y); });
}

/// The elements at one position of an axis.
static llvm::SmallVector<Element> sliceAt(const KnownTensor &data, int64_t axis,
                                          int64_t position) {
  Extents dims(data.dims());
  View from = rowMajor(dims);
  from.start = position * from.strides[axis];
  dims[axis] = 1;
  llvm::SmallVector<Element> elements;
  walk(dims, from, [&](int64_t, llvm::ArrayRef<int64_t> places) {
    elements.push_back(load(data, places[0]));
  });
  return elements;
}

static void unique(Evaluation &evaluation) {
  const KnownTensor *operand = evaluation.whole(0);
  // Without elements there may be any number of equal slices.
  if (!operand || operand->size() == 0 || !isOrdered(*operand))
    return;
  bool hasAxis = evaluation.attribute("axis") != nullptr;
  KnownTensor data = hasAxis ? *operand : flattened(*operand);
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", 0), data.dims().size());
  if (!axis)
    return;
  // Groups of equal slices: where the first one lies, and how many there are.
  std::map<llvm::SmallVector<Element>, int64_t, decltype(&isBefore)> groups(
      &isBefore);
  llvm::SmallVector<int64_t> first, counts, groupOf;
  for (int64_t i = 0; i < data.dims()[*axis]; ++i) {
    auto [group, added] =
        groups.try_emplace(sliceAt(data, *axis, i), int64_t(first.size()));
    if (added) {
      first.push_back(i);
      counts.push_back(0);
    }
    ++counts[group->second];
    groupOf.push_back(group->second);
  }
  // The groups in the order of the result.
  llvm::SmallVector<int64_t> order;
  if (evaluation.getInt("sorted", 1))
    for (const auto &group : groups)
      order.push_back(group.second);
  else
    llvm::append_range(order, llvm::seq<int64_t>(0, first.size()));
  llvm::SmallVector<int64_t> firstOut, countsOut, rank(order.size());
  for (auto [position, group] : llvm::enumerate(order)) {
    firstOut.push_back(first[group]);
    countsOut.push_back(counts[group]);
    rank[group] = position;
  }
  for (int64_t &group : groupOf)
    group = rank[group];
  evaluation.set(0, takeAlong(data, *axis, firstOut));
  evaluation.set(1, indexList(firstOut));
  evaluation.set(2, indexList(groupOf));
  evaluation.set(3, indexList(countsOut));
}

//===----------------------------------------------------------------------===//
// TopK
//===----------------------------------------------------------------------===//

static void topK(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  // Unsorted results may come in any order.
  if (!data || !isOrdered(*data) || !evaluation.getInt("sorted", 1))
    return;
  std::optional<int64_t> k = evaluation.opset() < 10
                                 ? std::optional(evaluation.getInt("k", -1))
                                 : evaluation.scalar(1);
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", -1), data->dims().size());
  int64_t least = evaluation.opset() < 10 ? 1 : 0;
  if (!k || !axis || *k < least || *k > data->dims()[*axis])
    return;
  Extents dims(data->dims()), lines(dims);
  dims[*axis] = *k;
  std::optional<KnownTensor> values = create(data->elementType(), dims);
  std::optional<KnownTensor> indices = create(TensorProto::INT64, dims);
  if (!values || !indices)
    return;
  View from = rowMajor(data->dims()), to = rowMajor(dims);
  int64_t length = lines[*axis];
  int64_t stride = from.strides[*axis], resultStride = to.strides[*axis];
  lines[*axis] = std::min<int64_t>(length, 1);
  bool descending = evaluation.getInt("largest", 1) != 0;
  walk(lines, {from, to}, [&](int64_t, llvm::ArrayRef<int64_t> places) {
    auto element = [&](int64_t i) {
      return load(*data, places[0] + i * stride);
    };
    auto numbers = llvm::seq<int64_t>(0, length);
    std::vector<int64_t> order(numbers.begin(), numbers.end());
    // Of equal ones the lower index comes first.
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return descending ? *isLess(element(b), element(a))
                        : *isLess(element(a), element(b));
    });
    for (int64_t i = 0; i < *k; ++i) {
      int64_t at = places[1] + i * resultStride;
      values->copyElement(at, *data, places[0] + order[i] * stride);
      indices->setInteger(at, order[i]);
    }
  });
  evaluation.set(0, std::move(values));
  evaluation.set(1, std::move(indices));
}

llvm::ArrayRef<Entry> values::selectionEntries() {
  static constexpr Entry table[] = {
      {"Compress", one<compress>},
      {"NonZero", one<nonZero>},
      {"TopK", topK},
      {"Unique", unique},
  };
  return table;
}
