//===- RuntimeAttentionTest.cpp - Cost of ONNX Runtime's attention --------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostRuntimeAttention, MultiHead) {
  // B 2, S 6, L 10, 4 heads of 8. Scale, softmax.
  expectWork(
      msCost("MultiHeadAttention",
             {tensor({2, 6, 32}), tensor({2, 10, 32}), tensor({2, 10, 32})},
             {tensor({2, 6, 32})}, {{"num_heads", int64_t(4)}}),
      2 * 4 * 60 * 16, 2 * 4 * 60 * 6);
  // All three packed, and a bias for each.
  expectWork(
      msCost("MultiHeadAttention",
             {tensor({2, 6, 4, 3, 8}), omitted(), omitted(), tensor({96})},
             {tensor({2, 6, 32})}, {{"num_heads", int64_t(4)}}),
      2 * 4 * 36 * 16, 2 * 4 * 36 * 6 + 2 * 6 * 96);
}

TEST(OpCostRuntimeAttention, GroupQuery) {
  // One new token, 9 past ones; 8 query heads of 16, 2 key heads; rotated.
  std::vector<TensorInfo> operands = {
      tensor({1, 1, 128}),   tensor({1, 1, 32}),    tensor({1, 1, 32}),
      tensor({1, 2, 9, 16}), tensor({1, 2, 9, 16}), tensor({1}, I32),
      tensor({}, I32)};
  Attributes attributes = {{"num_heads", int64_t(8)},
                           {"kv_num_heads", int64_t(2)},
                           {"do_rotary", int64_t(1)}};
  expectWork(msCost("GroupQueryAttention", operands, {tensor({1, 1, 128})},
                    attributes),
             8 * 10 * 32, 8 * 10 * 7 + 3 * 16 * 10);
  // A longer cache: the results know how much of it holds tokens.
  operands[6] = values({4});
  expectWork(msCost("GroupQueryAttention", operands, {tensor({1, 1, 128})},
                    attributes),
             8 * 4 * 32, 8 * 4 * 7 + 3 * 16 * 10);
  // Packed: 128 + 2 * 32.
  operands = {tensor({1, 1, 192}), omitted(), omitted(), tensor({1, 2, 9, 16}),
              tensor({1, 2, 9, 16})};
  expectWork(msCost("GroupQueryAttention", operands, {tensor({1, 1, 128})},
                    attributes),
             8 * 10 * 32, 8 * 10 * 7 + 3 * 16 * 10);
}

TEST(OpCostRuntimeAttention, WithProjections) {
  // B 2, S 6, 32 to 96, 4 heads of 8.
  expectWork(msCost("Attention",
                    {tensor({2, 6, 32}), tensor({32, 96}), tensor({96})},
                    {tensor({2, 6, 32})}, {{"num_heads", int64_t(4)}}),
             12 * 96 * 32 + 2 * 4 * 36 * 16, 12 * 96 + 2 * 4 * 36 * 6);
}

TEST(OpCostRuntimeAttention, MultiHeadWithPast) {
  // B 1, 2 new tokens behind 5 past ones, 4 heads of 8: 7 keys.
  std::vector<TensorInfo> operands(8);
  operands[0] = operands[1] = operands[2] = tensor({1, 2, 32});
  operands[6] = operands[7] = tensor({1, 4, 5, 8});
  Attributes attributes = {{"num_heads", int64_t(4)}};
  auto macs = [&] {
    return msCost("MultiHeadAttention", operands, {tensor({1, 2, 32})},
                  attributes)
        .macs;
  };
  EXPECT_EQ(macs(), 4 * 2 * 7 * 16);
  // The past shares a buffer of 5 with the present: no more than that.
  operands.push_back(tensor({1}, I32));
  EXPECT_EQ(macs(), 4 * 2 * 5 * 16);
  // Or what it says.
  operands[8] = values({1});
  EXPECT_EQ(macs(), 4 * 2 * 3 * 16);
}

TEST(OpCostRuntimeAttention, GroupQueryWithNorms) {
  // 1 token, 8 query heads of 16, 2 key heads, 4 keys in all.
  std::vector<TensorInfo> operands(16);
  operands[0] = tensor({1, 1, 128});
  operands[1] = operands[2] = tensor({1, 1, 32});
  operands[6] = values({4});
  operands[14] = operands[15] = tensor({16});
  expectWork(msCost("GroupQueryAttention", operands, {tensor({1, 1, 128})},
                    {{"num_heads", int64_t(8)}, {"kv_num_heads", int64_t(2)}}),
             8 * 4 * 32, 8 * 4 * 7 + 4 * 10 * 16);
}

TEST(OpCostRuntimeAttention, SparseCountsInFull) {
  std::vector<TensorInfo> operands(9);
  operands[0] = tensor({1, 1, 128});
  operands[1] = operands[2] = tensor({1, 1, 32});
  operands[3] = operands[4] = tensor({1, 2, 64, 16});
  operands[5] = tensor({1, 5}, I32);
  operands[6] = tensor({1, 9}, I32);
  operands[7] = values({10});
  operands[8] = tensor({1}, I32);
  expectWork(msCost("SparseAttention", operands, {tensor({1, 1, 128})},
                    {{"num_heads", int64_t(8)}, {"kv_num_heads", int64_t(2)}}),
             8 * 10 * 32, 8 * 10 * 7);
}

