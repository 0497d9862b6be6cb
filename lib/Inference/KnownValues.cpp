//===- KnownValues.cpp - Results that are known before running ------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Inference/KnownValues.h"

#include "onnx/onnx_pb.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

TensorAttr onnx_split::toAttribute(const KnownTensor &value, StringRef name,
                                   MLIRContext *context) {
  onnx::TensorProto proto;
  value.write(proto);
  proto.clear_dims();
  proto.clear_data_type();
  proto.clear_name();
  std::string rest = proto.SerializeAsString();
  return TensorAttr::get(
      context, StringAttr::get(context, name), value.elementType(),
      value.dims(), /*storage=*/0, PayloadAttr(),
      rest.empty() ? StringAttr() : StringAttr::get(context, rest));
}

TensorAttr onnx_split::getKnownValue(Value value) {
  Operation *node = value.getDefiningOp();
  auto values =
      node ? node->getAttrOfType<ArrayAttr>(KnownValuesAttrName) : ArrayAttr();
  if (!values)
    return {};
  unsigned number = cast<OpResult>(value).getResultNumber();
  return number < values.size() ? dyn_cast<TensorAttr>(values[number])
                                : TensorAttr();
}

bool onnx_split::isCopiedValue(Value value) {
  if (!getKnownValue(value))
    return false;
  auto model = value.getDefiningOp()->getParentOfType<ModelOp>();
  return model && model.getIrVersion().value_or(0) >= 4;
}
