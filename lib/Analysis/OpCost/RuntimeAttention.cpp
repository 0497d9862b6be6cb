//===- RuntimeAttention.cpp - Cost of ONNX Runtime's attention ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The operators of com.microsoft differ in where past keys are, in what is
/// packed into one operand, and in whether the projections to query, key and
/// value belong to them. A cache that past and present share has the extent of
/// the longest sequence: an upper bound, unless the length itself is known.
///
//===----------------------------------------------------------------------===//

#include "Attention.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Results per value of an RMS normalisation: square, sum, normalise, scale.
static constexpr int64_t HeadNormOps = 4;

static bool hasRank(const TensorInfo &tensor, size_t rank) {
  return tensor.hasRank && tensor.dims.size() == rank;
}

/// Keys of `fresh` new ones behind a past whose length is on `axis` of `past`.
/// With a shared cache, operand `length` has the number of past ones.
static Count totalKeys(Estimate &estimate, Count fresh, const TensorInfo &past,
                       int64_t axis, size_t length) {
  if (std::optional<int64_t> known = estimate.inputValue(length))
    return fresh + Count(*known);
  if (!past.present)
    return fresh;
  bool isShared = estimate.hasInput(length) ||
                  estimate.getInt("past_present_share_buffer", 0);
  return isShared ? extent(past, axis) : fresh + extent(past, axis);
}

/// One bias for all queries, keys and values that come in.
static void addBias(Estimate &estimate, const AttentionShape &shape,
                    Count newKeys) {
  estimate.addOps(shape.batch * shape.heads *
                  (shape.queries * shape.headSize +
                   newKeys * (shape.headSize + shape.valueHeadSize)));
}

//===----------------------------------------------------------------------===//
// Query, key and value apart
//===----------------------------------------------------------------------===//

/// (query, key, value, bias, key_padding_mask, attention_bias, past_key,
/// past_value, past_sequence_length, ...). The query may hold all three as
/// [B, S, H, 3, D], the key both as [B, S, H, 2, D], or key and value come as
/// [B, H, S, D].
static void multiHeadAttention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0), &key = estimate.input(1),
                   &value = estimate.input(2);
  int64_t heads = estimate.getInt("num_heads", -1);
  AttentionShape shape;
  shape.heads = heads;
  shape.batch = extent(query, 0);
  shape.queries = extent(query, 1);
  shape.headSize = hasRank(query, 5)
                       ? extent(query, 4)
                       : perHead(estimate, extent(query, 2), heads);
  shape.valueHeadSize = shape.headSize;
  Count newKeys = shape.queries;
  if (key.present)
    newKeys = extent(key, hasRank(key, 4) ? 2 : 1);
  if (value.present)
    shape.valueHeadSize = hasRank(value, 4)
                              ? extent(value, 3)
                              : perHead(estimate, extent(value, 2), heads);
  shape.keys = totalKeys(estimate, newKeys, estimate.input(6), 2, 8);
  if (estimate.hasInput(3))
    addBias(estimate, shape, newKeys);
  addAttention(estimate, shape,
               estimate.hasInput(4) || estimate.hasInput(5) ||
                   estimate.getInt("unidirectional", 0));
}

/// (query[B, 1, ...], key, value, mask_index, attention_bias, past_key,
/// past_value, past_sequence_length, beam_width, cache_indirection, bias): the
/// next token of a decoder. Without a key the query holds all three; a key of
/// four axes is the finished cache of another sequence.
static void decoderMaskedAttention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0), &key = estimate.input(1),
                   &value = estimate.input(2);
  int64_t heads = estimate.getInt("num_heads", -1);
  AttentionShape shape;
  shape.heads = heads;
  shape.batch = extent(query, 0);
  shape.queries = extent(query, 1);
  Count perQueryHead = perHead(estimate, extent(query, 2), heads);
  shape.headSize = key.present ? perQueryHead : perQueryHead.dividedBy(3);
  shape.valueHeadSize = shape.headSize;
  bool isFinished = hasRank(key, 4);
  if (value.present)
    shape.valueHeadSize = isFinished
                              ? extent(value, 3)
                              : perHead(estimate, extent(value, 2), heads);
  shape.keys =
      isFinished ? extent(key, 2)
                 : totalKeys(estimate, shape.queries, estimate.input(5), 2, 7);
  if (estimate.hasInput(10))
    addBias(estimate, shape, isFinished ? Count(0) : shape.queries);
  addAttention(estimate, shape, estimate.hasInput(3) || estimate.hasInput(4));
}

