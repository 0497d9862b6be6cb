//===- CompareTest.cpp - Unit tests ---------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Compare.h"
#include "onnx-split/Runtime/TensorFiles.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace onnx_split::runtime;

static Ort::Value floats(std::vector<float> values) {
  auto tensor =
      makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {int64_t(values.size())});
  EXPECT_TRUE(bool(tensor));
  std::copy(values.begin(), values.end(),
            tensor->GetTensorMutableData<float>());
  return std::move(*tensor);
}

static constexpr float NaN = std::numeric_limits<float>::quiet_NaN();
static constexpr float Infinity = std::numeric_limits<float>::infinity();

TEST(Compare, RelativeToTheLargestValue) {
  Difference difference = compare(floats({1, -4, 2}), floats({1, -4, 2.5}));
  EXPECT_EQ(difference.absolute, 0.5);
  EXPECT_EQ(difference.relative, 0.125);
  EXPECT_EQ(difference.largest, 4);
  EXPECT_FALSE(difference.identical);
  EXPECT_EQ(difference.vacuity, Vacuity::None);
  EXPECT_TRUE(difference.isWithin({0.125, 0}));
  EXPECT_FALSE(difference.isWithin({0.124, 0}));
}

TEST(Compare, OfZerosIsAbsolute) {
  Difference difference = compare(floats({0, 0}), floats({0, 0.25}));
  EXPECT_EQ(difference.relative, 0.25);
  EXPECT_EQ(difference.vacuity, Vacuity::Constant);
}

TEST(Compare, ValuesThatAreNotFinite) {
  EXPECT_TRUE(compare(floats({NaN, 1}), floats({NaN, 1})).isWithin({0, 0}));
  EXPECT_TRUE(compare(floats({Infinity}), floats({Infinity})).isWithin({0, 0}));
  for (float other : {NaN, Infinity, -Infinity})
    EXPECT_FALSE(compare(floats({1}), floats({other})).isWithin({1e9, 0}))
        << other;
  EXPECT_FALSE(compare(floats({NaN}), floats({1})).isWithin({1e9, 0}));
}

TEST(Compare, TheLargerOfTwoTolerancesHolds) {
  Difference difference = compare(floats({100, 0}), floats({100, 1}));
  EXPECT_TRUE(difference.isWithin({0.01, 0}));
  EXPECT_TRUE(difference.isWithin({0, 1}));
  EXPECT_FALSE(difference.isWithin({0.009, 0.9}));
}

/// Equal numbers may have different bits.
TEST(Compare, Bits) {
  EXPECT_TRUE(compare(floats({0, NaN}), floats({0, NaN})).identical);
  Difference difference = compare(floats({0.0f, 1}), floats({-0.0f, 1}));
  EXPECT_FALSE(difference.identical);
  EXPECT_TRUE(difference.isWithin({0, 0}));
}

TEST(Compare, WhatSaysLittle) {
  auto vacuity = [](std::vector<float> values) {
    return compare(floats(values), floats(values)).vacuity;
  };
  EXPECT_EQ(vacuity({}), Vacuity::Empty);
  EXPECT_EQ(vacuity({NaN, NaN}), Vacuity::NaN);
  EXPECT_EQ(vacuity({NaN}), Vacuity::NaN);
  EXPECT_EQ(vacuity({Infinity, -Infinity}), Vacuity::Infinite);
  EXPECT_EQ(vacuity({Infinity, NaN}), Vacuity::NotFinite);
  EXPECT_EQ(vacuity({2, 2}), Vacuity::Constant);
  EXPECT_EQ(vacuity({2}), Vacuity::None);
  EXPECT_EQ(vacuity({2, NaN}), Vacuity::None);
}

TEST(Compare, TypesAndShapes) {
  auto integers = makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, {2});
  ASSERT_TRUE(bool(integers));
  EXPECT_EQ(compare(floats({1, 2}), *integers).mismatch,
            "int32 instead of float");
  EXPECT_EQ(compare(floats({1, 2}), floats({1})).mismatch,
            "shape 1 instead of 2");
}

/// One, its half, the smallest subnormal and an infinity.
TEST(Compare, HalfPrecision) {
  auto make = [](std::vector<uint16_t> bits) {
    auto tensor = makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16,
                             {int64_t(bits.size())});
    EXPECT_TRUE(bool(tensor));
    memcpy(tensor->GetTensorMutableRawData(), bits.data(), 2 * bits.size());
    return std::move(*tensor);
  };
  EXPECT_EQ(compare(make({0x3c00}), make({0x3800})).absolute, 0.5);
  EXPECT_EQ(compare(make({0x0000}), make({0x0001})).absolute,
            std::ldexp(1.0, -24));
  EXPECT_TRUE(compare(make({0x7c00}), make({0x7c00})).isWithin({0, 0}));
  EXPECT_FALSE(compare(make({0x7c00}), make({0xfc00})).isWithin({1e9, 0}));
}
