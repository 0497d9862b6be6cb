//===- Attention.cpp - Attention over padded batches ----------------------===//
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

/// A cache is (batch, heads, length, size of a head); this is one like `past`
/// but for its length.
static void setCache(Context &context, size_t output, const Shape &past,
                     const Dim &length) {
  Shape cache = past;
  *cache.mutable_dim(cache.dim_size() - 2) = length;
  setShape(context, output, cache);
}

//===----------------------------------------------------------------------===//
// Attention, with weights of its own
//===----------------------------------------------------------------------===//

/// Width of the values: of an attribute, or a third of what the weights make.
static Dim valueWidth(const Context &context) {
  const onnx::AttributeProto *sizes = context.getAttribute("qkv_hidden_sizes");
  if (sizes && sizes->ints_size() > 0)
    return sizes->ints_size() == 3 ? known(sizes->ints(2)) : unknown();
  if (const Shape *weights = shapeOf(context, 1, 2))
    return quotient(weights->dim(1), 3);
  if (const Shape *bias = shapeOf(context, 2, 1))
    return quotient(bias->dim(0), 3);
  return unknown();
}

/// Keys and values are one tensor here: (2, batch, heads, length, size).
static void attention(Context &context) {
  copyType(context, 0, 0);
  copyType(context, 0, 1);
  const Shape *input = shapeOf(context, 0, 3);
  if (!input)
    return;
  const Dim &batch = input->dim(0), &length = input->dim(1);
  Dim width = valueWidth(context);
  setShape(context, 0, {batch, length, width});
  int64_t heads = intOf(context, "num_heads", 0);
  if (!hasInput(context, 4))
    return setShape(
        context, 1,
        {known(2), batch, known(heads), length, quotient(width, heads)});
  const Shape *past = shapeOf(context, 4, 5);
  if (!past)
    return;
  bool isShared = intOf(context, "past_present_share_buffer", 0) != 0;
  setCache(context, 1, *past,
           isShared ? past->dim(3) : sum(past->dim(3), length));
}

//===----------------------------------------------------------------------===//
// Multi-head attention
//===----------------------------------------------------------------------===//

namespace {
/// What the projections of queries, keys and values say.
struct Projections {
  Dim batch, length;
  Dim keyLength;
  /// Over all heads.
  Dim keyWidth, valueWidth;
};
} // namespace

/// Queries are (batch, length, width) or, with keys and values packed in,
/// (batch, length, heads, 3, size) or (batch, length, 3 * width). Keys are
/// (batch, length, width), with values packed in (batch, length, heads, 2,
/// size), or a cache.
static std::optional<Projections> readProjections(const Context &context) {
  const Shape *query = shapeOf(context, 0);
  if (!query || (query->dim_size() != 3 && query->dim_size() != 5))
    return std::nullopt;
  Projections result;
  result.batch = query->dim(0);
  result.length = query->dim(1);
  if (query->dim_size() == 5) {
    result.keyLength = result.length;
    result.keyWidth = product(query->dim(2), query->dim(4));
    result.valueWidth = result.keyWidth;
    return result;
  }
  if (!hasInput(context, 1)) {
    result.keyLength = result.length;
    result.keyWidth = quotient(query->dim(2), 3);
    result.valueWidth = result.keyWidth;
    return result;
  }
  result.keyWidth = query->dim(2);
  if (const Shape *key = shapeOf(context, 1))
    if (key->dim_size() >= 3 && key->dim_size() <= 5)
      result.keyLength = key->dim(key->dim_size() == 4 ? 2 : 1);
  if (!hasInput(context, 2))
    result.valueWidth = result.keyWidth;
  else if (const Shape *value = shapeOf(context, 2, 3))
    result.valueWidth = value->dim(2);
  else if (const Shape *cache = shapeOf(context, 2, 4))
    result.valueWidth = product(cache->dim(1), cache->dim(3));
  return result;
}

/// How many keys a cache holds: all that it has room for, or as many as a value
/// says.
static Dim pastLength(const Context &context, const Shape *past, bool isShared,
                      size_t lengthInput) {
  if (!isShared)
    return past ? past->dim(2) : unknown();
  auto length = scalarOf(context, lengthInput);
  return length ? known(*length) : unknown();
}

