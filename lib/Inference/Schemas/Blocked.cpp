//===- Blocked.cpp - Operators on channels in blocks ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// com.microsoft.nchwc: what ONNX Runtime makes of convolutional networks for
/// CPUs. In memory, channels lie in blocks as wide as a vector register; a
/// shape has them first, as in the standard domain, rounded up to whole blocks.
///
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "Delegate.h"
#include "Shapes.h"

#include "llvm/Support/MathExtras.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

static void blockedConv(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "Conv", {0, 1});
}

static void maxPool(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "MaxPool", {0});
}

static void averagePool(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "AveragePool", {0});
}

static void globalPool(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "GlobalAveragePool", {0});
}

/// Blocks have 8 channels or 16, by the processor of whoever runs the model
/// (AVX2, AVX-512 and Neon; ONNX Runtime's MlasNchwcGetBlockSize), and nothing
/// in the node says which. Most networks have multiples of 16.
static Dim wholeBlocks(const Dim &channels) {
  auto count = valueOf(channels);
  if (!count || *count > (int64_t(1) << 62))
    return unknown();
  int64_t small = llvm::alignTo(uint64_t(*count), 8);
  int64_t large = llvm::alignTo(uint64_t(*count), 16);
  return small == large ? known(small) : unknown();
}

static void reorderInput(Context &context) {
  copyType(context, 0, 0);
  const Shape *shape = shapeOf(context, 0);
  if (!shape || shape->dim_size() < 2)
    return;
  bool isLast = intOf(context, "channels_last", 0) != 0;
  int rank = shape->dim_size();
  int firstSpatial = isLast ? 1 : 2;
  llvm::SmallVector<Dim, 6> dims = {
      shape->dim(0), wholeBlocks(shape->dim(isLast ? rank - 1 : 1))};
  for (int i = 0; i < rank - 2; ++i)
    dims.push_back(shape->dim(firstSpatial + i));
  setShape(context, 0, dims);
}

/// The attribute says how many of the channels are no padding.
static void reorderOutput(Context &context) {
  copyType(context, 0, 0);
  const Shape *shape = shapeOf(context, 0);
  if (!shape || shape->dim_size() < 2)
    return;
  int64_t channels = intOf(context, "channels", 0);
  Dim channelDim = channels > 0 ? known(channels) : unknown();
  llvm::SmallVector<Dim, 6> dims(shape->dim().begin(), shape->dim().end());
  dims.erase(dims.begin() + 1);
  bool isLast = intOf(context, "channels_last", 0) != 0;
  dims.insert(isLast ? dims.end() : dims.begin() + 1, channelDim);
  setShape(context, 0, dims);
}

static void upsample(Context &context) {
  copyType(context, 0, 0);
  const Shape *shape = shapeOf(context, 0);
  const onnx::AttributeProto *scales = context.getAttribute("scales");
  if (!shape || !scales || scales->ints_size() != shape->dim_size())
    return;
  llvm::SmallVector<Dim, 6> dims;
  for (auto [dim, scale] : llvm::zip(shape->dim(), scales->ints()))
    dims.push_back(scale > 0 ? product(dim, known(scale)) : unknown());
  setShape(context, 0, dims);
}

static constexpr Operator BlockedOps[] = {
    {"ReorderInput", "X", "Y", "channels_last:i", reorderInput},
    {"ReorderOutput", "X", "Y", "channels:i channels_last:i", reorderOutput},
    {"Conv", "X W B? Sum?", "Y",
     "auto_pad:s dilations:I strides:I pads:I kernel_shape:I group:i "
     "activation:s activation_params:F",
     blockedConv},
    {"MaxPool", "X", "Y",
     "auto_pad:s dilations:I strides:I pads:I kernel_shape:I! ceil_mode:i "
     "storage_order:i",
     maxPool},
    {"AveragePool", "X", "Y",
     "auto_pad:s dilations:I strides:I pads:I kernel_shape:I! ceil_mode:i "
     "count_include_pad:i",
     averagePool},
    {"GlobalMaxPool", "X", "Y", "", globalPool},
    {"GlobalAveragePool", "X", "Y", "", globalPool},
    {"Upsample", "X", "Y", "scales:I mode:s coordinate_transformation_mode:s",
     upsample},
};

void schemas::registerBlocked() { add(Nchwc, BlockedOps); }
