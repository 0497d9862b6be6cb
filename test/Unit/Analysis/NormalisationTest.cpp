//===- NormalisationTest.cpp - Cost of normalisations ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostNormalisation, BatchNormalization) {
  std::vector<TensorInfo> operands(5, tensor({4}));
  operands[0] = tensor({2, 4, 3, 3});
  OpCost inference =
      cost("BatchNormalization", operands, {tensor({2, 4, 3, 3})});
  expectWork(inference, 0, 72 * 2);
  expectBytes(inference, 4 * (72 + 16), 4 * 72);
  // Standardise 5, scale, shift; per channel 5 and 6 for the running vectors.
  expectWork(cost("BatchNormalization", operands,
                  {tensor({2, 4, 3, 3}), tensor({4}), tensor({4})},
                  {{"training_mode", int64_t(1)}}),
             0, 72 * 7 + 4 * 11);
}

TEST(OpCostNormalisation, LayerNormalization) {
  // 6 rows of 8: per element 5, scale and bias; 5 per row.
  expectWork(cost("LayerNormalization",
                  {tensor({2, 3, 8}), tensor({8}), tensor({8})},
                  {tensor({2, 3, 8})}),
             0, 48 * 7 + 6 * 5);
  // 2 rows of 24, no bias.
  expectWork(cost("LayerNormalization", {tensor({2, 3, 8}), tensor({3, 8})},
                  {tensor({2, 3, 8})}, {{"axis", int64_t(1)}}),
             0, 48 * 6 + 2 * 5);
  EXPECT_TRUE(cost("LayerNormalization", {tensor({2, 3}), tensor({3})},
                   {tensor({2, 3})}, {{"axis", int64_t(9)}})
                  .unknown);
}

TEST(OpCostNormalisation, OtherNormalizations) {
  TensorInfo data = tensor({2, 4, 3, 3});
  expectWork(
      cost("InstanceNormalization", {data, tensor({4}), tensor({4})}, {data}),
      0, 72 * 7 + 8 * 5);
  expectWork(cost("GroupNormalization", {data, tensor({4}), tensor({4})},
                  {data}, {{"num_groups", int64_t(2)}}),
             0, 72 * 7 + 4 * 5);
  expectWork(cost("RMSNormalization", {tensor({2, 3, 8}), tensor({8})},
                  {tensor({2, 3, 8})}),
             0, 48 * 4 + 6 * 4);
  // Rows are channels: 4.
  expectWork(cost("MeanVarianceNormalization", {data}, {data}), 0,
             72 * 5 + 4 * 6);
  expectWork(cost("LpNormalization", {tensor({3, 5})}, {tensor({3, 5})}), 0,
             15 * 3 + 3);
  expectWork(cost("LpNormalization", {tensor({3, 5})}, {tensor({3, 5})},
                  {{"p", int64_t(1)}}),
             0, 45);
  expectWork(cost("LRN", {data}, {data}, {{"size", int64_t(5)}}), 0, 72 * 9);
}

TEST(OpCostNormalisation, SoftmaxAndLosses) {
  TensorInfo data = tensor({3, 10});
  expectWork(cost("Softmax", {data}, {data}), 0, 150);
  expectWork(cost("LogSoftmax", {data}, {data}), 0, 150);
  expectWork(cost("Hardmax", {data}, {data}), 0, 60);
  expectWork(
      cost("SoftmaxCrossEntropyLoss", {data, tensor({3}, I64)}, {tensor({})}),
      0, 150 + 3);
  expectWork(cost("NegativeLogLikelihoodLoss",
                  {data, tensor({3}, I64), tensor({10})}, {tensor({})}),
             0, 6);
}

TEST(OpCostNormalisation, OnnxRuntime) {
  TensorInfo data = tensor({2, 3, 8}), vector = tensor({8});
  // One sum, 5, scale, shift, bias.
  expectWork(msCost("SkipLayerNormalization",
                    {data, data, vector, vector, vector}, {data}),
             0, 48 * 9 + 6 * 5);
  expectWork(
      msCost("SkipSimplifiedLayerNormalization", {data, data, vector}, {data}),
      0, 48 * 5 + 6 * 4);
  // Tokens 2 x 3; word table of 1000 rows, of which 6 are read.
  OpCost embed = msCost("EmbedLayerNormalization",
                        {tensor({2, 3}, I32), omitted(), tensor({1000, 8}),
                         tensor({512, 8}), omitted(), vector, vector},
                        {data});
  expectWork(embed, 0, 48 * (1 + 7) + 6 * 5);
  expectBytes(embed, 24 + 4 * (48 + 48 + 16), 4 * 48);
}

TEST(OpCostNormalisation, SkipGroups) {
  // 2 images of 8 channels in 4 groups, in rows; skip and bias are added.
  expectWork(msCost("SkipGroupNorm",
                    {tensor({2, 3, 3, 8}), tensor({8}), tensor({8}),
                     tensor({2, 3, 3, 8}), tensor({8})},
                    {tensor({2, 3, 3, 8})},
                    {{"groups", int64_t(4)}, {"activation", int64_t(1)}}),
             0, 144 * (2 + 7 + 2) + 8 * 5);
}

TEST(OpCostNormalisation, QuantisedEmbeddings) {
  // 2 x 3 tokens of 8; a row of three tables each, scaled and shifted.
  TensorInfo ids = tensor({2, 3}, I32), table = tensor({100, 8}, U8);
  OpCost embed =
      msCost("QEmbedLayerNormalization",
             {ids, ids, table, table, table, tensor({8}, U8), tensor({8}, U8)},
             {tensor({2, 3, 8}), tensor({2}, I32)});
  expectWork(embed, 0, 48 * (2 + 7) + 6 * 5 + 48 * 3 * 2 + 16 * 2);
  expectBytes(embed, 2 * 24 + 3 * 48 + 16, 4 * 48 + 8);
}
