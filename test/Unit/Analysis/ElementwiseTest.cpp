//===- ElementwiseTest.cpp - Cost of elementwise operators ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

TEST(OpCostElementwise, OnePerResult) {
  // Operands broadcast: results count.
  OpCost add = cost("Add", {tensor({3, 1}), tensor({1, 5})}, {tensor({3, 5})});
  expectWork(add, 0, 15);
  expectBytes(add, 4 * 8, 4 * 15);
  for (const char *opType : {"Relu", "Sigmoid", "Tanh", "Exp", "Erf", "Neg"})
    expectWork(cost(opType, {tensor({7})}, {tensor({7})}), 0, 7);
}

TEST(OpCostElementwise, ComputeType) {
  expectWork(
      cost("Add", {tensor({7}, I64), tensor({7}, I64)}, {tensor({7}, I64)}), 0,
      7, I64);
  expectWork(
      cost("Pow", {tensor({7}, F16), tensor({}, I64)}, {tensor({7}, F16)}), 0,
      7, F16);
  expectWork(
      cost("Equal", {tensor({7}, I64), tensor({7}, I64)}, {tensor({7}, Bool)}),
      0, 7, I64);
  expectWork(
      cost("And", {tensor({7}, Bool), tensor({7}, Bool)}, {tensor({7}, Bool)}),
      0, 7, Bool);
}

TEST(OpCostElementwise, Variadic) {
  std::vector<TensorInfo> three(3, tensor({7}));
  expectWork(cost("Sum", three, {tensor({7})}), 0, 14);
  expectWork(cost("Max", three, {tensor({7})}), 0, 14);
  expectWork(cost("Mean", three, {tensor({7})}), 0, 21);
  expectWork(cost("Sum", {tensor({7})}, {tensor({7})}), 0, 0);
}

TEST(OpCostElementwise, ByFunctionBody) {
  auto unary = [](llvm::StringRef opType, Attributes attributes = {}) {
    return cost(opType, {tensor({7})}, {tensor({7})}, attributes);
  };
  expectWork(unary("LeakyRelu"), 0, 14);
  expectWork(unary("Elu"), 0, 28);
  expectWork(unary("Softplus"), 0, 21);
  expectWork(unary("HardSwish"), 0, 35);
  expectWork(unary("Mish"), 0, 35);
  expectWork(unary("Gelu"), 0, 35);
  expectWork(unary("Gelu", {{"approximate", "tanh"}}), 0, 63);
  expectWork(unary("Swish"), 0, 14);
  expectWork(unary("Swish", {{"alpha", 1.5f}}), 0, 21);
  expectWork(cost("SwiGLU", {tensor({7}), tensor({7})}, {tensor({7})}), 0, 21);
}

TEST(OpCostElementwise, ClipByBounds) {
  expectWork(cost("Clip", {tensor({7}), tensor({}), tensor({})}, {tensor({7})}),
             0, 14);
  expectWork(cost("Clip", {tensor({7}), omitted(), tensor({})}, {tensor({7})}),
             0, 7);
  expectWork(cost("Clip", {tensor({7})}, {tensor({7})}, {}, {"", 6, {}}), 0,
             14);
}

TEST(OpCostElementwise, Cast) {
  OpCost narrow = cost("Cast", {tensor({7})}, {tensor({7}, F16)});
  expectWork(narrow, 0, 7, F32);
  expectBytes(narrow, 28, 14);
  expectWork(cost("Cast", {tensor({7}, I64)}, {tensor({7})}), 0, 7, F32);
  OpCost same = cost("Cast", {tensor({7})}, {tensor({7})});
  expectWork(same, 0, 0, 0);
  expectBytes(same, 0, 0);
}

TEST(OpCostElementwise, AffineGridIsAProduct) {
  // 2 * 4 * 5 * 2 results of 3 products.
  expectWork(cost("AffineGrid", {tensor({2, 2, 3}), values({2, 3, 4, 5})},
                  {tensor({2, 4, 5, 2})}),
             80 * 3, 0);
}

TEST(OpCostElementwise, OnnxRuntime) {
  expectWork(
      msCost("BiasGelu", {tensor({2, 7}), tensor({7})}, {tensor({2, 7})}), 0,
      14 * 6);
  expectWork(
      msCost("FastGelu", {tensor({2, 7}), tensor({7})}, {tensor({2, 7})}), 0,
      140);
  expectWork(msCost("FastGelu", {tensor({2, 7})}, {tensor({2, 7})}), 0, 126);
  expectWork(msCost("Gelu", {tensor({7})}, {tensor({7})}), 0, 35);
  expectWork(msCost("QuickGelu", {tensor({7})}, {tensor({7})}), 0, 21);
}

TEST(OpCostElementwise, HalvesOfARow) {
  // The bias for both halves; Gelu of one and the product.
  expectWork(msCost("BiasSplitGelu", {tensor({2, 3, 8}), tensor({8})},
                    {tensor({2, 3, 4})}),
             0, 48 + 24 * 6);
}
