//===- KnownTensorTest.cpp - Tests of tensors with known elements ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluateTestUtil.h"

#include <cmath>
#include <limits>

using namespace onnx_split;
using namespace onnx_split::test;

namespace {

onnx::TensorProto proto(int32_t type, std::vector<int64_t> dims) {
  onnx::TensorProto result;
  result.set_data_type(type);
  for (int64_t dim : dims)
    result.add_dims(dim);
  return result;
}

/// Written and read again.
std::optional<KnownTensor> copy(const KnownTensor &tensor) {
  onnx::TensorProto message;
  tensor.write(message);
  return KnownTensor::read(message);
}

TEST(KnownTensor, CountsWithoutOverflow) {
  constexpr int64_t Huge = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(KnownTensor::countElements({}), 1);
  EXPECT_EQ(KnownTensor::countElements({64, 64}), 4096);
  EXPECT_EQ(KnownTensor::countElements({64, 65}), std::nullopt);
  EXPECT_EQ(KnownTensor::countElements({Huge, Huge, 0}), 0);
  EXPECT_EQ(KnownTensor::countElements({Huge, Huge}, Huge), std::nullopt);
  EXPECT_EQ(KnownTensor::countElements({4, -1}), std::nullopt);
  EXPECT_EQ(KnownTensor::countElements({0, -1}), std::nullopt);
  std::vector<int64_t> deep(KnownTensor::MaxRank + 1, 1);
  EXPECT_EQ(KnownTensor::countElements(deep), std::nullopt);
}

TEST(KnownTensor, WrapsAndRounds) {
  auto wrapped = [](int32_t type, int64_t value) {
    return scalar(value, type).integer(0);
  };
  EXPECT_EQ(wrapped(I8, 200), -56);
  EXPECT_EQ(wrapped(onnx::TensorProto::UINT8, -1), 255);
  EXPECT_EQ(wrapped(onnx::TensorProto::UINT32, -1), 4294967295);
  EXPECT_EQ(wrapped(I32, int64_t(1) << 31), -2147483648);
  EXPECT_EQ(wrapped(Bool, 2), 1);
  EXPECT_EQ(wrapped(U64, -1), -1);
  EXPECT_EQ(reals({0.1}).real(0), double(0.1f));
  // Ties go to the even neighbour (2 apart from 2048 on); more is infinite.
  EXPECT_EQ(reals({2049}, Float16).real(0), 2048);
  EXPECT_EQ(reals({2051}, Float16).real(0), 2052);
  EXPECT_EQ(reals({65520}, Float16).real(0), INFINITY);
  EXPECT_EQ(reals({257}, onnx::TensorProto::BFLOAT16).real(0), 256);
}

TEST(KnownTensor, WritesWhatItReads) {
  EXPECT_EQ(copy(list({-1, 127, -128}, I8)), list({-1, 127, -128}, I8));
  EXPECT_EQ(copy(list({-1, 5}, U64)), list({-1, 5}, U64));
  EXPECT_EQ(copy(reals({0.5, -0.1, NAN})), reals({0.5, -0.1, NAN}));
  EXPECT_EQ(copy(reals({0.1}, Double)), reals({0.1}, Double));
  EXPECT_EQ(copy(reals({-2.5}, Float16)), reals({-2.5}, Float16));
  EXPECT_EQ(copy(tensor(Bool, {1, 2, 1}, {1, 0})),
            tensor(Bool, {1, 2, 1}, {1, 0}));
  // A bound is written as a number; the file cannot say otherwise.
  EXPECT_EQ(copy(list({atMost(7)})), list({7}));
}

TEST(KnownTensor, ReadsFieldsByType) {
  onnx::TensorProto half = proto(Float16, {2});
  half.add_int32_data(0x3c00);
  half.add_int32_data(0xc000);
  EXPECT_EQ(KnownTensor::read(half), reals({1, -2}, Float16));
  onnx::TensorProto unsigned32 = proto(onnx::TensorProto::UINT32, {1});
  unsigned32.add_uint64_data(4294967295);
  EXPECT_EQ(KnownTensor::read(unsigned32),
            list({4294967295}, onnx::TensorProto::UINT32));
  onnx::TensorProto doubles = proto(Double, {});
  doubles.add_double_data(0.1);
  EXPECT_EQ(KnownTensor::read(doubles)->real(0), 0.1);
}

TEST(KnownTensor, ReadsNothingWhereValuesAreMissing) {
  onnx::TensorProto shorter = proto(I64, {3});
  shorter.set_raw_data(std::string(16, 0));
  EXPECT_EQ(KnownTensor::read(shorter), std::nullopt);
  shorter.set_raw_data(std::string(32, 0));
  EXPECT_EQ(KnownTensor::read(shorter), std::nullopt);
  shorter.set_raw_data(std::string(24, 0));
  EXPECT_EQ(KnownTensor::read(shorter), list({0, 0, 0}));
  shorter.set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_EQ(KnownTensor::read(shorter), std::nullopt);
  EXPECT_EQ(KnownTensor::read(proto(I64, {2})), std::nullopt);
  EXPECT_EQ(KnownTensor::read(proto(I64, {int64_t(1) << 40})), std::nullopt);
  EXPECT_EQ(KnownTensor::read(proto(I64, {-2})), std::nullopt);
  EXPECT_EQ(KnownTensor::read(proto(onnx::TensorProto::STRING, {0})),
            std::nullopt);
  EXPECT_EQ(KnownTensor::read(proto(I64, {0})), list({}));
}

TEST(KnownTensor, IsAShape) {
  DimSymbols symbols;
  onnx::TensorShapeProto shape;
  shape.add_dim()->set_dim_value(3);
  shape.add_dim()->set_dim_param("batch");
  shape.add_dim();
  shape.add_dim()->set_dim_value(-1);
  shape.add_dim()->set_dim_param("batch");
  KnownTensor extents = KnownTensor::fromShape(shape, symbols);
  EXPECT_EQ(extents, list({3, symbol(0), Unknown, Unknown, symbol(0)}));
  EXPECT_EQ(symbols.name(0), "batch");

  onnx::TensorShapeProto written;
  list({symbol(0), atMost(8), Unknown, -1}).write(written, symbols);
  ASSERT_EQ(written.dim_size(), 4);
  EXPECT_EQ(written.dim(0).dim_param(), "batch");
  EXPECT_EQ(written.dim(1).dim_value(), 8);
  EXPECT_EQ(written.dim(2).value_case(), 0);
  EXPECT_EQ(written.dim(3).value_case(), 0);
}

TEST(KnownTensor, Compares) {
  EXPECT_FALSE(list({1}) == list({2}));
  EXPECT_FALSE(list({1}) == list({1}, I32));
  EXPECT_FALSE(list({1}) == scalar(1));
  EXPECT_FALSE(list({1}) == list({atMost(1)}));
  EXPECT_TRUE(list({Unknown}) == list({Unknown}));
}

} // namespace
