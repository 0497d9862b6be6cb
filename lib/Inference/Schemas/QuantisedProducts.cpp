//===- QuantisedProducts.cpp - Products and transformers of integers ------===//
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

static void quantisedEmbedLayerNormalization(Context &context) {
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

static constexpr Operator QuantisedProductsOps[] = {
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
     "layernorm_out mask_index_out", "epsilon:f",
     quantisedEmbedLayerNormalization},

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

void schemas::registerQuantisedProducts() {
  add(Microsoft, QuantisedProductsOps);
}
