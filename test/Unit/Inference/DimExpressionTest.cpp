//===- DimExpressionTest.cpp - Names of dimensions as expressions ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/DimExpression.h"

#include "llvm/ADT/StringMap.h"
#include "gtest/gtest.h"

#include <limits>

using namespace onnx_split;

namespace {

using Values = llvm::StringMap<int64_t>;
using Names = std::vector<std::string>;

/// The value, or the fault as text.
std::string valueOf(llvm::StringRef text, const Values &values = {}) {
  DimFault fault;
  auto value = DimExpression(text).evaluate(
      [&](llvm::StringRef name) -> std::optional<int64_t> {
        auto found = values.find(name);
        if (found == values.end())
          return std::nullopt;
        return found->second;
      },
      &fault);
  EXPECT_EQ(value.has_value(), fault == DimFault::None);
  static const char *const faults[] = {"", "open", "zero", "not whole",
                                       "too large"};
  return value ? std::to_string(*value) : faults[int(fault)];
}

struct Case {
  const char *text;
  const char *value;
};

class ExporterNames : public testing::TestWithParam<Case> {};

/// Values by hand, for s0 = 7, u0 = 4, past_sequence_length = 127,
/// sequence_length = 1, seq = 600.
TEST_P(ExporterNames, HaveTheirValue) {
  Values values = {{"s0", 7},
                   {"u0", 4},
                   {"past_sequence_length", 127},
                   {"sequence_length", 1},
                   {"seq", 600}};
  EXPECT_EQ(valueOf(GetParam().text, values), GetParam().value)
      << GetParam().text;
  EXPECT_TRUE(DimExpression(GetParam().text).isCompound());
}

INSTANTIATE_TEST_SUITE_P(
    PyTorch, ExporterNames,
    testing::Values(
        Case{"s0//2", "3"}, Case{"2*s0", "14"}, Case{"((s0 - 1)//2) + 1", "4"},
        Case{"Max(1, u0)", "4"}, Case{"Mod(s0, 4)", "3"},
        Case{"CeilToInt(IntTrueDiv(s0, 2))", "4"},
        Case{"TruncToInt(FloatTrueDiv(s0, 2))", "3"},
        Case{"FloorDiv(s0, 2)", "3"}, Case{"CeilDiv(s0, 2)", "4"},
        Case{"CleanDiv(u0, 2)", "2"}, Case{"PythonMod(-s0, 4)", "1"},
        Case{"PowByNatural(u0, 3)", "64"},
        Case{"FloorToInt(2.0*ToFloat(s0))", "14"}, Case{"-((-s0)//2)", "4"},
        Case{"s0**2*u0", "196"},
        // Halves to the even one: 3.5, 2.5 and -2.5.
        Case{"RoundToInt(s0/2)", "4"}, Case{"RoundToInt((s0 - 2)/2)", "2"},
        Case{"RoundToInt((2 - s0)/2)", "-2"}));

INSTANTIATE_TEST_SUITE_P(
    SymPy, ExporterNames,
    testing::Values(Case{"floor(s0/2 + 1)", "4"}, Case{"ceiling(s0/2)", "4"},
                    Case{"floor(0.5*s0)", "3"}, Case{"0.25*u0", "1"},
                    Case{"s0/2 + 1/2", "4"}, Case{"Abs(u0 - s0)", "3"},
                    Case{"Min(512, seq)", "512"},
                    Case{"Max(u0, s0, seq)", "600"},
                    Case{"Min(9, s0, u0 + 1, 8)", "5"}, Case{"u0*(1/u0)", "1"},
                    Case{"4*u0**(-1)", "1"}));

INSTANTIATE_TEST_SUITE_P(
    Others, ExporterNames,
    testing::Values(Case{"past_sequence_length + sequence_length", "128"},
                    Case{"past_sequence_length+1", "128"}, Case{"1", "1"},
                    Case{" 12 ", "12"}, Case{"(s0)", "7"}, Case{" s0", "7"},
                    Case{"math.ceil(seq / 7)", "86"}, Case{"s0 % u0", "3"},
                    Case{"int(seq/7)", "85"}, Case{"int(-seq/7)", "-85"}));

TEST(DimExpression, HasPythonsPrecedence) {
  EXPECT_EQ(valueOf("2 + 3*4"), "14");
  EXPECT_EQ(valueOf("20 - 3 - 4"), "13");
  EXPECT_EQ(valueOf("100//7//2"), "7");
  EXPECT_EQ(valueOf("100//(7//2)"), "33");
  EXPECT_EQ(valueOf("2*7//3"), "4");
  EXPECT_EQ(valueOf("17 % 5 * 2"), "4");
  EXPECT_EQ(valueOf("2**3**2"), "512");
  EXPECT_EQ(valueOf("-2**2"), "-4");
  EXPECT_EQ(valueOf("(-2)**2"), "4");
  EXPECT_EQ(valueOf("2**-1*4"), "2");
  EXPECT_EQ(valueOf("3*-+-2"), "6");
  EXPECT_EQ(valueOf("-7//2"), "-4");
  EXPECT_EQ(valueOf("7//-2"), "-4");
  EXPECT_EQ(valueOf("-7 % 3"), "2");
  EXPECT_EQ(valueOf("7 % -3"), "-2");
}

TEST(DimExpression, SaysWhyItHasNoValue) {
  EXPECT_EQ(valueOf("a + 1"), "open");
  EXPECT_EQ(valueOf("a/2", {{"a", 4}}), "2");
  EXPECT_EQ(valueOf("a/2", {{"a", 5}}), "not whole");
  EXPECT_EQ(valueOf("1/a", {{"a", 0}}), "zero");
  EXPECT_EQ(valueOf("1//a", {{"a", 0}}), "zero");
  EXPECT_EQ(valueOf("1 % a", {{"a", 0}}), "zero");
  EXPECT_EQ(valueOf("a**-1", {{"a", 0}}), "zero");
  EXPECT_EQ(valueOf("4**(1/2)"), "not whole");
  EXPECT_EQ(valueOf("2**62"), "4611686018427387904");
  EXPECT_EQ(valueOf("2**63"), "too large");
  EXPECT_EQ(valueOf("1**99999999999"), "too large");
  EXPECT_EQ(valueOf("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(valueOf("9223372036854775808"), "too large");
  EXPECT_EQ(valueOf("1" + std::string(400, '0')), "too large");
  constexpr int64_t max = std::numeric_limits<int64_t>::max();
  constexpr int64_t min = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(valueOf("a + 1", {{"a", max}}), "too large");
  EXPECT_EQ(valueOf("a*a", {{"a", max}}), "too large");
  EXPECT_EQ(valueOf("-a", {{"a", min}}), "too large");
  EXPECT_EQ(valueOf("a//-1", {{"a", min}}), "too large");
  EXPECT_EQ(valueOf("a % -1", {{"a", min}}), "too large");
  // Results that fit are exact however large.
  EXPECT_EQ(valueOf("a - b", {{"a", -1}, {"b", min}}), std::to_string(max));
  EXPECT_EQ(valueOf("floor(a/2)", {{"a", max}}), std::to_string(max / 2));
}

TEST(DimExpression, ListsItsTermsOnceInOrder) {
  EXPECT_EQ(DimExpression("b*Max(a.1, b, 2) - _c").terms(),
            Names({"b", "a.1", "_c"}));
  EXPECT_EQ(DimExpression("seq").terms(), Names({"seq"}));
  EXPECT_EQ(DimExpression("2*3").terms(), Names());
  // A function's name alone is a name.
  EXPECT_EQ(DimExpression("floor").terms(), Names({"floor"}));
  EXPECT_FALSE(DimExpression("floor").isCompound());
  EXPECT_EQ(DimExpression("l\xc3\xa4nge//2").terms(), Names({"l\xc3\xa4nge"}));
}

TEST(DimExpression, IsOneNameWhereItIsNoExpression) {
  for (const char *text : {"",
                           " ",
                           "?",
                           "unk__12:0",
                           "a b",
                           "2x",
                           "a +",
                           "* a",
                           "(a",
                           "a)",
                           "()",
                           "a(b)",
                           "floor()",
                           "floor(a, b)",
                           "Mod(a)",
                           "Min()",
                           "Min(a,)",
                           "a ** ",
                           "1e5",
                           ".5",
                           "1.2.3",
                           "a[0]",
                           "a, b",
                           "a\n+ b",
                           "a == b",
                           "0.1*a",
                           "1.00000000000000000005*a",
                           "a\xe2\x88\x92 b?",
                           "x/"}) {
    DimExpression expression(text);
    EXPECT_EQ(expression.terms(), Names({text}));
    EXPECT_FALSE(expression.isCompound()) << text;
    EXPECT_EQ(valueOf(text, {{text, 3}}), "3") << text;
  }
}

std::string nested(unsigned depth, const char *open, const char *close) {
  std::string text;
  for (unsigned i = 0; i < depth; ++i)
    text += open;
  text += "a";
  for (unsigned i = 0; i < depth; ++i)
    text += close;
  return text;
}

TEST(DimExpression, IsOneNameWhereItPassesTheLimits) {
  struct Nest {
    const char *open, *close;
  };
  for (Nest nest : {Nest{"(", ")"}, Nest{"floor(", ")"}, Nest{"Min(1, ", ")"},
                    Nest{"1**", ""}}) {
    EXPECT_TRUE(DimExpression(nested(64, nest.open, nest.close)).isCompound());
    EXPECT_FALSE(DimExpression(nested(65, nest.open, nest.close)).isCompound());
  }
  // Signs do not nest.
  EXPECT_EQ(valueOf(nested(4095, "-", ""), {{"a", 3}}), "-3");
  EXPECT_FALSE(DimExpression(nested(4096, "-", "")).isCompound());
  EXPECT_EQ(valueOf(nested(2047, "", "+1")), "open");
  EXPECT_EQ(valueOf(nested(2047, "", "+1"), {{"a", 3}}), "2050");
  // Far beyond every limit.
  EXPECT_FALSE(DimExpression(nested(1000000, "(", ")")).isCompound());
}

TEST(DimExpression, ComparesWhatItReads) {
  EXPECT_EQ(DimExpression("a+b"), DimExpression(" (a) + b"));
  EXPECT_EQ(DimExpression("a//2"), DimExpression("FloorDiv(a, 2)"));
  EXPECT_FALSE(DimExpression("a+b") == DimExpression("b+a"));
  EXPECT_FALSE(DimExpression("a+b") == DimExpression("a-b"));
  EXPECT_FALSE(DimExpression("Min(a, 2)") == DimExpression("Min(a, 2, 2)"));
}

} // namespace