TEST(OpCostRuntimeAttention, ProjectionsWithPast) {
  // 1 new token behind 9 past ones: 10 keys; Q and K of 8, V of 5 a head.
  std::vector<TensorInfo> operands = {tensor({1, 1, 32}), tensor({32, 84}),
                                      tensor({84}), omitted(),
                                      tensor({2, 1, 4, 9, 8})};
  Attributes attributes = {
      {"num_heads", int64_t(4)},
      {"qkv_hidden_sizes", std::vector<int64_t>{32, 32, 20}}};
  expectWork(msCost("Attention", operands, {tensor({1, 1, 20})}, attributes),
             84 * 32 + 4 * 10 * (8 + 5), 84 + 4 * 10 * 6);
  expectWork(msCost("DecoderMaskedSelfAttention", operands,
                    {tensor({1, 1, 20})}, attributes),
             84 * 32 + 4 * 10 * (8 + 5), 84 + 4 * 10 * 6);
  // A shared buffer of 9 holds all keys; two products are rotated.
  attributes.map["past_present_share_buffer"] = int64_t(1);
  attributes.map["do_rotary"] = int64_t(1);
  expectWork(msCost("Attention", operands, {tensor({1, 1, 20})}, attributes),
             84 * 32 + 4 * 9 * (8 + 5), 84 + 4 * 9 * 6 + 2 * 32 * 3);
}

TEST(OpCostRuntimeAttention, Quantised) {
  // B 2, S 6, 32 to 96, 4 heads of 8: results are scaled, and have a bias.
  OpCost quantised = msCost("QAttention",
                            {tensor({2, 6, 32}, U8), tensor({32, 96}, I8),
                             tensor({96}), tensor({}), tensor({})},
                            {tensor({2, 6, 32})}, {{"num_heads", int64_t(4)}});
  expectWork(quantised, 12 * 96 * 32 + 2 * 4 * 36 * 16,
             2 * 12 * 96 + 2 * 4 * 36 * 6, I8);
  expectBytes(quantised, 384 + 3072 + 4 * 98, 4 * 384);
}

TEST(OpCostRuntimeAttention, Decoders) {
  // 3 past tokens, 4 heads of 8, biases for query, key and value.
  std::vector<TensorInfo> operands(11);
  operands[0] = operands[1] = operands[2] = tensor({2, 1, 32});
  operands[5] = operands[6] = tensor({2, 4, 3, 8});
  operands[10] = tensor({96});
  Attributes attributes = {{"num_heads", int64_t(4)}};
  std::vector<TensorInfo> result = {tensor({2, 1, 32})};
  expectWork(
      msCost("DecoderMaskedMultiHeadAttention", operands, result, attributes),
      2 * 4 * 4 * 16, 2 * 96 + 2 * 4 * 4 * 6);
  // Cross attention over the 7 keys of the encoder; a bias for the query.
  operands[1] = operands[2] = tensor({2, 4, 7, 8});
  operands[5] = operands[6] = omitted();
  expectWork(
      msCost("DecoderMaskedMultiHeadAttention", operands, result, attributes),
      2 * 4 * 7 * 16, 2 * 32 + 2 * 4 * 7 * 6);
  // Query, key and value in one operand.
  expectWork(msCost("DecoderMaskedMultiHeadAttention", {tensor({2, 1, 96})},
                    result, attributes),
             2 * 4 * 16, 2 * 4 * 6);

  // S 3, T 5, B 2: projections of 3 queries and of 5 keys and values.
  expectWork(msCost("DecoderAttention",
                    {tensor({3, 2, 32}), tensor({5, 2, 32}), tensor({32, 32}),
                     tensor({32, 64}), tensor({96})},
                    {tensor({3, 2, 32})}, attributes),
             2 * (3 + 10) * 32 * 32 + 2 * 4 * 15 * 16,
             2 * (3 + 10) * 32 + 2 * 4 * 15 * 6);
}

TEST(OpCostRuntimeAttention, WithoutPadding) {
  // 7 tokens of sequences of at most 5; 4 heads of 8.
  Attributes attributes = {{"num_heads", int64_t(4)}};
  TensorInfo offsets = tensor({2, 5}, I32);
  expectWork(msCost("PackedMultiHeadAttention",
                    {tensor({7, 32}), tensor({7, 32}), tensor({7, 32}),
                     omitted(), offsets, tensor({3}, I32)},
                    {tensor({7, 32})}, attributes),
             4 * 7 * 5 * 16, 4 * 7 * 5 * 6);
  expectWork(msCost("PackedAttention",
                    {tensor({7, 16}), tensor({16, 96}), tensor({96}), offsets,
                     tensor({3}, I32)},
                    {tensor({7, 32})}, attributes),
             7 * 96 * 16 + 4 * 7 * 5 * 16, 7 * 96 + 4 * 7 * 5 * 6);
  // 3 blocks of 16 tokens for each sequence.
  expectWork(msCost("PagedAttention",
                    {tensor({7, 32}), tensor({7, 16}), tensor({7, 16}),
                     tensor({20, 16, 2, 8}), tensor({20, 16, 2, 8}),
                     tensor({3}, I32), tensor({2}, I32), tensor({2, 3}, I32)},
                    {tensor({7, 32})},
                    {{"num_heads", int64_t(4)}, {"kv_num_heads", int64_t(2)}}),
             4 * 7 * 48 * 16, 4 * 7 * 48 * 7);
}
