//===- ConvolutionTest.cpp - Cost of convolutions -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostConvolution, Plain) {
  // First layer of ResNet-50: 64 * 112 * 112 results of 3 * 7 * 7 weights.
  OpCost conv = cost("Conv", {tensor({1, 3, 224, 224}), tensor({64, 3, 7, 7})},
                     {tensor({1, 64, 112, 112})},
                     {{"kernel_shape", std::vector<int64_t>{7, 7}}});
  expectWork(conv, 64LL * 112 * 112 * 147, 0);
  expectBytes(conv, 4 * (3 * 224 * 224 + 64 * 147), 4 * 64 * 112 * 112);
}

TEST(OpCostConvolution, BiasGroupsAndDepthwise) {
  // 2 groups: 8 * 4 * 4 results of 4 / 2 * 3 * 3 weights, and a bias.
  expectWork(cost("Conv",
                  {tensor({1, 4, 4, 4}), tensor({8, 2, 3, 3}), tensor({8})},
                  {tensor({1, 8, 4, 4})}, {{"group", int64_t(2)}}),
             128 * 18, 128);
  // Depthwise, 1-D: 2 * 6 * 10 results of 5 weights.
  expectWork(cost("Conv", {tensor({2, 6, 14}), tensor({6, 1, 5})},
                  {tensor({2, 6, 10})}, {{"group", int64_t(6)}}),
             120 * 5, 0);
}

TEST(OpCostConvolution, TransposedCountsInputPositions) {
  // 2 * 3 * 3 inputs feed 4 * 2 * 2 weights each; the bias adds 1 * 4 * 6 * 6.
  expectWork(cost("ConvTranspose",
                  {tensor({1, 2, 3, 3}), tensor({2, 4, 2, 2}), tensor({4})},
                  {tensor({1, 4, 6, 6})}),
             18 * 16, 144);
}

TEST(OpCostConvolution, Quantised) {
  std::vector<TensorInfo> operands = {tensor({1, 4, 4, 4}, U8),
                                      tensor({}),
                                      tensor({}, U8),
                                      tensor({8, 4, 1, 1}, I8),
                                      tensor({}),
                                      tensor({}, I8),
                                      tensor({}),
                                      tensor({}, U8),
                                      tensor({8}, I32)};
  // 128 results of 4 weights; a bias and four steps to 8 bits per result.
  OpCost quantised = cost("QLinearConv", operands, {tensor({1, 8, 4, 4}, U8)});
  expectWork(quantised, 512, 128 + 4 * 128, I8);
  // x 64, w 32, bias 32, three scales of 4 and three zero points of 1.
  expectBytes(quantised, 64 + 32 + 32 + 12 + 3, 128);

  expectWork(cost("ConvInteger",
                  {tensor({1, 4, 4, 4}, U8), tensor({8, 4, 1, 1}, I8)},
                  {tensor({1, 8, 4, 4}, I32)}),
             512, 0, I8);
}

TEST(OpCostConvolution, Fused) {
  // Bias, added tensor and activation: one each of 128 results.
  expectWork(msCost("FusedConv",
                    {tensor({1, 4, 4, 4}), tensor({8, 4, 1, 1}), tensor({8}),
                     tensor({1, 8, 4, 4})},
                    {tensor({1, 8, 4, 4})}, {{"activation", "Relu"}}),
             512, 3 * 128);
  // Channels last: weights [8, 1, 1, 4].
  expectWork(msCost("NhwcConv",
                    {tensor({1, 4, 4, 4}), tensor({8, 1, 1, 4}), tensor({8})},
                    {tensor({1, 4, 4, 8})}),
             512, 128);
}

