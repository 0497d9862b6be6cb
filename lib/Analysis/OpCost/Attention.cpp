//===- Attention.cpp - Cost of attention and its companions ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

using namespace onnx_split;
using namespace onnx_split::opcost;

/// Results per score: maximum, subtract, exp, sum, divide.
static constexpr int64_t SoftmaxOps = 5;
/// Results per score of softcap * tanh(score / softcap).
static constexpr int64_t SoftcapOps = 3;

void opcost::addAttention(Estimate &estimate, const AttentionShape &shape,
                          bool masked) {
  Count scores = shape.scores();
  estimate.addMacs(scores * (shape.headSize + shape.valueHeadSize));
  int64_t perScore = 1 + SoftmaxOps + (masked ? 1 : 0);
  if (estimate.getFloat("softcap", 0) != 0)
    perScore += SoftcapOps;
  estimate.addOps(scores * perScore);
}

Count opcost::perHead(Estimate &estimate, Count count, int64_t heads) {
  if (heads < 1 || (count.isExact() && count.value() % heads != 0))
    estimate.contradict();
  return count.dividedBy(heads);
}

/// (Q, K, V, attn_mask, past_key, past_value, nonpad_kv_seqlen): 4-D
/// [B, H, S, D] or 3-D [B, S, H * D].
static void attention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0), &key = estimate.input(1),
                   &value = estimate.input(2);
  AttentionShape shape;
  shape.batch = extent(query, 0);
  shape.queries = extent(query, -2);
  shape.keys = extent(key, -2);
  if (query.hasRank && query.dims.size() == 3) {
    int64_t heads = estimate.getInt("q_num_heads", -1);
    shape.heads = heads;
    shape.headSize = perHead(estimate, extent(query, 2), heads);
    shape.valueHeadSize = perHead(estimate, extent(value, -1),
                                  estimate.getInt("kv_num_heads", -1));
  } else {
    shape.heads = extent(query, 1);
    shape.headSize = extent(query, -1);
    shape.valueHeadSize = extent(value, -1);
  }
  if (estimate.hasInput(4))
    shape.keys += extent(estimate.input(4), -2);
  addAttention(estimate, shape,
               estimate.hasInput(3) || estimate.hasInput(6) ||
                   estimate.getInt("is_causal", 0));
}

/// Preview (Q, K, V), all 4-D. The bodies work on the whole score tensor.
static void flexAttention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0);
  AttentionShape shape;
  shape.batch = extent(query, 0);
  shape.heads = extent(query, 1);
  shape.queries = extent(query, -2);
  shape.headSize = extent(query, -1);
  shape.keys = extent(estimate.input(1), -2);
  shape.valueHeadSize = extent(estimate.input(2), -1);
  addAttention(estimate, shape, false);
  for (size_t i = 0, e = estimate.bodies().size(); i < e; ++i) {
    const OpCost &body = estimate.bodies()[i];
    Count macs = body.macs, flops = body.flops;
    estimate.addMacs(macs);
    estimate.addOps(flops.minus((macs * 2).value()));
    if (body.unknown)
      estimate.markUnknown({UnknownCause::InBody, false, int32_t(i), -1});
  }
}

/// (query, key, value, past_state, decay, beta), 3-D [B, T, H * D]. Per token
/// and key head: k v^T onto the state; with the delta rule also S^T k, its
/// difference from v, times beta; with a gate the state times exp(decay). Per
/// query head: q^T S, scaled. The recurrence is counted, not its chunked form.
static void linearAttention(Estimate &estimate, int64_t) {
  const TensorInfo &query = estimate.input(0), &value = estimate.input(2);
  int64_t heads = estimate.getInt("q_num_heads", -1);
  int64_t keyHeads = estimate.getInt("kv_num_heads", -1);
  llvm::StringRef rule = estimate.getString("update_rule");
  bool gated = rule.empty() || rule.starts_with("gated");
  bool delta = rule.empty() || rule.ends_with("delta");

  Count tokens = extent(query, 0) * extent(query, 1);
  Count keySize = perHead(estimate, extent(query, 2), heads);
  Count valueSize = perHead(estimate, extent(value, 2), keyHeads);
  Count state = keySize * valueSize;
  Count products = Count(keyHeads) * (delta ? 2 : 1) + Count(heads);
  estimate.addMacs(tokens * state * products);
  estimate.addOps(tokens * heads * valueSize);
  if (gated)
    estimate.addOps(tokens * keyHeads * state + estimate.inputElements(4));
  if (delta)
    estimate.addOps(tokens * keyHeads * valueSize * 2);
}

/// ai.onnx: (X, cos_cache, sin_cache, position_ids); com.microsoft: (input,
/// position_ids, cos_cache, sin_cache). `factor` is where the positions are.
static void rotaryEmbedding(Estimate &estimate, int64_t factor) {
  const TensorInfo &data = estimate.input(0);
  size_t cosines = factor == 1 ? 2 : 1;
  Count rotated = estimate.inputElements(0);
  Count tokens = extent(data, 0);
  int64_t heads = estimate.getInt("num_heads", 0);
  Count headSize = 1;
  if (data.hasRank && data.dims.size() == 4) {
    tokens *= extent(data, 2);
    headSize = extent(data, 3);
  } else {
    tokens *= extent(data, 1);
    // com.microsoft allows to leave the heads out: a cache row is half a head.
    headSize = heads > 0 ? perHead(estimate, extent(data, 2), heads)
                         : extent(estimate.input(cosines), -1) * 2;
  }
  int64_t partial = estimate.getInt("rotary_embedding_dim", 0);
  Count rotatedSize = partial > 0 ? Count(partial) : headSize;
  if (partial > 0 && headSize.value() > 0)
    rotated = rotated.dividedBy(headSize.value()) * partial;
  if (!headSize.isExact())
    estimate.markUnknown();
  estimate.addOps(rotated * RotateOps);

  // One row of each table per token.
  if (estimate.hasInput(factor)) {
    estimate.setRead(cosines, tokens * rotatedSize.dividedBy(2));
    estimate.setRead(cosines + 1, tokens * rotatedSize.dividedBy(2));
  }
}

llvm::ArrayRef<OpEntry> opcost::attentionOps() {
  static constexpr OpEntry table[] = {
      {Standard, "Attention", attention},
      {Standard, "LinearAttention", linearAttention},
      {Standard, "RotaryEmbedding", rotaryEmbedding, 3},
      {Preview, "FlexAttention", flexAttention, 0, /*ownsBodies=*/true},
      {Microsoft, "LinearAttention", linearAttention},
      {Microsoft, "RotaryEmbedding", rotaryEmbedding, 1},
  };
  return table;
}