/// `pastKey` is the input with the cache of the keys; that of the values comes
/// next, and then the length of what they hold. `isShared`: they are buffers of
/// a fixed length. The type of the scores, the last output, is the model's
/// choice.
static void multiHeadAttention(Context &context, size_t pastKey,
                               bool isShared) {
  for (size_t output : {0, 1, 2})
    copyType(context, 0, output);
  auto given = readProjections(context);
  if (!given)
    return;
  setShape(context, 0, {given->batch, given->length, given->valueWidth});
  int64_t heads = intOf(context, "num_heads", 0);
  bool hasPast = hasInput(context, pastKey);
  const Shape *pasts[] = {shapeOf(context, pastKey, 4),
                          shapeOf(context, pastKey + 1, 4)};
  Dim total = given->keyLength;
  if (hasPast)
    total = sum(total, pastLength(context, pasts[0], isShared, pastKey + 2));
  setShape(context, 3, {given->batch, known(heads), given->length, total});
  for (size_t i : {0, 1})
    if (hasPast) {
      if (pasts[i])
        setCache(context, 1 + i, *pasts[i],
                 isShared ? pasts[i]->dim(2) : total);
    } else {
      const Dim &width = i == 0 ? given->keyWidth : given->valueWidth;
      setShape(context, 1 + i,
               {given->batch, known(heads), total, quotient(width, heads)});
    }
}

static void multiHeadAttention(Context &context) {
  constexpr size_t pastSequenceLength = 8;
  multiHeadAttention(context, 6, hasInput(context, pastSequenceLength));
}

static void decoderMaskedMultiHeadAttention(Context &context) {
  multiHeadAttention(context, 5,
                     intOf(context, "past_present_share_buffer", 0) != 0);
}

//===----------------------------------------------------------------------===//
// Attention of groups of queries
//===----------------------------------------------------------------------===//

namespace {
/// Heads and their size, of packed or separate projections.
struct GroupedHeads {
  Dim queryHeads, keyHeads, size;
  bool isPacked;
};
} // namespace

static GroupedHeads readHeads(const Context &context, const Shape &query) {
  int64_t heads = intOf(context, "num_heads", 0);
  int64_t keyHeads = intOf(context, "kv_num_heads", 0);
  GroupedHeads result{known(heads), known(keyHeads), unknown(),
                      !hasInput(context, 1)};
  Dim parts = result.isPacked
                  ? sum(known(heads), product(known(2), known(keyHeads)))
                  : known(heads);
  result.size = quotient(query.dim(2), valueOf(parts).value_or(0));
  return result;
}

/// The output, as long as the queries and as wide as all their heads.
static void setGroupedOutput(Context &context, const Shape &query,
                             const GroupedHeads &heads) {
  setShape(
      context, 0,
      {query.dim(0), query.dim(1),
       heads.isPacked ? product(heads.queryHeads, heads.size) : query.dim(2)});
}

/// Length of the caches that come out. A cache that comes in either grows by
/// the new keys, or it is a buffer that has room for them: the total length,
/// which is a value, tells. Where nothing comes in the new keys are all.
static Dim cacheLength(const Context &context, const Shape *past,
                       const Dim &keyLength) {
  bool hasPast = hasInput(context, 3);
  if (!hasPast)
    return keyLength;
  if (!past)
    return unknown();
  if (intOf(context, "sliding_window_cache", 0) == 1)
    return past->dim(2);
  auto room = valueOf(past->dim(2));
  if (room == 0)
    return keyLength;
  auto total = scalarOf(context, 6);
  return room && total ? known(std::max(*total, *room)) : unknown();
}

static void groupQueryAttention(Context &context) {
  copyType(context, 0, 0);
  copyType(context, 0, 3);
  bool hasPast = hasInput(context, 3);
  for (size_t i : {0, 1})
    copyType(context, hasPast ? 3 + i : 0, 1 + i);
  const Shape *query = shapeOf(context, 0, 3);
  if (!query)
    return;
  GroupedHeads heads = readHeads(context, *query);
  setGroupedOutput(context, *query, heads);
  const Shape *key = heads.isPacked ? query : shapeOf(context, 1, 3);
  Dim keyLength = key ? key->dim(1) : unknown();
  auto total = scalarOf(context, 6);
  setShape(context, 3,
           {query->dim(0), heads.queryHeads, query->dim(1),
            total ? known(*total) : unknown()});
  for (size_t i : {0, 1}) {
    const Shape *past = shapeOf(context, 3 + i, 4);
    Dim length = cacheLength(context, past, keyLength);
    if (past)
      setCache(context, 1 + i, *past, length);
    else if (!hasPast)
      setShape(context, 1 + i,
               {query->dim(0), heads.keyHeads, length, heads.size});
  }
}

