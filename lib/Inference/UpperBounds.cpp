//===- UpperBounds.cpp - Extents that depend on data ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UpperBounds.h"

#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace onnx_split;
using namespace onnx_split::graph;

/// How the extents of an operator's results follow from those of its operands.
enum class Growth {
  /// The rule of the operator, with bounds for extents, gives bounds.
  ByRule,
  /// Operands are broadcast against each other.
  Broadcast,
  /// Reshape: a -1 takes what the other extents leave.
  Reshape
};

/// `values`: bit i is set where the elements of operand i may be bounds as
/// well: sizes, ends and counts, but not starts, axes or indices.
struct UpperBounds::Rule {
  Growth growth = Growth::ByRule;
  unsigned values = 0;
};

/// Operators whose own rule gives bounds where extents are bounds.
static const char *const ByRule[] = {"Abs",
                                     "Acos",
                                     "ArgMax",
                                     "ArgMin",
                                     "Asin",
                                     "Atan",
                                     "AveragePool",
                                     "BatchNormalization",
                                     "BitwiseNot",
                                     "Cast",
                                     "Ceil",
                                     "Celu",
                                     "Compress",
                                     "Concat",
                                     "Conv",
                                     "Cos",
                                     "CumSum",
                                     "DepthToSpace",
                                     "DequantizeLinear",
                                     "Dropout",
                                     "Elu",
                                     "Erf",
                                     "Exp",
                                     "Flatten",
                                     "Floor",
                                     "Gather",
                                     "GatherElements",
                                     "GatherND",
                                     "Gelu",
                                     "Gemm",
                                     "GlobalAveragePool",
                                     "GlobalMaxPool",
                                     "HardSigmoid",
                                     "HardSwish",
                                     "Hardmax",
                                     "Identity",
                                     "If",
                                     "InstanceNormalization",
                                     "IsInf",
                                     "IsNaN",
                                     "LayerNormalization",
                                     "LeakyRelu",
                                     "Log",
                                     "LogSoftmax",
                                     "Loop",
                                     "LpNormalization",
                                     "MatMul",
                                     "MatMulInteger",
                                     "MaxPool",
                                     "Mish",
                                     "Neg",
                                     "NonMaxSuppression",
                                     "NonZero",
                                     "Not",
                                     "PRelu",
                                     "QLinearConv",
                                     "QLinearMatMul",
                                     "QuantizeLinear",
                                     "Reciprocal",
                                     "ReduceL1",
                                     "ReduceL2",
                                     "ReduceLogSum",
                                     "ReduceLogSumExp",
                                     "ReduceMax",
                                     "ReduceMean",
                                     "ReduceMin",
                                     "ReduceProd",
                                     "ReduceSum",
                                     "ReduceSumSquare",
                                     "Relu",
                                     "RoiAlign",
                                     "Round",
                                     "Scan",
                                     "ScatterElements",
                                     "ScatterND",
                                     "Selu",
                                     "Shape",
                                     "Shrink",
                                     "Sigmoid",
                                     "Sign",
                                     "Sin",
                                     "Size",
                                     "Softmax",
                                     "Softplus",
                                     "Softsign",
                                     "SpaceToDepth",
                                     "Sqrt",
                                     "Tan",
                                     "Tanh",
                                     "ThresholdedRelu",
                                     "Transpose",
                                     "Unique",
                                     "Unsqueeze"};

/// Operators that broadcast their operands, each of which may be a bound.
static const char *const Broadcast[] = {
    "Add",        "And",         "BitShift", "BitwiseAnd", "BitwiseOr",
    "BitwiseXor", "Div",         "Equal",    "Greater",    "GreaterOrEqual",
    "Less",       "LessOrEqual", "Max",      "Mean",       "Min",
    "Mod",        "Mul",         "Or",       "Pow",        "Sub",
    "Sum",        "Where",       "Xor"};

