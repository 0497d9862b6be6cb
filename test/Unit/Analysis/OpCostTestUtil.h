//===- OpCostTestUtil.h - Short notation for cost queries -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TEST_UNIT_ANALYSIS_OPCOSTTESTUTIL_H
#define ONNX_SPLIT_TEST_UNIT_ANALYSIS_OPCOSTTESTUTIL_H

#include "onnx-split/Analysis/OpCost.h"
#include "gtest/gtest.h"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace onnx_split::test {

/// onnx::TensorProto::DataType.
enum Type : int32_t {
  F32 = 1,
  U8 = 2,
  I8 = 3,
  I32 = 6,
  I64 = 7,
  Str = 8,
  Bool = 9,
  F16 = 10,
  F64 = 11,
  BF16 = 16,
  I4 = 22,
};

/// A tensor whose type and shape are known; -1 for an open extent.
inline TensorInfo tensor(std::vector<int64_t> dims, int32_t type = F32) {
  TensorInfo info;
  info.present = info.hasRank = true;
  info.elementType = type;
  info.dims.assign(dims.begin(), dims.end());
  return info;
}

/// A tensor of which not even the rank is known.
inline TensorInfo unranked(int32_t type = F32) {
  TensorInfo info;
  info.present = true;
  info.elementType = type;
  return info;
}

/// An omitted optional operand.
inline TensorInfo omitted() { return {}; }

/// A 1-D int64 constant.
inline TensorInfo values(std::vector<int64_t> numbers) {
  TensorInfo info = tensor({int64_t(numbers.size())}, I64);
  info.isConstant = info.hasValues = true;
  info.values.assign(numbers.begin(), numbers.end());
  return info;
}

/// An attribute: INT, FLOAT, STRING, INTS, or a list of n FLOATS or STRINGS.
struct ListOf {
  int64_t size;
};
using Attribute =
    std::variant<int64_t, float, std::string, std::vector<int64_t>, ListOf>;

class Attributes : public AttributeReader {
public:
  Attributes() = default;
  Attributes(
      std::initializer_list<std::pair<const std::string, Attribute>> list)
      : map(list) {}

  std::optional<int64_t> getInt(llvm::StringRef name) const override {
    if (const auto *value = find<int64_t>(name))
      return *value;
    return std::nullopt;
  }
  std::optional<float> getFloat(llvm::StringRef name) const override {
    if (const auto *value = find<float>(name))
      return *value;
    return std::nullopt;
  }
  std::optional<llvm::StringRef>
  getString(llvm::StringRef name) const override {
    if (const auto *value = find<std::string>(name))
      return llvm::StringRef(*value);
    return std::nullopt;
  }
  std::optional<llvm::SmallVector<int64_t>>
  getInts(llvm::StringRef name) const override {
    if (const auto *value = find<std::vector<int64_t>>(name))
      return llvm::SmallVector<int64_t>(value->begin(), value->end());
    return std::nullopt;
  }
  std::optional<int64_t> getListSize(llvm::StringRef name) const override {
    if (const auto *value = find<ListOf>(name))
      return value->size;
    return std::nullopt;
  }

  std::map<std::string, Attribute> map;

private:
  template <typename T> const T *find(llvm::StringRef name) const {
    auto it = map.find(name.str());
    return it == map.end() ? nullptr : std::get_if<T>(&it->second);
  }
};

struct Options {
  std::string domain;
  int64_t opset = 28;
  std::vector<OpCost> bodies;
};

inline OpCost cost(llvm::StringRef opType, std::vector<TensorInfo> inputs,
                   std::vector<TensorInfo> outputs,
                   const Attributes &attributes = {},
                   const Options &options = {}) {
  return computeOpCost({opType, options.domain, options.opset, inputs, outputs,
                        attributes, options.bodies});
}

/// The same for an operator of ONNX Runtime.
inline OpCost msCost(llvm::StringRef opType, std::vector<TensorInfo> inputs,
                     std::vector<TensorInfo> outputs,
                     const Attributes &attributes = {}) {
  return cost(opType, std::move(inputs), std::move(outputs), attributes,
              {"com.microsoft", 1, {}});
}

/// What no formula contradicts: flops are 2 * macs and `other`.
inline void expectWork(const OpCost &actual, int64_t macs, int64_t other,
                       int32_t computeType = F32) {
  EXPECT_EQ(actual.macs, macs);
  EXPECT_EQ(actual.flops, 2 * macs + other);
  EXPECT_EQ(actual.computeType, computeType);
  EXPECT_FALSE(actual.unknown);
}

inline void expectBytes(const OpCost &actual, int64_t read, int64_t written) {
  EXPECT_EQ(actual.bytesRead, read);
  EXPECT_EQ(actual.bytesWritten, written);
}

} // namespace onnx_split::test

#endif // ONNX_SPLIT_TEST_UNIT_ANALYSIS_OPCOSTTESTUTIL_H
