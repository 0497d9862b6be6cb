//===- ControlFlowTest.cpp - Cost of operators with bodies ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

static OpCost body(int64_t macs, int64_t flops, int64_t read, int64_t written) {
  OpCost result;
  result.macs = macs;
  result.flops = flops;
  result.bytesRead = read;
  result.bytesWritten = written;
  result.computeType = F16;
  return result;
}

TEST(OpCostControlFlow, IfTakesTheDearerFigures) {
  OpCost both = cost("If", {tensor({}, Bool)}, {tensor({3})}, {},
                     {"", 28, {body(10, 25, 4, 100), body(8, 30, 40, 10)}});
  EXPECT_EQ(both.macs, 10);
  EXPECT_EQ(both.flops, 30);
  expectBytes(both, 40, 100);
  EXPECT_EQ(both.computeType, F16);
  EXPECT_FALSE(both.unknown);
  EXPECT_TRUE(cost("If", {tensor({}, Bool)}, {tensor({3})}).unknown);
}

TEST(OpCostControlFlow, LoopByTripCount) {
  auto loop = [](TensorInfo trips) {
    return cost("Loop", {trips, tensor({}, Bool)}, {}, {},
                {"", 28, {body(10, 25, 4, 6)}});
  };
  OpCost five = loop(values({5}));
  expectWork(five, 50, 25, F16);
  expectBytes(five, 20, 30);
  OpCost none = loop(values({0}));
  EXPECT_EQ(none.flops, 0);
  EXPECT_FALSE(none.unknown);
  // One trip where the count is not known, or means 'as long as'.
  for (TensorInfo trips :
       {tensor({}, I64), omitted(), values({INT64_MAX}), values({})}) {
    OpCost once = loop(trips);
    EXPECT_TRUE(once.unknown);
    EXPECT_EQ(once.flops, 25);
  }
}

TEST(OpCostControlFlow, LoopByWhatItCollects) {
  // One state, then what is collected: an entry for each trip.
  auto loop = [](TensorInfo trips, TensorInfo collected) {
    return cost("Loop", {trips, tensor({}, Bool), tensor({3})},
                {tensor({3}), collected}, {}, {"", 28, {body(10, 25, 4, 6)}});
  };
  OpCost six = loop(tensor({}, I64), tensor({6, 3}));
  expectWork(six, 60, 30, F16);
  EXPECT_EQ(six.trips, 6);
  // Fewer than the limit: one run of the model has ended early.
  EXPECT_EQ(loop(values({100}), tensor({6, 3})).trips, 6);
  EXPECT_EQ(loop(values({100}), tensor({-1, 3})).trips, 100);
  EXPECT_TRUE(loop(omitted(), unranked()).unknown);
  EXPECT_EQ(loop(omitted(), unranked()).trips, 1);
  EXPECT_EQ(loop(omitted(), tensor({})).trips, 1);
}

TEST(OpCostControlFlow, ScanByLength) {
  Options options = {"", 28, {body(10, 25, 4, 6)}};
  // One state, two scanned inputs along axes 1 and 0.
  std::vector<TensorInfo> operands = {tensor({3}), tensor({2, 7}),
                                      tensor({7, 5})};
  Attributes attributes = {
      {"num_scan_inputs", int64_t(2)},
      {"scan_input_axes", std::vector<int64_t>{1, 0}},
      {"scan_input_directions", std::vector<int64_t>{1, 0}}};
  expectWork(cost("Scan", operands, {tensor({3})}, attributes, options), 70, 35,
             F16);
  operands[1] = tensor({2, -1}); // the second one knows
  expectWork(cost("Scan", operands, {tensor({3})}, attributes, options), 70, 35,
             F16);
  operands[2] = unranked();
  EXPECT_TRUE(
      cost("Scan", operands, {tensor({3})}, attributes, options).unknown);
  // Version 8: lengths, then [batch, length, ...].
  options.opset = 8;
  expectWork(cost("Scan", {omitted(), tensor({2, 3}), tensor({2, 7, 5})},
                  {tensor({2, 3})}, {{"num_scan_inputs", int64_t(1)}}, options),
             140, 70, F16);
  for (int64_t count : {int64_t(0), int64_t(-1), int64_t(9), INT64_MAX})
    EXPECT_TRUE(cost("Scan", operands, {tensor({3})},
                     {{"num_scan_inputs", count}}, options)
                    .unknown);
}

TEST(OpCostControlFlow, SequencesAndFunctions) {
  Options options = {"", 28, {body(10, 25, 4, 6)}};
  OpCost map = cost("SequenceMap", {unranked(0)}, {unranked(0)}, {}, options);
  EXPECT_TRUE(map.unknown);
  EXPECT_EQ(map.flops, 25);
  // A call costs what its body costs, whatever it is called.
  for (const char *opType : {"MyOperator", "Relu"}) {
    OpCost call = cost(opType, {tensor({3})}, {tensor({3})}, {},
                       {"", 28, options.bodies});
    expectWork(call, 10, 5, F16);
    expectBytes(call, 4, 6);
  }
}

TEST(OpCostControlFlow, BadBodies) {
  OpCost bad = body(-5, -9, -1, -1);
  OpCost loop = cost("Loop", {values({3})}, {}, {}, {"", 28, {bad}});
  EXPECT_TRUE(loop.unknown);
  EXPECT_GE(loop.flops, 2 * loop.macs);
  OpCost huge = body(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX);
  loop = cost("Loop", {values({1000})}, {}, {}, {"", 28, {huge}});
  EXPECT_TRUE(loop.unknown);
  EXPECT_GE(loop.flops, 2 * loop.macs);
  EXPECT_GE(loop.macs, 0);
}
