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
static void conv(Context &context) {
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
// Matrix products and recurrences
//===----------------------------------------------------------------------===//

/// With a zero point of the result, integers come out, otherwise floats.
static void gemm(Context &context) {
  if (hasInput(context, 8))
    copyType(context, 8, 0);
  else
    setType(context, 0, TensorProto::FLOAT);
  shapesLike(context, "Gemm", {0, 3});
}

static void dynamicQuantizeMatMul(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "MatMul", {0, 1});
}

static void matMulIntegerToFloat(Context &context) {
  copyType(context, 2, 0);
  shapesLike(context, "MatMul", {0, 1});
}

static void matMulInteger16(Context &context) {
  setType(context, 0, TensorProto::INT32);
  shapesLike(context, "MatMul", {0, 1});
}

static void dynamicQuantizeLstm(Context &context) {
  for (size_t output = 0; output < 3; ++output)
    copyType(context, 0, output);
  shapesLike(context, "LSTM", {0});
}

//===----------------------------------------------------------------------===//
// Transformers
//===----------------------------------------------------------------------===//

/// What comes back as the past of the next call: [2, batch, heads, length, size
/// of a head].
static void setPresent(Context &context, const Shape &input,
                       const Dim &hiddenSize) {
  if (hasInput(context, 8)) {
    const Shape *past = shapeOf(context, 8, 5);
    if (!past)
      return;
    Shape present = *past;
    if (!intOf(context, "past_present_share_buffer", 0))
      *present.mutable_dim(3) = sum(past->dim(3), input.dim(1));
    setShape(context, 1, present);
    return;
  }
  int64_t heads = intOf(context, "num_heads", 0);
  setShape(context, 1,
           {known(2), input.dim(0), known(heads), input.dim(1),
            quotient(hiddenSize, heads)});
}

/// The weights are those of queries, keys and values side by side.
static void attention(Context &context) {
  copyType(context, 2, 0);
  copyType(context, 2, 1);
  const Shape *input = shapeOf(context, 0, 3);
  const Shape *weight = shapeOf(context, 1, 2);
  if (!input || !weight)
    return;
  Dim hiddenSize = quotient(weight->dim(1), 3);
  setShape(context, 0, {input->dim(0), input->dim(1), hiddenSize});
  setPresent(context, *input, hiddenSize);
}

static void embedLayerNormalization(Context &context) {
  copyType(context, 8, 0);
  setType(context, 1, TensorProto::INT32);
  const Shape *ids = shapeOf(context, 0, 2);
  const Shape *words = shapeOf(context, 2, 2);
  if (!ids || !words)
    return;
  setShape(context, 0, {ids->dim(0), ids->dim(1), words->dim(1)});
  setShape(context, 1, {ids->dim(0)});
}

//===----------------------------------------------------------------------===//
// Formats of accelerators
//===----------------------------------------------------------------------===//

/// How many bytes a block takes is the kernel's business.
static void quantizeBfp(Context &context) {
  setType(context, 0, TensorProto::UINT8);
  setShape(context, 0, {unknown()});
  for (size_t output : {1, 2}) {
    setType(context, output, TensorProto::INT64);
    if (const Shape *shape = shapeOf(context, 0))
      setShape(context, output, {known(shape->dim_size())});
  }
}

static void dequantizeBfp(Context &context) {
  int64_t type = intOf(context, "dtype", TensorProto::FLOAT);
  if (llvm::is_contained(
          {TensorProto::FLOAT, TensorProto::FLOAT16, TensorProto::BFLOAT16},
          type))
    setType(context, 0, int32_t(type));
}

/// The order of the elements in memory is no part of the shape.
static void quantizeWithOrder(Context &context) {
  setType(context, 0, TensorProto::INT8);
  copyShape(context, 0, 0);
}

static void dequantizeWithOrder(Context &context) {
  int64_t type = intOf(context, "to", 0);
  if (type == TensorProto::FLOAT || type == TensorProto::FLOAT16)
    setType(context, 0, int32_t(type));
  copyShape(context, 0, 0);
}

static void orderedMatMul(Context &context) {
  copyType(context, 0, 0);
  shapesLike(context, "MatMul", {0, 2});
}

static void orderedAttention(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0, 3);
  const Shape *values = shapeOf(context, 7, 2);
  if (input && values)
    setShape(context, 0, {input->dim(0), input->dim(1), values->dim(1)});
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

/// What an operator with one tensor takes, and one with two.
#define UNARY "X X_scale X_zero_point? Y_scale Y_zero_point?"
#define BINARY                                                                 \
  "A A_scale A_zero_point? B B_scale B_zero_point? C_scale C_zero_point?"
#define WINDOW "auto_pad:s kernel_shape:I strides:I pads:I "
#define POOL "auto_pad:s kernel_shape:I! strides:I pads:I ceil_mode:i "

