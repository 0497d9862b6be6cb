//===- ReductionTest.cpp - Cost of reductions -----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostReduction, PerElementAndPerResult) {
  auto reduce = [](llvm::StringRef opType) {
    return cost(opType, {tensor({3, 10}), values({1})}, {tensor({3, 1})});
  };
  for (const char *opType :
       {"ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"})
    expectWork(reduce(opType), 0, 30);
  expectWork(reduce("ReduceMean"), 0, 33);
  expectWork(reduce("ReduceL1"), 0, 60);
  expectWork(reduce("ReduceL2"), 0, 63);
  expectWork(reduce("ReduceSumSquare"), 0, 60);
  expectWork(reduce("ReduceLogSum"), 0, 33);
  expectWork(reduce("ReduceLogSumExp"), 0, 63);
}

TEST(OpCostReduction, WithoutAxes) {
  TensorInfo data = tensor({3, 10});
  OpCost noop =
      cost("ReduceSum", {data}, {data}, {{"noop_with_empty_axes", int64_t(1)}});
  expectWork(noop, 0, 0, 0);
  expectBytes(noop, 120, 120);
  expectWork(cost("ReduceSum", {data}, {tensor({1, 1})}), 0, 30);
}

TEST(OpCostReduction, ArgMaxAndScans) {
  expectWork(cost("ArgMax", {tensor({3, 10})}, {tensor({3, 1}, I64)}), 0, 30);
  expectWork(cost("CumSum", {tensor({3, 10}), values({1})}, {tensor({3, 10})}),
             0, 30);
}
