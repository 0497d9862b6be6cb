//===- KernelsTest.cpp - Unit tests ---------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../../lib/Runtime/Mpi/Measure/NodeTimes.h"
#include "../../../lib/Runtime/Mpi/Samples.h"

#include "gtest/gtest.h"

using namespace onnx_split::runtime;

static NamedModel threeNodes() {
  NamedModel model;
  model.nodes = {
      {"a", "a", {"ta"}}, {"b", "b", {"tb"}}, {"", "node#2", {"tc"}}};
  return model;
}

static std::string event(const char *name, int start, int duration,
                         const char *category = "Node") {
  return "{\"cat\":\"" + std::string(category) + "\",\"name\":\"" + name +
         "\",\"ts\":" + std::to_string(start) +
         ",\"dur\":" + std::to_string(duration) + "}";
}

/// Microseconds become nanoseconds; a kernel that no node names counts to the
/// next one that a node names, and the last ones to the last node.
TEST(Kernels, AreAttributedInTheirOrder) {
  std::string profile = "[" + event("b_kernel_time", 30, 5) + "," +
                        event("ReorderInput_kernel_time", 20, 2) + "," +
                        event("a_kernel_time", 10, 1) + "," +
                        event("node#2_kernel_time", 40, 7) + "," +
                        event("ReorderOutput_kernel_time", 50, 3) + "," +
                        event("a_fence_before", 60, 100) + "," +
                        event("model_run", 0, 1000, "Session") + "]";
  auto sums = attributeKernels(profile, threeNodes());
  ASSERT_TRUE(bool(sums));
  EXPECT_EQ(*sums, (std::vector<int64_t>{1000, 7000, 10000}));
}

/// Kernels in another layout are called after what they make, with a number
/// where that name was taken.
TEST(Kernels, InOtherLayouts) {
  std::string profile = "[" + event("ta_nchwc_kernel_time", 1, 4) + "," +
                        event("tb_nchwc_token_12_kernel_time", 2, 6) + "]";
  auto sums = attributeKernels(profile, threeNodes());
  ASSERT_TRUE(bool(sums));
  EXPECT_EQ(*sums, (std::vector<int64_t>{4000, 6000, 0}));
}

TEST(Kernels, OfAnotherModel) {
  for (const std::string &profile :
       {"[" + event("z_kernel_time", 1, 4) + "]", std::string("[]"),
        std::string("{}"), std::string("no JSON")}) {
    auto sums = attributeKernels(profile, threeNodes());
    EXPECT_FALSE(bool(sums)) << profile;
    llvm::consumeError(sums.takeError());
  }
}

TEST(Samples, MeanOfAllAndMedianOfTheLast) {
  Samples samples;
  EXPECT_EQ(samples.getMean(), 0);
  EXPECT_EQ(samples.getMedian(), 0);
  for (int i = 0; i < 10000; ++i)
    samples.add(i < 5000 ? 1 : 3);
  EXPECT_EQ(samples.getCount(), 10000);
  EXPECT_EQ(samples.getMean(), 2);
  EXPECT_EQ(samples.getMedian(), 3);
}

TEST(Samples, Percentiles) {
  std::vector<int64_t> sorted;
  for (int i = 0; i <= 100; ++i)
    sorted.push_back(i);
  EXPECT_EQ(percentile(sorted, 50), 50);
  EXPECT_EQ(percentile(sorted, 99), 99);
  EXPECT_EQ(percentile({}, 99), 0);
}
