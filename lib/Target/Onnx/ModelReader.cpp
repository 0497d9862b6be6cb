//===- ModelReader.cpp - From a ModelProto to the IR ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelReader.h"

#include "NodeAttributeReader.h"
#include "NodeOrder.h"
#include "NodeScope.h"
#include "RestOf.h"
#include "TensorReader.h"

#include "onnx-split/Dialect/Onnx/IR/FunctionTable.h"
#include "onnx-split/Target/Onnx/TypeProto.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {

/// What the value infos of a graph declare, by name.
using DeclaredTypes = llvm::StringMap<Type>;

/// Takes messages apart. What the IR models becomes operations and attributes
/// and is cleared in the message; what is left then is the `rest`. Errors are
/// emitted at the place in the file, such as graph.node[3].
class ModelReader {
public:
  ModelReader(MLIRContext *mlirContext, StringRef path, TensorReader &reader)
      : context(mlirContext), builder(mlirContext), tensors(reader),
        fileLoc(FileLineColLoc::get(mlirContext, path, 0, 0)),
        attributeReader(mlirContext, reader) {}

  LogicalResult read(onnx::ModelProto &model, StringRef digest,
                     ModuleOp module);

private:
  LogicalResult readGraph(onnx::GraphProto &proto, const NodeScope *parent,
                          const std::string &where);
  LogicalResult readFunction(onnx::FunctionProto &proto, size_t index);
  LogicalResult
  readNodes(google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
            const DeclaredTypes &types, NodeScope &scope,
            const std::string &where);
  LogicalResult
  readUnsorted(google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
               const DeclaredTypes &types, NodeScope &scope, GraphOp graph,
               const NodeOrder &order);
  LogicalResult
  reportCycle(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
              ArrayRef<NodeRead> cycle);
  LogicalResult readNode(onnx::NodeProto &proto, const DeclaredTypes &types,
                         NodeScope &scope, const std::string &where,
                         Location loc);
  LogicalResult readInitializers(onnx::GraphProto &proto, NodeScope &scope,
                                 const std::string &where);

  Value getNone();

  /// "graph.node[3] 'name' (Op)" in the file.
  Location nodeLocation(const onnx::NodeProto &node, const std::string &where);
  Location named(const std::string &name) {
    return NameLoc::get(builder.getStringAttr(name), fileLoc);
  }
  template <typename Infos> ArrayAttr valueInfoArray(const Infos &infos) {
    SmallVector<Attribute> result;
    for (const onnx::ValueInfoProto &info : infos)
      result.push_back(importValueInfo(info, context));
    return builder.getArrayAttr(result);
  }
  template <typename Opsets> ArrayAttr opsetArray(Opsets &opsets);

  MLIRContext *context;
  OpBuilder builder;
  TensorReader &tensors;
  Location fileLoc;
  NodeAttributeReader attributeReader;
};

} // namespace

//===----------------------------------------------------------------------===//
// Locations and omitted values
//===----------------------------------------------------------------------===//

Location ModelReader::nodeLocation(const onnx::NodeProto &node,
                                   const std::string &where) {
  if (node.name().empty())
    return named(where + " (" + node.op_type() + ")");
  return named(where + " '" + node.name() + "' (" + node.op_type() + ")");
}

/// The value that stands for omitted inputs, one in each block.
Value ModelReader::getNone() {
  Block *block = builder.getInsertionBlock();
  for (Operation &op : *block)
    if (isa<NoneOp>(op))
      return op.getResult(0);
    else if (!isa<InitializerOp>(op))
      break;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(block);
  return NoneOp::create(builder, fileLoc, OnnxOmittedType::get(context));
}

//===----------------------------------------------------------------------===//
// Model
//===----------------------------------------------------------------------===//

template <typename Opsets> ArrayAttr ModelReader::opsetArray(Opsets &opsets) {
  SmallVector<Attribute> result;
  for (onnx::OperatorSetIdProto &opset : opsets) {
    StringAttr domain = stringIf(builder, opset.has_domain(), opset.domain());
    int64_t version = opset.version();
    opset.clear_domain();
    // A version of 0 that is written stays in the rest, for the attribute does
    // not tell it from none.
    if (version)
      opset.clear_version();
    result.push_back(
        OpsetAttr::get(context, domain, version, restOf(builder, opset)));
  }
  return builder.getArrayAttr(result);
}

