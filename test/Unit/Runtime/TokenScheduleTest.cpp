//===- TokenScheduleTest.cpp - Which item is what, step by step -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/Mpi/Run/TokenSchedule.h"

#include <gtest/gtest.h>

using namespace onnx_split::runtime;

using Step = std::pair<std::vector<int64_t>, int64_t>;

/// Two sequences of three tokens, of which the second ends early: items are the
/// prompts, and then the steps that tokens lead to.
TEST(TokenScheduleTest, EachTokenLeadsToAnItem) {
  Generation generation;
  generation.tokens = 3;
  generation.prompts = {{1, 2, 3}, {4}};
  generation.stop = 9;
  TokenSchedule schedule(generation, 2, /*warmup=*/0);
  EXPECT_EQ(schedule.countKnown(), 2);
  EXPECT_EQ(schedule.stepOf(0), (Step{{1, 2, 3}, 0}));
  EXPECT_EQ(schedule.stepOf(1), (Step{{4}, 0}));
  schedule.add(7); // of item 0
  EXPECT_EQ(schedule.countKnown(), 3);
  EXPECT_EQ(schedule.stepOf(2), (Step{{7}, 3}));
  schedule.add(9); // of item 1, which ends its sequence
  EXPECT_EQ(schedule.countKnown(), 3);
  EXPECT_FALSE(schedule.isOver());
  schedule.add(8); // of item 2
  EXPECT_EQ(schedule.sequenceOf(3), 0);
  EXPECT_EQ(schedule.stepOf(3), (Step{{8}, 4}));
  schedule.add(6); // the third token of sequence 0
  EXPECT_TRUE(schedule.isOver());
  EXPECT_EQ(schedule.countKnown(), 4);
  EXPECT_EQ(schedule.generated(),
            (std::vector<std::vector<int64_t>>{{7, 8, 6}, {9}}));
}

/// Two steps of the first prompt, whose tokens count nowhere and end nothing.
TEST(TokenScheduleTest, WarmsUp) {
  Generation generation;
  generation.tokens = 1;
  generation.prompts = {{1, 2}, {3}};
  generation.stop = 9;
  TokenSchedule schedule(generation, 2, /*warmup=*/2);
  EXPECT_EQ(schedule.countKnown(), 1);
  EXPECT_EQ(schedule.stepOf(0), (Step{{1, 2}, 0}));
  schedule.add(9);
  EXPECT_EQ(schedule.countKnown(), 2);
  EXPECT_EQ(schedule.stepOf(1), (Step{{9}, 2}));
  schedule.add(5);
  EXPECT_EQ(schedule.countKnown(), 4);
  EXPECT_EQ(schedule.stepOf(2), (Step{{1, 2}, 0}));
  EXPECT_EQ(schedule.stepOf(3), (Step{{3}, 0}));
  EXPECT_EQ(schedule.sequenceOf(3), 1);
  schedule.add(6);
  schedule.add(7);
  EXPECT_TRUE(schedule.isOver());
  EXPECT_EQ(schedule.generated(),
            (std::vector<std::vector<int64_t>>{{6}, {7}}));
}

TEST(TokenScheduleTest, PromptsTakeTurns) {
  Generation generation;
  generation.tokens = 1;
  generation.prompts = {{1}, {2, 2}};
  TokenSchedule schedule(generation, 3, /*warmup=*/0);
  EXPECT_EQ(schedule.stepOf(1).first, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(schedule.stepOf(2).first, (std::vector<int64_t>{1}));
  for (int64_t token : {5, 6, 7})
    schedule.add(token);
  EXPECT_TRUE(schedule.isOver());
}
