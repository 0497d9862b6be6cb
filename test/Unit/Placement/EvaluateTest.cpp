//===- EvaluateTest.cpp - The reference semantics, by hand ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProblems.h"

#include <gtest/gtest.h>

using namespace onnx_split::placement;
using namespace onnx_split::placement::test;

/// The only violation, which must contain the text.
static void expectViolation(const Problem &problem, const Placement &placement,
                            const std::string &text) {
  Evaluation evaluation = evaluate(problem, placement);
  ASSERT_EQ(evaluation.violations.size(), 1u);
  EXPECT_NE(evaluation.violations[0].find(text), std::string::npos)
      << evaluation.violations[0];
}

TEST(EvaluateTest, TransferTimeRoundsUp) {
  EXPECT_EQ(transferTime({ByteRate, 0}, 7), 7);
  EXPECT_EQ(transferTime({ByteRate, 5}, 7), 12);
  // 8 bits at 3 bit/s: 2.67 s.
  EXPECT_EQ(transferTime({3, 0}, 1), 2666666667);
  // Latency keeps nothing busy.
  EXPECT_EQ(transferTime({ByteRate, 5, 100}, 7), 12);
  EXPECT_EQ(deliveryTime({ByteRate, 5, 100}, 7), 112);
  EXPECT_EQ(deliveryTime({0, 0, 100}, 7), Unlimited);
  EXPECT_EQ(transferTime({0, 0}, 0), Unlimited);
  EXPECT_EQ(transferTime({Unlimited, 9}, int64_t(1) << 62), 9);
  // 2^62 bytes at 1 Gbit/s take 8 * 2^62 ns, beyond the range; at 16 Gbit/s
  // 2^61 ns, whose product with 8e9 does not fit 64 bits.
  EXPECT_EQ(transferTime({1000000000, 0}, int64_t(1) << 62), Unlimited);
  EXPECT_EQ(transferTime({16000000000, 1}, int64_t(1) << 62),
            (int64_t(1) << 61) + 1);
  EXPECT_EQ(addSaturating(Unlimited - 1, 2), Unlimited);
}

/// Together more than 2^64 bytes, which take longer than any time.
TEST(EvaluateTest, SharesOfAMessageAddUpBeyondTheRange) {
  Builder builder(2);
  builder.task(1);
  builder.task(1);
  for (int i = 0; i < 6; ++i)
    builder.tensor(0, {1}, (int64_t(1) << 62) - 1);
  builder.link(0, 1, /*bitsPerSecond=*/1);
  Evaluation evaluation = evaluate(builder.get(), {{0, 1}, {0, 1}});
  ASSERT_EQ(evaluation.messages.size(), 1u);
  ASSERT_EQ(evaluation.wires.size(), 6u);
  int64_t sum = 0;
  for (const Wire &wire : evaluation.wires) {
    EXPECT_GE(wire.timeNs, 0);
    sum += wire.timeNs;
  }
  EXPECT_EQ(sum, evaluation.messages.front().timeNs);
}

TEST(EvaluateTest, SingleStage) {
  // Steps: t0 makes x0 (4), t1 reads x0 and makes x1 (3), t2 reads x1.
  // Live: 4, 4 + 3, 3. Weights 10.
  Builder builder = chain(1, {2, 3, 4}, {4, 3});
  builder.weight(10, {0, 2});
  Evaluation result = evaluate(builder.get(), {{0, 0, 0}, {0}});
  EXPECT_TRUE(result.violations.empty());
  EXPECT_EQ(result.bottleneckNs, 9);
  EXPECT_EQ(result.latencyNs, 9);
  EXPECT_EQ(result.stages[0].weightBytes, 10);
  EXPECT_EQ(result.stages[0].peakActivationBytes, 7);
  EXPECT_EQ(result.stages[0].bufferBytes, 0);
  EXPECT_TRUE(result.wires.empty());
}