/// GroupQueryAttention(query, key, value, past_key, past_value, seqlens_k,
/// total_sequence_length, ...) and SparseAttention, where `total` is another
/// operand. Without a key, the query holds all three:
/// [B, S, (Hq + 2 * Hkv) * D]. Causal.
static void groupQueryAttention(Estimate &estimate, int64_t total) {
  const TensorInfo &query = estimate.input(0);
  int64_t heads = estimate.getInt("num_heads", -1);
  int64_t keyHeads = estimate.getInt("kv_num_heads", -1);
  bool sane = heads > 0 && keyHeads > 0 && heads < Count::Limit / 8 &&
              keyHeads < Count::Limit / 8;
  AttentionShape shape;
  shape.heads = heads;
  shape.batch = extent(query, 0);
  shape.queries = extent(query, 1);
  int64_t packedHeads = sane ? heads + 2 * keyHeads : -1;
  shape.headSize = perHead(estimate, extent(query, 2),
                           estimate.hasInput(1) ? heads : packedHeads);
  shape.valueHeadSize = shape.headSize;

  // The cache may be longer than what it holds: a known length goes first.
  const TensorInfo &present = estimate.output(1), &past = estimate.input(3);
  if (std::optional<int64_t> known = estimate.inputValue(total))
    shape.keys = *known;
  else if (present.present && extent(present, 2).isExact())
    shape.keys = extent(present, 2);
  else
    shape.keys = shape.queries + (past.present ? extent(past, 2) : Count(0));

  Count newValues = shape.batch * shape.queries * shape.headSize *
                    (Count(heads) + Count(keyHeads));
  if (estimate.getInt("do_rotary", 0))
    estimate.addOps(newValues * RotateOps);
  addAttention(estimate, shape, true);
}

/// Queries and keys may be normalised head by head, and a bias added.
static void groupQueryWithNorms(Estimate &estimate, int64_t total) {
  groupQueryAttention(estimate, total);
  const TensorInfo &query = estimate.input(0), &norm = estimate.input(14);
  if (!norm.present)
    return;
  Count heads = Count(estimate.getInt("num_heads", -1)) +
                Count(estimate.getInt("kv_num_heads", -1));
  estimate.addOps(extent(query, 0) * extent(query, 1) * heads *
                  extent(norm, 0) * HeadNormOps);
}

/// (query[tokens, ...], key, value, bias, token_offset[B, S], ...): sequences
/// without their padding. How long each is, is data; the longest counts.
static void packedMultiHeadAttention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0), &value = estimate.input(2),
                   &offsets = estimate.input(4);
  int64_t heads = estimate.getInt("num_heads", -1);
  AttentionShape shape;
  shape.heads = heads;
  shape.queries = extent(query, 0);
  shape.keys = extent(offsets, 1);
  shape.headSize = hasRank(query, 4)
                       ? extent(query, 3)
                       : perHead(estimate, extent(query, 1), heads);
  shape.valueHeadSize = value.present
                            ? perHead(estimate, extent(value, 1), heads)
                            : shape.headSize;
  if (estimate.hasInput(3))
    addBias(estimate, shape, shape.queries);
  addAttention(estimate, shape, estimate.hasInput(6));
}

/// (query[tokens, Hq * D], key, value, key_cache[blocks, block, Hkv, D],
/// value_cache, lengths, past lengths, block_table[B, most blocks], ...): how
/// much of the cache a token looks at is data; all its blocks count.
static void pagedAttention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0), &cache = estimate.input(3),
                   &blocks = estimate.input(7);
  AttentionShape shape;
  int64_t heads = estimate.getInt("num_heads", -1);
  int64_t keyHeads = estimate.getInt("kv_num_heads", -1);
  shape.heads = heads;
  shape.queries = extent(query, 0);
  shape.keys = extent(blocks, 1) * extent(cache, 1);
  shape.headSize = extent(cache, 3);
  shape.valueHeadSize = shape.headSize;
  if (estimate.getInt("do_rotary", 0))
    estimate.addOps(shape.queries * shape.headSize *
                    (Count(heads) + Count(keyHeads)) * RotateOps);
  addAttention(estimate, shape, true);
}

//===----------------------------------------------------------------------===//
// With projections
//===----------------------------------------------------------------------===//

namespace {
/// Which operand is what in an attention that has projections.
struct Projected {
  size_t mask, attentionBias, past, pastLength;
};
} // namespace

/// An operand that no operator has.
static constexpr size_t NoOperand = 1000;

