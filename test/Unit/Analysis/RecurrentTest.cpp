//===- RecurrentTest.cpp - Cost of recurrent networks ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

/// Weights of `gates` gates for I 10 and H 20 in `directions` directions.
static std::vector<TensorInfo> operands(TensorInfo data, int64_t gates,
                                        int64_t directions) {
  return {data, tensor({directions, gates * 20, 10}),
          tensor({directions, gates * 20, 20}),
          tensor({directions, gates * 40})};
}

// T 7, B 3, I 10, H 20.
TEST(OpCostRecurrent, Lstm) {
  auto inputs = operands(tensor({7, 3, 10}), 4, 1);
  // 7 * 3 * 80 * 30 products. Per state: 4 sums, 5 activations, 4 for the new
  // state, 8 biases.
  expectWork(cost("LSTM", inputs, {tensor({7, 1, 3, 20})},
                  {{"hidden_size", int64_t(20)}}),
             7 * 3 * 80 * 30, 7 * 3 * 20 * (4 + 5 + 4 + 8));
  inputs.pop_back(); // no bias
  expectWork(cost("LSTM", inputs, {omitted(), tensor({1, 3, 20})}),
             7 * 3 * 80 * 30, 7 * 3 * 20 * 13);
}

TEST(OpCostRecurrent, LstmBidirectionalBatchFirstWithPeepholes) {
  auto inputs = operands(tensor({3, 7, 10}), 4, 2);
  inputs.resize(7);
  inputs.push_back(tensor({2, 60}));
  expectWork(cost("LSTM", inputs, {tensor({3, 7, 2, 20})},
                  {{"hidden_size", int64_t(20)},
                   {"direction", "bidirectional"},
                   {"layout", int64_t(1)}}),
             2 * 7 * 3 * 80 * 30, 2 * 7 * 3 * 20 * (13 + 8 + 6));
}

TEST(OpCostRecurrent, GruAndRnn) {
  expectWork(cost("GRU", operands(tensor({7, 3, 10}), 3, 1),
                  {tensor({7, 1, 3, 20})}, {{"hidden_size", int64_t(20)}}),
             7 * 3 * 60 * 30, 7 * 3 * 20 * (3 + 3 + 5 + 6));
  expectWork(cost("RNN", operands(tensor({7, 3, 10}), 1, 1),
                  {tensor({7, 1, 3, 20})}, {{"hidden_size", int64_t(20)}}),
             7 * 3 * 20 * 30, 7 * 3 * 20 * (1 + 1 + 2));
}

TEST(OpCostRecurrent, QuantisedWeightsAreTransposed) {
  expectWork(msCost("DynamicQuantizeLSTM",
                    {tensor({7, 3, 10}), tensor({1, 10, 80}, I8),
                     tensor({1, 20, 80}, I8), tensor({1, 160})},
                    {tensor({7, 1, 3, 20})}),
             7 * 3 * 80 * 30, 7 * 3 * 20 * 21, I8);
}

TEST(OpCostRecurrent, Gaps) {
  // The number of steps is open: one is counted.
  OpCost open = cost("RNN", operands(tensor({-1, 3, 10}), 1, 1),
                     {tensor({-1, 1, 3, 20})});
  EXPECT_TRUE(open.unknown);
  EXPECT_EQ(open.macs, 3 * 20 * 30);
  EXPECT_TRUE(cost("LSTM", operands(tensor({7, 3, 10}), 4, 1),
                   {tensor({7, 1, 3, 20})}, {{"hidden_size", int64_t(33)}})
                  .unknown);
  EXPECT_TRUE(cost("LSTM", {}, {}).unknown);
}
