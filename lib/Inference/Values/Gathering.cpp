//===- Gathering.cpp - Values that indices pick ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An index that is not known makes the elements it would pick unknown; one
/// that is out of range leaves no result.
///
//===----------------------------------------------------------------------===//

#include "Element.h"
#include "Evaluation.h"

#include "onnx/onnx_pb.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::values;

/// True where every index that is known exists. `extents` are those of the axes
/// that indices are for, in turn.
static bool areInRange(const KnownTensor &indices,
                       llvm::ArrayRef<int64_t> extents) {
  for (int64_t i = 0; i < indices.size(); ++i) {
    int64_t extent = extents[i % extents.size()];
    if (indices.isExact(i) &&
        (indices.integer(i) < -extent || indices.integer(i) >= extent))
      return false;
  }
  return true;
}

/// Counts from the end where the index is negative; none where it is not known.
static std::optional<int64_t> indexAt(const KnownTensor &indices, int64_t place,
                                      int64_t extent) {
  if (!indices.isExact(place))
    return std::nullopt;
  int64_t index = indices.integer(place);
  return index < 0 ? index + extent : index;
}

static std::optional<KnownTensor> gather(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  const KnownTensor *indices = evaluation.whole(1);
  if (!data || !indices)
    return std::nullopt;
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", 0), data->dims().size());
  if (!axis || !areInRange(*indices, data->dims()[*axis]))
    return std::nullopt;
  View own = rowMajor(data->dims()), from, picked;
  llvm::ArrayRef<int64_t> before = data->dims().take_front(*axis);
  llvm::ArrayRef<int64_t> after = data->dims().drop_front(*axis + 1);
  Extents dims(before);
  dims.append(indices->dims().begin(), indices->dims().end());
  dims.append(after.begin(), after.end());
  // The axis is replaced by those of the indices, which say where to look.
  int64_t stride = own.strides[*axis];
  from.strides.append(own.strides.begin(), own.strides.begin() + *axis);
  from.strides.append(indices->dims().size(), 0);
  from.strides.append(own.strides.begin() + *axis + 1, own.strides.end());
  std::optional<KnownTensor> result = create(data->elementType(), dims);
  if (!result)
    return std::nullopt;
  picked = broadcastTo(indices->dims(), dims, *axis);
  walk(dims, {from, picked}, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    if (auto index = indexAt(*indices, places[1], data->dims()[*axis]))
      result->copyElement(at, *data, places[0] + *index * stride);
  });
  return result;
}

static std::optional<KnownTensor> gatherElements(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  const KnownTensor *indices = evaluation.whole(1);
  if (!data || !indices || data->dims().size() != indices->dims().size())
    return std::nullopt;
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", 0), data->dims().size());
  if (!axis || !areInRange(*indices, data->dims()[*axis]))
    return std::nullopt;
  for (size_t i = 0; i < data->dims().size(); ++i)
    if (int64_t(i) != *axis && indices->dims()[i] > data->dims()[i])
      return std::nullopt;
  View from = rowMajor(data->dims());
  int64_t stride = std::exchange(from.strides[*axis], 0);
  std::optional<KnownTensor> result =
      create(data->elementType(), indices->dims());
  if (!result)
    return std::nullopt;
  walk(indices->dims(), from, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    if (auto index = indexAt(*indices, at, data->dims()[*axis]))
      result->copyElement(at, *data, places[0] + *index * stride);
  });
  return result;
}

/// The place that a tuple of indices names within the axes from `first` on;
/// none where it is not known.
static std::optional<int64_t> placeOf(const KnownTensor &data,
                                      llvm::ArrayRef<int64_t> strides,
                                      size_t first, const KnownTensor &indices,
                                      int64_t tuple, int64_t length) {
  int64_t place = 0;
  for (int64_t i = 0; i < length; ++i) {
    auto index = indexAt(indices, tuple + i, data.dims()[first + i]);
    if (!index)
      return std::nullopt;
    place += *index * strides[first + i];
  }
  return place;
}