LogicalResult ModelReader::read(onnx::ModelProto &proto, StringRef digest,
                                ModuleOp module) {
  if (!proto.has_graph())
    return emitError(fileLoc) << "the model has no graph";
  // Large members leave the message, so that the rest of it is small.
  std::unique_ptr<onnx::GraphProto> graph(proto.release_graph());
  google::protobuf::RepeatedPtrField<onnx::FunctionProto> functions;
  functions.Swap(proto.mutable_functions());
  ArrayAttr opsets = opsetArray(*proto.mutable_opset_import());
  proto.clear_opset_import();
  IntegerAttr irVersion;
  if (proto.has_ir_version())
    irVersion = builder.getI64IntegerAttr(proto.ir_version());
  proto.clear_ir_version();

  builder.setInsertionPointToEnd(module.getBody());
  auto model = ModelOp::create(
      builder, fileLoc, cast<FileLineColLoc>(fileLoc).getFilename(), irVersion,
      opsets, builder.getArrayAttr({}), builder.getStringAttr(digest),
      restOf(builder, proto));
  builder.setInsertionPointToStart(&model.getBody().emplaceBlock());
  if (failed(readGraph(*graph, nullptr, "graph")))
    return failure();
  for (auto [index, function] : llvm::enumerate(functions))
    if (failed(readFunction(function, index)))
      return failure();
  model.setFilesAttr(tensors.getFiles());
  return FunctionTable(model).verifyNoRecursion();
}

//===----------------------------------------------------------------------===//
// Graphs and functions
//===----------------------------------------------------------------------===//

LogicalResult ModelReader::readInitializers(onnx::GraphProto &proto,
                                            NodeScope &scope,
                                            const std::string &where) {
  // An initializer with the name of an input is its default: uses keep
  // referring to the input.
  llvm::StringSet<> inputs;
  for (const onnx::ValueInfoProto &input : proto.input())
    inputs.insert(input.name());
  auto add = [&](Attribute value, Type type, const std::string &name,
                 Location loc) -> LogicalResult {
    if (name.empty())
      return emitError(loc) << "has no name";
    auto op = InitializerOp::create(builder, loc, type, value);
    if (inputs.erase(name))
      return success();
    return scope.define(name, op.getResult(), loc);
  };
  for (auto [index, tensor] : llvm::enumerate(*proto.mutable_initializer())) {
    std::string name = tensor.name();
    Location loc = named(where + ".initializer[" + std::to_string(index) +
                         "] '" + name + "'");
    FailureOr<TensorAttr> value = tensors.read(tensor, loc);
    if (failed(value) || failed(add(*value, typeOf(*value), name, loc)))
      return failure();
  }
  for (auto [index, sparse] :
       llvm::enumerate(*proto.mutable_sparse_initializer())) {
    std::string name = sparse.values().name();
    Location loc = named(where + ".sparse_initializer[" +
                         std::to_string(index) + "] '" + name + "'");
    FailureOr<SparseTensorAttr> value = tensors.read(sparse, loc);
    if (failed(value) || failed(add(*value, typeOf(*value), name, loc)))
      return failure();
  }
  proto.clear_initializer();
  proto.clear_sparse_initializer();
  return success();
}