TEST(EvaluateTest, SkipWireJumpsOverAStage) {
  // x0 (5 bytes) goes from t0 to t1 and to t2: two wires, both straight from
  // stage 0. x1 (2 bytes) goes from t1 to t2.
  Builder builder(3);
  for (int64_t time : {1, 2, 3})
    builder.task(time);
  builder.tensor(0, {1, 2}, 5);
  builder.tensor(1, {2}, 2);
  Evaluation result = evaluate(builder.get(), {{0, 1, 2}, {0, 1, 2}});
  EXPECT_TRUE(result.violations.empty());
  ASSERT_EQ(result.wires.size(), 3u);
  EXPECT_EQ(result.wires[1].from, 0);
  EXPECT_EQ(result.wires[1].to, 2);
  EXPECT_EQ(result.wires[1].timeNs, 5);
  ASSERT_EQ(result.links.size(), 3u);
  EXPECT_EQ(result.bottleneckNs, 5);
  // Stage 0 ends at 1, stage 1 runs 6 to 8, its wire arrives at 10, stage 2
  // ends at 13.
  EXPECT_EQ(result.latencyNs, 13);
  // Two sends of 5; one receive of 5 and one send of 2; receives of 5 and 2.
  EXPECT_EQ(result.stages[0].bufferBytes, 20);
  EXPECT_EQ(result.stages[1].bufferBytes, 14);
  EXPECT_EQ(result.stages[2].bufferBytes, 14);
}

TEST(EvaluateTest, TwoReadersInOneStageShareAWire) {
  Builder builder(2);
  for (int i = 0; i < 3; ++i)
    builder.task(1);
  builder.tensor(0, {1, 2}, 5);
  Evaluation result = evaluate(builder.get(), {{0, 1, 1}, {1, 0}});
  ASSERT_EQ(result.wires.size(), 1u);
  ASSERT_EQ(result.links.size(), 1u);
  EXPECT_EQ(result.links[0].from, 1);
  EXPECT_EQ(result.links[0].to, 0);
  // Live from the start of stage 1 to its second step.
  EXPECT_EQ(result.stages[1].peakActivationBytes, 5);
}

