//===- Rounding.cpp - How exactly values can be compared ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rounding.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Support/ElementTypes.h"

#include "onnx/onnx_pb.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;
using namespace onnx_split::runtime;

/// The unit roundoff of a floating point type: 2^-p, where p is the number of
/// its significant bits; 0 for other types.
static double unitOf(int32_t elementType) {
  switch (elementType) {
  case onnx::TensorProto::DOUBLE:
  case onnx::TensorProto::COMPLEX128:
    return 0x1p-53;
  case onnx::TensorProto::FLOAT:
  case onnx::TensorProto::COMPLEX64:
    return 0x1p-24;
  case onnx::TensorProto::FLOAT16:
    return 0x1p-11;
  case onnx::TensorProto::BFLOAT16:
    return 0x1p-8;
  case onnx::TensorProto::FLOAT8E4M3FN:
  case onnx::TensorProto::FLOAT8E4M3FNUZ:
    return 0x1p-4;
  case onnx::TensorProto::FLOAT8E5M2:
  case onnx::TensorProto::FLOAT8E5M2FNUZ:
    return 0x1p-3;
  default:
    return 0;
  }
}

static int32_t elementTypeOf(Value value) {
  auto type = dyn_cast<OnnxTensorType>(value.getType());
  return type ? type.getElementType() : 0;
}

/// Numbers of which one step is little; not truth values.
static bool isWhole(int32_t elementType) {
  return bitsPerElement(elementType) > 0 && !isFloatingPoint(elementType) &&
         elementType != onnx::TensorProto::BOOL;
}

/// Operators that make whole numbers by rounding.
static bool roundsToWhole(NodeOp node) {
  StringRef type = node.getOpType();
  return type == "Cast" || type == "CastLike" || type.starts_with("Q") ||
         type.starts_with("DynamicQuantize");
}

/// Operators whose whole numbers are places, or sums of rounded ones that are
/// exact by themselves.
static bool makesPlaces(NodeOp node) {
  StringRef type = node.getOpType();
  return type == "ArgMax" || type == "ArgMin" || type == "NonZero" ||
         type == "TopK" || type == "Shape" || type == "Size" ||
         type == "Unique";
}

namespace {
/// One pass over the main graph.
class RoundingScan {
public:
  explicit RoundingScan(GraphOp main) : graph(main), constants(main) {}

  Roundings run();

private:
  double findUnit(NodeOp node) const;

  GraphOp graph;
  ConstantAnalysis constants;
  llvm::DenseMap<Value, Rounding> known;
};
} // namespace

/// The largest unit of what a node and its bodies make of what is not constant.
double RoundingScan::findUnit(NodeOp node) const {
  double unit = 0;
  node->walk([&](NodeOp inner) {
    if (!constants.isConstant(inner))
      for (Value result : inner.getResults())
        unit = std::max(unit, unitOf(elementTypeOf(result)));
  });
  return unit;
}

Roundings RoundingScan::run() {
  Roundings roundings;
  for (auto node : graph.getBody().getOps<NodeOp>()) {
    if (constants.isConstant(node))
      continue;
    Rounding before;
    bool fromReal = false;
    for (Value value : getReadValues(node)) {
      Rounding operand = known.lookup(value);
      before.unit = std::max(before.unit, operand.unit);
      before.toWhole |= operand.toWhole;
      fromReal |=
          isFloatingPoint(elementTypeOf(value)) && !constants.isConstant(value);
    }
    double unit = std::max(before.unit, findUnit(node));
    for (Value result : node.getResults()) {
      // What is given is the same in whole and parts.
      bool toWhole = isWhole(elementTypeOf(result)) &&
                     ((fromReal && before.unit > 0 && roundsToWhole(node)) ||
                      (before.toWhole && !makesPlaces(node)));
      known[result] = {unit, toWhole};
      if (StringRef name = getValueName(result); !name.empty())
        roundings[name] = {unit, toWhole};
    }
  }
  return roundings;
}

Roundings runtime::findRoundings(ModelOp model) {
  return RoundingScan(model.getGraph()).run();
}

Tolerance runtime::findTolerance(ONNXTensorElementDataType type,
                                 const Rounding &rounding) {
  double own = unitOf(toDataType(type));
  bool exact = own == 0 && !rounding.toWhole;
  if (exact)
    return {0, 0};
  double unit = std::max(own, rounding.unit);
  double steps = own == 0 ? 1 : 0;
  if (unit > 0x1p-24)
    return {16 * unit, steps};
  return {unit > 0x1p-53 ? 1e-4 : 1e-12, steps};
}
