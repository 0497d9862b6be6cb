//===- FuzzEvaluator.cpp - Any bytes as nodes with known operands ---------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Inference/Values/Evaluate.h"

#include "llvm/ADT/StringMap.h"

using namespace onnx_split;

using Results = llvm::SmallVector<std::optional<KnownTensor>>;

static void require(bool holds) {
  if (!holds)
    __builtin_trap();
}

namespace {
/// What is known of a node's operands.
struct Operands {
  llvm::SmallVector<const KnownTensor *> values;
  llvm::SmallVector<const onnx::TypeProto *> types;
  llvm::SmallVector<bool> present;
};
} // namespace

static Results run(const onnx::NodeProto &node, int64_t opset,
                   const Operands &operands, DimSymbols &symbols) {
  return evaluate({node, opset, operands.types, operands.values,
                   operands.present, symbols});
}

static bool sameElement(const KnownTensor &a, const KnownTensor &b, int64_t i) {
  if (!a.isFloat())
    return a.integer(i) == b.integer(i);
  double x = a.real(i), y = b.real(i);
  return x == y || (x != x && y != y);
}

/// Who knows less may find less, but nothing else.
static void requireLess(const Results &less, const Results &more) {
  require(less.size() == more.size());
  for (auto [few, all] : llvm::zip(less, more)) {
    if (!few || !all)
      continue;
    require(few->elementType() == all->elementType());
    require(few->dims() == all->dims());
    for (int64_t i = 0; i < few->size(); ++i)
      require(!few->isExact(i) ||
              (all->isExact(i) && sameElement(*few, *all, i)));
  }
}

/// The value without every second of its elements.
static KnownTensor half(const KnownTensor &value, unsigned from) {
  KnownTensor result = value;
  for (int64_t i = from; i < value.size(); i += 2)
    result.setUnknown(i);
  return result;
}

static void checkNode(const onnx::NodeProto &node, int64_t opset,
                      const Operands &operands, const Results &results,
                      DimSymbols &symbols) {
  require(results.size() == size_t(node.output_size()));
  for (const std::optional<KnownTensor> &result : results)
    if (result) {
      require(result->size() <= KnownTensor::MaxElements);
      require(KnownTensor::countElements(result->dims()) == result->size());
    }
  for (size_t i = 0; i < operands.values.size(); ++i) {
    if (!operands.values[i])
      continue;
    Operands fewer = operands;
    fewer.values[i] = nullptr;
    requireLess(run(node, opset, fewer, symbols), results);
    for (unsigned from : {0, 1}) {
      KnownTensor rest = half(*operands.values[i], from);
      fewer.values[i] = &rest;
      requireLess(run(node, opset, fewer, symbols), results);
    }
  }
}

static onnx::TypeProto typeOf(const KnownTensor &value) {
  onnx::TypeProto type;
  type.mutable_tensor_type()->set_elem_type(value.elementType());
  auto *shape = type.mutable_tensor_type()->mutable_shape();
  for (int64_t extent : value.dims())
    shape->add_dim()->set_dim_value(extent);
  return type;
}

/// The nodes of a model in turn, with its initializers as known values.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onnx::ModelProto model;
  if (!model.ParseFromArray(data, int(size)) ||
      model.opset_import_size() == 0 || model.graph().node_size() > 16)
    return 0;
  int64_t opset = model.opset_import(0).version();
  llvm::StringMap<KnownTensor> known;
  for (const onnx::TensorProto &initializer : model.graph().initializer())
    if (auto value = KnownTensor::read(initializer))
      known.try_emplace(initializer.name(), std::move(*value));
  // What a value has, whatever is declared.
  llvm::StringMap<onnx::TypeProto> types;
  for (const auto &value : known)
    types.try_emplace(value.first(), typeOf(value.second));
  for (const onnx::ValueInfoProto &input : model.graph().input())
    types.try_emplace(input.name(), input.type());
  DimSymbols symbols;
  for (const onnx::NodeProto &node : model.graph().node()) {
    if (!canEvaluate(node.op_type()) || node.input_size() > 16 ||
        node.output_size() > 16)
      continue;
    Operands operands;
    for (const std::string &input : node.input()) {
      auto value = known.find(input);
      operands.values.push_back(value == known.end() ? nullptr
                                                     : &value->second);
      auto type = types.find(input);
      operands.types.push_back(type == types.end() ? nullptr : &type->second);
      operands.present.push_back(!input.empty());
    }
    Results results = run(node, opset, operands, symbols);
    checkNode(node, opset, operands, results, symbols);
    for (auto [result, name] : llvm::zip(results, node.output()))
      if (result && !known.contains(name)) {
        types.insert_or_assign(name, typeOf(*result));
        known.try_emplace(name, std::move(*result));
      }
  }
  return 0;
}
