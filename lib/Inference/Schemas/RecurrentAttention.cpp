//===- RecurrentAttention.cpp - Attention with a state of fixed size ------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Shapes.h"

#include "llvm/ADT/SmallVector.h"

using namespace onnx_split;
using namespace onnx_split::schemas;

/// A state, or the last few of them, which come before the batch.
static void setState(Context &context, size_t output,
                     llvm::ArrayRef<Dim> state) {
  llvm::SmallVector<Dim> dims;
  if (int64_t window = intOf(context, "state_window", 0); window > 0)
    dims.push_back(known(window));
  dims.append(state.begin(), state.end());
  setShape(context, output, dims);
}

/// Queries (batch, length, heads * size) and values alike; the state is (batch,
/// heads, size of keys, size of values).
static void linearAttention(Context &context) {
  copyType(context, 0, 0);
  copyType(context, hasInput(context, 3) ? 3 : 0, 1);
  const Shape *query = shapeOf(context, 0, 3);
  const Shape *value = shapeOf(context, 2, 3);
  if (!query || !value)
    return;
  int64_t heads = intOf(context, "q_num_heads", 0);
  int64_t valueHeads = intOf(context, "kv_num_heads", 0);
  Dim size = quotient(value->dim(2), valueHeads);
  setShape(context, 0,
           {query->dim(0), query->dim(1),
            product(known(std::max(heads, valueHeads)), size)});
  setState(
      context, 1,
      {query->dim(0), known(valueHeads), quotient(query->dim(2), heads), size});
}

/// How many positions a convolution looks back over.
static Dim lookBack(const Context &context, const Shape &weight) {
  const Dim &kernel = weight.dim(weight.dim_size() - 1);
  return product(difference(kernel, known(1)),
                 known(intOf(context, "dilation", 1)));
}

/// True where attributes are set that only other providers than the CPU's have:
/// they choose channels and the layout and length of the state.
static bool isExtended(const Context &context) {
  return intOf(context, "input_channels", 0) != 0 ||
         intOf(context, "state_length", 0) != 0 ||
         intOf(context, "state_channels_last", -1) != -1 ||
         intOf(context, "state_update_capacity", 0) != 0;
}

/// Input (batch, channels, ..., positions) or (batch, positions, channels...);
/// the state is like it but for its positions.
static void causalConvWithState(Context &context) {
  for (size_t output : {0, 1, 2})
    copyType(context, 0, output);
  if (isExtended(context))
    return;
  copyShape(context, 0, 0);
  const Shape *input = shapeOf(context, 0);
  const Shape *weight = shapeOf(context, 1);
  if (!input || !weight || input->dim_size() < 3 || weight->dim_size() < 3)
    return;
  llvm::SmallVector<Dim> state(input->dim().begin(), input->dim().end());
  bool isChannelsLast = intOf(context, "channels_last", 0) != 0;
  (isChannelsLast ? state[1] : state.back()) = lookBack(context, *weight);
  setState(context, 1, state);
}

/// The same for sequences of different lengths, one after another: (tokens,
/// channels), with the places where they begin and end.
static void varlenCausalConvWithState(Context &context) {
  for (size_t output : {0, 1, 2})
    copyType(context, 0, output);
  copyShape(context, 0, 0);
  const Shape *input = shapeOf(context, 0, 2);
  const Shape *weight = shapeOf(context, 1, 3);
  const Shape *places = shapeOf(context, 2, 1);
  if (!input || !weight || !places)
    return;
  Dim batch = difference(places->dim(0), known(1));
  setShape(context, 1, {batch, input->dim(1), lookBack(context, *weight)});
  setShape(context, 2,
           {batch, known(intOf(context, "state_update_capacity", 0)),
            input->dim(1)});
}

/// Hashes of the last few tokens: one for each length from 2 on and each head.
/// The tokens that the next call needs are one fewer than the longest.
static void nGramHashMapping(Context &context) {
  copyType(context, 0, 0);
  copyType(context, 0, 1);
  const Shape *ids = shapeOf(context, 0, 2);
  if (!ids)
    return;
  Dim before =
      difference(known(intOf(context, "max_ngram_size", -1)), known(1));
  Dim hashes = product(before, known(intOf(context, "n_head_per_ngram", -1)));
  setShape(context, 0, {ids->dim(0), ids->dim(1), hashes});
  setShape(context, 1, {ids->dim(0), before});
}

static constexpr Operator RecurrentAttentionOps[] = {
    {"CausalConvWithState", "input weight bias? past_state?",
     "output present_state state_update?",
     "dilation:i channels_last:i state_window:i input_channels:i "
     "state_length:i state_channels_last:i state_update_capacity:i",
     causalConvWithState},
    {"LinearAttention", "query key value past_state? decay? beta?",
     "output present_state", "q_num_heads:i! kv_num_heads:i! state_window:i",
     linearAttention},
    {"NGramHashMapping",
     "input_ids multipliers vocab_sizes past_ids? head_offsets? eos_token_id? "
     "segment_ids?",
     "hash_ids present_ids?", "max_ngram_size:i! n_head_per_ngram:i! pad_id:i!",
     nGramHashMapping},
    {"VarlenCausalConvWithState",
     "input weight cumulative_sequence_length bias? initial_state "
     "capture_count? kernel_delta? previous_mask?",
     "output final_state state_update?", "dilation:i state_update_capacity:i",
     varlenCausalConvWithState},
};

void schemas::registerRecurrentAttention() {
  add(Microsoft, RecurrentAttentionOps);
}
