//===- DecoderTest.cpp - Steps of a model that generates tokens -----------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Decoder.h"
#include "onnx-split/Runtime/TensorFiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace onnx_split::runtime;

/// The token, or -1 where there is none.
static int64_t chosen(TokenChoice &choice, const Ort::Value &scores) {
  auto token = choice.choose(scores);
  if (token)
    return *token;
  llvm::consumeError(token.takeError());
  return -1;
}

template <typename T> static bool fails(llvm::Expected<T> value) {
  if (value)
    return false;
  llvm::consumeError(value.takeError());
  return true;
}

static Port
makePort(const char *name, std::vector<int64_t> dims,
         ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64) {
  Port port;
  port.name = name;
  port.kind = ONNX_TYPE_TENSOR;
  port.elementType = type;
  port.dims = std::move(dims);
  port.symbols.resize(port.dims.size());
  return port;
}

/// The elements of an input of a step with three new tokens behind four.
static std::vector<int64_t> elementsOf(const char *name,
                                       std::vector<int64_t> dims) {
  std::vector<int64_t> tokens = {7, 5, 9};
  auto value = makeStepInput(makePort(name, std::move(dims)), {tokens, 4});
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    return {};
  }
  return readTokens(*value);
}

TEST(DecoderTest, InputsOfAStep) {
  EXPECT_EQ(elementsOf("input_ids", {-1, -1}), (std::vector<int64_t>{7, 5, 9}));
  EXPECT_EQ(elementsOf("attention_mask", {1, -1}), std::vector<int64_t>(7, 1));
  EXPECT_EQ(elementsOf("position_ids", {-1, 3}),
            (std::vector<int64_t>{4, 5, 6}));
  EXPECT_EQ(elementsOf("cache_position", {-1}),
            (std::vector<int64_t>{4, 5, 6}));
  EXPECT_EQ(elementsOf("total_sequence_length", {}), std::vector<int64_t>{7});
  EXPECT_EQ(elementsOf("past_sequence_length", {1}), std::vector<int64_t>{4});
  EXPECT_EQ(elementsOf("seqlens_k", {1, 1}), std::vector<int64_t>{6});
  EXPECT_TRUE(isStepInput("use_cache_branch"));
  EXPECT_FALSE(isStepInput("past_key_values.0.key"));
}

TEST(DecoderTest, OtherTypesAndExtents) {
  std::vector<int64_t> tokens = {7, 5};
  auto mask = makeStepInput(
      makePort("attention_mask", {1, -1}, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT),
      {tokens, 1});
  ASSERT_TRUE(bool(mask));
  EXPECT_EQ(mask->GetTensorData<float>()[2], 1.0f);
  auto branch = makeStepInput(
      makePort("use_cache_branch", {1}, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL),
      {tokens, 0});
  ASSERT_TRUE(bool(branch));
  EXPECT_FALSE(branch->GetTensorData<bool>()[0]);
  EXPECT_TRUE(fails(makeStepInput(makePort("input_ids", {1, 1}), {tokens, 0})));
  EXPECT_TRUE(fails(makeStepInput(makePort("input_ids", {}), {tokens, 0})));
  EXPECT_TRUE(fails(makeStepInput(
      makePort("input_ids", {1, -1}, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8),
      {tokens, 0})));
}

/// Scores [1, 2, words], of which the first token's are misleading.
static Ort::Value makeScores(std::vector<float> last) {
  auto words = int64_t(last.size());
  auto value = llvm::cantFail(
      makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {1, 2, words}));
  auto *data = value.GetTensorMutableData<float>();
  std::fill(data, data + words, 0.0f);
  data[0] = 100;
  std::copy(last.begin(), last.end(), data + words);
  return value;
}

TEST(DecoderTest, TakesTheFirstOfTheLargest) {
  TokenChoice choice(Sampling(), 0);
  EXPECT_EQ(chosen(choice, makeScores({-3, 2, -1, 2})), 1);
  EXPECT_EQ(chosen(choice, makeScores({-3, -2, -INFINITY})), 1);
  EXPECT_EQ(chosen(choice, makeScores({1, NAN})), -1);
}

TEST(DecoderTest, ReadsHalfPrecision) {
  auto value = llvm::cantFail(
      makeTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, {1, 1, 5}));
  // -2, 0.5, the smallest number above 0, 65504, a little more than 0.5.
  uint16_t bits[] = {0xc000, 0x3800, 0x0001, 0x7bff, 0x3801};
  std::copy(std::begin(bits), std::end(bits),
            static_cast<uint16_t *>(value.GetTensorMutableRawData()));
  TokenChoice choice(Sampling(), 0);
  EXPECT_EQ(chosen(choice, value), 3);
  static_cast<uint16_t *>(value.GetTensorMutableRawData())[3] = 0xfbff;
  EXPECT_EQ(chosen(choice, value), 4);
}

/// As often as softmax says, and never beyond the K largest.
TEST(DecoderTest, DrawsByProbability) {
  Sampling sampling;
  sampling.topK = 3;
  sampling.temperature = 2;
  TokenChoice choice(sampling, 0);
  Ort::Value scores = makeScores({2, -8, 4, 0, 1.9f});
  constexpr int draws = 20000;
  std::vector<int> counts(5, 0);
  for (int i = 0; i < draws; ++i)
    ++counts[llvm::cantFail(choice.choose(scores))];
  double weights[] = {std::exp(1.0), 0, std::exp(2.0), 0, std::exp(0.95)};
  double sum = weights[0] + weights[2] + weights[4];
  for (int word = 0; word < 5; ++word)
    EXPECT_NEAR(double(counts[word]) / draws, weights[word] / sum, 0.02);
}

TEST(DecoderTest, SequencesDrawApart) {
  Sampling sampling;
  sampling.temperature = 1;
  Ort::Value scores = makeScores(std::vector<float>(100, 0.0f));
  auto drawn = [&](uint64_t seed, int64_t sequence) {
    sampling.seed = seed;
    TokenChoice choice(sampling, sequence);
    std::vector<int64_t> tokens;
    for (int i = 0; i < 20; ++i)
      tokens.push_back(llvm::cantFail(choice.choose(scores)));
    return tokens;
  };
  EXPECT_EQ(drawn(1, 0), drawn(1, 0));
  EXPECT_NE(drawn(1, 0), drawn(1, 1));
  EXPECT_NE(drawn(1, 0), drawn(2, 0));
}
