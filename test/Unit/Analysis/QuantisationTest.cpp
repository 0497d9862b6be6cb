//===- QuantisationTest.cpp - Cost of quantisation ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostQuantisation, Linear) {
  OpCost quantise =
      cost("QuantizeLinear", {tensor({9}), tensor({}), tensor({}, I4)},
           {tensor({9}, I4)});
  expectWork(quantise, 0, 36);
  expectBytes(quantise, 36 + 4 + 1, 5);
  expectWork(
      cost("QuantizeLinear", {tensor({9}), tensor({})}, {tensor({9}, U8)}), 0,
      27);
  // The arithmetic is that of the result; the operand is read packed.
  OpCost dequantise = cost("DequantizeLinear",
                           {tensor({9}, I4), tensor({}, F16), tensor({}, I4)},
                           {tensor({9}, F16)});
  expectWork(dequantise, 0, 18, F16);
  expectBytes(dequantise, 5 + 2 + 1, 18);
  expectWork(cost("DynamicQuantizeLinear", {tensor({9})},
                  {tensor({9}, U8), tensor({}), tensor({}, U8)}),
             0, 54);
}

TEST(OpCostQuantisation, OnnxRuntime) {
  TensorInfo scale = tensor({}), zero = tensor({}, U8), data = tensor({9}, U8);
  // Both operands are dequantised, added, and quantised again.
  expectWork(msCost("QLinearAdd",
                    {data, scale, zero, data, scale, zero, scale, zero},
                    {data}),
             0, 18 * 2 + 9 * 5, I8);
  expectWork(msCost("QLinearSigmoid", {data, scale, zero, scale, zero}, {data}),
             0, 9 * 7, I8);
  expectWork(msCost("QLinearGlobalAveragePool",
                    {tensor({1, 2, 3, 3}, U8), scale, zero, scale, zero},
                    {tensor({1, 2, 1, 1}, U8)}),
             0, 18 + 2 * 4, I8);
}
