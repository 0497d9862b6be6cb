//===- Decoder.cpp - Steps of a model that generates tokens ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Decoder.h"

#include "ShortFloats.h"

#include "onnx-split/Runtime/TensorFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <numeric>

using namespace onnx_split;
using namespace onnx_split::runtime;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Prompts
//===----------------------------------------------------------------------===//

static bool isWhole(const Ort::Value &value) {
  if (!value.IsTensor())
    return false;
  auto type = value.GetTensorTypeAndShapeInfo().GetElementType();
  return type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 ||
         type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
}

std::vector<int64_t> runtime::readTokens(const Ort::Value &value) {
  if (!isWhole(value))
    return {};
  auto info = value.GetTensorTypeAndShapeInfo();
  size_t count = info.GetElementCount();
  auto read = [&](const auto *data) {
    return std::vector<int64_t>(data, data + count);
  };
  return info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64
             ? read(value.GetTensorData<int64_t>())
             : read(value.GetTensorData<int32_t>());
}

Expected<std::vector<std::vector<int64_t>>>
runtime::readPrompts(StringRef path) {
  auto value = readValue(path, ONNX_TYPE_TENSOR);
  if (!value)
    return value.takeError();
  auto wrong = [&](const llvm::Twine &what) {
    return createStringError(path + ": " + what +
                             "; a prompt is a list of tokens, int64 or int32, "
                             "and several are the rows of a matrix");
  };
  if (!isWhole(*value))
    return wrong("the elements are no int64 or int32");
  std::vector<int64_t> tokens = readTokens(*value);
  std::vector<int64_t> dims = value->GetTensorTypeAndShapeInfo().GetShape();
  if (dims.empty() || dims.size() > 2 || tokens.empty())
    return wrong("the shape is " + describeShape(dims));
  if (llvm::any_of(tokens, [](int64_t token) { return token < 0; }))
    return wrong("a token is below 0");
  std::vector<std::vector<int64_t>> prompts;
  for (auto row = tokens.begin(); row != tokens.end(); row += dims.back())
    prompts.emplace_back(row, row + dims.back());
  return prompts;
}

//===----------------------------------------------------------------------===//
// Inputs of a step
//===----------------------------------------------------------------------===//

namespace {
/// What an input counts or lists.
enum class StepInput {
  None,
  Tokens,
  /// Ones, for each token until now.
  Mask,
  /// Of the new tokens.
  Positions,
  Total,
  Past,
  /// The last position, as GroupQueryAttention takes it.
  LastPosition,
  /// Whether there is a cache to read.
  HasPast
};
} // namespace

static StepInput kindOf(StringRef name) {
  return llvm::StringSwitch<StepInput>(name)
      .Cases({"input_ids", "decoder_input_ids"}, StepInput::Tokens)
      .Cases({"attention_mask", "decoder_attention_mask"}, StepInput::Mask)
      .Cases({"position_ids", "cache_position"}, StepInput::Positions)
      .Case("total_sequence_length", StepInput::Total)
      .Case("past_sequence_length", StepInput::Past)
      .Case("seqlens_k", StepInput::LastPosition)
      .Case("use_cache_branch", StepInput::HasPast)
      .Default(StepInput::None);
}

bool runtime::isStepInput(StringRef name) {
  return kindOf(name) != StepInput::None;
}

bool runtime::isMaskInput(StringRef name) {
  return kindOf(name) == StepInput::Mask;
}

static std::vector<int64_t> listElements(StepInput kind,
                                         const DecoderStep &step) {
  int64_t total = step.past + int64_t(step.tokens.size());
  std::vector<int64_t> elements;
  switch (kind) {
  case StepInput::Tokens:
    return step.tokens;
  case StepInput::Mask:
    return std::vector<int64_t>(total, 1);
  case StepInput::Positions:
    elements.resize(step.tokens.size());
    std::iota(elements.begin(), elements.end(), step.past);
    return elements;
  case StepInput::Total:
    return {total};
  case StepInput::Past:
    return {step.past};
  case StepInput::LastPosition:
    return {total - 1};
  case StepInput::HasPast:
    return {step.past > 0};
  case StepInput::None:
    break;
  }
  return elements;
}