static void sparseAttention(Context &context) {
  copyType(context, 0, 0);
  copy(context, 3, 1);
  copy(context, 4, 2);
  if (const Shape *query = shapeOf(context, 0, 3))
    setGroupedOutput(context, *query, readHeads(context, *query));
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

/// Queries are (length, batch, width). Whether caches grow is said by values of
/// inputs.
static void decoderAttention(Context &context) {
  likeFirst(context);
  for (size_t output : {1, 2})
    copyType(context, 0, output);
  const Shape *query = shapeOf(context, 0, 3);
  if (!query)
    return;
  int64_t heads = intOf(context, "num_heads", 0);
  for (size_t output : {1, 2})
    setShape(context, output,
             {query->dim(1), known(heads), unknown(),
              quotient(query->dim(2), heads)});
}

static void gemmaRotaryEmbedding(Context &context) {
  copy(context, 1, 0);
  copy(context, 3, 1);
}

/// The lengths are values: (1, heads, queries, keys).
static void relativePositionBias(Context &context) {
  copyType(context, 0, 0);
  const Shape *table = shapeOf(context, 0, 2);
  auto length = [&](size_t input) {
    auto value = scalarOf(context, input);
    return value ? known(*value) : unknown();
  };
  setShape(context, 0,
           {known(1), table ? table->dim(1) : unknown(), length(1), length(2)});
}

/// Queries without padding come with the offsets of their tokens, which know
/// the batch and the length.
static void gatedRelativePositionBias(Context &context) {
  copyType(context, 0, 0);
  const Shape *padded =
      hasInput(context, 6) ? shapeOf(context, 6, 2) : shapeOf(context, 0, 3);
  if (!padded)
    return;
  const Dim &length = padded->dim(1);
  setShape(
      context, 0,
      {padded->dim(0), known(intOf(context, "num_heads", -1)), length, length});
}

static constexpr Operator AttentionOps[] = {
    {"Attention",
     "input weights bias? mask_index? past? attention_bias? "
     "past_sequence_length?",
     "output present?",
     "num_heads:i! qkv_hidden_sizes:I past_present_share_buffer:i", attention},
    {"DecoderAttention",
     "query key q_weight kv_weight bias key_padding_mask? key_cache? "
     "value_cache? static_kv use_past has_layer_state has_key_padding_mask",
     "output new_key_cache? new_value_cache?", "num_heads:i!",
     decoderAttention},
    {"DecoderMaskedMultiHeadAttention",
     "query key? value? mask_index? attention_bias? past_key? past_value? "
     "past_sequence_length? beam_width? cache_indirection? bias?",
     "output present_key? present_value? qk?",
     "num_heads:i! past_present_share_buffer:i",
     decoderMaskedMultiHeadAttention},
    {"DecoderMaskedSelfAttention",
     "input weights bias mask_index? past attention_bias? "
     "past_sequence_length beam_width? cache_indirection?",
     "output present", "num_heads:i! past_present_share_buffer:i", attention},
    {"GatedRelativePositionBias",
     "query_layer query_bias rel_pos weight bias eco_a token_offset?", "output",
     "num_heads:i!", gatedRelativePositionBias},
    {"GemmaRotaryEmbedding", "emb q q_rot k k_rot", "output1 output2", "",
     gemmaRotaryEmbedding},
    {"GroupQueryAttention",
     "query key? value? past_key? past_value? seqlens_k "
     "total_sequence_length cos_cache? sin_cache? position_ids? "
     "attention_bias? head_sink? k_scale? v_scale? q_norm_weight? "
     "k_norm_weight? query_seqlens?",
     "output present_key? present_value? output_qk?",
     "num_heads:i! kv_num_heads:i! sliding_window_cache:i",
     groupQueryAttention},
    {"LongformerAttention",
     "input weight bias mask global_weight global_bias global", "output",
     "num_heads:i! window:i!", likeFirst},
    {"MRotaryEmbedding", "input position_ids cos_cache sin_cache", "output",
     "mrope_section:I!", likeFirst},
    {"MultiHeadAttention",
     "query key? value? bias? key_padding_mask? attention_bias? past_key? "
     "past_value? past_sequence_length? cache_indirection?",
     "output present_key? present_value? qk?", "num_heads:i!",
     multiHeadAttention},
    {"RelativePositionBias", "bias_table query_length key_length", "output",
     "max_distance:i!", relativePositionBias},
    {"RotaryEmbedding", "input position_ids cos_cache sin_cache", "output", "",
     likeFirst},
    {"SparseAttention",
     "query key? value? past_key past_value block_row_indices "
     "block_col_indices total_sequence_length key_total_sequence_lengths "
     "cos_cache? sin_cache?",
     "output present_key present_value",
     "num_heads:i! kv_num_heads:i! sparse_block_size:i!", sparseAttention},
};

void schemas::registerAttention() { add(Microsoft, AttentionOps); }