LogicalResult ModelReader::readGraph(onnx::GraphProto &proto,
                                     const NodeScope *parent,
                                     const std::string &where) {
  DeclaredTypes types;
  auto declare = [&](const auto &infos) {
    for (const onnx::ValueInfoProto &info : infos)
      if (info.has_type())
        types[info.name()] = importType(info.type(), context);
  };
  declare(proto.value_info());
  declare(proto.output());

  auto graph = GraphOp::create(
      builder, named(where), stringIf(builder, proto.has_name(), proto.name()),
      valueInfoArray(proto.input()), valueInfoArray(proto.output()),
      valueInfoArray(proto.value_info()), /*rest=*/StringAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &block = graph.getBody().emplaceBlock();
  builder.setInsertionPointToStart(&block);

  NodeScope scope(parent);
  for (auto [index, info] : llvm::enumerate(proto.input())) {
    Location loc = named(where + ".input[" + std::to_string(index) + "] '" +
                         info.name() + "'");
    if (info.name().empty())
      return emitError(loc) << "has no name";
    Value argument = block.addArgument(importType(info.type(), context), loc);
    if (failed(scope.define(info.name(), argument, loc)))
      return failure();
  }
  if (failed(readInitializers(proto, scope, where)))
    return failure();
  // No runtime takes unsorted bodies and functions.
  NodeOrder order = parent ? NodeOrder() : sortNodes(proto.node());
  if (order.outOfOrder.reader < 0
          ? failed(readNodes(*proto.mutable_node(), types, scope, where))
          : failed(readUnsorted(*proto.mutable_node(), types, scope, graph,
                                order)))
    return failure();

  SmallVector<Value> outputs;
  for (auto [index, info] : llvm::enumerate(proto.output())) {
    Value value = scope.lookup(info.name());
    if (!value)
      return emitError(named(where + ".output[" + std::to_string(index) +
                             "] '" + info.name() + "'"))
             << "is made by no graph input, initializer or node";
    outputs.push_back(value);
  }
  ReturnOp::create(builder, graph.getLoc(), outputs);

  proto.clear_name();
  proto.clear_input();
  proto.clear_output();
  proto.clear_value_info();
  proto.clear_node();
  if (StringAttr rest = restOf(builder, proto))
    graph.setRestAttr(rest);
  return success();
}

LogicalResult ModelReader::readFunction(onnx::FunctionProto &proto,
                                        size_t index) {
  std::string where = "functions[" + std::to_string(index) + "] '" +
                      proto.domain() + ":" + proto.name() + "'";
  DeclaredTypes types;
  for (const onnx::ValueInfoProto &info : proto.value_info())
    if (info.has_type())
      types[info.name()] = importType(info.type(), context);

  auto function = FunctionOp::create(
      builder, named(where), stringIf(builder, proto.has_name(), proto.name()),
      stringIf(builder, proto.has_domain(), proto.domain()),
      stringIf(builder, proto.has_overload(), proto.overload()),
      stringArray(builder, proto.input()), stringArray(builder, proto.output()),
      opsetArray(*proto.mutable_opset_import()),
      valueInfoArray(proto.value_info()), /*rest=*/StringAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &block = function.getBody().emplaceBlock();
  builder.setInsertionPointToStart(&block);

  NodeScope scope;
  for (const std::string &input : proto.input()) {
    auto type = types.find(input);
    Value argument = block.addArgument(
        type == types.end() ? OnnxUnknownType::get(context) : type->second,
        function.getLoc());
    if (failed(scope.define(input, argument, function.getLoc())))
      return failure();
  }
  if (failed(readNodes(*proto.mutable_node(), types, scope, where)))
    return failure();
  SmallVector<Value> outputs;
  for (const std::string &output : proto.output()) {
    Value value = scope.lookup(output);
    if (!value)
      return emitError(function.getLoc())
             << "has output '" << output << "', which none of its nodes makes";
    outputs.push_back(value);
  }
  ReturnOp::create(builder, function.getLoc(), outputs);

  proto.clear_name();
  proto.clear_domain();
  proto.clear_overload();
  proto.clear_input();
  proto.clear_output();
  proto.clear_opset_import();
  proto.clear_value_info();
  proto.clear_node();
  if (StringAttr rest = restOf(builder, proto))
    function.setRestAttr(rest);
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes and their attributes
//===----------------------------------------------------------------------===//

LogicalResult ModelReader::readNodes(
    google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
    const DeclaredTypes &types, NodeScope &scope, const std::string &where) {
  scope.setNodes(nodes);
  for (auto [index, node] : llvm::enumerate(nodes)) {
    std::string nodeWhere = where + ".node[" + std::to_string(index) + "]";
    if (failed(readNode(node, types, scope, nodeWhere,
                        nodeLocation(node, nodeWhere))))
      return failure();
  }
  return success();
}

/// "node 3 'name' (Op)", as part of a sentence.
static std::string
describeNode(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
             int index) {
  const onnx::NodeProto &node = nodes[index];
  return "node " + std::to_string(index) +
         (node.name().empty() ? "" : " '" + node.name() + "'") + " (" +
         node.op_type() + ")";
}

/// The error says what the first node reads, notes go on from producer to
/// producer until the first is reached again.
LogicalResult ModelReader::reportCycle(
    const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
    ArrayRef<NodeRead> cycle) {
  constexpr size_t maxNotes = 8;
  auto locationOf = [&](int index) {
    return nodeLocation(nodes[index],
                        "graph.node[" + std::to_string(index) + "]");
  };
  const NodeRead &first = cycle.front();
  InFlightDiagnostic error = emitError(locationOf(first.reader));
  error << "reads '" << first.name << "', which "
        << describeNode(nodes, first.producer)
        << " makes from this node's own results: the graph has a cycle";
  if (cycle.size() > 1)
    error << " of " << int64_t(cycle.size()) << " nodes";
  for (const NodeRead &read : cycle.drop_front().take_front(maxNotes))
    error.attachNote(locationOf(read.reader))
        << "reads '" << read.name << "', which "
        << describeNode(nodes, read.producer) << " makes";
  return error;
}

/// Reads the nodes of a main graph in topological order, and keeps where they
/// were.
LogicalResult ModelReader::readUnsorted(
    google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
    const DeclaredTypes &types, NodeScope &scope, GraphOp graph,
    const NodeOrder &order) {
  if (!order.cycle.empty())
    return reportCycle(nodes, order.cycle);
  const NodeRead &read = order.outOfOrder;
  emitWarning(nodeLocation(nodes[read.reader],
                           "graph.node[" + std::to_string(read.reader) + "]"))
      << "reads '" << read.name << "' before "
      << describeNode(nodes, read.producer)
      << " makes it; ONNX asks for nodes in topological order, so they are "
         "sorted";
  graph->setAttr(UnsortedAttrName, builder.getUnitAttr());
  scope.setNodes(nodes);
  Block &block = graph.getBody().front();
  for (int index : order.positions) {
    std::string where = "graph.node[" + std::to_string(index) + "]";
    if (failed(readNode(nodes[index], types, scope, where,
                        nodeLocation(nodes[index], where))))
      return failure();
    block.back().setAttr(SourceIndexAttrName, builder.getI64IntegerAttr(index));
  }
  return success();
}

LogicalResult ModelReader::readNode(onnx::NodeProto &proto,
                                    const DeclaredTypes &types,
                                    NodeScope &scope, const std::string &where,
                                    Location loc) {
  if (proto.op_type().empty())
    return emitError(loc) << "has no op_type";
  SmallVector<Value> inputs;
  for (const std::string &input : proto.input()) {
    Value value = input.empty() ? getNone() : scope.lookup(input);
    if (!value)
      return scope.reportMissing(input, proto, loc);
    inputs.push_back(value);
  }
  SmallVector<Type> outputTypes;
  for (const std::string &output : proto.output()) {
    auto type = types.find(output);
    if (output.empty())
      outputTypes.push_back(OnnxOmittedType::get(context));
    else
      outputTypes.push_back(type == types.end() ? OnnxUnknownType::get(context)
                                                : type->second);
  }

  SmallVector<Attribute> attributes;
  std::vector<onnx::GraphProto *> graphs;
  for (onnx::AttributeProto &attribute : *proto.mutable_attribute()) {
    FailureOr<NodeAttr> value = attributeReader.read(attribute, graphs, loc);
    if (failed(value))
      return failure();
    attributes.push_back(*value);
  }

  auto node = NodeOp::create(
      builder, loc, outputTypes, builder.getStringAttr(proto.op_type()),
      stringIf(builder, proto.has_domain(), proto.domain()),
      stringIf(builder, proto.has_overload(), proto.overload()),
      stringIf(builder, proto.has_name(), proto.name()),
      stringArray(builder, proto.output()), builder.getArrayAttr(attributes),
      /*rest=*/StringAttr(), inputs, graphs.size());
  for (auto [index, graph] : llvm::enumerate(graphs)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&node.getBodies()[index].emplaceBlock());
    if (failed(readGraph(*graph, &scope,
                         where + ".graph[" + std::to_string(index) + "]")))
      return failure();
  }
  for (auto [output, result] : llvm::zip(proto.output(), node.getResults()))
    if (!output.empty() && failed(scope.define(output, result, loc)))
      return failure();

  // Its names stay until the last node is read: messages about later nodes
  // look at them.
  onnx::NodeProto rest;
  rest.Swap(&proto);
  for (std::string &input : *rest.mutable_input())
    proto.add_input()->swap(input);
  for (std::string &output : *rest.mutable_output())
    proto.add_output()->swap(output);
  proto.set_name(rest.name());
  proto.set_op_type(rest.op_type());
  rest.clear_input();
  rest.clear_output();
  rest.clear_attribute();
  rest.clear_op_type();
  rest.clear_domain();
  rest.clear_overload();
  rest.clear_name();
  if (StringAttr bytes = restOf(builder, rest))
    node.setRestAttr(bytes);
  return success();
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

OwningOpRef<ModuleOp> onnx_split::readModel(onnx::ModelProto &model,
                                            llvm::ArrayRef<Payload> payloads,
                                            StringRef path, StringRef digest,
                                            MLIRContext *context,
                                            const ImportOptions &options) {
  TensorReader tensors(context, path, payloads, options);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(FileLineColLoc::get(context, path, 0, 0));
  if (failed(ModelReader(context, path, tensors).read(model, digest, *module)))
    return {};
  return module;
}
