//===- FixedShapes.cpp - Symbolic extents that the user fixes -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Values of dimensions are written into declarations by way of ONNX's own
/// messages, since a declaration holds more than the dialect's types say. Only
/// what changes is rewritten.
///
//===----------------------------------------------------------------------===//

#include "FixedShapes.h"

#include "onnx-split/Target/Onnx/TypeProto.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

/// The shape inside a type, however deep, or null.
static onnx::TensorShapeProto *findShape(onnx::TypeProto &type) {
  onnx::TypeProto *inner = &type;
  while (true) {
    switch (inner->value_case()) {
    case onnx::TypeProto::kTensorType:
      return inner->tensor_type().has_shape()
                 ? inner->mutable_tensor_type()->mutable_shape()
                 : nullptr;
    case onnx::TypeProto::kSparseTensorType:
      return inner->sparse_tensor_type().has_shape()
                 ? inner->mutable_sparse_tensor_type()->mutable_shape()
                 : nullptr;
    case onnx::TypeProto::kSequenceType:
      inner = inner->mutable_sequence_type()->mutable_elem_type();
      break;
    case onnx::TypeProto::kOptionalType:
      inner = inner->mutable_optional_type()->mutable_elem_type();
      break;
    case onnx::TypeProto::kMapType:
      inner = inner->mutable_map_type()->mutable_value_type();
      break;
    default:
      return nullptr;
    }
  }
}

namespace {
/// Rewrites declarations, those alone in which something changes.
class ShapeFixer {
public:
  ShapeFixer(ModelOp modelOp, const DimValues &dimValues)
      : model(modelOp), main(modelOp.getGraph()), values(dimValues) {
    for (BlockArgument input : main.getBody().getArguments())
      inputs.insert(getValueName(input));
  }

  LogicalResult run();

private:
  /// The declarations of a graph, or of one of its lists; only those of the
  /// main graph's inputs are known by axis.
  LogicalResult fix(GraphOp graph);
  FailureOr<ArrayAttr> fix(GraphOp graph, ArrayAttr infos);
  bool changes(ValueInfoAttr info, bool isInput);
  ValueInfoAttr change(ValueInfoAttr info, bool isInput);
  /// The extent of a symbol; none where it stays.
  std::optional<int64_t> valueOf(StringRef symbol);
  LogicalResult check(GraphOp graph, ValueInfoAttr info);

  ModelOp model;
  GraphOp main;
  const DimValues &values;
  llvm::StringSet<> inputs;
  /// The answers of valueOf so far.
  llvm::StringMap<std::optional<int64_t>> extents;
};
} // namespace

std::optional<int64_t> ShapeFixer::valueOf(StringRef symbol) {
  auto [extent, isNew] = extents.try_emplace(symbol, std::nullopt);
  if (isNew && isSymbol(symbol)) {
    std::optional<int64_t> value = values.valueOf(symbol);
    if (value.value_or(-1) >= 0)
      extent->second = value;
  }
  return extent->second;
}

/// True where some extent of the declaration has a value. A change goes through
/// the message, which most declarations are spared.
bool ShapeFixer::changes(ValueInfoAttr info, bool isInput) {
  if (isInput && values.extentOf(info.getName(), 0))
    return true;
  ArrayAttr dims = getInnerDims(info.getType());
  if (!dims)
    return false;
  for (auto [axis, dim] : llvm::enumerate(dims)) {
    auto symbol = dyn_cast<StringAttr>(dim);
    if ((symbol && valueOf(symbol)) ||
        (isInput && values.extentOf(info.getName(), axis)))
      return true;
  }
  return false;
}

/// The declaration with the values in it; denotations and unknown fields stay.
ValueInfoAttr ShapeFixer::change(ValueInfoAttr info, bool isInput) {
  onnx::ValueInfoProto proto;
  exportValueInfo(info, proto);
  onnx::TensorShapeProto *shape = findShape(*proto.mutable_type());
  // Only of inputs that are tensors an axis has a value. Where not even the
  // rank is declared, the axes that have one are all.
  if (isInput && !shape && proto.type().has_tensor_type()) {
    shape = proto.mutable_type()->mutable_tensor_type()->mutable_shape();
    while (values.extentOf(proto.name(), shape->dim_size()))
      shape->add_dim();
  }
  for (int axis = 0; shape && axis < shape->dim_size(); ++axis) {
    auto &dim = *shape->mutable_dim(axis);
    std::optional<int64_t> extent;
    if (dim.has_dim_param())
      extent = valueOf(dim.dim_param());
    if (isInput && !extent)
      extent = values.extentOf(proto.name(), axis);
    if (extent)
      dim.set_dim_value(*extent);
  }
  return importValueInfo(proto, model.getContext());
}

/// Fails where an expression of the main graph has no value that can be an
/// extent, though its terms have values.
LogicalResult ShapeFixer::check(GraphOp graph, ValueInfoAttr info) {
  ArrayAttr dims = getInnerDims(info.getType());
  if (graph != main || !dims)
    return success();
  for (Attribute dim : dims)
    if (auto symbol = dyn_cast<StringAttr>(dim);
        symbol && isSymbol(symbol) && !valueOf(symbol)) {
      StringRef name = info.getName() ? info.getName().getValue() : "";
      std::string what =
          describeBadExtent(symbol, values, "the declared '" + name + "'");
      if (!what.empty())
        return graph.emitError() << what;
    }
  return success();
}

FailureOr<ArrayAttr> ShapeFixer::fix(GraphOp graph, ArrayAttr infos) {
  SmallVector<Attribute> result;
  for (auto info : infos.getAsRange<ValueInfoAttr>()) {
    bool isInput =
        graph == main && info.getName() && inputs.contains(info.getName());
    if (failed(check(graph, info)))
      return failure();
    result.push_back(changes(info, isInput) ? change(info, isInput) : info);
  }
  return ArrayAttr::get(model.getContext(), result);
}

LogicalResult ShapeFixer::fix(GraphOp graph) {
  FailureOr<ArrayAttr> inputInfos, outputInfos, valueInfos;
  if (failed(inputInfos = fix(graph, graph.getInputInfos())) ||
      failed(outputInfos = fix(graph, graph.getOutputInfos())) ||
      failed(valueInfos = fix(graph, graph.getValueInfos())))
    return failure();
  graph.setOutputInfosAttr(*outputInfos);
  graph.setValueInfosAttr(*valueInfos);
  if (*inputInfos == graph.getInputInfos())
    return success();
  graph.setInputInfosAttr(*inputInfos);
  // The values are what inference begins with.
  for (auto [argument, info] :
       llvm::zip(graph.getBody().getArguments(),
                 graph.getInputInfos().getAsRange<ValueInfoAttr>()))
    if (info.getType())
      argument.setType(info.getType());
  return success();
}

LogicalResult ShapeFixer::run() {
  WalkResult result = main->walk([&](GraphOp graph) {
    return failed(fix(graph)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult graph::fixShapes(ModelOp model, const DimValues &values) {
  return ShapeFixer(model, values).run();
}
