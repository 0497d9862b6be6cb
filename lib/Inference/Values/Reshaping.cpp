//===- Reshaping.cpp - Values under other extents -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Operators that leave the elements in their order.
///
//===----------------------------------------------------------------------===//

#include "Evaluation.h"

#include "onnx/onnx_pb.h"

using namespace onnx_split;
using namespace onnx_split::values;

/// The operand with other extents; none where they do not hold its elements.
static std::optional<KnownTensor> withExtents(const KnownTensor &data,
                                              llvm::ArrayRef<int64_t> dims) {
  if (KnownTensor::countElements(dims) != data.size())
    return std::nullopt;
  return data.reshaped(dims);
}

static std::optional<KnownTensor> identity(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  return data ? std::optional(*data) : std::nullopt;
}

/// Replaces 0 and -1; none where that cannot be.
static std::optional<Extents> resolveExtents(Extents dims, bool allowZero,
                                             const KnownTensor &data) {
  std::optional<size_t> open;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] == 0 && !allowZero) {
      if (axis >= data.dims().size())
        return std::nullopt;
      dims[axis] = data.dims()[axis];
    } else if (dims[axis] == -1) {
      if (open)
        return std::nullopt;
      open = axis;
      dims[axis] = 1;
    }
  }
  if (!open)
    return dims;
  std::optional<int64_t> others = KnownTensor::countElements(dims);
  if (!others || *others == 0 || data.size() % *others != 0)
    return std::nullopt;
  dims[*open] = data.size() / *others;
  return dims;
}

static std::optional<KnownTensor> reshape(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  std::optional<Extents> dims = evaluation.listOr(1, "shape");
  if (!data || !dims)
    return std::nullopt;
  dims = resolveExtents(*dims, evaluation.getInt("allowzero", 0), *data);
  return dims ? withExtents(*data, *dims) : std::nullopt;
}

/// A matrix, of the axes before one and of those from it on.
static std::optional<KnownTensor> flatten(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  if (!data)
    return std::nullopt;
  int64_t rank = data->dims().size();
  int64_t axis = evaluation.getInt("axis", 1);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis > rank)
    return std::nullopt;
  auto rows = KnownTensor::countElements(data->dims().take_front(axis));
  auto columns = KnownTensor::countElements(data->dims().drop_front(axis));
  if (!rows || !columns)
    return std::nullopt;
  return withExtents(*data, {*rows, *columns});
}

/// Some exporters write a single axis as a scalar, which runtimes read.
static std::optional<Extents> axes(const Evaluation &evaluation) {
  if (std::optional<Extents> list = evaluation.listOr(1, "axes"))
    return list;
  if (std::optional<int64_t> axis = evaluation.scalar(1))
    return Extents{*axis};
  return std::nullopt;
}

static std::optional<KnownTensor> squeeze(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  if (!data)
    return std::nullopt;
  size_t rank = data->dims().size();
  bool all = !evaluation.has(1) && !evaluation.attribute("axes");
  std::optional<llvm::SmallVector<bool>> removed;
  if (all)
    removed.emplace(rank, true);
  else if (std::optional<Extents> list = axes(evaluation))
    removed = axisSet(*list, rank);
  if (!removed)
    return std::nullopt;
  Extents dims;
  for (size_t axis = 0; axis < rank; ++axis) {
    bool single = data->dims()[axis] == 1;
    if (!(*removed)[axis] || (all && !single))
      dims.push_back(data->dims()[axis]);
    else if (!single)
      return std::nullopt;
  }
  return withExtents(*data, dims);
}

static std::optional<KnownTensor> unsqueeze(Evaluation &evaluation) {
  const KnownTensor *data = evaluation.whole(0);
  std::optional<Extents> list = axes(evaluation);
  if (!data || !list)
    return std::nullopt;
  size_t rank = data->dims().size() + list->size();
  std::optional<llvm::SmallVector<bool>> added = axisSet(*list, rank);
  if (!added)
    return std::nullopt;
  Extents dims;
  for (size_t axis = 0, next = 0; axis < rank; ++axis)
    dims.push_back((*added)[axis] ? 1 : data->dims()[next++]);
  return withExtents(*data, dims);
}

/// Passes its operand on unless it trains: before operator set 7 by default,
/// from 12 on where an operand says so.
static void dropout(Evaluation &evaluation) {
  bool trains = evaluation.opset() < 7 && !evaluation.getInt("is_test", 0);
  if (evaluation.has(2))
    trains = evaluation.scalar(2).value_or(1) != 0;
  const KnownTensor *data = evaluation.whole(0);
  if (trains || !data)
    return;
  evaluation.set(0, *data);
  // Older operator sets do not say what the mask holds then.
  if (evaluation.opset() < 12)
    return;
  KnownTensor mask(onnx::TensorProto::BOOL, data->dims());
  for (int64_t i = 0; i < mask.size(); ++i)
    mask.setInteger(i, true);
  evaluation.set(1, std::move(mask));
}

llvm::ArrayRef<Entry> values::reshapingEntries() {
  static constexpr Entry table[] = {
      {"Dropout", dropout},        {"Flatten", one<flatten>},
      {"Identity", one<identity>}, {"Reshape", one<reshape>},
      {"Squeeze", one<squeeze>},   {"Unsqueeze", one<unsqueeze>},
  };
  return table;
}