const UpperBounds::Rule *UpperBounds::findRule(NodeOp node) {
  static const llvm::StringMap<Rule> rules = [] {
    llvm::StringMap<Rule> table;
    for (const char *name : ByRule)
      table[name] = {};
    for (const char *name : Broadcast)
      table[name] = {Growth::Broadcast, ~0u};
    table["Expand"] = {Growth::Broadcast, 1 << 1};
    table["Reshape"] = {Growth::Reshape, 1 << 1};
    table["ConstantOfShape"] = {Growth::ByRule, 1 << 0};
    table["Tile"] = {Growth::ByRule, 1 << 1};
    table["TopK"] = {Growth::ByRule, 1 << 1};
    table["Range"] = {Growth::ByRule, 1 << 1};
    table["Slice"] = {Growth::ByRule, 1 << 2};
    table["Pad"] = {Growth::ByRule, 1 << 1};
    table["OneHot"] = {Growth::ByRule, 1 << 1};
    table["Split"] = {Growth::ByRule, 1 << 1};
    table["Squeeze"] = {};
    table["Resize"] = {Growth::ByRule, 1 << 2 | 1 << 3};
    return table;
  }();
  if (!node.getCanonicalDomain().empty())
    return nullptr;
  auto rule = rules.find(node.getOpType());
  return rule == rules.end() ? nullptr : &rule->second;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// True where one type has a number at a place where the other is open.
static bool hasBounds(onnx::TypeProto bounded, onnx::TypeProto exact) {
  llvm::SmallVector<bool> open;
  forEachDimension(exact, [&](Dimension &dim) { open.push_back(isOpen(dim)); });
  bool found = false;
  size_t axis = 0;
  forEachDimension(bounded, [&](Dimension &dim) {
    if (dim.has_dim_value() && (axis >= open.size() || open[axis]))
      found = true;
    ++axis;
  });
  return found;
}

bool UpperBounds::hasBoundedValue(unsigned operand) const {
  if (operand >= operands.size() || !operands[operand] ||
      !operands[operand]->value)
    return false;
  const KnownTensor &value = *operands[operand]->value;
  for (int64_t i = 0, e = value.size(); i < e; ++i)
    if (value.knowledge(i) == Knowledge::AtMost)
      return true;
  return false;
}

bool UpperBounds::restsOnBounds(unsigned operand) const {
  if (!operands[operand])
    return false;
  const ValueState *without = exact.find(node.getInputs()[operand]);
  return !without || hasBounds(operands[operand]->type, without->type) ||
         hasBoundedValue(operand);
}

std::optional<UpperBounds::Extents>
UpperBounds::extentsOf(unsigned operand) const {
  if (operand >= operands.size() || !operands[operand])
    return std::nullopt;
  const onnx::TypeProto &type = operands[operand]->type;
  const ValueState *without = exact.find(node.getInputs()[operand]);
  if (!type.tensor_type().has_shape())
    return std::nullopt;
  const auto &shape = type.tensor_type().shape();
  const onnx::TensorShapeProto *exactShape =
      without && without->type.tensor_type().has_shape()
          ? &without->type.tensor_type().shape()
          : nullptr;
  Extents extents;
  for (int i = 0; i < shape.dim_size(); ++i) {
    Extent &extent = extents.emplace_back();
    if (!shape.dim(i).has_dim_value())
      continue;
    extent.number = shape.dim(i).dim_value();
    extent.isExact = exactShape && i < exactShape->dim_size() &&
                     exactShape->dim(i).has_dim_value();
    extent.isBound = !extent.isExact;
  }
  return extents;
}

std::optional<UpperBounds::Extents>
UpperBounds::elementsOf(unsigned operand) const {
  if (operand >= operands.size() || !operands[operand] ||
      !operands[operand]->value || operands[operand]->value->isFloat())
    return std::nullopt;
  const KnownTensor &value = *operands[operand]->value;
  Extents extents;
  for (int64_t i = 0, e = value.size(); i < e; ++i) {
    Extent &extent = extents.emplace_back();
    extent.isExact = value.knowledge(i) == Knowledge::Exact;
    extent.isBound = value.knowledge(i) == Knowledge::AtMost;
    if (extent.isKnown())
      extent.number = value.integer(i);
  }
  return extents;
}

std::optional<int64_t> UpperBounds::countElements(unsigned operand) const {
  std::optional<Extents> extents = extentsOf(operand);
  if (!extents)
    return std::nullopt;
  int64_t count = 1;
  for (const Extent &extent : *extents)
    if (!extent.isKnown() ||
        __builtin_mul_overflow(count, extent.number, &count))
      return std::nullopt;
  return count;
}

std::optional<int64_t> UpperBounds::findInt(llvm::StringRef name) const {
  for (const onnx::AttributeProto &attribute : message.attribute())
    if (name == attribute.name() && attribute.has_i())
      return attribute.i();
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// What rests on bounds
//===----------------------------------------------------------------------===//

static void setShape(ValueState &result, size_t rank) {
  auto *shape = result.type.mutable_tensor_type()->mutable_shape();
  shape->clear_dim();
  for (size_t i = 0; i < rank; ++i)
    shape->add_dim();
}

/// Null where the result has no such axis.
static Dimension *getDim(ValueState &result, int64_t axis) {
  if (!result.type.has_tensor_type() ||
      !result.type.tensor_type().has_shape() || axis < 0 ||
      axis >= result.type.tensor_type().shape().dim_size())
    return nullptr;
  return result.type.mutable_tensor_type()->mutable_shape()->mutable_dim(
      int(axis));
}

/// An exact extent other than 1 decides; 1 gives way to all others.
void UpperBounds::broadcast(ValueState &result) {
  llvm::SmallVector<Extents> shapes;
  size_t rank = 0;
  for (unsigned i = 0; i < operands.size(); ++i) {
    bool isTarget = node.getOpType() == "Expand" && i == 1;
    std::optional<Extents> extents = isTarget ? elementsOf(i) : extentsOf(i);
    if (!extents) {
      result.type.mutable_tensor_type()->clear_shape();
      return;
    }
    rank = std::max(rank, extents->size());
    shapes.push_back(std::move(*extents));
  }
  setShape(result, rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t limit = 1;
    bool isDecided = false, isOpenHere = false;
    for (const Extents &extents : shapes) {
      if (axis + extents.size() < rank)
        continue;
      const Extent &extent = extents[axis + extents.size() - rank];
      if (extent.isExact && extent.number != 1) {
        limit = extent.number;
        isDecided = true;
        break;
      }
      isOpenHere |= !extent.isKnown();
      limit = std::max(limit, extent.number);
    }
    if (isDecided || !isOpenHere)
      getDim(result, axis)->set_dim_value(limit);
  }
}

void UpperBounds::reshape(ValueState &result) {
  std::optional<Extents> target = elementsOf(1), data = extentsOf(0);
  std::optional<int64_t> count = countElements(0);
  if (!target) {
    result.type.mutable_tensor_type()->clear_shape();
    return;
  }
  bool keepsZero = findInt("allowzero").value_or(0) != 0;
  setShape(result, target->size());
  // What a -1 has at most, where all other extents are exact.
  std::optional<int64_t> left = count;
  int wildcard = -1;
  for (auto [axis, extent] : llvm::enumerate(*target)) {
    if (extent.isExact && extent.number == -1) {
      wildcard = int(axis);
      continue;
    }
    if (extent.isExact && extent.number == 0 && !keepsZero) {
      extent = data && axis < data->size() ? (*data)[axis] : Extent();
    }
    if (extent.isKnown() && extent.number >= 0)
      getDim(result, axis)->set_dim_value(extent.number);
    left = left && extent.isExact && extent.number > 0
               ? std::optional<int64_t>(*left / extent.number)
               : std::nullopt;
  }
  if (wildcard >= 0 && left)
    getDim(result, wildcard)->set_dim_value(*left);
}

/// Shape and Size: bounds of extents are bounds of values.
void UpperBounds::markValues(ValueState &result) {
  std::optional<Extents> extents = extentsOf(0);
  if (!result.value || !extents)
    return;
  if (node.getOpType() == "Size") {
    if (!llvm::all_of(*extents, [](const Extent &e) { return e.isExact; }) &&
        result.value->isExact(0))
      result.value->setInteger(0, result.value->integer(0), Knowledge::AtMost);
    return;
  }
  int64_t rank = extents->size(), start = findInt("start").value_or(0);
  start = std::clamp<int64_t>(start < 0 ? start + rank : start, 0, rank);
  for (int64_t i = 0, e = result.value->size(); i < e && start + i < rank; ++i)
    if ((*extents)[start + i].isBound)
      result.value->setInteger(i, (*extents)[start + i].number,
                               Knowledge::AtMost);
}

//===----------------------------------------------------------------------===//
// What depends on data
//===----------------------------------------------------------------------===//

void UpperBounds::bound(ValueState &result, int64_t axis,
                        std::optional<int64_t> limit) {
  Dimension *dim = getDim(result, axis);
  if (dim && !dim->has_dim_value() && limit && *limit >= 0)
    dim->set_dim_value(*limit);
}

void UpperBounds::introduce(std::vector<ValueState> &results) {
  if (!node.getCanonicalDomain().empty() || results.empty())
    return;
  llvm::StringRef op = node.getOpType();
  std::optional<Extents> data = extentsOf(0);
  int64_t rank = data ? int64_t(data->size()) : 0;
  auto fromFront = [&](int64_t axis) { return axis < 0 ? axis + rank : axis; };
  auto extent = [&](int64_t axis) -> std::optional<int64_t> {
    if (axis < 0 || axis >= rank || !(*data)[axis].isKnown())
      return std::nullopt;
    return (*data)[axis].number;
  };
  if (op == "NonZero") {
    bound(results[0], 1, countElements(0));
  } else if (op == "Compress" || op == "Unique") {
    // Without an axis they take from all elements.
    std::optional<int64_t> given = findInt("axis");
    int64_t axis = fromFront(given.value_or(0));
    std::optional<int64_t> limit = given ? extent(axis) : countElements(0);
    bound(results[0], axis, limit);
    // Indices and counts of Unique.
    for (ValueState &other : llvm::drop_begin(results))
      bound(other, 0, limit);
  } else if (op == "TopK") {
    int64_t axis = fromFront(findInt("axis").value_or(-1));
    for (ValueState &result : results)
      bound(result, axis, extent(axis));
  } else if (op == "Slice" && data) {
    // A slice is never longer than what it is cut from.
    if (!results[0].type.tensor_type().has_shape())
      setShape(results[0], data->size());
    for (int64_t axis = 0; axis < rank; ++axis)
      bound(results[0], axis, extent(axis));
  } else if (op == "NonMaxSuppression") {
    // Boxes [batch, boxes, 4], scores [batch, classes, boxes].
    std::optional<Extents> scores = extentsOf(1);
    std::optional<Extents> limit = elementsOf(2);
    if (!scores || scores->size() != 3 ||
        !llvm::all_of(*scores, [](const Extent &e) { return e.isKnown(); }))
      return;
    int64_t perClass = (*scores)[2].number, count;
    if (limit && limit->size() == 1 && (*limit)[0].isKnown())
      perClass = std::clamp<int64_t>((*limit)[0].number, 0, perClass);
    if (!__builtin_mul_overflow((*scores)[0].number, (*scores)[1].number,
                                &count) &&
        !__builtin_mul_overflow(count, perClass, &count))
      bound(results[0], 0, count);
  }
}

//===----------------------------------------------------------------------===//
// apply
//===----------------------------------------------------------------------===//

void UpperBounds::apply(std::vector<ValueState> &results) {
  const Rule *rule = findRule(node);
  bool rests = false, allowed = rule != nullptr;
  // Which axes have one element is not known of a bound.
  if (node.isStandardOp("Squeeze") && message.input_size() < 2 &&
      message.attribute().empty())
    allowed = false;
  for (unsigned i = 0; i < operands.size(); ++i) {
    rests |= restsOnBounds(i);
    // What is looked at, and is no size, must be exact.
    if (rule && hasBoundedValue(i) && !(rule->values >> i & 1) && i > 0 &&
        node.getBodies().empty() && node.getOpType() != "Concat")
      allowed = false;
  }
  if (rests && allowed && rule->growth == Growth::Broadcast)
    broadcast(results[0]);
  else if (rests && allowed && rule->growth == Growth::Reshape)
    reshape(results[0]);
  if (node.isStandardOp("Shape") || node.isStandardOp("Size"))
    markValues(results[0]);
  if (rests && !allowed)
    for (auto [result, value] : llvm::zip(results, node.getResults()))
      if (const ValueState *without = exact.find(value))
        result = *without;
  introduce(results);
  // What is exact stays so.
  for (auto [result, value] : llvm::zip(results, node.getResults())) {
    const ValueState *without = exact.find(value);
    if (!without)
      continue;
    if (without->value && without->value->isExact())
      result.value = without->value;
    if (!without->type.tensor_type().has_shape())
      continue;
    const auto &shape = without->type.tensor_type().shape();
    if (!result.type.tensor_type().has_shape() ||
        result.type.tensor_type().shape().dim_size() != shape.dim_size()) {
      result.type = without->type;
      continue;
    }
    for (int i = 0; i < shape.dim_size(); ++i)
      if (shape.dim(i).has_dim_value())
        getDim(result, i)->set_dim_value(shape.dim(i).dim_value());
  }
}
