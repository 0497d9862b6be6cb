//===- AttentionTest.cpp - Cost of attention ------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostAttention, FourDimensional) {
  // B 2, heads 4, queries 6, keys 10, sizes 8 and 5.
  expectWork(
      cost("Attention",
           {tensor({2, 4, 6, 8}), tensor({2, 4, 10, 8}), tensor({2, 4, 10, 5})},
           {tensor({2, 4, 6, 5})}),
      2 * 4 * 6 * 10 * 13, 2 * 4 * 6 * 10 * 6);
}

TEST(OpCostAttention, GroupedHeadsPastAndMask) {
  // 3-D: 8 query heads of 16, 2 key heads; 3 new keys after 7 past ones.
  OpCost grouped = cost(
      "Attention",
      {tensor({1, 3, 128}), tensor({1, 3, 32}), tensor({1, 3, 32}),
       tensor({3, 10}), tensor({1, 2, 7, 16}), tensor({1, 2, 7, 16})},
      {tensor({1, 3, 128}), tensor({1, 2, 10, 16}), tensor({1, 2, 10, 16})},
      {{"q_num_heads", int64_t(8)},
       {"kv_num_heads", int64_t(2)},
       {"softcap", 30.0f}});
  // Per score: scale, 5 of the softmax, mask, 3 of the soft cap.
  int64_t scores = 8 * 3 * 10;
  expectWork(grouped, scores * 32, scores * 10);
  expectBytes(grouped, 4 * (384 + 96 + 96 + 30 + 224 + 224),
              4 * (384 + 320 + 320));
}

TEST(OpCostAttention, CausalIsCountedInFull) {
  std::vector<TensorInfo> operands(3, tensor({1, 1, 4, 2}));
  expectWork(cost("Attention", operands, {tensor({1, 1, 4, 2})},
                  {{"is_causal", int64_t(1)}}),
             16 * 4, 16 * 7);
}

TEST(OpCostAttention, HeadsMustDivide) {
  std::vector<TensorInfo> operands(3, tensor({1, 3, 128}));
  auto isUnknown = [&](int64_t heads) {
    return cost("Attention", operands, {tensor({1, 3, 128})},
                {{"q_num_heads", heads}, {"kv_num_heads", heads}})
        .unknown;
  };
  EXPECT_FALSE(isUnknown(8));
  for (int64_t heads : {int64_t(0), int64_t(-1), int64_t(3), INT64_MAX})
    EXPECT_TRUE(isUnknown(heads)) << heads;
}

TEST(OpCostAttention, Flexible) {
  OpCost body;
  body.flops = 100;
  std::vector<TensorInfo> operands(3, tensor({1, 1, 4, 2}));
  expectWork(cost("FlexAttention", operands, {tensor({1, 1, 4, 2})}, {},
                  {"ai.onnx.preview", 1, {body}}),
             16 * 4, 16 * 6 + 100);
}

TEST(OpCostAttention, Linear) {
  // B 1, T 5, 4 query heads, 2 key heads, sizes 8 and 3; state 24.
  auto linear = [](std::string rule) {
    return cost("LinearAttention",
                {tensor({1, 5, 32}), tensor({1, 5, 16}), tensor({1, 5, 6}),
                 omitted(), tensor({1, 5, 2}), tensor({1, 5, 2})},
                {tensor({1, 5, 12}), tensor({1, 2, 8, 3})},
                {{"q_num_heads", int64_t(4)},
                 {"kv_num_heads", int64_t(2)},
                 {"update_rule", rule}});
  };
  // Update of 2 states, 4 outputs; scale 4 * 3.
  expectWork(linear("linear"), 5 * 24 * (2 + 4), 5 * 12);
  // Gate: 2 states times exp of 10 numbers.
  expectWork(linear("gated"), 5 * 24 * 6, 5 * 12 + 5 * 48 + 10);
  // Delta: S^T k as well; difference and beta for 2 * 3.
  expectWork(linear("delta"), 5 * 24 * 8, 5 * 12 + 5 * 6 * 2);
  expectWork(linear("gated_delta"), 5 * 24 * 8,
             5 * 12 + 5 * 48 + 10 + 5 * 6 * 2);
}

TEST(OpCostAttention, RotaryEmbedding) {
  // 1 * 4 * 6 * 8 elements, 3 steps each; tables of 100 rows of 4.
  OpCost rotary = cost("RotaryEmbedding",
                       {tensor({1, 4, 6, 8}), tensor({100, 4}),
                        tensor({100, 4}), tensor({1, 6}, I64)},
                       {tensor({1, 4, 6, 8})});
  expectWork(rotary, 0, 192 * 3);
  expectBytes(rotary, 4 * (192 + 24 + 24) + 48, 4 * 192);
  // Half of each head is rotated.
  expectWork(
      cost("RotaryEmbedding",
           {tensor({1, 6, 32}), tensor({1, 6, 2}), tensor({1, 6, 2})},
           {tensor({1, 6, 32})},
           {{"num_heads", int64_t(4)}, {"rotary_embedding_dim", int64_t(4)}}),
      0, 96 * 3);
  expectWork(msCost("RotaryEmbedding",
                    {tensor({1, 6, 32}), tensor({1, 6}, I64), tensor({100, 4}),
                     tensor({100, 4})},
                    {tensor({1, 6, 32})}),
             0, 192 * 3);
}
