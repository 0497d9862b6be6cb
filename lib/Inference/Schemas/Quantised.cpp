//===- Quantised.cpp - Integer operators of ONNX Runtime ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "Delegate.h"
#include "Shapes.h"

#include "llvm/ADT/STLExtras.h"

using namespace onnx_split;
using namespace onnx_split::schemas;
using onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

/// The first output has the shape of some inputs broadcast.
static void broadcast(Context &context, std::initializer_list<size_t> inputs) {
  std::vector<const Shape *> shapes;
  for (size_t input : inputs) {
    shapes.push_back(shapeOf(context, input));
    if (!shapes.back())
      return;
  }
  Shape result;
  onnx::multidirectionalBroadcastShapeInference(shapes, result);
  setShape(context, 0, result);
}

static void add(Context &context) {
  copyType(context, 0, 0);
  broadcast(context, {0, 3});
}

static void mulInteger(Context &context) {
  setType(context, 0, TensorProto::INT32);
  broadcast(context, {0, 2});
}

static void where(Context &context) {
  copyType(context, 1, 0);
  broadcast(context, {0, 1, 4});
}

/// Without a zero point, 8 bits without a sign are made.
static void quantizeLinear(Context &context) {
  if (hasInput(context, 2))
    copyType(context, 2, 0);
  else
    setType(context, 0, TensorProto::UINT8);
  copyShape(context, 0, 0);
}

static void dequantizeLinear(Context &context) {
  copyType(context, 1, 0);
  copyShape(context, 0, 0);
}

//===----------------------------------------------------------------------===//
// Concat and reductions
//===----------------------------------------------------------------------===//

/// Takes the parts' dimension into that of the result; they must agree.
static void unify(Dim &result, const Dim &part) {
  if (!valueOf(result) && (valueOf(part) || !result.has_dim_param()))
    result = part;
}

/// After a scale and a zero point of the result, three inputs for each part.
static void concat(Context &context) {
  copyType(context, 1, 0);
  const Shape *first = shapeOf(context, 2);
  if (!first)
    return;
  Shape result = *first;
  int rank = result.dim_size();
  int64_t axis = intOf(context, "axis", 0);
  if (axis < -rank || axis >= rank)
    return;
  int place = int(axis < 0 ? axis + rank : axis);
  for (size_t i = 5, e = context.getNumInputs(); i < e; i += 3) {
    const Shape *part = shapeOf(context, i, rank);
    if (!part)
      return;
    for (int j = 0; j < rank; ++j)
      if (j != place)
        unify(*result.mutable_dim(j), part->dim(j));
    *result.mutable_dim(place) = sum(result.dim(place), part->dim(place));
  }
  setShape(context, 0, result);
}

/// Reduces the first input over the attribute `axes`; all where it is empty.
static void reduce(Context &context) {
  const Shape *shape = shapeOf(context, 0);
  const onnx::AttributeProto *axes = context.getAttribute("axes");
  if (!shape || !axes)
    return;
  int rank = shape->dim_size();
  llvm::SmallVector<bool, 8> isReduced(rank, axes->ints().empty());
  for (int64_t axis : axes->ints()) {
    if (axis < -rank || axis >= rank)
      return;
    isReduced[axis < 0 ? axis + rank : axis] = true;
  }
  bool keepsDims = intOf(context, "keepdims", 1) != 0;
  llvm::SmallVector<Dim, 8> dims;
  for (auto [dim, reduced] : llvm::zip(shape->dim(), isReduced))
    if (!reduced || keepsDims)
      dims.push_back(reduced ? known(1) : dim);
  setShape(context, 0, dims);
}

static void reduceMean(Context &context) {
  copyType(context, 0, 0);
  reduce(context);
}

static void reduceSumInteger(Context &context) {
  const onnx::TypeProto *type =
      hasInput(context, 0) ? context.getInputType(0) : nullptr;
  int32_t element = type ? type->tensor_type().elem_type() : 0;
  if (element == TensorProto::INT8)
    setType(context, 0, TensorProto::INT32);
  if (element == TensorProto::UINT8)
    setType(context, 0, TensorProto::UINT32);
  reduce(context);
}

//===----------------------------------------------------------------------===//
// Convolution and pooling
//===----------------------------------------------------------------------===//

static Layout layoutOf(const Context &context) {
  return intOf(context, "channels_last", 0) ? Layout::ChannelsLast
                                            : Layout::ChannelsFirst;
}

/// The weights have their channels first in either layout.
static void quantisedConv(Context &context) {
  copyType(context, 7, 0);
  shapesLike(context, "Conv", {0, 3}, layoutOf(context));
}

static void averagePool(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "AveragePool", {0}, layoutOf(context));
}

static void globalAveragePool(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "GlobalAveragePool", {0}, layoutOf(context));
}

static void nhwcMaxPool(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "MaxPool", {0}, Layout::ChannelsLast);
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

static constexpr Operator QuantisedOps[] = {
    {"QLinearAdd",
     "A A_scale A_zero_point? B B_scale B_zero_point? C_scale C_zero_point?",
     "C", "", add},
    {"QLinearMul",
     "A A_scale A_zero_point? B B_scale B_zero_point? C_scale C_zero_point?",
     "C", "", add},
    {"MulInteger", "A A_zero_point? B B_zero_point?", "C", "", mulInteger},
    {"QLinearWhere",
     "condition X x_scale x_zero_point Y y_scale y_zero_point z_scale "
     "z_zero_point",
     "Z", "", where},
    {"QLinearSigmoid", "X X_scale X_zero_point? Y_scale Y_zero_point?", "Y", "",
     likeFirst},
    {"QLinearLeakyRelu", "X X_scale X_zero_point? Y_scale Y_zero_point?", "Y",
     "alpha:f", likeFirst},
    {"QLinearSoftmax", "X X_scale x_zero_point? y_scale y_zero_point", "Y",
     "axis:i opset:i!", likeFirst},
    {"QuantizeLinear", "x y_scale y_zero_point?", "y", "axis:i",
     quantizeLinear},
    {"DequantizeLinear", "x x_scale x_zero_point?", "y", "axis:i",
     dequantizeLinear},

    {"QLinearConcat", "Y_scale Y_zero_point inputs*", "Y", "axis:i!", concat},
    {"QLinearReduceMean",
     "data data_scale data_zero_point? reduced_scale reduced_zero_point?",
     "reduced", "axes:I! keepdims:i!", reduceMean},
    {"ReduceSumInteger", "data", "reduced", "axes:I! keepdims:i!",
     reduceSumInteger},

    {"QLinearConv",
     "x x_scale x_zero_point w w_scale w_zero_point y_scale y_zero_point B?",
     "y",
     "auto_pad:s kernel_shape:I strides:I pads:I dilations:I group:i "
     "channels_last:i",
     quantisedConv},
    {"QLinearAveragePool", "X x_scale x_zero_point? y_scale y_zero_point?", "Y",
     "auto_pad:s kernel_shape:I! strides:I pads:I ceil_mode:i "
     "count_include_pad:i channels_last:i",
     averagePool},
    {"QLinearGlobalAveragePool", "X x_scale x_zero_point y_scale y_zero_point",
     "Y", "channels_last:i", globalAveragePool},
    {"NhwcMaxPool", "x", "y",
     "auto_pad:s kernel_shape:I! strides:I pads:I ceil_mode:i dilations:I",
     nhwcMaxPool},
};

void schemas::registerQuantised() { add(Microsoft, QuantisedOps); }