TEST(EvaluateTest, TensorsOfOneItemAreOneMessage) {
  Builder builder(2);
  builder.task(1);
  builder.task(1);
  builder.tensor(0, {1}, 5);
  builder.tensor(0, {1}, 6);
  builder.link(0, 1, ByteRate, 100);
  Evaluation result = evaluate(builder.get(), {{0, 1}, {0, 1}});
  ASSERT_EQ(result.messages.size(), 1u);
  EXPECT_EQ(result.messages[0].from, 0);
  EXPECT_EQ(result.messages[0].to, 1);
  EXPECT_EQ(result.messages[0].tensors, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(result.messages[0].bytes, 11);
  EXPECT_EQ(result.messages[0].timeNs, 111);
  EXPECT_EQ(result.links[0].timeNs, 111);
  EXPECT_EQ(result.bottleneckNs, 111);
  EXPECT_EQ(result.latencyNs, 1 + 111 + 1);
  // By bytes, 5 : 6, and nothing is lost.
  EXPECT_EQ(result.wires[0].timeNs, 50);
  EXPECT_EQ(result.wires[1].timeNs, 61);
}

TEST(EvaluateTest, RatesAreRoundedOnceForAMessage) {
  // 3 bytes at 3 bit/ns are 8 ns; each byte alone would be 3.
  Builder builder(2);
  builder.task(1);
  builder.task(1);
  for (int i = 0; i < 3; ++i)
    builder.tensor(0, {1}, 1);
  builder.link(0, 1, 3000000000);
  EXPECT_EQ(evaluate(builder.get(), {{0, 1}, {0, 1}}).links[0].timeNs, 8);
}

TEST(EvaluateTest, LatencyLoadsNothing) {
  // The message is on its way for 1000 ns, in which others follow.
  Builder builder = chain(2, {3, 4}, {5});
  builder.link(0, 1, ByteRate, 2, 1000);
  Evaluation result = evaluate(builder.get(), {{0, 1}, {0, 1}});
  EXPECT_EQ(result.links[0].timeNs, 7);
  EXPECT_EQ(result.bottleneckNs, 7);
  EXPECT_EQ(result.messages[0].deliveryNs, 1007);
  EXPECT_EQ(result.latencyNs, 3 + 1007 + 4);
}

TEST(EvaluateTest, MessagesWithoutBytesTakeTheirTime) {
  Builder builder = chain(2, {3, 4}, {0});
  builder.tensor(0, {1}, 0);
  builder.link(0, 1, ByteRate, 9);
  Evaluation result = evaluate(builder.get(), {{0, 1}, {0, 1}});
  EXPECT_EQ(result.links[0].timeNs, 9);
  EXPECT_EQ(result.wires[0].timeNs + result.wires[1].timeNs, 9);
}

TEST(EvaluateTest, AliasSharesStorageInItsStage) {
  // x1 is x0 reshaped. In one stage they are one storage of 8 bytes, which
  // lives until t2; x2 (1 byte) is made there.
  Builder builder = chain(2, {1, 1, 1, 1}, {8, 8, 1});
  builder.problem.tensors[1].aliasOf = 0;
  EXPECT_EQ(evaluate(builder.get(), {{0, 0, 0, 0}, {0}})
                .stages[0]
                .peakActivationBytes,
            9);
  // Received instead of made, x0 is still what x1 shares storage with.
  EXPECT_EQ(evaluate(builder.get(), {{0, 1, 1, 1}, {0, 1}})
                .stages[1]
                .peakActivationBytes,
            9);
  // Without the alias both exist while t1 runs.
  builder.problem.tensors[1].aliasOf = None;
  EXPECT_EQ(evaluate(builder.get(), {{0, 0, 0, 0}, {0}})
                .stages[0]
                .peakActivationBytes,
            16);
}

TEST(EvaluateTest, AliasThatIsReceivedHasItsOwnStorage) {
  // Stage 1 receives both x0 and its alias x1: 8 + 8.
  Builder builder(2);
  for (int i = 0; i < 3; ++i)
    builder.task(1);
  builder.tensor(0, {1, 2}, 8);
  int32_t alias = builder.tensor(1, {2}, 8);
  builder.problem.tensors[alias].aliasOf = 0;
  Evaluation result = evaluate(builder.get(), {{0, 0, 1}, {0, 1}});
  EXPECT_EQ(result.stages[0].peakActivationBytes, 8);
  EXPECT_EQ(result.stages[1].peakActivationBytes, 16);
}

TEST(EvaluateTest, OutputLivesToTheEndOfItsStage) {
  // x0 (9) is an output without readers, x1 (2) is read by t2, which makes x2
  // (4). Steps: 9 + 0, 9 + 2, 9 + 2 + 4.
  Builder builder(1);
  for (int i = 0; i < 3; ++i)
    builder.task(1);
  builder.problem.tensors.clear();
  builder.tensor(0, {}, 9);
  builder.tensor(1, {2}, 2);
  builder.tensor(2, {}, 4);
  EXPECT_EQ(
      evaluate(builder.get(), {{0, 0, 0}, {0}}).stages[0].peakActivationBytes,
      9);
  builder.problem.tensors[0].isOutput = true;
  EXPECT_EQ(
      evaluate(builder.get(), {{0, 0, 0}, {0}}).stages[0].peakActivationBytes,
      15);
}

TEST(EvaluateTest, SharedWeightCountsOnEachDevice) {
  Builder builder = chain(2, {1, 1, 1}, {0, 0});
  builder.weight(7, {0, 1, 2});
  Evaluation result = evaluate(builder.get(), {{0, 0, 1}, {0, 1}});
  EXPECT_EQ(result.stages[0].weightBytes, 7);
  EXPECT_EQ(result.stages[1].weightBytes, 7);
}

TEST(EvaluateTest, IngressAndEgress) {
  // The input (10 bytes) is on d0 and read by both stages, on d1 and d0; the
  // output (4 bytes) of stage 1 on d0 must end on d1.
  Builder builder = chain(2, {1, 1}, {3});
  builder.tensor(None, {0, 1}, 10);
  builder.tensor(1, {}, 4);
  builder.problem.tensors.back().isOutput = true;
  Problem p = builder.get();
  EXPECT_EQ(evaluate(p, {{0, 1}, {1, 0}}).links.size(), 1u);
  p.ingress = 0;
  p.egress = 1;
  Evaluation result = evaluate(p, {{0, 1}, {1, 0}});
  ASSERT_EQ(result.links.size(), 2u);
  // Input and output share the link d0 to d1.
  EXPECT_EQ(result.links[0].timeNs, 14);
  EXPECT_EQ(result.links[1].timeNs, 3);
  EXPECT_EQ(result.bottleneckNs, 14);
  EXPECT_EQ(result.wires.size(), 1u);
  ASSERT_EQ(result.messages.size(), 3u);
  EXPECT_EQ(result.messages[0].from, None);
  EXPECT_EQ(result.messages[0].to, 0);
  EXPECT_EQ(result.messages[0].bytes, 10);
  EXPECT_EQ(result.messages[2].from, 1);
  EXPECT_EQ(result.messages[2].to, None);
  EXPECT_EQ(result.messages[2].bytes, 4);
  // Two for each message that the stage's device sends or gets: stage 1 has the
  // input on its own device.
  EXPECT_EQ(result.stages[0].bufferBytes, 2 * (10 + 3));
  EXPECT_EQ(result.stages[1].bufferBytes, 2 * (3 + 4));
  // 10 + 1 + 3 + 1 + 4.
  EXPECT_EQ(result.latencyNs, 19);
}

TEST(EvaluateTest, InputThatIsAnOutputCostsNothing) {
  Builder builder(2);
  builder.task(1);
  builder.tensor(None, {0}, 10);
  builder.problem.tensors[0].isOutput = true;
  Problem p = builder.get();
  p.egress = 1;
  EXPECT_TRUE(evaluate(p, {{0}, {0}}).links.empty());
}

TEST(EvaluateTest, MediumAddsUpItsLinks) {
  Builder builder = chain(3, {1, 1, 1}, {5, 6});
  builder.problem.media.push_back({"air", {0, 1, 2}});
  builder.problem.mediumOf.assign(9, 0);
  Evaluation result = evaluate(builder.get(), {{0, 1, 2}, {0, 1, 2}});
  EXPECT_EQ(result.mediaNs, std::vector<int64_t>{11});
  EXPECT_EQ(result.bottleneckNs, 11);
}

TEST(EvaluateTest, TimesSaturate) {
  Builder builder = chain(1, {Unlimited - 1, Unlimited - 1}, {0});
  Evaluation result = evaluate(builder.get(), {{0, 0}, {0}});
  EXPECT_EQ(result.bottleneckNs, Unlimited);
}

TEST(EvaluateTest, NoTasks) {
  Builder builder(1);
  Evaluation result = evaluate(builder.get(), {});
  EXPECT_TRUE(result.violations.empty());
  EXPECT_EQ(result.bottleneckNs, 0);
}

TEST(EvaluateTest, Violations) {
  Builder builder = chain(3, {1, 1, 1}, {4, 4});
  Problem p = builder.get();
  expectViolation(p, {{0, 0}, {0}}, "the placement has 2 nodes");
  expectViolation(p, {{0, 1, 2}, {0, 1}}, "node 't2' is in stage 2");
  expectViolation(p, {{0, 0, 0}, {3}}, "stage 0 is on device 3");
  expectViolation(p, {{0, 0, 2}, {0, 1, 2}}, "stage 1 has no node");
  expectViolation(p, {{0, 1, 1}, {2, 2}},
                  "device 'd2' holds both stage 0 and stage 1");
  expectViolation(p, {{0, 1, 0}, {0, 1}},
                  "tensor 'x1' goes back from stage 1 to stage 0");

  Problem limited = p;
  limited.maxStages = 1;
  expectViolation(limited, {{0, 1, 1}, {0, 1}}, "at most 1 are allowed");
  limited.maxStages = limited.minStages = 2;
  expectViolation(limited, {{0, 0, 0}, {0}}, "at least 2 are wanted");
  Problem pinned = p;
  pinned.tasks[1].pin = 2;
  expectViolation(pinned, {{0, 0, 0}, {0}},
                  "node 't1' is pinned to device 'd2' but is on 'd0'");
  Problem whole = p;
  whole.tensors[0].canCut = false;
  expectViolation(whole, {{0, 1, 1}, {0, 1}},
                  "tensor 'x0' must not be cut but goes from stage 0");
  Problem cut = p;
  cut.tensors[1].mustCut = true;
  expectViolation(cut, {{0, 0, 0}, {0}},
                  "tensor 'x1' must be cut but node 't2' reads it");
  Problem impossible = p;
  impossible.taskTime[1] = Unlimited;
  expectViolation(impossible, {{0, 0, 0}, {0}},
                  "node 't1' cannot run on device 'd0'");
  Problem unlinked = p;
  unlinked.links[1].bitsPerSecond = 0;
  expectViolation(unlinked, {{0, 1, 1}, {0, 1}},
                  "there is no link from device 'd0' to 'd1' for tensor 'x0'");
  unlinked.tensors.push_back({});
  unlinked.tensors.back().name = "in";
  unlinked.tensors.back().consumers = {0};
  unlinked.ingress = 0;
  expectViolation(unlinked, {{0, 0, 0}, {1}}, "for tensor 'in'");
  Problem egress = p;
  egress.egress = 1;
  egress.links[1].bitsPerSecond = 0;
  egress.tensors[1].isOutput = true;
  expectViolation(egress, {{0, 0, 0}, {0}}, "for tensor 'x1'");
}

TEST(EvaluateTest, MemoryViolationSaysWhatAndHowMuch) {
  Builder builder = chain(2, {1, 1}, {1000});
  builder.weight(3000, {1});
  Problem p = builder.get();
  p.devices[1].memory = 5999;
  // Weights 3000, live 1000, receive buffer 2000.
  expectViolation(p, {{0, 1}, {0, 1}},
                  "stage 1 needs 6000 bytes (5.859 KiB) but device 'd1' has "
                  "5999 bytes (5.858 KiB), 1 byte too little: weights 3000 "
                  "bytes (2.93 KiB), activations 1000 bytes, buffers 2000 "
                  "bytes (1.953 KiB)");
  p.devices[1].memory = 6000;
  EXPECT_TRUE(evaluate(p, {{0, 1}, {0, 1}}).violations.empty());
}

TEST(EvaluateTest, PeakLiesBetweenAnyStepAndTheSum) {
  for (uint64_t seed : seeds(2000)) {
    Problem p = randomProblem(seed);
    Placement whole;
    whole.stageOf.assign(p.tasks.size(), 0);
    whole.deviceOf = {0};
    int64_t peak = evaluate(p, whole).stages[0].peakActivationBytes;
    int64_t sum = 0;
    std::vector<int64_t> step(p.tasks.size(), 0);
    for (const Tensor &tensor : p.tensors) {
      if (tensor.producer != None || !tensor.consumers.empty())
        sum += tensor.bytes;
      // An alias may share the storage of what its producer reads.
      if (tensor.aliasOf != None)
        continue;
      if (tensor.producer != None)
        step[tensor.producer] += tensor.bytes;
      for (int32_t reader : tensor.consumers)
        step[reader] += tensor.bytes;
    }
    EXPECT_LE(peak, sum);
    for (int64_t bytes : step)
      EXPECT_GE(peak, bytes) << "seed " << seed;
  }
}
