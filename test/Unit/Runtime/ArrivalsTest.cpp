//===- ArrivalsTest.cpp - Unit tests --------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/Mpi/Run/Arrivals.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace onnx_split::runtime;

static ArrivalTimes periodic(double rate) {
  return ArrivalTimes(ArrivalKind::Periodic, rate, /*seed=*/0);
}

TEST(Arrivals, Periodic) {
  ArrivalTimes times = periodic(1000);
  EXPECT_EQ(times.at(0), 0);
  EXPECT_EQ(times.at(1), 1'000'000);
  // A replica takes some of them only, and may ask twice.
  EXPECT_EQ(times.at(7), 7'000'000);
  EXPECT_EQ(times.at(7), 7'000'000);
}

/// So slow that the time of an item is beyond what 64 bits count.
TEST(Arrivals, Never) {
  EXPECT_GT(periodic(1e-300).at(100), int64_t(1) << 60);
  EXPECT_GT(ArrivalTimes(ArrivalKind::Poisson, 1e-300, 0).at(3), int64_t(1)
                                                                     << 60);
}

/// Mean and deviation of exponential gaps are both 1 / rate; of 20000 gaps they
/// are within 4 % of it in all but one of a million draws.
TEST(Arrivals, Poisson) {
  constexpr int64_t count = 20000;
  ArrivalTimes times(ArrivalKind::Poisson, 500, /*seed=*/3);
  double sum = 0, squares = 0;
  int64_t before = 0;
  for (int64_t item = 0; item < count; ++item) {
    int64_t time = times.at(item);
    EXPECT_GE(time, before);
    auto gap = double(time - before);
    sum += gap;
    squares += gap * gap;
    before = time;
  }
  double mean = sum / count;
  EXPECT_NEAR(mean, 2e6, 8e4);
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), 2e6, 8e4);
}

TEST(Arrivals, SeedDecides) {
  auto lastOf = [](uint64_t seed) {
    return ArrivalTimes(ArrivalKind::Poisson, 10, seed).at(9);
  };
  EXPECT_EQ(lastOf(1), lastOf(1));
  EXPECT_NE(lastOf(1), lastOf(2));
}

/// Overload without a limit: every item is taken, in its order, however late.
TEST(Arrivals, EndlessQueue) {
  ArrivalQueue queue(periodic(1e9), std::nullopt);
  for (int64_t item = 0; item < 100; ++item)
    EXPECT_EQ(queue.take(10 * item), item);
  EXPECT_EQ(queue.countLost(), 0);
}

/// Items each 10 ns to a stage that takes 25: two wait at most.
TEST(Arrivals, FullQueue) {
  ArrivalQueue queue(periodic(1e8), 2);
  EXPECT_EQ(queue.take(0), 0);
  // 10 and 20 came.
  EXPECT_EQ(queue.take(25), 10);
  // 30 stands behind 20, 40 found no room. 50 comes at this very moment.
  EXPECT_EQ(queue.take(50), 20);
  EXPECT_EQ(queue.countLost(), 1);
  // 50 stands behind 30; 60 and 70 found no room.
  EXPECT_EQ(queue.take(75), 30);
  EXPECT_EQ(queue.countLost(), 3);
  // The one that waits is taken, and then the stage waits for the next.
  EXPECT_EQ(queue.take(76), 50);
  EXPECT_EQ(queue.take(77), 80);
  EXPECT_EQ(queue.countLost(), 3);
}

/// Nobody may wait, but a free stage takes what comes.
TEST(Arrivals, NoQueue) {
  ArrivalQueue queue(periodic(1e8), 0);
  EXPECT_EQ(queue.take(0), 0);
  EXPECT_EQ(queue.take(25), 30);
  EXPECT_EQ(queue.countLost(), 2);
}
