//===- Constants.cpp - Values that depend on constants only ---------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/Constants.h"

#include "onnx-split/Inference/KnownValues.h"

#include "mlir/Transforms/RegionUtils.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

bool onnx_split::isQuantisation(NodeOp node, StringRef opType) {
  return node && node.getOpType() == opType &&
         (node.getCanonicalDomain().empty() ||
          node.getCanonicalDomain() == "com.microsoft");
}

llvm::SetVector<Value> onnx_split::getReadValues(NodeOp node) {
  llvm::SetVector<Value> values;
  for (Value input : node.getInputs())
    if (!isa<OnnxOmittedType>(input.getType()))
      values.insert(input);
  getUsedValuesDefinedAbove(node->getRegions(), values);
  return values;
}

//===----------------------------------------------------------------------===//
// ConstantAnalysis
//===----------------------------------------------------------------------===//

/// The initializers of a graph that are defaults of its inputs, by name.
static llvm::StringMap<InitializerOp> getDefaults(GraphOp graph) {
  llvm::StringMap<InitializerOp> defaults;
  if (graph.getBody().getNumArguments() > 0)
    for (auto initializer : graph.getBody().getOps<InitializerOp>())
      defaults[getValueName(initializer.getResult())] = initializer;
  return defaults;
}

InitializerOp onnx_split::getDefault(BlockArgument input) {
  auto graph = cast<GraphOp>(input.getOwner()->getParentOp());
  StringRef name = getValueName(input);
  for (auto initializer : graph.getBody().getOps<InitializerOp>())
    if (getValueName(initializer.getResult()) == name)
      return initializer;
  return {};
}

ConstantAnalysis::ConstantAnalysis(GraphOp graph) {
  auto model = graph->getParentOfType<ModelOp>();
  bool overridable = model && model.getIrVersion().value_or(0) >= 4;
  llvm::StringMap<InitializerOp> defaults = getDefaults(graph);
  for (BlockArgument input : graph.getBody().getArguments()) {
    if (!defaults.contains(getValueName(input)))
      continue;
    values.insert(input);
    if (overridable)
      replaceable.insert(input);
  }
  visit(graph);
}

void ConstantAnalysis::visit(GraphOp graph) {
  for (Operation &op : graph.getBody().front()) {
    // The default of an input has no uses: they refer to the input.
    if (isa<InitializerOp, NoneOp>(op))
      values.insert(op.getResult(0));
    auto node = dyn_cast<NodeOp>(op);
    if (!node)
      continue;
    bool constant =
        node.getBodies().empty() &&
        (node.getCanonicalDomain().empty() ||
         isQuantisation(node, "DequantizeLinear")) &&
        !isNondeterministicOp("", node.getOpType()) &&
        llvm::all_of(node.getInputs(), [&](Value input) {
          return values.contains(input) && !replaceable.contains(input);
        });
    if (constant) {
      nodes.insert(node);
      values.insert(node.result_begin(), node.result_end());
      if (node.isStandardOp("Identity") && node.getInputs().size() == 1 &&
          node.getNumResults() == 1)
        storages[node.getResult(0)] = getStorage(node.getInputs()[0]);
    }
    for (unsigned i = 0, e = node.getBodies().size(); i < e; ++i)
      visit(node.getBodyGraph(i));
  }
}

//===----------------------------------------------------------------------===//
// Foldable nodes
//===----------------------------------------------------------------------===//

Value onnx_split::getFoldedOperand(NodeOp node,
                                   const ConstantAnalysis &constants) {
  for (Value value : getReadValues(node))
    if (!constants.isConstant(value) && !isCopiedValue(value))
      return value;
  return {};
}

bool onnx_split::isFoldable(NodeOp node, const ConstantAnalysis &constants) {
  if (!node.getBodies().empty() || node.getNumResults() == 0)
    return false;
  for (Value result : node.getResults())
    if (!isCopiedValue(result) ||
        llvm::any_of(result.getUsers(),
                     [](Operation *user) { return isa<ReturnOp>(user); }))
      return false;
  return llvm::count_if(getReadValues(node), [&](Value value) {
           return !constants.isConstant(value) && !isCopiedValue(value);
         }) <= 1;
}

//===----------------------------------------------------------------------===//
// Types and values
//===----------------------------------------------------------------------===//

TensorInfo onnx_split::getTensorInfo(Value value, ExtentsUse use) {
  TensorInfo info;
  info.present = !isa<OnnxOmittedType>(value.getType());
  auto type = dyn_cast<OnnxTensorType>(getPlannedType(value, use));
  if (!type)
    return info;
  info.elementType = type.getElementType();
  info.hasRank = type.hasRank();
  if (info.hasRank)
    for (Attribute dim : type.getDims()) {
      auto extent = dyn_cast<IntegerAttr>(dim);
      info.dims.push_back(extent && extent.getInt() >= 0 ? extent.getInt()
                                                         : -1);
    }
  return info;
}

TensorAttr onnx_split::getStoredTensor(Value constant) {
  if (auto input = dyn_cast<BlockArgument>(constant)) {
    InitializerOp initializer = getDefault(input);
    return initializer ? dyn_cast<TensorAttr>(initializer.getValue())
                       : TensorAttr();
  }
  if (auto initializer = constant.getDefiningOp<InitializerOp>())
    return dyn_cast<TensorAttr>(initializer.getValue());
  auto node = constant.getDefiningOp<NodeOp>();
  if (!node || !node.isStandardOp("Constant"))
    return {};
  NodeAttr value = node.findAttribute("value");
  return value ? dyn_cast_or_null<TensorAttr>(value.getValue()) : TensorAttr();
}