/// The projections to query, key and value, then the attention. past:
/// [2, B, H, S, D].
static void addProjected(Estimate &estimate, const Projected &operands) {
  const TensorInfo &data = estimate.input(0), &weights = estimate.input(1);
  int64_t heads = estimate.getInt("num_heads", -1);
  Count projected = extent(weights, 1);
  AttentionShape shape;
  shape.heads = heads;
  shape.batch = extent(data, 0);
  shape.queries = extent(data, 1);
  auto sizes = estimate.attributes().getInts("qkv_hidden_sizes");
  if (sizes && sizes->size() == 3) {
    shape.headSize = perHead(estimate, (*sizes)[0], heads);
    shape.valueHeadSize = perHead(estimate, (*sizes)[2], heads);
  } else {
    shape.headSize = perHead(estimate, projected.dividedBy(3), heads);
    shape.valueHeadSize = shape.headSize;
  }
  shape.keys = totalKeys(estimate, shape.queries, estimate.input(operands.past),
                         3, operands.pastLength);

  Count results = shape.batch * shape.queries * projected;
  estimate.addMacs(results * extent(data, 2));
  if (estimate.hasInput(2))
    estimate.addOps(results);
  if (estimate.getInt("do_rotary", 0))
    estimate.addOps(shape.batch * shape.queries * shape.heads * shape.headSize *
                    2 * RotateOps);
  addAttention(estimate, shape,
               estimate.hasInput(operands.mask) ||
                   estimate.hasInput(operands.attentionBias) ||
                   estimate.getInt("unidirectional", 0));
}

/// (input, weights, bias, mask_index, past, attention_bias,
/// past_sequence_length).
static void projectedAttention(Estimate &estimate, int64_t) {
  addProjected(estimate, {3, 5, 4, 6});
}

/// (input, weight, bias, input_scale, weight_scale, mask_index,
/// input_zero_point, weight_zero_point, past): 8-bit projections, of which each
/// result is scaled back; the attention itself is in floating point.
static void quantisedAttention(Estimate &estimate, int64_t) {
  addProjected(estimate, {5, NoOperand, 8, NoOperand});
  estimate.addOps(elementsBesides(estimate.input(0), -1) *
                  extent(estimate.input(1), 1));
  estimate.setComputeType(Int8);
}

/// (input[tokens, I], weights, bias, token_offset[B, S], lengths,
/// attention_bias), see packedMultiHeadAttention.
static void packedAttention(Estimate &estimate, int64_t) {
  const TensorInfo &data = estimate.input(0), &weights = estimate.input(1);
  int64_t heads = estimate.getInt("num_heads", -1);
  Count projected = extent(weights, 1);
  AttentionShape shape;
  shape.heads = heads;
  shape.queries = extent(data, 0);
  shape.keys = extent(estimate.input(3), 1);
  auto sizes = estimate.attributes().getInts("qkv_hidden_sizes");
  bool isUneven = sizes && sizes->size() == 3;
  shape.headSize = perHead(
      estimate, isUneven ? Count((*sizes)[0]) : projected.dividedBy(3), heads);
  shape.valueHeadSize =
      isUneven ? perHead(estimate, (*sizes)[2], heads) : shape.headSize;
  estimate.addMacs(shape.queries * projected * extent(data, 1));
  if (estimate.hasInput(2))
    estimate.addOps(shape.queries * projected);
  addAttention(estimate, shape, estimate.hasInput(5));
}

/// (query[S, B, H], key[T, B, H], q_weight, kv_weight, bias, key_padding_mask,
/// key_cache[B, heads, past, D], value_cache, ...). Whether the cache is used
/// at all is data: everything counts.
static void decoderAttention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0), &key = estimate.input(1),
                   &cache = estimate.input(6);
  int64_t heads = estimate.getInt("num_heads", -1);
  Count hidden = extent(query, 2);
  AttentionShape shape;
  shape.heads = heads;
  shape.batch = extent(query, 1);
  shape.queries = extent(query, 0);
  shape.headSize = shape.valueHeadSize = perHead(estimate, hidden, heads);
  Count newKeys = extent(key, 0);
  shape.keys = newKeys + (cache.present ? extent(cache, 2) : Count(0));
  Count projected = shape.batch * (shape.queries + newKeys * 2) * hidden;
  estimate.addMacs(projected * hidden);
  if (estimate.hasInput(4))
    estimate.addOps(projected);
  addAttention(estimate, shape, estimate.hasInput(5));
}

llvm::ArrayRef<OpEntry> opcost::runtimeAttentionOps() {
  // The number beside the grouped ones is the operand with the total length.
  static constexpr OpEntry table[] = {
      {Microsoft, "Attention", projectedAttention},
      {Microsoft, "DecoderAttention", decoderAttention},
      {Microsoft, "DecoderMaskedMultiHeadAttention", decoderMaskedAttention},
      {Microsoft, "DecoderMaskedSelfAttention", projectedAttention},
      {Microsoft, "GroupQueryAttention", groupQueryWithNorms, 6},
      {Microsoft, "MultiHeadAttention", multiHeadAttention},
      {Microsoft, "PackedAttention", packedAttention},
      {Microsoft, "PackedMultiHeadAttention", packedMultiHeadAttention},
      {Microsoft, "PagedAttention", pagedAttention},
      {Microsoft, "QAttention", quantisedAttention},
      {Microsoft, "SparseAttention", groupQueryAttention, 7},
  };
  return table;
}