TEST(OpCostConvolution, Deformable) {
  // N 1, C 2, 3x3 kernel, output 2x2, one offset group, with mask and bias.
  OpCost conv = cost("DeformConv",
                     {tensor({1, 2, 4, 4}), tensor({6, 2, 3, 3}),
                      tensor({1, 18, 2, 2}), tensor({6}), tensor({1, 9, 2, 2})},
                     {tensor({1, 6, 2, 2})});
  // 24 results of 18 weights. 4 * 9 positions of 2 * (4 + 2) + 4 steps, and
  // 2 channels of 7 + 1 steps each.
  expectWork(conv, 24 * 18, 24 + 36 * 16 + 36 * 2 * 8);
}

TEST(OpCostConvolution, CausalWithState) {
  // Depthwise over 2 * 8 * 5 places, 4 weights each; bias, sigmoid, product.
  expectWork(cost("CausalConvWithState",
                  {tensor({2, 8, 5}), tensor({8, 1, 4}), tensor({8}),
                   tensor({2, 8, 3})},
                  {tensor({2, 8, 5}), tensor({2, 8, 3})},
                  {{"activation", "silu"}}),
             80 * 4, 80 * 3);
}

TEST(OpCostConvolution, OpenExtentsLeaveLowerBounds) {
  // An unknown batch counts once.
  OpCost conv = cost("Conv", {tensor({-1, 3, 8, 8}), tensor({4, 3, 3, 3})},
                     {tensor({-1, 4, 6, 6})});
  EXPECT_TRUE(conv.unknown);
  EXPECT_EQ(conv.macs, 4 * 36 * 27);
  // Kernel extents that the weights leave open come from the attribute.
  conv = cost("Conv", {tensor({1, 3, 8, 8}), tensor({4, 3, -1, -1})},
              {tensor({1, 4, 6, 6})},
              {{"kernel_shape", std::vector<int64_t>{3, 3}}});
  EXPECT_EQ(conv.macs, 4 * 36 * 27);
}

TEST(OpCostConvolution, ContradictionsAreUnknown) {
  TensorInfo data = tensor({1, 4, 8, 8}), weights = tensor({4, 4, 3, 3}),
             result = tensor({1, 4, 6, 6});
  auto isUnknown = [&](Attributes attributes) {
    return cost("Conv", {data, weights}, {result}, attributes).unknown;
  };
  EXPECT_FALSE(isUnknown({}));
  EXPECT_TRUE(isUnknown({{"group", int64_t(0)}}));
  EXPECT_TRUE(isUnknown({{"group", int64_t(-3)}}));
  EXPECT_TRUE(isUnknown({{"group", int64_t(2)}}));
  EXPECT_TRUE(isUnknown({{"group", INT64_MAX}}));
  EXPECT_TRUE(isUnknown({{"kernel_shape", std::vector<int64_t>{5, 5}}}));
  EXPECT_TRUE(isUnknown({{"kernel_shape", std::vector<int64_t>{3}}}));
  EXPECT_TRUE(cost("Conv", {}, {}).unknown);
  EXPECT_TRUE(cost("Conv", {data, tensor({4})}, {result}).unknown);
}

TEST(OpCostConvolution, Blocked) {
  // 3 channels as they are, to 16 of which the model wants 12; a sum, Relu.
  Options options = {"com.microsoft.nchwc", 1, {}};
  expectWork(cost("Conv",
                  {tensor({1, 3, 8, 8}), tensor({16, 3, 3, 3}), tensor({16}),
                   tensor({1, 16, 8, 8})},
                  {tensor({1, 16, 8, 8})}, {{"activation", "Relu"}}, options),
             1024 * 27, 3 * 1024);
  // Depthwise.
  expectWork(cost("Conv", {tensor({1, 16, 8, 8}), tensor({16, 1, 3, 3})},
                  {tensor({1, 16, 8, 8})}, {{"group", int64_t(16)}}, options),
             1024 * 9, 0);
  OpCost reorder = cost("ReorderOutput", {tensor({1, 16, 8, 8})},
                        {tensor({1, 12, 8, 8})}, {}, options);
  expectWork(reorder, 0, 0, 0);
  expectBytes(reorder, 4 * 1024, 4 * 768);
}
