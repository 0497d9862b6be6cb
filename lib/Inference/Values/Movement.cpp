//===- Movement.cpp - Values in another order, repeated or joined ---------===//
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

/// A tensor of those elements that a view shows.
static std::optional<KnownTensor> copyView(const KnownTensor &data,
                                           llvm::ArrayRef<int64_t> dims,
                                           const View &view) {
  std::optional<KnownTensor> result = create(data.elementType(), dims);
  if (result)
    walk(dims, view, [&](int64_t index, llvm::ArrayRef<int64_t> places) {
      result->copyElement(index, data, places[0]);
    });
  return result;
}

static std::optional<KnownTensor> transpose(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  if (!data)
    return std::nullopt;
  size_t rank = data->dims().size();
  std::optional<Extents> order = evaluation.getInts("perm");
  if (!order) {
    auto backwards = llvm::reverse(llvm::seq<int64_t>(0, rank));
    order.emplace(backwards.begin(), backwards.end());
  }
  // Counted from the end an axis is none here, so that each must be one.
  if (order->size() != rank || !axisSet(*order, rank) ||
      llvm::any_of(*order, [](int64_t axis) { return axis < 0; }))
    return std::nullopt;
  View own = rowMajor(data->dims()), view;
  Extents dims;
  for (int64_t axis : *order) {
    dims.push_back(data->dims()[axis]);
    view.strides.push_back(own.strides[axis]);
  }
  return copyView(*data, dims, view);
}

static std::optional<KnownTensor> expand(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  std::optional<Extents> shape = evaluation.list(1);
  if (!data || !shape)
    return std::nullopt;
  std::optional<Extents> dims = broadcastExtents(data->dims(), *shape);
  if (!dims)
    return std::nullopt;
  return copyView(*data, *dims, broadcastTo(data->dims(), *dims));
}

/// Not as in operator set 1, where counts are floating-point numbers.
static std::optional<KnownTensor> tile(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.operand(0);
  std::optional<Extents> counts = evaluation.list(1);
  if (!data || !counts || counts->size() != data->dims().size())
    return std::nullopt;
  // Each axis becomes two: one of the repetitions and one of the elements.
  View own = rowMajor(data->dims()), view;
  Extents dims, split;
  for (size_t axis = 0; axis < counts->size(); ++axis) {
    int64_t extent = data->dims()[axis], tiled;
    if ((*counts)[axis] < 0 ||
        __builtin_mul_overflow(extent, (*counts)[axis], &tiled))
      return std::nullopt;
    dims.push_back(tiled);
    split.append({(*counts)[axis], extent});
    view.strides.append({0, own.strides[axis]});
  }
  std::optional<KnownTensor> result = create(data->elementType(), dims);
  if (result)
    walk(split, view, [&](int64_t index, llvm::ArrayRef<int64_t> places) {
      result->copyElement(index, *data, places[0]);
    });
  return result;
}

/// The extents of joined operands; none where they do not fit.
static std::optional<Extents>
joinedExtents(llvm::ArrayRef<const KnownTensor *> parts, size_t axis) {
  Extents dims(parts[0]->dims());
  for (const KnownTensor *part : parts.drop_front()) {
    if (part->dims().size() != dims.size() ||
        part->elementType() != parts[0]->elementType())
      return std::nullopt;
    for (size_t i = 0; i < dims.size(); ++i) {
      int64_t extent = part->dims()[i];
      if (i != axis && extent != dims[i])
        return std::nullopt;
      if (i == axis && __builtin_add_overflow(dims[i], extent, &dims[i]))
        return std::nullopt;
    }
  }
  return dims;
}

static std::optional<KnownTensor> concat(Evaluation &evaluation) {
  llvm::SmallVector<const KnownTensor *> parts;
  for (size_t i = 0; i < evaluation.operandCount(); ++i) {
    const KnownTensor *part = evaluation.wholeOrUnknown(i);
    if (!part)
      return std::nullopt;
    parts.push_back(part);
  }
  if (parts.empty())
    return std::nullopt;
  std::optional<int64_t> axis =
      axisOf(evaluation.getInt("axis", 1), parts[0]->dims().size());
  std::optional<Extents> dims;
  if (axis)
    dims = joinedExtents(parts, *axis);
  std::optional<KnownTensor> result;
  if (dims)
    result = create(parts[0]->elementType(), *dims);
  if (!result)
    return std::nullopt;
  View view = rowMajor(*dims);
  for (const KnownTensor *part : parts) {
    walk(part->dims(), view,
         [&](int64_t index, llvm::ArrayRef<int64_t> places) {
           result->copyElement(places[0], *part, index);
         });
    view.start += part->dims()[*axis] * view.strides[*axis];
  }
  return result;
}

/// Keeps a triangle of each matrix and makes the rest zero.
static std::optional<KnownTensor> trilu(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  std::optional<int64_t> diagonal =
      evaluation.has(1) ? evaluation.scalar(1) : std::optional<int64_t>(0);
  if (!data || !diagonal || data->dims().size() < 2)
    return std::nullopt;
  // Beyond the matrix all diagonals are alike, and nothing overflows.
  constexpr int64_t far = KnownTensor::MaxElements;
  int64_t k = std::clamp(*diagonal, -far, far);
  bool upper = evaluation.getInt("upper", 1) != 0;
  size_t rank = data->dims().size();
  KnownTensor result = *data;
  walk(data->dims(), {coordinate(rank, rank - 2), coordinate(rank, rank - 1)},
       [&](int64_t index, llvm::ArrayRef<int64_t> places) {
         int64_t distance = places[1] - places[0];
         bool kept = upper ? distance >= k : distance <= k;
         if (!kept)
           store(result, index, Element::of(data->elementType(), 0));
       });
  return result;
}

llvm::ArrayRef<Entry> values::movementEntries() {
  static constexpr Entry table[] = {
      {"Concat", one<concat>}, {"Expand", one<expand>},
      {"Tile", one<tile>},     {"Transpose", one<transpose>},
      {"Trilu", one<trilu>},
  };
  return table;
}