/// Bytes that the file spends on a tensor.
static int64_t storedBytes(TensorAttr tensor) {
  if (PayloadAttr payload = tensor.getPayload())
    return payload.getLength();
  return tensor.getRest() ? tensor.getRest().size() : 0;
}

/// Bytes of a tensor in memory: by shape and type, or, for strings and types
/// that this version does not know, as stored.
static int64_t tensorBytes(TensorAttr tensor) {
  TensorInfo info;
  info.present = info.hasRank = true;
  info.elementType = tensor.getDataType();
  info.dims.assign(tensor.getDims().begin(), tensor.getDims().end());
  return info.bytes().value_or(storedBytes(tensor));
}

/// Bytes of a constant as its type says, or as it is stored.
static int64_t plainBytes(Value constant) {
  if (TensorAttr tensor = getStoredTensor(constant))
    return tensorBytes(tensor);
  auto initializer = constant.getDefiningOp<InitializerOp>();
  if (auto input = dyn_cast<BlockArgument>(constant))
    initializer = getDefault(input);
  if (!initializer)
    return getTensorInfo(constant).bytes().value_or(0);
  auto sparse = cast<SparseTensorAttr>(initializer.getValue());
  return tensorBytes(sparse.getValues()) +
         (sparse.getIndices() ? tensorBytes(sparse.getIndices()) : 0);
}

NodeOp onnx_split::findDequantize(Value value) {
  // Exporters write one or two.
  constexpr unsigned maxMoves = 4;
  auto node = value.getDefiningOp<NodeOp>();
  for (unsigned moves = 0; node && !node.getInputs().empty(); ++moves) {
    if (isQuantisation(node, "DequantizeLinear"))
      return moves == 0 || getStoredTensor(node.getInputs()[0]) ? node
                                                                : NodeOp();
    bool isMoved = node.isStandardOp("Transpose") ||
                   isAliasOp(node.getCanonicalDomain(), node.getOpType());
    if (!isMoved || moves == maxMoves)
      break;
    node = node.getInputs()[0].getDefiningOp<NodeOp>();
  }
  return {};
}

int64_t onnx_split::getConstantBytes(Value constant) {
  NodeOp node = findDequantize(constant);
  if (!node)
    return plainBytes(constant);
  int64_t bytes = 0;
  for (Value input : node.getInputs())
    if (!isa<OnnxOmittedType>(input.getType()))
      bytes += plainBytes(input);
  return bytes;
}

int64_t onnx_split::getInnerConstantBytes(Operation *op) {
  int64_t bytes = 0;
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) {
      auto node = dyn_cast<NodeOp>(inner);
      if (isa<InitializerOp>(inner) ||
          (node && node.isStandardOp("Constant") && node.getNumResults() == 1))
        bytes += getConstantBytes(inner->getResult(0));
    });
  return bytes;
}

std::optional<SmallVector<int64_t>>
onnx_split::getIntegerValues(Value constant) {
  constexpr int64_t maxElements = 64;
  if (auto node = constant.getDefiningOp<NodeOp>();
      node && node.isStandardOp("Constant")) {
    if (NodeAttr list = node.findAttribute("value_ints"))
      if (auto values = dyn_cast_or_null<DenseI64ArrayAttr>(list.getValue()))
        return SmallVector<int64_t>(values.asArrayRef());
    if (NodeAttr scalar = node.findAttribute("value_int"))
      if (auto value = dyn_cast_or_null<IntegerAttr>(scalar.getValue()))
        return SmallVector<int64_t>{value.getInt()};
  }
  TensorAttr tensor = getStoredTensor(constant);
  if (!tensor)
    tensor = getKnownValue(constant);
  if (!tensor || tensor.getPayload() || !tensor.getRest() ||
      (tensor.getDataType() != onnx::TensorProto::INT64 &&
       tensor.getDataType() != onnx::TensorProto::INT32))
    return std::nullopt;
  int64_t elements = 1;
  for (int64_t dim : tensor.getDims()) {
    if (dim > maxElements)
      return std::nullopt;
    elements *= dim;
    if (elements > maxElements)
      return std::nullopt;
  }
  onnx::TensorProto proto;
  if (!proto.ParseFromString(tensor.getRest().str()))
    return std::nullopt;
  bool wide = tensor.getDataType() == onnx::TensorProto::INT64;
  SmallVector<int64_t> values;
  if (proto.has_raw_data()) {
    size_t width = wide ? 8 : 4;
    if (proto.raw_data().size() < size_t(elements) * width)
      return std::nullopt;
    for (const char *data = proto.raw_data().data(),
                    *end = data + elements * width;
         data != end; data += width)
      values.push_back(wide ? llvm::support::endian::read64le(data)
                            : int32_t(llvm::support::endian::read32le(data)));
  } else if (wide) {
    values.assign(proto.int64_data().begin(), proto.int64_data().end());
  } else {
    values.assign(proto.int32_data().begin(), proto.int32_data().end());
  }
  if (int64_t(values.size()) != elements)
    return std::nullopt;
  return values;
}
