//===- EvaluateUndefinedTest.cpp - Tests of what has no value -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What ONNX leaves undefined or refuses, and what is too large, has no value.
/// What has one is compared with ONNX Runtime in test/Python/test_values.py.
///
//===----------------------------------------------------------------------===//

#include "EvaluateTestUtil.h"

#include <cmath>
#include <limits>

using namespace onnx_split;
using namespace onnx_split::test;

namespace {

constexpr int64_t Smallest = std::numeric_limits<int64_t>::min();
constexpr int64_t Largest = std::numeric_limits<int64_t>::max();

/// The numbers from 0 on.
KnownTensor counting(int64_t count) {
  KnownTensor result(I64, {count});
  for (int64_t i = 0; i < count; ++i)
    result.setInteger(i, i);
  return result;
}

KnownTensor column(std::vector<Entry> entries) {
  return tensor(I64, {int64_t(entries.size()), 1}, entries);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

TEST(EvaluateUndefined, IntegerDivision) {
  KnownTensor three = list({6, 5, Smallest});
  KnownTensor results = list({Unknown, -5, Unknown});
  EXPECT_EQ(apply("Div", {three, list({0, -1, -1})}), results);
  EXPECT_EQ(apply("Mod", {three, list({0, 7, -1})}),
            list({Unknown, 5, Unknown}));
  EXPECT_EQ(apply("Div", {list({-128}, I8), list({-1}, I8)}), std::nullopt);
  // Unsigned ones have no -1: all bits set are the largest number.
  EXPECT_EQ(apply("Div", {list({-1}, U64), list({-1}, U64)}), list({1}, U64));
  // Floating-point numbers have all quotients.
  EXPECT_EQ(apply("Div", {reals({1, 0}), reals({0, 0})}),
            reals({INFINITY, NAN}));
}

TEST(EvaluateUndefined, Powers) {
  EXPECT_EQ(apply("Pow", {list({2, 10, 2, -3}), list({-1, 19, 62, 3})}),
            list({Unknown, Unknown, Unknown, -27}));
  EXPECT_EQ(apply("Pow", {list({100}, I32), list({5}, I32)}), std::nullopt);
}

TEST(EvaluateUndefined, Shifts) {
  Node node("BitShift");
  node.operand(list({1, 1}, U64)).operand(list({64, 63}, U64));
  EXPECT_EQ(node.set("direction", "LEFT").run(),
            list({Unknown, Smallest}, U64));
}

TEST(EvaluateUndefined, Casts) {
  auto castTo = [](KnownTensor value, int32_t type) {
    return Node("Cast").operand(std::move(value)).set("to", type).run();
  };
  EXPECT_EQ(castTo(reals({1e10, -2.9, NAN, 2147483648.0}), I32),
            list({Unknown, -2, Unknown, Unknown}, I32));
  EXPECT_EQ(castTo(reals({-1, 255.9, 256}), onnx::TensorProto::UINT8),
            list({Unknown, 255, Unknown}, onnx::TensorProto::UINT8));
  EXPECT_EQ(castTo(reals({9.3e18, 1.85e19}, Double), U64)->integer(0),
            int64_t(9300000000000000000u));
  EXPECT_EQ(castTo(list({300, -1}), I8), list({44, -1}, I8));
  // By way of float32 the last digit is lost, and then the tie goes down.
  auto half = castTo(reals({1 + 0x1p-11 + 0x1p-30, 0.1}, Double), Float16);
  EXPECT_EQ(half->knowledge(0), Knowledge::Unknown);
  EXPECT_EQ(half->real(1), 0.0999755859375);
  EXPECT_EQ(castTo(list({1}), onnx::TensorProto::STRING), std::nullopt);
  EXPECT_EQ(castTo(list({1}), -5), std::nullopt);
}

TEST(EvaluateUndefined, OrderOfSums) {
  // In float32 large + 1 is large, so it matters what is added first.
  KnownTensor cancelling = reals({0x1p24, 1, -0x1p24});
  EXPECT_EQ(apply("ReduceSum", {cancelling}), std::nullopt);
  EXPECT_EQ(apply("ReduceMean", {cancelling}), std::nullopt);
  EXPECT_EQ(apply("CumSum", {cancelling, scalar(0)}), std::nullopt);
  EXPECT_EQ(apply("ReduceSum", {reals({0x1p20, 1, -0x1p20})}), reals({1}));
  EXPECT_EQ(apply("ReduceSum", {reals({0x1p23, 0x1p23, 1})}), std::nullopt);
  EXPECT_EQ(apply("ReduceSum", {reals({0x1p23, 0x1p22, 1})}),
            reals({0x1p23 + 0x1p22 + 1}));
  EXPECT_EQ(apply("ReduceSum", {reals({0.1, 0.2, 0.3})}), std::nullopt);
  // Integers pass the range of float64, by way of which some add them.
  EXPECT_EQ(apply("ReduceSum", {list({Largest, 1, 1})}), std::nullopt);
  EXPECT_EQ(apply("ReduceProd", {list({65536, 65536}, I32)}), std::nullopt);
}

TEST(EvaluateUndefined, ChoiceOfNaN) {
  EXPECT_EQ(apply("Max", {reals({NAN, 1}), reals({1, 2})})->knowledge(0),
            Knowledge::Unknown);
  EXPECT_EQ(apply("Min", {reals({0.0}), reals({-0.0})}), std::nullopt);
  EXPECT_EQ(apply("ArgMax", {reals({1, NAN})}), std::nullopt);
  EXPECT_EQ(apply("TopK", {reals({1, NAN}), list({1})}), std::nullopt);
  EXPECT_EQ(apply("Sign", {reals({NAN})}), std::nullopt);
  EXPECT_EQ(apply("Equal", {reals({NAN}), reals({NAN})}), list({0}, Bool));
}

TEST(EvaluateUndefined, SignOfZeroSums) {
  // Beginning with the first element gives -0, beginning with zero +0.
  for (const char *opType : {"ReduceSum", "ReduceMean", "Sum"}) {
    EXPECT_EQ(apply(opType, {reals({-0.0})}), std::nullopt);
    EXPECT_FALSE(std::signbit(apply(opType, {reals({0.0})})->real(0)));
  }
  EXPECT_EQ(apply("ReduceSum", {reals({-0.0, -0.0, -0.0})}), std::nullopt);
  EXPECT_FALSE(std::signbit(apply("ReduceSum", {reals({-0.0, 0})})->real(0)));
  KnownTensor running =
      apply("CumSum", {reals({-0.0, -0.0, 5, -5}), scalar(0)}).value();
  EXPECT_EQ(running.knowledge(0), Knowledge::Unknown);
  EXPECT_EQ(running.knowledge(1), Knowledge::Unknown);
  EXPECT_EQ(running.real(2), 5);
  EXPECT_FALSE(std::signbit(running.real(3)));
}

TEST(EvaluateUndefined, OrderOfEqualElements) {
  // Enough of them for a sort that does not keep their order.
  auto results = Node("TopK")
                     .operand(*apply("ConstantOfShape", {list({100})}))
                     .operand(list({100}))
                     .results(2)
                     .all();
  EXPECT_EQ(results[1], counting(100));
}

TEST(EvaluateUndefined, ReductionsOfNothing) {
  KnownTensor nothing(I64, {0, 2});
  auto reduce = [&](const char *opType) {
    return Node(opType).operand(nothing).operand(list({0})).run();
  };
  EXPECT_EQ(reduce("ReduceSum"), tensor(I64, {1, 2}, {0, 0}));
  EXPECT_EQ(reduce("ReduceProd"), tensor(I64, {1, 2}, {1, 1}));
  EXPECT_EQ(reduce("ReduceMax"), std::nullopt);
  EXPECT_EQ(reduce("ReduceMean"), std::nullopt);
  EXPECT_EQ(apply("ArgMax", {nothing}), std::nullopt);
  EXPECT_EQ(Node("Unique").operand(nothing).set("axis", 1).run(), std::nullopt);
}

//===----------------------------------------------------------------------===//
// Indices and shapes
//===----------------------------------------------------------------------===//

TEST(EvaluateUndefined, IndicesOutOfRange) {
  KnownTensor data = list({5, 6, 7});
  EXPECT_EQ(apply("Gather", {data, scalar(-3)}), scalar(5));
  for (int64_t index : {3, -4}) {
    EXPECT_EQ(apply("Gather", {data, scalar(index)}), std::nullopt);
    EXPECT_EQ(apply("GatherElements", {data, list({index})}), std::nullopt);
    EXPECT_EQ(apply("GatherND", {data, column({index})}), std::nullopt);
    EXPECT_EQ(apply("ScatterElements", {data, list({index}), list({1})}),
              std::nullopt);
    EXPECT_EQ(apply("ScatterND", {data, column({index}), list({1})}),
              std::nullopt);
  }
  for (int64_t index : {Smallest, Largest})
    EXPECT_EQ(apply("Gather", {data, scalar(index)}), std::nullopt);
}

TEST(EvaluateUndefined, AxesOutOfRange) {
  KnownTensor data = tensor(I64, {1, 2}, {5, 6});
  for (int64_t axis : {2, -3}) {
    EXPECT_EQ(apply("Squeeze", {data, list({axis})}), std::nullopt);
    EXPECT_EQ(apply("Unsqueeze", {data, list({axis + (axis > 0 ? 1 : -1)})}),
              std::nullopt);
    EXPECT_EQ(apply("ReduceSum", {data, list({axis})}), std::nullopt);
    EXPECT_EQ(apply("CumSum", {data, scalar(axis)}), std::nullopt);
    for (const char *opType : {"ArgMax", "Split"})
      EXPECT_EQ(Node(opType).operand(data).set("axis", axis).run(),
                std::nullopt);
    Node concat("Concat");
    EXPECT_EQ(concat.operand(data).operand(data).set("axis", axis).run(),
              std::nullopt);
  }
  EXPECT_EQ(apply("Unsqueeze", {data, list({0, 0})}), std::nullopt);
  EXPECT_EQ(apply("Squeeze", {data, list({1})}), std::nullopt);
  for (std::vector<int64_t> order :
       {std::vector<int64_t>{0}, {0, 0}, {0, 2}, {-1, 0}})
    EXPECT_EQ(Node("Transpose").operand(data).set("perm", order).run(),
              std::nullopt);
}

TEST(EvaluateUndefined, ShapesThatDoNotFit) {
  KnownTensor six = counting(6), two = list({1, 2});
  EXPECT_EQ(apply("Add", {six, two}), std::nullopt);
  EXPECT_EQ(apply("Expand", {six, list({4})}), std::nullopt);
  EXPECT_EQ(apply("Expand", {scalar(1), list({-1})}), std::nullopt);
  EXPECT_EQ(apply("Tile", {six, list({-1})}), std::nullopt);
  EXPECT_EQ(apply("Tile", {six, list({1, 1})}), std::nullopt);
  for (KnownTensor shape : {list({4}), list({-1, -1}), list({-2, -3}),
                            list({4, -1}), list({6, 0}), list({0, -1, 0})})
    EXPECT_EQ(apply("Reshape", {six, shape}), std::nullopt);
  EXPECT_EQ(Node("Reshape")
                .operand(list({}))
                .operand(list({0, -1}))
                .set("allowzero", 1)
                .run(),
            std::nullopt);
  EXPECT_EQ(apply("ConstantOfShape", {list({2, -1})}), std::nullopt);
  EXPECT_EQ(apply("Trilu", {six}), std::nullopt);
}

TEST(EvaluateUndefined, RaggedLists) {
  KnownTensor data = counting(6);
  auto slice = [&](KnownTensor starts, KnownTensor ends, KnownTensor axes,
                   KnownTensor steps) {
    return apply("Slice", {data, starts, ends, axes, steps});
  };
  EXPECT_EQ(slice(list({4}), list({Smallest}), list({0}), list({-3})),
            list({4, 1}));
  EXPECT_EQ(slice(list({4}), list({0, 1}), list({0}), list({1})), std::nullopt);
  EXPECT_EQ(slice(list({4}), list({0}), list({0, 0}), list({1})), std::nullopt);
  EXPECT_EQ(slice(list({0, 0}), list({6, 6}), list({0, 0}), list({1, 1})),
            std::nullopt);
  EXPECT_EQ(slice(list({4}), list({0}), list({0}), list({0})), std::nullopt);
  EXPECT_EQ(slice(list({5}), list({Smallest}), list({0}), list({Smallest})),
            list({5}));
  auto split = [&](KnownTensor sizes) {
    return Node("Split").operand(data).operand(sizes).results(2).all();
  };
  EXPECT_EQ(split(list({2, 4}))[1], list({2, 3, 4, 5}));
  EXPECT_EQ(split(list({2, 3}))[0], std::nullopt);
  EXPECT_EQ(split(list({7, -1}))[0], std::nullopt);
  EXPECT_EQ(split(list({2, 2, 2}))[0], std::nullopt);
  for (KnownTensor pads : {list({1}), list({-4, -3}), list({Largest, Largest}),
                           list({Smallest, 0})})
    EXPECT_EQ(apply("Pad", {data, pads}), std::nullopt);
  EXPECT_EQ(apply("TopK", {data, list({7})}), std::nullopt);
  EXPECT_EQ(apply("TopK", {data, list({-1})}), std::nullopt);
}

TEST(EvaluateUndefined, RepeatedUpdates) {
  KnownTensor data = list({0, 0});
  auto scatter = [&](const char *reduction, KnownTensor updates) {
    return Node("ScatterElements")
        .operand(data)
        .operand(list({0, 0}))
        .operand(std::move(updates))
        .set("reduction", reduction)
        .run();
  };
  EXPECT_EQ(scatter("none", list({3, 4})), list({Unknown, 0}));
  EXPECT_EQ(scatter("none", list({3, 3})), list({3, 0}));
  EXPECT_EQ(scatter("add", list({3, 4})), list({7, 0}));
  EXPECT_EQ(scatter("power", list({3, 4})), std::nullopt);
}

//===----------------------------------------------------------------------===//
// Nodes that ONNX refuses
//===----------------------------------------------------------------------===//

TEST(EvaluateUndefined, RefusedNodes) {
  KnownTensor one = list({1});
  EXPECT_EQ(apply("Add", {one}), std::nullopt);
  EXPECT_EQ(apply("Add", {one, one, one}), std::nullopt);
  EXPECT_EQ(apply("Add", {one, list({1}, I32)}), std::nullopt);
  EXPECT_EQ(apply("Add", {list({1}, Bool), list({1}, Bool)}), std::nullopt);
  EXPECT_EQ(apply("Max", {one, one}, 8), std::nullopt);
  EXPECT_EQ(apply("GatherND", {one, column({0})}, 10), std::nullopt);
  EXPECT_EQ(Node("Neg").operand(one).set("axis", 0).run(), std::nullopt);
  EXPECT_EQ(Node("Concat").operand(one).run(), std::nullopt);
  EXPECT_EQ(Node("Concat").operand(one).set("axis", "0").run(), std::nullopt);
  EXPECT_EQ(apply("NoSuchOperator", {one}), std::nullopt);
  Node inFunction("Concat");
  inFunction.operand(one).set("axis", 0);
  inFunction.node.mutable_attribute(0)->set_ref_attr_name("axis");
  EXPECT_EQ(inFunction.run(), std::nullopt);
  EXPECT_EQ(apply("Neg", {one}, Smallest), std::nullopt);
  EXPECT_EQ(apply("Neg", {one}, Largest), list({-1}));
}

TEST(EvaluateUndefined, OldBroadcasting) {
  KnownTensor a = tensor(Float, {2, 3}, {1, 2, 3, 4, 5, 6});
  auto add = [&](KnownTensor b, int64_t broadcast,
                 std::optional<int64_t> axis) {
    Node node("Add", 6);
    node.operand(a).operand(std::move(b)).set("broadcast", broadcast);
    if (axis)
      node.set("axis", *axis);
    return node.run();
  };
  EXPECT_EQ(add(list({1, 0, 0}, Float), 1, std::nullopt),
            tensor(Float, {2, 3}, {2, 2, 3, 5, 5, 6}));
  EXPECT_EQ(add(list({1, 0}, Float), 1, 0),
            tensor(Float, {2, 3}, {2, 3, 4, 4, 5, 6}));
  EXPECT_EQ(add(list({1, 0, 0}, Float), 0, std::nullopt), std::nullopt);
  EXPECT_EQ(add(list({1, 0}, Float), 1, 1), std::nullopt);
  EXPECT_EQ(add(list({1, 0}, Float), 1, 2), std::nullopt);
  EXPECT_EQ(add(list({1, 0}, Float), 1, -1), std::nullopt);
}

TEST(EvaluateUndefined, AttributesOfOldOperatorSets) {
  KnownTensor data = tensor(Float, {1, 2}, {5, 6});
  auto with = [&](const char *opType, const char *name,
                  std::vector<int64_t> values) {
    return Node(opType, 1).operand(data).set(name, std::move(values)).run();
  };
  EXPECT_EQ(with("Reshape", "shape", {2, -1}), tensor(Float, {2, 1}, {5, 6}));
  EXPECT_EQ(with("Pad", "paddings", {0, 1, 0, -1}),
            tensor(Float, {1, 2}, {0, 5}));
  EXPECT_EQ(with("Squeeze", "axes", {0}), list({5, 6}, Float));
  EXPECT_EQ(with("ReduceSum", "axes", {1}), tensor(Float, {1, 1}, {11}));
  Node concat("Concat", 1);
  EXPECT_EQ(concat.operand(data).operand(data).run(),
            tensor(Float, {1, 4}, {5, 6, 5, 6}));
  EXPECT_EQ(Node("Split", 2).operand(data).set("axis", 1).results(2).all()[1],
            tensor(Float, {1, 1}, {6}));
  EXPECT_EQ(Node("Split", 2).operand(data).set("axis", 1).results(3).all()[1],
            std::nullopt);
}

TEST(EvaluateUndefined, Dropout) {
  KnownTensor data = reals({1, 2});
  auto dropout = [&](KnownTensor training) {
    return Node("Dropout")
        .operand(data)
        .omitted()
        .operand(std::move(training))
        .results(2)
        .all();
  };
  EXPECT_EQ(dropout(scalar(1, Bool))[0], std::nullopt);
  EXPECT_EQ(dropout(scalar(0, Bool))[0], data);
  EXPECT_EQ(dropout(scalar(0, Bool))[1], list({1, 1}, Bool));
  EXPECT_EQ(Node("Dropout").operand(data).omitted().unknown().run(),
            std::nullopt);
  EXPECT_EQ(Node("Dropout", 6).operand(data).run(), std::nullopt);
  EXPECT_EQ(Node("Dropout", 6).operand(data).set("is_test", 1).run(), data);
}

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

TEST(EvaluateLimits, WhatIsComputed) {
  EXPECT_EQ(apply("ConstantOfShape", {list({64, 64})})->size(), 4096);
  EXPECT_EQ(apply("ConstantOfShape", {list({64, 65})}), std::nullopt);
  EXPECT_EQ(apply("ConstantOfShape", {list({Largest, Largest})}), std::nullopt);
  EXPECT_EQ(apply("ConstantOfShape", {list({Largest, 0, Largest})})->size(), 0);
  EXPECT_EQ(apply("Expand", {scalar(1), list({Largest, 2})}), std::nullopt);
  EXPECT_EQ(apply("Tile", {list({1, 2}), list({Largest})}), std::nullopt);
  EXPECT_EQ(apply("Range", {scalar(0), scalar(Largest), scalar(1)}),
            std::nullopt);
  EXPECT_EQ(apply("Range", {scalar(Smallest), scalar(Largest), scalar(1)}),
            std::nullopt);
  EXPECT_EQ(apply("Range", {scalar(0), scalar(4), scalar(Smallest)}),
            std::nullopt);
  EXPECT_EQ(apply("Range", {scalar(0), scalar(4), scalar(0)}), std::nullopt);
  EXPECT_EQ(apply("OneHot", {list({0}), scalar(Largest), list({0, 1})}),
            std::nullopt);
  EXPECT_EQ(apply("Pad", {list({1}), list({4000, 96})}), std::nullopt);
  EXPECT_EQ(
      apply("Mul", {tensor(I64, {1, 0}, {}), tensor(I64, {0, 1}, {})})->size(),
      0);
  EXPECT_EQ(Node("EyeLike").typed(Float, {Largest, Largest}).run(),
            std::nullopt);
}

TEST(EvaluateLimits, ManyAxes) {
  std::vector<Entry> axes;
  for (int64_t i = 0; i < 63; ++i)
    axes.push_back(i);
  std::optional<KnownTensor> deep = apply("Unsqueeze", {list({1}), list(axes)});
  ASSERT_TRUE(deep);
  EXPECT_EQ(deep->dims().size(), 64u);
  EXPECT_EQ(apply("Transpose", {*deep}), deep);
  EXPECT_EQ(apply("Unsqueeze", {*deep, list({0})}), std::nullopt);
}

TEST(EvaluateLimits, EmptyTensorsWithLargeExtents) {
  KnownTensor data(I64, {Largest, 0, Largest});
  EXPECT_EQ(apply("Gather", {data, list({5, Largest - 1})})->dims(),
            llvm::ArrayRef<int64_t>({2, 0, Largest}));
  EXPECT_EQ(apply("Transpose", {data})->size(), 0);
  EXPECT_EQ(apply("ReduceSum", {data, list({0})})->size(), 0);
  EXPECT_EQ(apply("ReduceSum", {data, list({1})}), std::nullopt);
  EXPECT_EQ(apply("CumSum", {data, scalar(0)})->size(), 0);
  EXPECT_EQ(apply("Concat", {data, data}), std::nullopt);
  EXPECT_EQ(Node("Flatten").operand(data).set("axis", 1).run(), std::nullopt);
  EXPECT_EQ(
      apply("Slice", {data, list({1}), list({Largest}), list({2}), list({2})})
          ->size(),
      0);
  EXPECT_EQ(apply("NonZero", {data})->dims(), llvm::ArrayRef<int64_t>({3, 0}));
}

TEST(EvaluateLimits, WhatIsNotRead) {
  KnownTensor large = counting(5000);
  EXPECT_EQ(apply("Gather", {large, list({4999, 0})}), list({4999, 0}));
  EXPECT_EQ(apply("Slice", {large, list({-2}), list({Largest})}),
            list({4998, 4999}));
  EXPECT_EQ(apply("Shape", {large}), list({5000}));
  EXPECT_EQ(Node("Shape").typed(Float, {Largest, 0, Largest}).run(),
            list({Largest, 0, Largest}));
  auto parts =
      Node("Split").operand(large).operand(list({4999, 1})).results(2).all();
  EXPECT_EQ(parts[0], std::nullopt);
  EXPECT_EQ(parts[1], list({4999}));
  // Reading all of it is computing, too.
  EXPECT_EQ(apply("ReduceMax", {large}), std::nullopt);
  EXPECT_EQ(apply("Identity", {large}), std::nullopt);
}

} // namespace
