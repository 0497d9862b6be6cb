//===- Tensors.cpp - Slicing, padding and searching of tensors ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Shapes.h"

#include "onnx/defs/tensor_proto_util.h"

#include <cmath>

using namespace onnx_split;
using namespace onnx_split::schemas;

//===----------------------------------------------------------------------===//
// What follows from shapes
//===----------------------------------------------------------------------===//

/// Distances of each of (m, width) from each of (n, width).
static void cDist(Context &context) {
  copyType(context, 0, 0);
  const Shape *a = shapeOf(context, 0, 2);
  const Shape *b = shapeOf(context, 1, 2);
  if (a && b)
    setShape(context, 0, {a->dim(0), b->dim(0)});
}

/// The last axis of the indices is a place in the leading axes of the data.
static void gatherND(Context &context) {
  copyType(context, 0, 0);
  const Shape *data = shapeOf(context, 0);
  const Shape *indices = shapeOf(context, 1);
  if (!data || !indices || indices->dim_size() == 0)
    return;
  Shape result = *indices;
  auto depth = valueOf(result.dim(result.dim_size() - 1));
  result.mutable_dim()->RemoveLast();
  if (!depth || *depth > data->dim_size())
    return;
  for (int i = int(*depth); i < data->dim_size(); ++i)
    *result.add_dim() = data->dim(i);
  setShape(context, 0, result);
}

/// Windows along one axis, each along a new last one.
static void unfoldTensor(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0);
  if (!input)
    return;
  int rank = input->dim_size();
  int64_t axis = intOf(context, "dim", -1);
  int64_t size = intOf(context, "size", 0), step = intOf(context, "step", 1);
  if (axis < -rank || axis >= rank || size <= 0 || step <= 0)
    return;
  Shape result = *input;
  Dim *along = result.mutable_dim(int(axis < 0 ? axis + rank : axis));
  auto extent = valueOf(*along);
  *along = extent && *extent >= size ? known((*extent - size) / step + 1)
                                     : unknown();
  *result.add_dim() = known(size);
  setShape(context, 0, result);
}

/// (words, characters) and filters of (filters, ...) give (words, filters).
static void wordConvEmbedding(Context &context) {
  copyType(context, 1, 0);
  const Shape *words = shapeOf(context, 0, 2);
  const Shape *filters = shapeOf(context, 1, 4);
  if (words && filters)
    setShape(context, 0, {words->dim(0), filters->dim(0)});
}

static void nGramRepeatBlock(Context &context) { copy(context, 1, 0); }

/// Real numbers become pairs along a new last axis. Of a spectrum that is its
/// own mirror image only half is kept.
static void rfft(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0);
  if (!input || input->dim_size() == 0)
    return;
  Shape result = *input;
  Dim *last = result.mutable_dim(result.dim_size() - 1);
  if (intOf(context, "onesided", 1) != 0) {
    auto extent = valueOf(*last);
    *last = extent ? known(*extent / 2 + 1) : unknown();
  }
  *result.add_dim() = known(2);
  setShape(context, 0, result);
}

static void irfft(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0);
  if (!input || input->dim_size() < 2)
    return;
  Shape result = *input;
  result.mutable_dim()->RemoveLast();
  Dim *last = result.mutable_dim(result.dim_size() - 1);
  if (intOf(context, "onesided", 1) != 0)
    *last = product(difference(*last, known(1)), known(2));
  setShape(context, 0, result);
}

//===----------------------------------------------------------------------===//
// What follows from values
//===----------------------------------------------------------------------===//

static void expandDims(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0);
  auto axis = scalarOf(context, 1);
  if (!input || !axis)
    return;
  int64_t rank = input->dim_size() + 1;
  if (*axis < -rank || *axis >= rank)
    return;
  int64_t place = *axis < 0 ? *axis + rank : *axis;
  Shape result;
  for (int64_t i = 0, next = 0; i < rank; ++i)
    *result.add_dim() = i == place ? known(1) : input->dim(int(next++));
  setShape(context, 0, result);
}

