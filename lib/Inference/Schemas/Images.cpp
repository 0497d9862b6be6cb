//===- Images.cpp - Windows over images -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Shapes.h"

#include "llvm/Support/CheckedArithmetic.h"

using namespace onnx_split;
using namespace onnx_split::schemas;
using llvm::SmallVector;

/// A list with an element for each axis of an image, or ones of `otherwise`;
/// nothing where its length is another one.
static std::optional<SmallVector<int64_t>>
perAxis(const Context &context, const char *name, int axes, int64_t otherwise) {
  const onnx::AttributeProto *list = context.getAttribute(name);
  if (!list || list->ints_size() == 0)
    return SmallVector<int64_t>(axes, otherwise);
  if (list->ints_size() != axes)
    return std::nullopt;
  return SmallVector<int64_t>(list->ints().begin(), list->ints().end());
}

/// a * b + c, unknown where it does not fit.
static Dim scaled(const Dim &a, int64_t b, const Dim &c) {
  return sum(product(a, known(b)), c);
}

namespace {
/// Attributes and values of a transposed convolution.
struct Transposed {
  SmallVector<int64_t> strides, dilations, padding, pads;
};
} // namespace

static std::optional<Transposed> readTransposed(const Context &context,
                                                int axes) {
  auto strides = perAxis(context, "strides", axes, 1);
  auto dilations = perAxis(context, "dilations", axes, 1);
  auto padding = perAxis(context, "output_padding", axes, 0);
  std::optional<SmallVector<int64_t>> pads;
  if (hasInput(context, 2))
    pads = integersOf(context, 2, 2 * axes);
  const onnx::AttributeProto *automatic = context.getAttribute("auto_pad");
  bool isExplicit =
      !automatic || automatic->s().empty() || automatic->s() == "NOTSET";
  if (!strides || !dilations || !padding || !pads || !isExplicit)
    return std::nullopt;
  return Transposed{*strides, *dilations, *padding, *pads};
}

/// As ConvTranspose, but its pads are an input: (images, channels, ...) with
/// filters of (channels, filters / group, ...).
static void convTransposeWithDynamicPads(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0);
  const Shape *filters = shapeOf(context, 1);
  if (!input || !filters || input->dim_size() < 3 ||
      filters->dim_size() != input->dim_size())
    return;
  int axes = input->dim_size() - 2;
  SmallVector<Dim> result = {
      input->dim(0),
      product(filters->dim(1), known(intOf(context, "group", 1)))};
  auto given = readTransposed(context, axes);
  for (int i = 0; i < axes; ++i) {
    if (!given) {
      result.push_back(unknown());
      continue;
    }
    Dim steps = difference(input->dim(i + 2), known(1));
    Dim reach = difference(filters->dim(i + 2), known(1));
    Dim whole = scaled(steps, given->strides[i],
                       scaled(reach, given->dilations[i],
                              sum(known(1), known(given->padding[i]))));
    result.push_back(difference(difference(whole, known(given->pads[i])),
                                known(given->pads[i + axes])));
  }
  setShape(context, 0, result);
}

/// A crop of each region, of a size that is a value.
static void cropAndResize(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0, 4);
  const Shape *regions = shapeOf(context, 1, 2);
  auto size = integersOf(context, 3, 2);
  setShape(context, 0,
           {regions ? regions->dim(0) : unknown(),
            input ? input->dim(1) : unknown(),
            size ? known((*size)[0]) : unknown(),
            size ? known((*size)[1]) : unknown()});
}

/// The grid says where each pixel of the result comes from: (images, height,
/// width, 2).
static void gridSample(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0, 4);
  const Shape *grid = shapeOf(context, 1, 4);
  if (input && grid)
    setShape(context, 0,
             {input->dim(0), input->dim(1), grid->dim(1), grid->dim(2)});
}

static void maxPoolWithMask(Context &context) {
  copyType(context, 0, 0);
  if (shapeOf(context, 0) && context.getAttribute("kernel_shape"))
    onnx::convPoolShapeInference(context, /*use_dilation=*/false,
                                 /*require_kernel_shape=*/true, 0, 1);
}

static constexpr Operator ImagesOps[] = {
    {"ConvTransposeWithDynamicPads", "X W Pads? B?", "Y",
     "group:i strides:I dilations:I output_padding:I auto_pad:s",
     convTransposeWithDynamicPads},
    {"CropAndResize", "X rois batch_indices crop_size", "Y", "", cropAndResize},
    {"GridSample", "X Grid", "Y", "", gridSample},
    {"MaxpoolWithMask", "X M", "Y",
     "kernel_shape:I strides:I pads:I auto_pad:s", maxPoolWithMask},
};

void schemas::registerImages() { add(Microsoft, ImagesOps); }
