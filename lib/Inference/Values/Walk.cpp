//===- Walk.cpp - Visiting elements under other axes ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Walk.h"

#include "llvm/ADT/STLExtras.h"

using namespace onnx_split;
using namespace onnx_split::values;

View values::rowMajor(llvm::ArrayRef<int64_t> dims) {
  View view;
  view.strides.resize(dims.size());
  if (llvm::is_contained(dims, 0))
    return view;
  int64_t stride = 1;
  for (size_t axis = dims.size(); axis-- > 0;) {
    view.strides[axis] = stride;
    stride *= dims[axis];
  }
  return view;
}

View values::coordinate(size_t rank, size_t axis) {
  View view;
  view.strides.resize(rank);
  view.strides[axis] = 1;
  return view;
}

View values::broadcastTo(llvm::ArrayRef<int64_t> dims,
                         llvm::ArrayRef<int64_t> result, size_t firstAxis) {
  View own = rowMajor(dims), view;
  view.strides.resize(result.size());
  for (size_t axis = 0; axis < dims.size(); ++axis)
    if (dims[axis] == result[firstAxis + axis])
      view.strides[firstAxis + axis] = own.strides[axis];
  return view;
}

View values::broadcastTo(llvm::ArrayRef<int64_t> dims,
                         llvm::ArrayRef<int64_t> result) {
  return broadcastTo(dims, result, result.size() - dims.size());
}

std::optional<Extents> values::broadcastExtents(llvm::ArrayRef<int64_t> a,
                                                llvm::ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Extents result(a.begin(), a.end());
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t &dim = result[a.size() - b.size() + i];
    if (dim == 1)
      dim = b[i];
    else if (b[i] != 1 && b[i] != dim)
      return std::nullopt;
  }
  return result;
}

void values::walk(
    llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<View> views,
    llvm::function_ref<void(int64_t, llvm::ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(dims, 0))
    return;
  Extents position(dims.size()), places;
  for (const View &view : views)
    places.push_back(view.start);
  for (int64_t index = 0;; ++index) {
    visit(index, places);
    size_t axis = dims.size();
    // As on an odometer: full axes turn back, and the one before moves on.
    for (; axis > 0; --axis) {
      size_t turning = axis - 1;
      bool full = ++position[turning] == dims[turning];
      int64_t steps = full ? 1 - dims[turning] : 1;
      for (auto [view, place] : llvm::zip_equal(views, places))
        place += steps * view.strides[turning];
      if (!full)
        break;
      position[turning] = 0;
    }
    if (axis == 0)
      return;
  }
}

std::optional<int64_t> values::axisOf(int64_t axis, size_t rank) {
  if (axis < 0)
    axis += int64_t(rank);
  return axis >= 0 && axis < int64_t(rank) ? std::optional(axis) : std::nullopt;
}

std::optional<llvm::SmallVector<bool>>
values::axisSet(llvm::ArrayRef<int64_t> axes, size_t rank) {
  llvm::SmallVector<bool> set(rank);
  for (int64_t each : axes) {
    std::optional<int64_t> axis = axisOf(each, rank);
    if (!axis || set[*axis])
      return std::nullopt;
    set[*axis] = true;
  }
  return set;
}
