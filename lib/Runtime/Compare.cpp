//===- Compare.cpp - How far two values are apart -------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Runtime/Compare.h"

#include "ShortFloats.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace onnx_split;
using namespace onnx_split::runtime;

static constexpr double Infinity = std::numeric_limits<double>::infinity();

namespace {
/// Walks over the elements of one or several pairs of tensors.
class Comparison {
public:
  void addValues(const Ort::Value &expected, const Ort::Value &actual);
  Difference finish();

private:
  void addTensors(const Ort::Value &expected, const Ort::Value &actual);
  void addStrings(const Ort::Value &expected, const Ort::Value &actual,
                  size_t count);
  void add(double expected, double actual);
  template <typename Element, typename ToDouble>
  void addAll(const Ort::Value &expected, const Ort::Value &actual,
              size_t count, ToDouble toDouble) {
    auto *left = static_cast<const Element *>(expected.GetTensorRawData());
    auto *right = static_cast<const Element *>(actual.GetTensorRawData());
    for (size_t i = 0; i < count; ++i)
      add(toDouble(left[i]), toDouble(right[i]));
  }

  Difference result;
  Vacuity findVacuity() const;
  /// What was expected: the number of elements; how many of them are NaN, and
  /// infinite; the first one; whether another one is not as that.
  uint64_t total = 0, nans = 0, infinities = 0;
  double first = 0;
  bool varies = false;
};
} // namespace

void Comparison::add(double expected, double actual) {
  if (std::isfinite(expected))
    result.largest = std::max(result.largest, std::fabs(expected));
  nans += std::isnan(expected);
  infinities += std::isinf(expected);
  if (total++ == 0)
    first = expected;
  varies |= expected != first;
  if (expected == actual || (std::isnan(expected) && std::isnan(actual)))
    return;
  double apart = std::fabs(expected - actual);
  result.absolute =
      std::max(result.absolute, std::isfinite(apart) ? apart : Infinity);
}

void Comparison::addStrings(const Ort::Value &expected,
                            const Ort::Value &actual, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    std::string left = expected.GetStringTensorElement(i);
    ++total;
    varies |= i > 0 && left != expected.GetStringTensorElement(0);
    if (left != actual.GetStringTensorElement(i)) {
      result.mismatch = "another text at element " + std::to_string(i);
      return;
    }
  }
}

void Comparison::addTensors(const Ort::Value &expected,
                            const Ort::Value &actual) {
  auto left = expected.GetTensorTypeAndShapeInfo();
  auto right = actual.GetTensorTypeAndShapeInfo();
  if (left.GetElementType() != right.GetElementType()) {
    result.mismatch = describeElementType(right.GetElementType()) +
                      " instead of " +
                      describeElementType(left.GetElementType());
    return;
  }
  if (left.GetShape() != right.GetShape()) {
    result.mismatch = "shape " + describeShape(right.GetShape()) +
                      " instead of " + describeShape(left.GetShape());
    return;
  }
  size_t count = left.GetElementCount();
  if (size_t bytes = getTensorBytes(expected); bytes > 0)
    result.identical &= memcmp(expected.GetTensorRawData(),
                               actual.GetTensorRawData(), bytes) == 0;
  auto plain = [](auto value) { return double(value); };
  switch (left.GetElementType()) {
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
    return addAll<float>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
    return addAll<double>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
    return addAll<uint16_t>(expected, actual, count, fromHalf);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16:
    return addAll<uint16_t>(expected, actual, count, fromBFloat);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8:
    return addAll<int8_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
    return addAll<uint8_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16:
    return addAll<int16_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16:
    return addAll<uint16_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
    return addAll<int32_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32:
    return addAll<uint32_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
    return addAll<int64_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64:
    return addAll<uint64_t>(expected, actual, count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX64:
    return addAll<float>(expected, actual, 2 * count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX128:
    return addAll<double>(expected, actual, 2 * count, plain);
  case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING:
    return addStrings(expected, actual, count);
  default:
    break;
  }
  // 8-bit floats and elements of less than a byte: same bits or not.
  total += count;
  varies = true;
  if (getTensorBytes(expected) == 0 && count > 0)
    result.mismatch = "elements of a type that cannot be compared";
  else if (!result.identical)
    result.mismatch = "other bits";
}

void Comparison::addValues(const Ort::Value &expected,
                           const Ort::Value &actual) {
  if (expected.HasValue() != actual.HasValue()) {
    result.mismatch =
        expected.HasValue() ? "no value" : "a value where none is";
    return;
  }
  if (!expected.HasValue())
    return;
  if (expected.IsTensor() != actual.IsTensor()) {
    result.mismatch = "a value of another kind";
    return;
  }
  if (expected.IsTensor())
    return addTensors(expected, actual);
  size_t count = expected.GetCount();
  if (count != actual.GetCount()) {
    result.mismatch = std::to_string(actual.GetCount()) +
                      " elements instead of " + std::to_string(count);
    return;
  }
  Ort::AllocatorWithDefaultOptions allocator;
  for (size_t i = 0; i < count && result.mismatch.empty(); ++i)
    addValues(expected.GetValue(int(i), allocator),
              actual.GetValue(int(i), allocator));
}

Vacuity Comparison::findVacuity() const {
  if (total == 0)
    return Vacuity::Empty;
  if (nans == total)
    return Vacuity::NaN;
  if (infinities == total)
    return Vacuity::Infinite;
  if (nans + infinities == total)
    return Vacuity::NotFinite;
  return !varies && total > 1 ? Vacuity::Constant : Vacuity::None;
}

Difference Comparison::finish() {
  result.relative = result.absolute == 0 || result.largest == 0
                        ? result.absolute
                        : result.absolute / result.largest;
  result.identical &= result.mismatch.empty();
  result.vacuity = findVacuity();
  return result;
}

Difference runtime::compare(const Ort::Value &expected,
                            const Ort::Value &actual) {
  Comparison comparison;
  auto done = guarded("cannot compare", [&] {
    comparison.addValues(expected, actual);
    return 0;
  });
  Difference result = comparison.finish();
  if (!done)
    result.mismatch = llvm::toString(done.takeError());
  return result;
}
