//===- TensorSizes.cpp - Elements and bytes of tensors --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Estimate.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

std::optional<int64_t> TensorInfo::elements() const {
  Count count = opcost::elements(*this);
  if (!count.isExact())
    return std::nullopt;
  return count.value();
}

std::optional<int64_t> TensorInfo::bytes() const {
  Count count = storage(*this, opcost::elements(*this));
  if (!count.isExact())
    return std::nullopt;
  return count.value();
}

//===----------------------------------------------------------------------===//
// Sizes as counts
//===----------------------------------------------------------------------===//

Count opcost::product(llvm::ArrayRef<int64_t> extents) {
  Count count = 1;
  bool known = true;
  bool empty = false;
  for (int64_t size : extents) {
    known &= size >= 0;
    empty |= size == 0;
    count *= size >= 0 ? Count(size) : Count::atLeast(1);
  }
  // An empty tensor has no elements even where the other extents overflow.
  return known && empty ? Count(0) : count;
}

Count opcost::elements(const TensorInfo &tensor) {
  if (!tensor.present)
    return Count::atLeast(0);
  return elementsFrom(tensor, 0);
}

Count opcost::elementsFrom(const TensorInfo &tensor, size_t first) {
  if (!tensor.hasRank)
    return Count::atLeast(1);
  return product(llvm::ArrayRef<int64_t>(tensor.dims)
                     .drop_front(std::min(first, tensor.dims.size())));
}

/// The axis as an index into `dims`, if the tensor has it.
static std::optional<size_t> findAxis(const TensorInfo &tensor, int64_t axis) {
  int64_t rank = tensor.dims.size();
  if (!tensor.hasRank || axis < -rank || axis >= rank)
    return std::nullopt;
  return axis < 0 ? axis + rank : axis;
}

Count opcost::extent(const TensorInfo &tensor, int64_t axis) {
  std::optional<size_t> index = findAxis(tensor, axis);
  if (!index || tensor.dims[*index] < 0)
    return Count::atLeast(1);
  return tensor.dims[*index];
}

Count opcost::elementsBesides(const TensorInfo &tensor, int64_t axis) {
  std::optional<size_t> index = findAxis(tensor, axis);
  if (!index)
    return Count::atLeast(1);
  llvm::SmallVector<int64_t> others(tensor.dims.begin(), tensor.dims.end());
  others.erase(others.begin() + *index);
  return product(others);
}

Count opcost::storage(const TensorInfo &tensor, Count elements) {
  unsigned bits = bitsPerElement(tensor.elementType);
  if (!bits)
    return Count::atLeast(0);
  // Whole bytes first, so that a large tensor does not overflow as bits.
  if (bits % 8 == 0)
    return elements * (bits / 8);
  return (elements * bits).dividedBy(8);
}