template <typename Element>
static void copyTo(Ort::Value &value, ArrayRef<int64_t> elements) {
  llvm::transform(
      elements, value.GetTensorMutableData<Element>(),
      [](int64_t element) { return static_cast<Element>(element); });
}

/// False where there are no such elements.
static bool fill(Ort::Value &value, ONNXTensorElementDataType type,
                 ArrayRef<int64_t> elements) {
  switch (type) {
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
    copyTo<int64_t>(value, elements);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
    copyTo<int32_t>(value, elements);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
    copyTo<float>(value, elements);
    return true;
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
    copyTo<bool>(value, elements);
    return true;
  default:
    return false;
  }
}

Expected<Ort::Value> runtime::makeStepInput(const Port &port,
                                            const DecoderStep &step) {
  std::vector<int64_t> elements = listElements(kindOf(port.name), step);
  // All axes but the last are of the batch.
  std::vector<int64_t> dims(port.dims.size(), 1);
  if (!dims.empty())
    dims.back() = int64_t(elements.size());
  bool fits = !dims.empty() || elements.size() == 1;
  for (auto [wanted, taken] : llvm::zip(dims, port.dims))
    fits &= taken < 0 || taken == wanted;
  if (!fits)
    return createStringError(
        "input '" + port.name + "' takes " + describeShape(port.dims) +
        ", but this step has " + describeShape(dims) +
        "; leave extents of tokens open in the parts, with --assume in place "
        "of --dim");
  Expected<Ort::Value> value = makeTensor(port.elementType, dims);
  if (value && !fill(*value, port.elementType, elements))
    return createStringError("input '" + port.name + "' has elements of " +
                             describeElementType(port.elementType) +
                             ", of which --generate makes none");
  return value;
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

/// The scores of the last token.
static Expected<std::vector<float>> lastScores(const Ort::Value &scores) {
  auto info = scores.GetTensorTypeAndShapeInfo();
  std::vector<int64_t> dims = info.GetShape();
  if (dims.empty() || dims.back() == 0 || info.GetElementCount() == 0)
    return createStringError("'" + ScoresName + "' has the shape " +
                             describeShape(dims) + ", in which no token is");
  size_t words = dims.back(), from = info.GetElementCount() - words;
  std::vector<float> last(words);
  if (info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    const auto *data = scores.GetTensorData<float>() + from;
    std::copy(data, data + words, last.begin());
  } else if (info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
    const auto *data =
        static_cast<const uint16_t *>(scores.GetTensorRawData()) + from;
    std::transform(data, data + words, last.begin(), fromHalf);
  } else {
    return createStringError("'" + ScoresName + "' has elements of " +
                             describeElementType(info.GetElementType()) +
                             " where float or float16 can be read");
  }
  return last;
}

/// One of the largest, with probabilities by softmax of scores / temperature.
int64_t TokenChoice::draw(ArrayRef<float> scores) {
  std::vector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  auto isLarger = [&](int64_t one, int64_t other) {
    return scores[one] != scores[other] ? scores[one] > scores[other]
                                        : one < other;
  };
  size_t count = sampling.topK > 0
                     ? std::min(size_t(sampling.topK), scores.size())
                     : scores.size();
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    isLarger);
  std::vector<double> sums(count);
  double sum = 0;
  for (size_t i = 0; i < count; ++i)
    sums[i] = sum += std::exp((double(scores[order[i]]) - scores[order[0]]) /
                              sampling.temperature);
  // Not a distribution of the library, whose results differ.
  double place = sum * double(random() >> 11) / double(uint64_t(1) << 53);
  size_t found = llvm::upper_bound(sums, place) - sums.begin();
  return order[std::min(found, count - 1)];
}

Expected<int64_t> TokenChoice::choose(const Ort::Value &scores) {
  auto last = lastScores(scores);
  if (!last)
    return last.takeError();
  if (llvm::any_of(*last, [](float score) { return std::isnan(score); }))
    return createStringError("'" + ScoresName +
                             "' has scores that are not a number");
  if (sampling.temperature > 0)
    return draw(*last);
  return llvm::max_element(*last) - last->begin();
}