static constexpr Operator Table[] = {
    {"QLinearAdd", BINARY, "C", "", add},
    {"QLinearMul", BINARY, "C", "", add},
    {"MulInteger", "A A_zero_point? B B_zero_point?", "C", "", mulInteger},
    {"QLinearWhere",
     "condition X x_scale x_zero_point Y y_scale y_zero_point z_scale "
     "z_zero_point",
     "Z", "", where},
    {"QLinearSigmoid", UNARY, "Y", "", likeFirst},
    {"QLinearLeakyRelu", UNARY, "Y", "alpha:f", likeFirst},
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
     "y", WINDOW "dilations:I group:i channels_last:i", conv},
    {"QLinearAveragePool", "X x_scale x_zero_point? y_scale y_zero_point?", "Y",
     POOL "count_include_pad:i channels_last:i", averagePool},
    {"QLinearGlobalAveragePool", "X x_scale x_zero_point y_scale y_zero_point",
     "Y", "channels_last:i", globalAveragePool},
    {"NhwcMaxPool", "x", "y", POOL "dilations:I", nhwcMaxPool},

    {"QGemm",
     "A a_scale a_zero_point B b_scale b_zero_point C? y_scale? y_zero_point?",
     "Y", "transA:i transB:i alpha:f", gemm},
    {"DynamicQuantizeMatMul", "A B b_scale b_zero_point? bias?", "Y", "",
     dynamicQuantizeMatMul},
    {"MatMulIntegerToFloat",
     "A B a_scale b_scale a_zero_point? b_zero_point? bias?", "Y", "",
     matMulIntegerToFloat},
    {"MatMulInteger16", "A B", "Y", "", matMulInteger16},
    {"DynamicQuantizeLSTM",
     "X W R B? sequence_lens? initial_h? initial_c? P? W_scale W_zero_point "
     "R_scale R_zero_point",
     "Y? Y_h? Y_c?",
     "direction:s hidden_size:i activations:S activation_alpha:F "
     "activation_beta:F clip:f input_forget:i",
     dynamicQuantizeLstm},

    {"QAttention",
     "input weight bias input_scale weight_scale mask_index? "
     "input_zero_point? weight_zero_point? past?",
     "output present?",
     "num_heads:i! unidirectional:i do_rotary:i mask_filter_value:f scale:f "
     "past_present_share_buffer:i",
     attention},
    {"QEmbedLayerNormalization",
     "input_ids segment_ids? word_embedding_quant position_embedding_quant "
     "segment_embedding? gamma_quant beta_quant mask? word_embedding_scale "
     "position_embedding_scale segment_embedding_scale? gamma_scale "
     "beta_scale word_embedding_zero_point position_embedding_zero_point "
     "segment_embedding_zero_point? gamma_zero_point beta_zero_point",
     "layernorm_out mask_index_out", "epsilon:f", embedLayerNormalization},

    {"QuantizeBFP", "x", "y shape strides", "bfp_type:i! block_dim:i",
     quantizeBfp},
    {"DequantizeBFP", "x shape strides", "y", "bfp_type:i! block_dim:i dtype:i",
     dequantizeBfp},
    {"QuantizeWithOrder", "input scale_input", "output",
     "order_input:i! order_output:i!", quantizeWithOrder},
    {"DequantizeWithOrder", "input scale_input", "output",
     "order_input:i! order_output:i! to:i!", dequantizeWithOrder},
    {"QOrderedMatMul", "A scale_A B scale_B scale_Y bias? C? scale_C?", "Y",
     "order_A:i! order_B:i! order_Y:i!", orderedMatMul},
    {"QOrderedGelu", "X scale_X scale_Y", "Y", "order_X:i order_Y:i",
     likeFirst},
    {"QOrderedLayerNormalization", "X scale_X scale B? scale_Y", "Y",
     "axis:i epsilon:f order_X:i order_Y:i", likeFirst},
    {"QOrderedLongformerAttention",
     "input scale_input weight scale_weight bias scale_bias scale_qkv_gemm "
     "mask global_weight scale_global_weight global_bias scale_global_gemm "
     "global scale_output",
     "output",
     "num_heads:i! window:i! order_input:i! order_weight:i! "
     "order_global_weight:i! order_output:i!",
     likeFirst},
    {"QOrderedAttention",
     "input scale_input scale_Q_gemm scale_K_gemm scale_V_gemm Q_weight "
     "K_weight V_weight scale_Q_weight scale_K_weight scale_V_weight Q_bias "
     "K_bias V_bias scale_QKT_gemm? scale_QKT_softmax? scale_values_gemm "
     "mask_index? past? attention_bias?",
     "output",
     "num_heads:i! unidirectional:i qkv_hidden_sizes:I order_input:i! "
     "order_weight:i! order_output:i!",
     orderedAttention},
};

#undef UNARY
#undef BINARY
#undef WINDOW
#undef POOL

void schemas::registerQuantised() { add(Microsoft, Table); }
