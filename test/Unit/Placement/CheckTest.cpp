//===- CheckTest.cpp - Broken problems are refused ------------------------===//
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

namespace {

class CheckTest : public ::testing::Test {
protected:
  CheckTest() : p(chain(2, {1, 2, 3}, {4, 5}).get()) {
    p.weights.push_back({"w", 1});
    p.tasks[0].weights = {0};
    p.media.push_back({"air", {0, 1}});
    p.mediumOf.assign(4, 0);
  }
  void expectRefused(const std::string &text) {
    EXPECT_NE(p.check().find(text), std::string::npos) << p.check();
  }
  Problem p;
};

} // namespace

TEST_F(CheckTest, Sound) { EXPECT_EQ(p.check(), ""); }

TEST_F(CheckTest, ProducerRange) {
  p.tensors[0].producer = 3;
  expectRefused("tensor 'x0' has a producer out of range");
}
TEST_F(CheckTest, ConsumerRange) {
  p.tensors[0].consumers = {3};
  expectRefused("tensor 'x0' has consumers");
}
TEST_F(CheckTest, ConsumerTwice) {
  p.tensors[0].consumers = {1, 1};
  expectRefused("tensor 'x0' has consumers");
}
TEST_F(CheckTest, Order) {
  p.tensors[1].consumers = {1};
  expectRefused("tensor 'x1' is read before it is made");
}
TEST_F(CheckTest, TensorSize) {
  p.tensors[0].bytes = -1;
  expectRefused("tensor 'x0' has a negative size");
}
TEST_F(CheckTest, AliasRange) {
  p.tensors[1].aliasOf = 2;
  expectRefused("tensor 'x1' is an alias out of range");
}
TEST_F(CheckTest, AliasOfUnread) {
  p.tensors[0].aliasOf = 1;
  expectRefused("its producer does not read");
}
TEST_F(CheckTest, AliasWithoutProducer) {
  p.tensors[0].producer = None;
  p.tensors[0].aliasOf = 1;
  expectRefused("is an alias without a producer");
}
TEST_F(CheckTest, WeightRange) {
  p.tasks[1].weights = {1};
  expectRefused("task 't1' has weights");
}
TEST_F(CheckTest, WeightTwice) {
  p.tasks[1].weights = {0, 0};
  expectRefused("task 't1' has weights");
}
TEST_F(CheckTest, WeightSize) {
  p.weights[0].bytes = -1;
  expectRefused("weight 'w' has a negative size");
}
TEST_F(CheckTest, Pin) {
  p.tasks[1].pin = 2;
  expectRefused("task 't1' is pinned out of range");
}
TEST_F(CheckTest, NoDevice) {
  p.devices.clear();
  expectRefused("there is no device");
}
TEST_F(CheckTest, Memory) {
  p.devices[1].memory = -1;
  expectRefused("device 'd1' has negative memory");
}
TEST_F(CheckTest, SpeedClass) {
  p.devices[1].speedClass = 1;
  expectRefused("device 'd1' has a speed class without task times");
}
TEST_F(CheckTest, TaskTimeRows) {
  p.taskTime.push_back(1);
  expectRefused("no whole number of rows");
}
TEST_F(CheckTest, TaskTimeSign) {
  p.taskTime[0] = -1;
  expectRefused("a task time is negative");
}
TEST_F(CheckTest, TaskTimesWithoutTasks) {
  p.tasks.clear();
  p.tensors.clear();
  expectRefused("task times without tasks");
}
TEST_F(CheckTest, LinkSquare) {
  p.links.pop_back();
  expectRefused("the links are no square");
}
TEST_F(CheckTest, LinkRate) {
  p.links[1].bitsPerSecond = -1;
  expectRefused("a link has a negative rate");
}
TEST_F(CheckTest, LinkLatency) {
  p.links[1].latencyNs = -1;
  expectRefused("a link has a negative rate, time for a message or latency");
}
TEST_F(CheckTest, MediumSquare) {
  p.mediumOf.pop_back();
  expectRefused("the media of the links are no square");
}
TEST_F(CheckTest, MediumRange) {
  p.mediumOf[1] = 1;
  expectRefused("a link has a medium out of range");
}
TEST_F(CheckTest, MediumDevice) {
  p.media[0].devices = {2};
  expectRefused("medium 'air' has a device out of range");
}
TEST_F(CheckTest, Ingress) {
  p.ingress = 2;
  expectRefused("the ingress device is out of range");
}
TEST_F(CheckTest, Egress) {
  p.egress = -2;
  expectRefused("the egress device is out of range");
}
TEST_F(CheckTest, MaxStages) {
  p.maxStages = -1;
  expectRefused("the largest number of stages is negative");
}
TEST_F(CheckTest, MinStages) {
  p.minStages = -1;
  expectRefused("the smallest number of stages is negative");
}
TEST_F(CheckTest, StagesBetween) {
  p.minStages = 2;
  p.maxStages = 1;
  expectRefused("the smallest number of stages is above the largest");
}
