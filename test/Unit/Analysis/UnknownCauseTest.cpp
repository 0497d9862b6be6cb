//===- UnknownCauseTest.cpp - Why a cost is unknown -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpCostTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

static void expectCause(const OpCost &cost, UnknownCause::Kind kind,
                        bool isResult = false, int32_t index = -1,
                        int32_t axis = -1) {
  EXPECT_TRUE(cost.unknown);
  EXPECT_EQ(cost.cause.kind, kind);
  EXPECT_EQ(cost.cause.isResult, isResult);
  EXPECT_EQ(cost.cause.index, index);
  EXPECT_EQ(cost.cause.axis, axis);
}

TEST(OpCostUnknownCause, NoneWhereKnown) {
  EXPECT_EQ(cost("Relu", {tensor({2})}, {tensor({2})}).cause.kind,
            UnknownCause::None);
}

TEST(OpCostUnknownCause, Formula) {
  expectCause(
      cost("Convolve", {tensor({-1})}, {tensor({5})}, {}, {"my.domain", 1, {}}),
      UnknownCause::NoFormula);
  expectCause(cost("SequenceAt", {unranked(0)}, {tensor({5})}),
              UnknownCause::DependsOnData);
}

TEST(OpCostUnknownCause, Extents) {
  expectCause(cost("Relu", {tensor({2, -1})}, {tensor({2, -1})}),
              UnknownCause::OpenExtent, false, 0, 1);
  expectCause(cost("Relu", {unranked()}, {unranked()}),
              UnknownCause::OpenExtent, false, 0, -1);
  expectCause(cost("NonZero", {tensor({2, 3})}, {tensor({2, -1}, I64)}),
              UnknownCause::OpenExtent, true, 0, 1);
  // The second operand is the first that is open.
  expectCause(
      cost("MatMul", {tensor({2, 3}), tensor({3, -1})}, {tensor({2, -1})}),
      UnknownCause::OpenExtent, false, 1, 1);
}

TEST(OpCostUnknownCause, WhatIsReadInPart) {
  // How much of the table is read follows from the result: it is the cause.
  expectCause(
      cost("Gather", {tensor({-1, 8}), tensor({2}, I64)}, {tensor({-1, 8})}),
      UnknownCause::OpenExtent, true, 0, 0);
  EXPECT_FALSE(
      cost("Gather", {tensor({-1, 8}), tensor({2}, I64)}, {tensor({2, 8})})
          .unknown);
}

TEST(OpCostUnknownCause, Types) {
  expectCause(cost("Add", {tensor({2}), unranked(0)}, {tensor({2})}),
              UnknownCause::UnknownType, false, 1);
  // How long a text is, is not in its type.
  expectCause(
      cost("Equal", {tensor({2}, Str), tensor({2}, Str)}, {tensor({2}, Bool)}),
      UnknownCause::DependsOnData, false, 0);
}

TEST(OpCostUnknownCause, Values) {
  OpCost body;
  body.flops = 10;
  TensorInfo trips = tensor({}, I64), condition = tensor({}, Bool);
  Options loop = {"", 28, {body}};
  expectCause(cost("Loop", {trips, condition}, {}, {}, loop),
              UnknownCause::UnknownValue, false, 0);
  // Until the condition fails.
  expectCause(cost("Loop", {omitted(), condition}, {}, {}, loop),
              UnknownCause::DependsOnData);
  expectCause(cost("Loop", {values({INT64_MAX}), condition}, {}, {}, loop),
              UnknownCause::DependsOnData);
  expectCause(cost("NonMaxSuppression",
                   {tensor({1, 9, 4}), tensor({1, 2, 9}), tensor({1}, I64)},
                   {tensor({5, 3}, I64)}),
              UnknownCause::UnknownValue, false, 2);
  expectCause(cost("RoiAlign",
                   {tensor({1, 2, 9, 9}), tensor({3, 4}), tensor({3}, I64)},
                   {tensor({3, 2, 7, 7})}),
              UnknownCause::DependsOnData);
}

TEST(OpCostUnknownCause, ContradictionsAndRange) {
  expectCause(
      cost("MatMul", {tensor({2, 3}), tensor({4, 5})}, {tensor({2, 5})}),
      UnknownCause::Contradiction);
  // What is missing contradicts the operator.
  expectCause(
      msCost("MatMulBnb4", {tensor({2, 3}), tensor({9}, U8)}, {tensor({2, 5})}),
      UnknownCause::Contradiction);
  constexpr int64_t Many = int64_t(1) << 40;
  expectCause(cost("MatMul", {tensor({Many, Many}), tensor({Many, Many})},
                   {tensor({Many, Many})}),
              UnknownCause::OutOfRange);
}

TEST(OpCostUnknownCause, Bodies) {
  OpCost known, unknown;
  unknown.unknown = true;
  unknown.cause = {UnknownCause::OpenExtent, true, 3, 2};
  expectCause(cost("If", {tensor({}, Bool)}, {tensor({2})}, {},
                   {"", 28, {known, unknown}}),
              UnknownCause::InBody, false, 1);
  expectCause(cost("Call", {}, {}, {}, {"my.domain", 1, {unknown}}),
              UnknownCause::InBody, false, 0);
}
