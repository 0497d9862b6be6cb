//===- EvaluatePartialTest.cpp - Tests of values known in part ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluateTestUtil.h"

using namespace onnx_split;
using namespace onnx_split::test;

namespace {

/// Two different extents of unknown size.
const Entry N = symbol(0), M = symbol(1);

std::optional<KnownTensor> cast(KnownTensor value, int32_t type) {
  return Node("Cast").operand(std::move(value)).set("to", type).run();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

TEST(EvaluatePartial, ShapesOfTypes) {
  Node node("Shape");
  onnx::TypeProto type;
  auto *shape = type.mutable_tensor_type()->mutable_shape();
  shape->add_dim()->set_dim_param("batch");
  shape->add_dim()->set_dim_value(3);
  shape->add_dim();
  node.node.add_input("x");
  node.node.add_output("y");
  auto run = [&](const char *opType) {
    node.node.set_op_type(opType);
    return evaluate(
        {node.node, 18, {&type}, {nullptr}, {true}, node.symbols})[0];
  };
  EXPECT_EQ(run("Shape"), list({N, 3, Unknown}));
  EXPECT_EQ(node.symbols.name(0), "batch");
  EXPECT_EQ(run("Size"), std::nullopt);
  node.set("start", 1).set("end", -1);
  EXPECT_EQ(run("Shape"), list({3}));
  EXPECT_EQ(Node("Shape").unknown().run(), std::nullopt);
  EXPECT_EQ(Node("Size").typed(Float, {-1, 0}).run(), scalar(0));
  EXPECT_EQ(Node("Size").typed(Float, {2, 3}).run(), scalar(6));
}

TEST(EvaluatePartial, MovementKeepsWhatIsKnown) {
  KnownTensor mixed = list({N, atMost(5), Unknown, 7});
  EXPECT_EQ(apply("Gather", {mixed, list({3, 2, 1, 0})}),
            list({7, Unknown, atMost(5), N}));
  EXPECT_EQ(apply("Slice", {mixed, list({1}), list({3})}),
            list({atMost(5), Unknown}));
  EXPECT_EQ(apply("Reshape", {mixed, list({2, -1})}),
            tensor(I64, {2, 2}, {N, atMost(5), Unknown, 7}));
  EXPECT_EQ(apply("Tile", {list({N, 1}), list({2})}), list({N, 1, N, 1}));
  EXPECT_EQ(apply("Expand", {scalar(N), list({2})}), list({N, N}));
  EXPECT_EQ(apply("Pad", {list({N}), list({1, 0})}), list({0, N}));
  Node compress("Compress");
  EXPECT_EQ(compress.operand(mixed).operand(list({1, 0, 0, 1}, Bool)).run(),
            list({N, 7}));
}

TEST(EvaluatePartial, UnknownElementsOfTypes) {
  Node concat("Concat");
  concat.operand(list({N})).typed(I64, {1}).operand(list({3})).set("axis", 0);
  EXPECT_EQ(concat.run(), list({N, Unknown, 3}));
  Node open("Concat");
  open.operand(list({N})).typed(I64, {-1}).set("axis", 0);
  EXPECT_EQ(open.run(), std::nullopt);
  Node where("Where");
  where.operand(list({1, 0}, Bool)).operand(list({4, 5})).typed(I64, {2});
  EXPECT_EQ(where.run(), list({4, Unknown}));
  Node scatter("ScatterND");
  scatter.typed(I64, {2}).operand(tensor(I64, {1, 1}, {1})).operand(list({7}));
  EXPECT_EQ(scatter.run(), list({Unknown, 7}));
}

TEST(EvaluatePartial, IndicesMustBeExact) {
  KnownTensor data = list({4, 5});
  EXPECT_EQ(apply("Gather", {data, list({0, N, atMost(1)})}),
            list({4, Unknown, Unknown}));
  EXPECT_EQ(apply("GatherElements", {data, list({1, Unknown})}),
            list({5, Unknown}));
  EXPECT_EQ(apply("ScatterElements", {data, list({N}), list({1})}),
            std::nullopt);
  EXPECT_EQ(apply("OneHot", {list({0, N}), scalar(2), list({7, 8})}),
            tensor(I64, {2, 2}, {8, 7, Unknown, Unknown}));
}

TEST(EvaluatePartial, SizesMustBeExact) {
  for (Entry size : {N, atMost(2), Unknown}) {
    EXPECT_EQ(apply("ConstantOfShape", {list({size})}), std::nullopt);
    EXPECT_EQ(apply("Expand", {scalar(1), list({size})}), std::nullopt);
    EXPECT_EQ(apply("Tile", {list({1}), list({size})}), std::nullopt);
    EXPECT_EQ(apply("Range", {scalar(0), scalar(size), scalar(1)}),
              std::nullopt);
    EXPECT_EQ(apply("Reshape", {list({1, 2}), list({size})}), std::nullopt);
    EXPECT_EQ(apply("Slice", {list({1, 2}), list({0}), list({size})}),
              std::nullopt);
    EXPECT_EQ(apply("TopK", {list({1, 2}), list({size})}), std::nullopt);
    EXPECT_EQ(apply("NonZero", {list({size})}), std::nullopt);
  }
}

TEST(EvaluatePartial, Choices) {
  KnownTensor condition = list({1, Unknown, Unknown, Unknown}, Bool);
  EXPECT_EQ(apply("Where", {condition, list({N, N, 3, 4}), list({0, N, 3, 5})}),
            list({N, N, 3, Unknown}));
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

TEST(EvaluatePartial, ArithmeticOnSymbols) {
  KnownTensor n = list({N});
  auto with = [&](const char *opType, Entry second) {
    return apply(opType, {n, list({second})});
  };
  EXPECT_EQ(with("Add", 0), n);
  EXPECT_EQ(with("Sub", 0), n);
  EXPECT_EQ(with("Sub", N), list({0}));
  EXPECT_EQ(with("Sub", M), std::nullopt);
  EXPECT_EQ(with("Mul", 1), n);
  EXPECT_EQ(with("Mul", 0), list({0}));
  EXPECT_EQ(with("Div", 1), n);
  EXPECT_EQ(with("Div", N), std::nullopt);
  EXPECT_EQ(with("Pow", 1), n);
  EXPECT_EQ(with("Max", N), n);
  EXPECT_EQ(with("Max", 0), n);
  EXPECT_EQ(with("Max", 1), std::nullopt);
  EXPECT_EQ(with("Min", -3), list({-3}));
  EXPECT_EQ(with("Min", 3), std::nullopt);
  EXPECT_EQ(with("Add", 1), std::nullopt);
  EXPECT_EQ(apply("Add", {list({0}), n}), n);
  EXPECT_EQ(apply("Abs", {n}), n);
  EXPECT_EQ(apply("Neg", {n}), std::nullopt);
  EXPECT_EQ(apply("ReduceProd", {n}), n);
  EXPECT_EQ(apply("ReduceProd", {list({N, 1})}), n);
  EXPECT_EQ(apply("ReduceProd", {list({N, 0})}), list({0}));
  EXPECT_EQ(apply("ReduceSum", {list({N, 0})}), n);
  EXPECT_EQ(apply("ReduceMean", {list({N, 0})}), std::nullopt);
}

TEST(EvaluatePartial, CastsOfSymbols) {
  EXPECT_EQ(cast(list({N}), I32), list({N}, I32));
  EXPECT_EQ(cast(list({N}, I32), I64), list({N}));
  for (int32_t type : {Float, Double, I8, U64, Bool})
    EXPECT_EQ(cast(list({N}), type), std::nullopt);
}

TEST(EvaluatePartial, ComparisonsOfSymbols) {
  auto ask = [&](const char *opType, Entry second) {
    auto result = apply(opType, {list({N}), list({second})});
    return result ? std::optional(result->integer(0) != 0) : std::nullopt;
  };
  EXPECT_EQ(ask("Equal", N), true);
  EXPECT_EQ(ask("Equal", M), std::nullopt);
  EXPECT_EQ(ask("Equal", -1), false);
  EXPECT_EQ(ask("Equal", 0), std::nullopt);
  EXPECT_EQ(ask("Greater", -1), true);
  EXPECT_EQ(ask("Greater", N), false);
  EXPECT_EQ(ask("Greater", 0), std::nullopt);
  EXPECT_EQ(ask("GreaterOrEqual", 0), true);
  EXPECT_EQ(ask("GreaterOrEqual", N), true);
  EXPECT_EQ(ask("Less", 0), false);
  EXPECT_EQ(ask("LessOrEqual", -1), false);
  EXPECT_EQ(ask("LessOrEqual", Unknown), std::nullopt);
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

TEST(EvaluatePartial, ArithmeticOnBounds) {
  auto with = [&](const char *opType, Entry second, int32_t type = I64) {
    return apply(opType, {list({atMost(10)}, type), list({second}, type)});
  };
  EXPECT_EQ(with("Add", 5), list({atMost(15)}));
  EXPECT_EQ(with("Add", atMost(3)), list({atMost(13)}));
  EXPECT_EQ(with("Add", -5), std::nullopt);
  EXPECT_EQ(with("Add", N), std::nullopt);
  EXPECT_EQ(with("Add", 120, I8), std::nullopt);
  // All bits set are a large number.
  EXPECT_EQ(with("Add", -1, U64), std::nullopt);
  EXPECT_EQ(with("Sub", 5), std::nullopt);
  EXPECT_EQ(with("Mul", 3), list({atMost(30)}));
  EXPECT_EQ(with("Mul", atMost(3)), list({atMost(30)}));
  EXPECT_EQ(with("Mul", -1), std::nullopt);
  EXPECT_EQ(with("Mul", int64_t(1) << 60), std::nullopt);
  EXPECT_EQ(with("Div", 3), list({atMost(3)}));
  EXPECT_EQ(with("Div", -3), std::nullopt);
  EXPECT_EQ(with("Div", 0), std::nullopt);
  EXPECT_EQ(with("Div", atMost(3)), std::nullopt);
  EXPECT_EQ(with("Add", 5, Float), list({atMost(15)}, Float));
  EXPECT_EQ(with("Div", 4, Float),
            apply("Mul", {list({atMost(10)}, Float), reals({0.25})}));
}

TEST(EvaluatePartial, ExtremesOfBounds) {
  auto with = [&](const char *opType, Entry second) {
    return apply(opType, {list({atMost(10)}), list({second})});
  };
  EXPECT_EQ(with("Min", 3), list({atMost(3)}));
  EXPECT_EQ(with("Min", 30), list({atMost(10)}));
  EXPECT_EQ(with("Min", 0), list({0}));
  EXPECT_EQ(with("Min", -3), list({-3}));
  EXPECT_EQ(with("Min", atMost(4)), list({atMost(4)}));
  EXPECT_EQ(with("Min", N), list({atMost(10)}));
  EXPECT_EQ(with("Min", Unknown), std::nullopt);
  EXPECT_EQ(with("Max", 3), list({atMost(10)}));
  EXPECT_EQ(with("Max", 10), list({10}));
  EXPECT_EQ(with("Max", -3), list({atMost(10)}));
  EXPECT_EQ(with("Max", atMost(14)), list({atMost(14)}));
  EXPECT_EQ(with("Max", N), std::nullopt);
  EXPECT_EQ(apply("Clip", {list({atMost(10)}), scalar(0), scalar(4)}),
            list({atMost(4)}));
  EXPECT_EQ(apply("Clip", {list({atMost(10)}), scalar(12), scalar(14)}),
            list({12}));
  EXPECT_EQ(apply("Clip", {list({atMost(10)}), scalar(Unknown), scalar(14)}),
            std::nullopt);
}

TEST(EvaluatePartial, ComparisonsOfBounds) {
  auto ask = [&](const char *opType, Entry second) {
    auto result = apply(opType, {list({atMost(10)}), list({second})});
    return result ? std::optional(result->integer(0) != 0) : std::nullopt;
  };
  EXPECT_EQ(ask("Less", 11), true);
  EXPECT_EQ(ask("Less", 10), std::nullopt);
  EXPECT_EQ(ask("Less", 0), false);
  EXPECT_EQ(ask("LessOrEqual", 10), true);
  EXPECT_EQ(ask("Greater", 10), false);
  EXPECT_EQ(ask("GreaterOrEqual", 0), true);
  EXPECT_EQ(ask("Equal", 11), false);
  EXPECT_EQ(ask("Equal", -1), false);
  EXPECT_EQ(ask("Equal", 10), std::nullopt);
  EXPECT_EQ(ask("Equal", atMost(10)), std::nullopt);
}

TEST(EvaluatePartial, FunctionsOfBounds) {
  KnownTensor half =
      apply("Mul", {list({atMost(5)}, Float), reals({0.5})}).value();
  EXPECT_EQ(apply("Floor", {half}), list({atMost(2)}, Float));
  EXPECT_EQ(apply("Ceil", {half}), list({atMost(3)}, Float));
  EXPECT_EQ(apply("Round", {half}), list({atMost(2)}, Float));
  EXPECT_EQ(cast(half, I64), list({atMost(2)}));
  EXPECT_EQ(apply("Sqrt", {list({atMost(9)}, Float)}),
            list({atMost(3)}, Float));
  EXPECT_EQ(apply("Reciprocal", {half}), std::nullopt);
  EXPECT_EQ(apply("Neg", {half}), std::nullopt);
  EXPECT_EQ(cast(list({atMost(300)}), I32), list({atMost(300)}, I32));
  EXPECT_EQ(cast(list({atMost(300)}), I8), std::nullopt);
  EXPECT_EQ(cast(list({atMost(300)}), Float), list({atMost(300)}, Float));
  EXPECT_EQ(cast(list({atMost(300)}), Bool), std::nullopt);
}

TEST(EvaluatePartial, ReductionsOfBounds) {
  KnownTensor data = list({atMost(10), 3, atMost(4)});
  EXPECT_EQ(apply("ReduceSum", {data}), list({atMost(17)}));
  EXPECT_EQ(apply("ReduceProd", {data}), list({atMost(120)}));
  EXPECT_EQ(apply("ReduceMax", {data}), list({atMost(10)}));
  EXPECT_EQ(apply("ReduceMin", {data}), list({atMost(3)}));
  EXPECT_EQ(apply("ReduceMean", {data}), list({atMost(5)}));
  EXPECT_EQ(apply("CumSum", {data, scalar(0)}),
            list({atMost(10), atMost(13), atMost(17)}));
  EXPECT_EQ(apply("ReduceSum", {list({atMost(10), -3})}), std::nullopt);
  EXPECT_EQ(apply("ArgMax", {data}), std::nullopt);
  EXPECT_EQ(apply("TopK", {data, list({1})}), std::nullopt);
}

//===----------------------------------------------------------------------===//
// Logic
//===----------------------------------------------------------------------===//

TEST(EvaluatePartial, Logic) {
  KnownTensor open = list({Unknown, Unknown}, Bool);
  KnownTensor both = list({0, 1}, Bool);
  EXPECT_EQ(apply("And", {open, both}), list({0, Unknown}, Bool));
  EXPECT_EQ(apply("Or", {both, open}), list({Unknown, 1}, Bool));
  EXPECT_EQ(apply("Xor", {both, open}), std::nullopt);
  EXPECT_EQ(apply("Not", {list({Unknown, 0}, Bool)}), list({Unknown, 1}, Bool));
}

} // namespace
