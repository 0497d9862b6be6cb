//===- OnnxOps.cpp - Operations of the onnx dialect -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"

#include "Rest.h"

#include "onnx-split/Support/Counted.h"

#include "mlir/IR/Builders.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

#include "onnx-split/Dialect/Onnx/IR/OnnxInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "onnx-split/Dialect/Onnx/IR/OnnxOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// An optional string attribute, where absent and empty mean the same.
static StringRef stringOrEmpty(StringAttr string) {
  return string ? string.getValue() : StringRef();
}

int64_t onnx_split::graph::getSourceIndex(NodeOp node, int64_t position) {
  auto index = node->getAttrOfType<IntegerAttr>(SourceIndexAttrName);
  if (!index || !index.getType().isInteger(64) || index.getInt() < 0 ||
      index.getInt() > INT32_MAX)
    return position;
  return index.getInt();
}

SmallVector<NodeOp> onnx_split::graph::getNodesInSourceOrder(GraphOp graph) {
  SmallVector<std::pair<int64_t, NodeOp>> nodes;
  for (auto [position, node] :
       llvm::enumerate(graph.getBody().getOps<NodeOp>()))
    nodes.emplace_back(getSourceIndex(node, int64_t(position)), node);
  llvm::stable_sort(nodes, llvm::less_first());
  return SmallVector<NodeOp>(llvm::make_second_range(nodes));
}

StringRef onnx_split::graph::getValueName(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    unsigned index = argument.getArgNumber();
    Operation *parent = argument.getOwner()->getParentOp();
    if (auto graph = dyn_cast_or_null<GraphOp>(parent)) {
      if (index < graph.getInputInfos().size())
        return stringOrEmpty(
            cast<ValueInfoAttr>(graph.getInputInfos()[index]).getName());
    } else if (auto function = dyn_cast_or_null<FunctionOp>(parent)) {
      if (index < function.getInputNames().size())
        return cast<StringAttr>(function.getInputNames()[index]).getValue();
    }
    return {};
  }
  auto result = cast<OpResult>(value);
  if (auto owner = dyn_cast<ValueNameOpInterface>(result.getOwner()))
    return owner.getResultName(result.getResultNumber());
  return {};
}

void onnx_split::graph::forEachTensor(
    NodeOp node, llvm::function_ref<void(TensorAttr)> visit) {
  auto visitValue = [&](Attribute value) {
    if (auto tensor = dyn_cast<TensorAttr>(value)) {
      visit(tensor);
    } else if (auto sparse = dyn_cast<SparseTensorAttr>(value)) {
      visit(sparse.getValues());
      if (sparse.getIndices())
        visit(sparse.getIndices());
    }
  };
  for (auto attribute : node.getNodeAttributes().getAsRange<NodeAttr>()) {
    if (auto list = dyn_cast_or_null<ArrayAttr>(attribute.getValue()))
      llvm::for_each(list, visitValue);
    else if (attribute.getValue())
      visitValue(attribute.getValue());
  }
}

//===----------------------------------------------------------------------===//
// ModelOp
//===----------------------------------------------------------------------===//

/// The verifier sees to it that there is one.
GraphOp ModelOp::getGraph() { return *getBody().getOps<GraphOp>().begin(); }

int64_t ModelOp::getOpsetVersion(StringRef domain) {
  for (auto opset : getOpsetImports().getAsRange<OpsetAttr>())
    if (canonicalDomain(stringOrEmpty(opset.getDomain())) ==
        canonicalDomain(domain))
      return opset.getVersion();
  return 0;
}