/// Pads, of which there are two for each axis, may be negative.
static void pad(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0);
  if (!input)
    return;
  int rank = input->dim_size();
  auto pads = integersOf(context, 1, 2 * int64_t(rank));
  auto padded = [](const Dim &dim, int64_t by) {
    if (by >= 0)
      return sum(dim, known(by));
    return by == INT64_MIN ? unknown() : difference(dim, known(-by));
  };
  Shape result;
  for (int i = 0; i < rank; ++i)
    *result.add_dim() =
        pads ? padded(padded(input->dim(i), (*pads)[i]), (*pads)[i + rank])
             : unknown();
  setShape(context, 0, result);
}

/// A number of a tensor of one element, of one of the types that Range has.
static std::optional<double> numberOf(const Context &context, size_t input) {
  if (auto integer = scalarOf(context, input))
    return double(*integer);
  const onnx::TensorProto *data =
      hasInput(context, input) ? context.getInputData(input) : nullptr;
  if (!data || data->dims_size() > 1 ||
      (data->dims_size() == 1 && data->dims(0) != 1))
    return std::nullopt;
  auto only = [](const auto &values) {
    return values.size() == 1 ? std::optional<double>(values[0]) : std::nullopt;
  };
  if (data->data_type() == onnx::TensorProto::FLOAT)
    return only(onnx::ParseData<float>(data));
  if (data->data_type() == onnx::TensorProto::DOUBLE)
    return only(onnx::ParseData<double>(data));
  return std::nullopt;
}

static void range(Context &context) {
  copyType(context, 0, 0);
  auto start = numberOf(context, 0), limit = numberOf(context, 1);
  auto step = hasInput(context, 2) ? numberOf(context, 2) : 1.0;
  Dim length;
  if (start && limit && step && *step != 0) {
    double steps = std::ceil((*limit - *start) / *step);
    // Above this a double no longer counts by ones.
    constexpr double exact = 9007199254740992.0;
    if (std::isfinite(steps) && steps < exact)
      length = known(int64_t(std::max(steps, 0.0)));
  }
  setShape(context, 0, {length});
}

//===----------------------------------------------------------------------===//
// What depends on data
//===----------------------------------------------------------------------===//

static void bifurcationDetector(Context &context) {
  copyType(context, 1, 0);
  setShape(context, 0, {unknown()});
  copy(context, 2, 1);
}

static void dynamicTimeWarping(Context &context) {
  setType(context, 0, onnx::TensorProto::INT32);
  setShape(context, 0, {known(2), unknown()});
}

/// As many tokens as the string with the most of them has.
static void tokenizer(Context &context) {
  copyType(context, 0, 0);
  const Shape *strings = shapeOf(context, 0);
  if (!strings)
    return;
  Shape result = *strings;
  result.add_dim();
  setShape(context, 0, result);
}

static void unique(Context &context) {
  copyType(context, 0, 0);
  setShape(context, 0, {unknown()});
  setType(context, 1, onnx::TensorProto::INT64);
  copyShape(context, 0, 1);
  setType(context, 2, onnx::TensorProto::INT64);
  setShape(context, 2, {unknown()});
}

static constexpr Operator TensorsOps[] = {
    {"BifurcationDetector",
     "src_tokens cur_tokens prev_suffix_match_idx pred_tokens?",
     "tokens suffix_match_idx", "", bifurcationDetector},
    {"CDist", "A B", "C", "", cDist},
    {"DynamicTimeWarping", "input", "output", "", dynamicTimeWarping},
    {"ExpandDims", "X axis", "Y", "", expandDims},
    {"GatherND", "data indices", "output", "", gatherND},
    {"Irfft", "X", "Y", "signal_ndim:i! onesided:i", irfft},
    {"NGramRepeatBlock", "input_ids scores", "scores_out", "ngram_size:i!",
     nGramRepeatBlock},
    {"Pad", "data pads value?", "output", "", pad},
    {"Range", "start limit delta?", "Y", "", range},
    {"Rfft", "X", "Y", "onesided:i", rfft},
    {"Tokenizer", "X", "Y", "mark:i! pad_value:s! mincharnum:i!", tokenizer},
    {"UnfoldTensor", "input", "output", "size:i! dim:i step:i", unfoldTensor},
    {"Unique", "x", "y idx counts", "", unique},
    {"WordConvEmbedding", "Sequence W B C", "Y", "", wordConvEmbedding},
};

void schemas::registerTensors() { add(Microsoft, TensorsOps); }
