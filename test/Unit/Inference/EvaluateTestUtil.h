//===- EvaluateTestUtil.h - Nodes for tests of the evaluator ----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TEST_UNIT_INFERENCE_EVALUATETESTUTIL_H
#define ONNX_SPLIT_TEST_UNIT_INFERENCE_EVALUATETESTUTIL_H

#include "../../../lib/Inference/Values/Evaluate.h"

#include <deque>
#include <gtest/gtest.h>

namespace onnx_split::test {

inline constexpr int32_t Float = onnx::TensorProto::FLOAT;
inline constexpr int32_t Double = onnx::TensorProto::DOUBLE;
inline constexpr int32_t Float16 = onnx::TensorProto::FLOAT16;
inline constexpr int32_t I8 = onnx::TensorProto::INT8;
inline constexpr int32_t I32 = onnx::TensorProto::INT32;
inline constexpr int32_t I64 = onnx::TensorProto::INT64;
inline constexpr int32_t U64 = onnx::TensorProto::UINT64;
inline constexpr int32_t Bool = onnx::TensorProto::BOOL;

/// An element as tests write it: a number, or what little is known of one.
struct Entry {
  Entry(int64_t number) : value(number) {}
  Entry(int64_t number, Knowledge kind) : value(number), knowledge(kind) {}

  int64_t value;
  Knowledge knowledge = Knowledge::Exact;
};

inline Entry atMost(int64_t bound) { return {bound, Knowledge::AtMost}; }
inline Entry symbol(int64_t number) { return {number, Knowledge::Symbol}; }
inline const Entry Unknown(0, Knowledge::Unknown);

/// Numbers of any type, with the given extents.
inline KnownTensor tensor(int32_t type, std::vector<int64_t> dims,
                          std::vector<Entry> entries) {
  KnownTensor result(type, dims);
  EXPECT_EQ(result.size(), int64_t(entries.size()));
  for (size_t i = 0; i < entries.size(); ++i)
    if (entries[i].knowledge == Knowledge::Unknown)
      result.setUnknown(i);
    else if (result.isFloat())
      result.setReal(i, double(entries[i].value), entries[i].knowledge);
    else
      result.setInteger(i, entries[i].value, entries[i].knowledge);
  return result;
}

inline KnownTensor list(std::vector<Entry> entries, int32_t type = I64) {
  return tensor(type, {int64_t(entries.size())}, entries);
}

inline KnownTensor scalar(Entry entry, int32_t type = I64) {
  return tensor(type, {}, {entry});
}

inline KnownTensor reals(std::vector<double> values, int32_t type = Float) {
  KnownTensor result(type, {int64_t(values.size())});
  for (size_t i = 0; i < values.size(); ++i)
    result.setReal(i, values[i]);
  return result;
}

/// Collects one node and its operands.
class Node {
public:
  explicit Node(const char *opType, int64_t version = 18) : opset(version) {
    node.set_op_type(opType);
  }

  Node &operand(KnownTensor value) {
    return add("x", std::move(value), std::nullopt);
  }
  /// A tensor whose elements are not known; an extent of -1 is open.
  Node &typed(int32_t type, std::vector<int64_t> dims);
  /// Nothing is known of it.
  Node &unknown() { return add("x", std::nullopt, std::nullopt); }
  Node &omitted() { return add("", std::nullopt, std::nullopt); }
  Node &set(const char *name, int64_t value);
  Node &set(const char *name, llvm::StringRef value);
  Node &set(const char *name, std::vector<int64_t> values);
  Node &results(int count) {
    resultCount = count;
    return *this;
  }

  llvm::SmallVector<std::optional<KnownTensor>> all();
  /// The first result.
  std::optional<KnownTensor> run() { return all()[0]; }

  DimSymbols symbols;
  onnx::NodeProto node;

private:
  Node &add(const char *name, std::optional<KnownTensor> value,
            std::optional<onnx::TypeProto> type) {
    node.add_input(name);
    values.push_back(std::move(value));
    types.push_back(std::move(type));
    return *this;
  }
  onnx::AttributeProto &attribute(const char *name,
                                  onnx::AttributeProto::AttributeType type) {
    onnx::AttributeProto *attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(type);
    return *attribute;
  }

  int64_t opset;
  int resultCount = 1;
  std::deque<std::optional<KnownTensor>> values;
  std::deque<std::optional<onnx::TypeProto>> types;
};

inline Node &Node::typed(int32_t type, std::vector<int64_t> dims) {
  onnx::TypeProto proto;
  proto.mutable_tensor_type()->set_elem_type(type);
  auto *shape = proto.mutable_tensor_type()->mutable_shape();
  for (int64_t dim : dims) {
    auto *extent = shape->add_dim();
    if (dim >= 0)
      extent->set_dim_value(dim);
  }
  return add("x", std::nullopt, proto);
}

inline Node &Node::set(const char *name, int64_t value) {
  attribute(name, onnx::AttributeProto::INT).set_i(value);
  return *this;
}

inline Node &Node::set(const char *name, llvm::StringRef value) {
  attribute(name, onnx::AttributeProto::STRING).set_s(value.str());
  return *this;
}

inline Node &Node::set(const char *name, std::vector<int64_t> list) {
  onnx::AttributeProto &proto = attribute(name, onnx::AttributeProto::INTS);
  for (int64_t value : list)
    proto.add_ints(value);
  return *this;
}

inline llvm::SmallVector<std::optional<KnownTensor>> Node::all() {
  for (int i = 0; i < resultCount; ++i)
    node.add_output("y" + std::to_string(i));
  llvm::SmallVector<const KnownTensor *> valueList;
  llvm::SmallVector<const onnx::TypeProto *> typeList;
  llvm::SmallVector<bool> present;
  for (int i = 0; i < node.input_size(); ++i) {
    valueList.push_back(values[i] ? &*values[i] : nullptr);
    typeList.push_back(types[i] ? &*types[i] : nullptr);
    present.push_back(!node.input(i).empty());
  }
  return evaluate({node, opset, typeList, valueList, present, symbols});
}

/// The first result of a node with these operands.
inline std::optional<KnownTensor> apply(const char *opType,
                                        std::vector<KnownTensor> operands,
                                        int64_t opset = 18) {
  Node node(opType, opset);
  for (KnownTensor &operand : operands)
    node.operand(std::move(operand));
  return node.run();
}

} // namespace onnx_split::test

#endif // ONNX_SPLIT_TEST_UNIT_INFERENCE_EVALUATETESTUTIL_H