/// Every payload must name one of the model's files and lie inside it.
static LogicalResult verifyPayload(Operation *op, ArrayAttr files,
                                   TensorAttr tensor) {
  PayloadAttr payload = tensor.getPayload();
  if (!payload)
    return success();
  if (payload.getFile() >= int64_t(files.size()))
    return op->emitOpError("refers to file ")
           << payload.getFile() << ", but the model lists " << files.size();
  auto file = cast<FileAttr>(files[payload.getFile()]);
  if (file.getSize() >= 0 &&
      (payload.getLength() > file.getSize() ||
       payload.getOffset() > file.getSize() - payload.getLength()))
    return op->emitOpError("has a payload of ")
           << payload.getLength() << " bytes at offset " << payload.getOffset()
           << ", but file " << file.getPath() << " has " << file.getSize()
           << " bytes";
  return success();
}

template <typename Proto, typename OpTy>
static LogicalResult verifyRest(OpTy op) {
  if (isMessage<Proto>(op.getRest().value_or("")))
    return success();
  return op.emitOpError("has a 'rest' that is no ")
         << Proto::descriptor()->name();
}

LogicalResult ModelOp::verify() { return verifyRest<onnx::ModelProto>(*this); }

LogicalResult ModelOp::verifyRegions() {
  unsigned graphs = 0;
  for (Operation &op : getBody().front()) {
    if (!isa<GraphOp, FunctionOp>(op))
      return op.emitOpError("must not stand directly in an onnx.model");
    if (isa<GraphOp>(op) && ++graphs > 1)
      return op.emitOpError("is the second graph of its model");
  }
  if (graphs == 0)
    return emitOpError("has no onnx.graph");
  // Export copies payloads from where they say they are.
  WalkResult result = walk([&](Operation *op) {
    LogicalResult valid = success();
    auto check = [&](TensorAttr tensor) {
      if (succeeded(valid))
        valid = verifyPayload(op, getFiles(), tensor);
    };
    if (auto node = dyn_cast<NodeOp>(op)) {
      forEachTensor(node, check);
    } else if (auto initializer = dyn_cast<InitializerOp>(op)) {
      if (auto sparse = dyn_cast<SparseTensorAttr>(initializer.getValue()))
        if (sparse.getIndices())
          check(sparse.getIndices());
      check(initializer.getNamedTensor());
    }
    return failed(valid) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// GraphOp and FunctionOp
//===----------------------------------------------------------------------===//

/// ONNX identifies values by name, so that two values of one graph must not
/// share one, except an initializer with the input that it is the default of.
static LogicalResult verifyNames(Operation *op, Block &body) {
  llvm::StringSet<> inputs, names;
  for (BlockArgument argument : body.getArguments()) {
    StringRef name = getValueName(argument);
    inputs.insert(name);
    if (!names.insert(name).second)
      return op->emitOpError("has two inputs named '") << name << "'";
  }
  for (Operation &inner : body)
    for (Value result : inner.getResults()) {
      StringRef name = getValueName(result);
      if (name.empty())
        continue;
      bool isDefault = isa<InitializerOp>(inner) && inputs.erase(name);
      if (!isDefault && !names.insert(name).second)
        return inner.emitOpError("defines '")
               << name << "', which is defined before";
    }
  return success();
}

template <typename OpTy>
/// What graphs and functions have in common: as many arguments and returned
/// values as they name inputs and outputs, and names that tell values apart.
static LogicalResult verifyInterface(OpTy op, size_t inputs, size_t outputs) {
  Block &body = op.getBody().front();
  if (body.getNumArguments() != inputs)
    return op.emitOpError("names ")
           << counted(inputs, "input") << " but its block has "
           << counted(body.getNumArguments(), "argument");
  auto terminator = dyn_cast_or_null<ReturnOp>(
      body.mightHaveTerminator() ? body.getTerminator() : nullptr);
  if (!terminator)
    return op.emitOpError("must end with onnx.return");
  if (terminator.getValues().size() != outputs)
    return op.emitOpError("names ")
           << counted(outputs, "output") << " but returns "
           << counted(terminator.getValues().size(), "value");
  return verifyNames(op, body);
}

LogicalResult GraphOp::verify() { return verifyRest<onnx::GraphProto>(*this); }

LogicalResult FunctionOp::verify() {
  return verifyRest<onnx::FunctionProto>(*this);
}

LogicalResult GraphOp::verifyRegions() {
  return verifyInterface(*this, getInputInfos().size(),
                         getOutputInfos().size());
}

LogicalResult FunctionOp::verifyRegions() {
  return verifyInterface(*this, getInputNames().size(),
                         getOutputNames().size());
}

//===----------------------------------------------------------------------===//
// NodeOp
//===----------------------------------------------------------------------===//

StringRef NodeOp::getCanonicalDomain() {
  return canonicalDomain(getDomain().value_or(""));
}

bool NodeOp::isStandardOp(StringRef opType) {
  return getOpType() == opType && getCanonicalDomain().empty();
}

NodeAttr NodeOp::findAttribute(StringRef name) {
  for (auto attribute : getNodeAttributes().getAsRange<NodeAttr>())
    if (stringOrEmpty(attribute.getName()) == name)
      return attribute;
  return {};
}

GraphOp NodeOp::getBodyGraph(unsigned index) {
  return cast<GraphOp>(getBodies()[index].front().front());
}

StringRef NodeOp::getResultName(unsigned index) {
  return index < getOutputNames().size()
             ? cast<StringAttr>(getOutputNames()[index]).getValue()
             : StringRef();
}

LogicalResult NodeOp::verify() {
  if (failed(verifyRest<onnx::NodeProto>(*this)))
    return failure();
  if (getOutputNames().size() != getNumResults())
    return emitOpError("names ")
           << counted(getOutputNames().size(), "output") << " but has "
           << counted(getNumResults(), "result");
  for (auto [name, result] : llvm::zip(getOutputNames(), getResults()))
    if (cast<StringAttr>(name).getValue().empty() !=
        isa<OnnxOmittedType>(result.getType()))
      return emitOpError("must give an omitted output no name and the type "
                         "!onnx.omitted");
  for (auto [index, input] : llvm::enumerate(getInputs()))
    if (!isa<OnnxOmittedType>(input.getType()) && getValueName(input).empty())
      return emitOpError("has input ") << index << ", which has no name";
  // An attribute says how many regions it has; together they are all regions.
  int64_t graphs = 0;
  for (auto attribute : getNodeAttributes().getAsRange<NodeAttr>()) {
    if (attribute.getKind() != onnx::AttributeProto::GRAPH &&
        attribute.getKind() != onnx::AttributeProto::GRAPHS)
      continue;
    auto count = dyn_cast_or_null<IntegerAttr>(attribute.getValue());
    graphs += count ? count.getInt() : 0;
  }
  if (graphs != int64_t(getBodies().size()))
    return emitOpError("has ") << graphs << " graphs in its attributes but "
                               << getBodies().size() << " regions";
  for (Region &body : getBodies())
    if (body.empty() || body.front().empty() ||
        !isa<GraphOp>(body.front().front()) ||
        !llvm::hasSingleElement(body.front()))
      return emitOpError("must have one onnx.graph in each region");
  return success();
}

//===----------------------------------------------------------------------===//
// InitializerOp
//===----------------------------------------------------------------------===//

TensorAttr InitializerOp::getNamedTensor() {
  if (auto sparse = dyn_cast<SparseTensorAttr>(getValue()))
    return sparse.getValues();
  return dyn_cast<TensorAttr>(getValue());
}

StringRef InitializerOp::getResultName(unsigned) {
  TensorAttr tensor = getNamedTensor();
  return tensor ? stringOrEmpty(tensor.getName()) : StringRef();
}

LogicalResult InitializerOp::verify() {
  TensorAttr tensor = getNamedTensor();
  if (!tensor)
    return emitOpError("must hold an #onnx.tensor or an #onnx.sparse");
  if (stringOrEmpty(tensor.getName()).empty())
    return emitOpError("must have a name");
  return success();
}
