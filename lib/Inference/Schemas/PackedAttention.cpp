//===- PackedAttention.cpp - Attention without padding --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Shapes.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

/// (tokens, width) in, (tokens, width of the values) out.
static void packedAttention(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0, 2);
  if (!input)
    return;
  Dim width;
  const onnx::AttributeProto *sizes = context.getAttribute("qkv_hidden_sizes");
  if (sizes && sizes->ints_size() == 3)
    width = known(sizes->ints(2));
  else if (const Shape *bias = shapeOf(context, 2, 1))
    width = quotient(bias->dim(0), 3);
  setShape(context, 0, {input->dim(0), width});
}

/// Queries may hold keys and values: (tokens, heads, 3, size).
static void packedMultiHeadAttention(Context &context) {
  copyType(context, 0, 0);
  if (const Shape *packed = shapeOf(context, 0, 4))
    setShape(context, 0,
             {packed->dim(0), product(packed->dim(1), packed->dim(3))});
  const Shape *query = shapeOf(context, 0, 2);
  const Shape *value = shapeOf(context, 2, 2);
  if (query)
    setShape(context, 0, {query->dim(0), value ? value->dim(1) : unknown()});
}

/// Width of what comes out for queries of (tokens, width). They may hold keys
/// and values; a latent cache has values narrower than keys.
static Dim pagedWidth(const Context &context, const Dim &width) {
  int64_t heads = intOf(context, "num_heads", 0);
  const onnx::AttributeProto *layout = context.getAttribute("kv_cache_layout");
  if (layout && layout->s() == "LATENT") {
    int64_t size = intOf(context, "v_head_size", 0);
    return size ? product(known(heads), known(size)) : width;
  }
  if (hasInput(context, 2))
    return width;
  Dim parts = sum(known(heads),
                  product(known(2), known(intOf(context, "kv_num_heads", 0))));
  return product(known(heads), quotient(width, valueOf(parts).value_or(0)));
}

static void pagedAttention(Context &context) {
  copyType(context, 0, 0);
  copy(context, 3, 1);
  copy(context, 4, 2);
  if (const Shape *query = shapeOf(context, 0, 2))
    setShape(context, 0, {query->dim(0), pagedWidth(context, query->dim(1))});
}

/// How many tokens are no padding is known from values only.
static void removePadding(Context &context) {
  copyType(context, 0, 0);
  for (size_t output : {1, 2, 3})
    setType(context, output, onnx::TensorProto::INT32);
  setShape(context, 3, {known(1)});
  const Shape *input = shapeOf(context, 0, 3);
  if (!input)
    return;
  setShape(context, 0, {unknown(), input->dim(2)});
  setShape(context, 1, {input->dim(0), input->dim(1)});
  setShape(context, 2, {sum(input->dim(0), known(1))});
}

static void restorePadding(Context &context) {
  copyType(context, 0, 0);
  const Shape *input = shapeOf(context, 0, 2);
  const Shape *offsets = shapeOf(context, 1, 2);
  if (input && offsets)
    setShape(context, 0, {offsets->dim(0), offsets->dim(1), input->dim(1)});
}

static constexpr Operator PackedAttentionOps[] = {
    {"PackedAttention",
     "input weights bias token_offset cumulative_sequence_length "
     "attention_bias?",
     "output", "num_heads:i! qkv_hidden_sizes:I", packedAttention},
    {"PackedMultiHeadAttention",
     "query key? value? bias? token_offset cumulative_sequence_length "
     "attention_bias?",
     "output", "num_heads:i!", packedMultiHeadAttention},
    {"PagedAttention",
     "query key? value? key_cache value_cache? cumulative_sequence_length "
     "past_seqlens block_table cos_cache? sin_cache? slot_mapping? head_sink? "
     "q_norm_weight? k_norm_weight? k_scale? v_scale? attention_metadata?",
     "output key_cache_out? value_cache_out?",
     "num_heads:i! kv_num_heads:i! kv_cache_layout:s v_head_size:i",
     pagedAttention},
    {"RemovePadding", "input sequence_token_count",
     "output token_offset cumulated_seq_len max_seq_len", "", removePadding},
    {"RestorePadding", "input token_offset", "output", "", restorePadding},
};

void schemas::registerPackedAttention() { add(Microsoft, PackedAttentionOps); }