static std::optional<KnownTensor> gatherND(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  const KnownTensor *indices = evaluation.whole(1);
  if (!data || !indices || data->dims().empty() || indices->dims().empty())
    return std::nullopt;
  int64_t rank = data->dims().size(), indexRank = indices->dims().size();
  int64_t batch = evaluation.getInt("batch_dims", 0);
  int64_t length = indices->dims().back();
  if (batch < 0 || batch >= std::min(rank, indexRank) || length < 1 ||
      length > rank - batch ||
      data->dims().take_front(batch) != indices->dims().take_front(batch) ||
      !areInRange(*indices, data->dims().slice(batch, length)))
    return std::nullopt;
  View own = rowMajor(data->dims()), tuples = rowMajor(indices->dims()), from;
  llvm::ArrayRef<int64_t> rest = data->dims().drop_front(batch + length);
  // The axes of the tuples, and then those that they leave of the operand.
  Extents dims(indices->dims().drop_back());
  dims.append(rest.begin(), rest.end());
  tuples.strides.pop_back();
  tuples.strides.resize(dims.size());
  from.strides.append(own.strides.begin(), own.strides.begin() + batch);
  from.strides.append(indexRank - 1 - batch, 0);
  from.strides.append(own.strides.begin() + batch + length, own.strides.end());
  std::optional<KnownTensor> result = create(data->elementType(), dims);
  if (!result)
    return std::nullopt;
  walk(dims, {from, tuples}, [&](int64_t at, llvm::ArrayRef<int64_t> places) {
    if (auto place =
            placeOf(*data, own.strides, batch, *indices, places[1], length))
      result->copyElement(at, *data, places[0] + *place);
  });
  return result;
}

//===----------------------------------------------------------------------===//
// OneHot
//===----------------------------------------------------------------------===//

/// The number as an index in any numeric type; none where it is not whole.
static std::optional<int64_t> wholeNumber(const KnownTensor &tensor,
                                          int64_t at) {
  if (!tensor.isExact(at))
    return std::nullopt;
  if (!tensor.isFloat())
    return tensor.integer(at);
  double real = tensor.real(at);
  bool whole = std::fabs(real) <= 0x1p53 && real == std::trunc(real);
  return whole ? std::optional(int64_t(real)) : std::nullopt;
}

static bool hasNegative(const KnownTensor &tensor) {
  for (int64_t i = 0; i < tensor.size(); ++i)
    if (wholeNumber(tensor, i).value_or(0) < 0)
      return true;
  return false;
}

static std::optional<KnownTensor> oneHot(Evaluation &evaluation) {
  const KnownTensor *indices = evaluation.whole(0);
  const KnownTensor *depthOperand = evaluation.operand(1);
  const KnownTensor *choices = evaluation.operand(2);
  if (!indices || !depthOperand || !choices || depthOperand->size() != 1 ||
      depthOperand->dims().size() > 1 ||
      choices->dims() != llvm::ArrayRef(int64_t(2)))
    return std::nullopt;
  size_t rank = indices->dims().size() + 1;
  std::optional<int64_t> depth = wholeNumber(*depthOperand, 0);
  std::optional<int64_t> axis = axisOf(evaluation.getInt("axis", -1), rank);
  if (!depth || *depth <= 0 || !axis)
    return std::nullopt;
  Extents dims(indices->dims());
  dims.insert(dims.begin() + *axis, *depth);
  View picked = rowMajor(indices->dims());
  picked.strides.insert(picked.strides.begin() + *axis, 0);
  std::optional<KnownTensor> result = create(choices->elementType(), dims);
  // Only newer operator sets count from the end.
  if (!result || (evaluation.opset() < 11 && hasNegative(*indices)))
    return std::nullopt;
  walk(dims, {picked, coordinate(rank, *axis)},
       [&](int64_t at, llvm::ArrayRef<int64_t> places) {
         std::optional<int64_t> index = wholeNumber(*indices, places[0]);
         if (!index)
           return;
         bool hot = places[1] == (*index < 0 ? *index + *depth : *index);
         result->copyElement(at, *choices, hot);
       });
  return result;
}

llvm::ArrayRef<Entry> values::gatheringEntries() {
  static constexpr Entry table[] = {
      {"Gather", one<gather>},
      {"GatherElements", one<gatherElements>},
      {"GatherND", one<gatherND>},
      {"OneHot", one<oneHot>},
  };
  return table;
}
