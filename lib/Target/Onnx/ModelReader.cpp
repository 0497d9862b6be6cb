//===- ModelReader.cpp - From a ModelProto to the IR ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelReader.h"

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

/// The values that a graph's nodes may name, and those of the graphs around it.
struct Scope {
  const Scope *parent = nullptr;
  llvm::StringMap<Value> values;
  /// Node that makes each value of this graph, to tell a value that comes too
  /// late from one that does not exist.
  llvm::StringMap<int> producers;
  const google::protobuf::RepeatedPtrField<onnx::NodeProto> *nodes = nullptr;

  Value lookup(StringRef name) const {
    for (const Scope *scope = this; scope; scope = scope->parent)
      if (auto it = scope->values.find(name); it != scope->values.end())
        return it->second;
    return {};
  }
};

/// What the value infos of a graph declare, by name.
using DeclaredTypes = llvm::StringMap<Type>;

class ModelReader {
public:
  ModelReader(MLIRContext *mlirContext, StringRef path, TensorReader &reader)
      : context(mlirContext), builder(mlirContext), tensors(reader),
        fileLoc(FileLineColLoc::get(mlirContext, path, 0, 0)) {}

  LogicalResult read(onnx::ModelProto &model, StringRef digest,
                     ModuleOp module);

private:
  LogicalResult readGraph(onnx::GraphProto &proto, const Scope *parent,
                          const std::string &where);
  LogicalResult readFunction(onnx::FunctionProto &proto, int index);
  LogicalResult
  readNodes(google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
            const DeclaredTypes &types, Scope &scope, const std::string &where);
  LogicalResult readNode(onnx::NodeProto &proto, const DeclaredTypes &types,
                         Scope &scope, const std::string &where, Location loc);
  FailureOr<NodeAttr> readAttribute(onnx::AttributeProto &proto,
                                    std::vector<onnx::GraphProto *> &graphs,
                                    Location loc);
  LogicalResult readInitializers(onnx::GraphProto &proto, Scope &scope,
                                 const std::string &where);

  LogicalResult define(Scope &scope, StringRef name, Value value, Location loc);
  LogicalResult reportMissing(const Scope &scope, StringRef name,
                              const onnx::NodeProto &node, Location loc);
  Value getNone();

  Location nodeLocation(const onnx::NodeProto &node, const std::string &where);
  Location named(const std::string &name) {
    return NameLoc::get(builder.getStringAttr(name), fileLoc);
  }
  template <typename Proto> StringAttr restOf(const Proto &proto) {
    std::string bytes = proto.SerializeAsString();
    return bytes.empty() ? StringAttr() : builder.getStringAttr(bytes);
  }
  StringAttr stringIf(bool present, const std::string &string) {
    return present ? builder.getStringAttr(string) : StringAttr();
  }
  template <typename Names> ArrayAttr stringArray(const Names &names) {
    SmallVector<Attribute> result;
    for (const std::string &name : names)
      result.push_back(builder.getStringAttr(name));
    return builder.getArrayAttr(result);
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
  /// Bodies, taken out of their attributes until their node is read.
  std::vector<std::unique_ptr<onnx::GraphProto>> ownedGraphs;
};

} // namespace

//===----------------------------------------------------------------------===//
// Names and locations
//===----------------------------------------------------------------------===//

Location ModelReader::nodeLocation(const onnx::NodeProto &node,
                                   const std::string &where) {
  if (node.name().empty())
    return named(where + " (" + node.op_type() + ")");
  return named(where + " '" + node.name() + "' (" + node.op_type() + ")");
}

LogicalResult ModelReader::define(Scope &scope, StringRef name, Value value,
                                  Location loc) {
  auto [it, inserted] = scope.values.try_emplace(name, value);
  if (inserted)
    return success();
  InFlightDiagnostic error = emitError(loc);
  error << "defines '" << name
        << "' a second time; every value of a graph needs a name of its own";
  error.attachNote(it->second.getLoc()) << "defined here before";
  return error;
}

/// True where node `from` reads, directly or through others, what node `to` of
/// the same graph makes. Linear in the edges of the graph.
static bool dependsOn(const Scope &scope, int from, int to) {
  std::vector<bool> seen(scope.nodes->size());
  std::vector<int> worklist = {from};
  while (!worklist.empty()) {
    int index = worklist.back();
    worklist.pop_back();
    for (const std::string &input : (*scope.nodes)[index].input()) {
      auto it = scope.producers.find(input);
      if (it == scope.producers.end() || seen[it->second])
        continue;
      if (it->second == to)
        return true;
      seen[it->second] = true;
      worklist.push_back(it->second);
    }
  }
  return false;
}

LogicalResult ModelReader::reportMissing(const Scope &scope, StringRef name,
                                         const onnx::NodeProto &node,
                                         Location loc) {
  for (const Scope *outer = &scope; outer; outer = outer->parent) {
    auto it = outer->producers.find(name);
    if (it == outer->producers.end())
      continue;
    const onnx::NodeProto &producer = (*outer->nodes)[it->second];
    std::string by = "node " + std::to_string(it->second) + " '" +
                     producer.name() + "' (" + producer.op_type() + ")";
    int self = -1;
    for (const std::string &output : node.output())
      if (auto own = outer->producers.find(output);
          !output.empty() && own != outer->producers.end())
        self = own->second;
    if (outer == &scope && self >= 0 &&
        (self == it->second || dependsOn(scope, it->second, self)))
      return emitError(loc) << "reads '" << name << "', which " << by
                            << " makes from this node's own results: the "
                               "graph has a cycle";
    return emitError(loc) << "reads '" << name << "' before " << by
                          << " makes it; the nodes of a graph must be "
                             "topologically sorted";
  }
  return emitError(loc) << "reads '" << name
                        << "', but no graph input, initializer or node has "
                           "that name";
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
    StringAttr domain = stringIf(opset.has_domain(), opset.domain());
    int64_t version = opset.version();
    opset.clear_domain();
    if (version)
      opset.clear_version();
    result.push_back(OpsetAttr::get(context, domain, version, restOf(opset)));
  }
  return builder.getArrayAttr(result);
}

LogicalResult ModelReader::read(onnx::ModelProto &proto, StringRef digest,
                                ModuleOp module) {
  if (!proto.has_graph())
    return emitError(fileLoc) << "the model has no graph";
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
  auto model = ModelOp::create(builder, fileLoc,
                               cast<FileLineColLoc>(fileLoc).getFilename(),
                               irVersion, opsets, builder.getArrayAttr({}),
                               builder.getStringAttr(digest), restOf(proto));
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
                                            Scope &scope,
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
    return define(scope, name, op.getResult(), loc);
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
                                     const Scope *parent,
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
      builder, named(where), stringIf(proto.has_name(), proto.name()),
      valueInfoArray(proto.input()), valueInfoArray(proto.output()),
      valueInfoArray(proto.value_info()), /*rest=*/StringAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &block = graph.getBody().emplaceBlock();
  builder.setInsertionPointToStart(&block);

  Scope scope;
  scope.parent = parent;
  for (auto [index, info] : llvm::enumerate(proto.input())) {
    Location loc = named(where + ".input[" + std::to_string(index) + "] '" +
                         info.name() + "'");
    if (info.name().empty())
      return emitError(loc) << "has no name";
    Value argument = block.addArgument(importType(info.type(), context), loc);
    if (failed(define(scope, info.name(), argument, loc)))
      return failure();
  }
  if (failed(readInitializers(proto, scope, where)) ||
      failed(readNodes(*proto.mutable_node(), types, scope, where)))
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
  if (StringAttr rest = restOf(proto))
    graph.setRestAttr(rest);
  return success();
}

LogicalResult ModelReader::readFunction(onnx::FunctionProto &proto, int index) {
  std::string where = "functions[" + std::to_string(index) + "] '" +
                      proto.domain() + ":" + proto.name() + "'";
  DeclaredTypes types;
  for (const onnx::ValueInfoProto &info : proto.value_info())
    if (info.has_type())
      types[info.name()] = importType(info.type(), context);

  auto function = FunctionOp::create(
      builder, named(where), stringIf(proto.has_name(), proto.name()),
      stringIf(proto.has_domain(), proto.domain()),
      stringIf(proto.has_overload(), proto.overload()),
      stringArray(proto.input()), stringArray(proto.output()),
      opsetArray(*proto.mutable_opset_import()),
      valueInfoArray(proto.value_info()), /*rest=*/StringAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &block = function.getBody().emplaceBlock();
  builder.setInsertionPointToStart(&block);

  Scope scope;
  for (const std::string &input : proto.input()) {
    auto type = types.find(input);
    Value argument = block.addArgument(
        type == types.end() ? OnnxUnknownType::get(context) : type->second,
        function.getLoc());
    if (failed(define(scope, input, argument, function.getLoc())))
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
  if (StringAttr rest = restOf(proto))
    function.setRestAttr(rest);
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

LogicalResult ModelReader::readNodes(
    google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
    const DeclaredTypes &types, Scope &scope, const std::string &where) {
  scope.nodes = &nodes;
  for (auto [index, node] : llvm::enumerate(nodes))
    for (const std::string &output : node.output())
      if (!output.empty())
        scope.producers.try_emplace(output, index);
  for (auto [index, node] : llvm::enumerate(nodes)) {
    std::string nodeWhere = where + ".node[" + std::to_string(index) + "]";
    if (failed(readNode(node, types, scope, nodeWhere,
                        nodeLocation(node, nodeWhere))))
      return failure();
  }
  return success();
}

LogicalResult ModelReader::readNode(onnx::NodeProto &proto,
                                    const DeclaredTypes &types, Scope &scope,
                                    const std::string &where, Location loc) {
  if (proto.op_type().empty())
    return emitError(loc) << "has no op_type";
  SmallVector<Value> inputs;
  for (const std::string &input : proto.input()) {
    Value value = input.empty() ? getNone() : scope.lookup(input);
    if (!value)
      return reportMissing(scope, input, proto, loc);
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
    FailureOr<NodeAttr> value = readAttribute(attribute, graphs, loc);
    if (failed(value))
      return failure();
    attributes.push_back(*value);
  }

  auto node = NodeOp::create(
      builder, loc, outputTypes, builder.getStringAttr(proto.op_type()),
      stringIf(proto.has_domain(), proto.domain()),
      stringIf(proto.has_overload(), proto.overload()),
      stringIf(proto.has_name(), proto.name()), stringArray(proto.output()),
      builder.getArrayAttr(attributes), /*rest=*/StringAttr(), inputs,
      graphs.size());
  for (auto [index, graph] : llvm::enumerate(graphs)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&node.getBodies()[index].emplaceBlock());
    if (failed(readGraph(*graph, &scope,
                         where + ".graph[" + std::to_string(index) + "]")))
      return failure();
  }
  for (auto [output, result] : llvm::zip(proto.output(), node.getResults()))
    if (!output.empty() && failed(define(scope, output, result, loc)))
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
  if (StringAttr bytes = restOf(rest))
    node.setRestAttr(bytes);
  return success();
}

FailureOr<NodeAttr>
ModelReader::readAttribute(onnx::AttributeProto &proto,
                           std::vector<onnx::GraphProto *> &graphs,
                           Location loc) {
  StringAttr name = stringIf(proto.has_name(), proto.name());
  int32_t kind = proto.type();
  proto.clear_name();
  if (kind != onnx::AttributeProto::UNDEFINED)
    proto.clear_type();
  Attribute value;
  auto readTensors = [&](auto &list) -> LogicalResult {
    SmallVector<Attribute> values;
    for (auto &tensor : list) {
      auto read = tensors.read(tensor, loc);
      if (failed(read))
        return failure();
      values.push_back(*read);
    }
    value = builder.getArrayAttr(values);
    return success();
  };

  switch (kind) {
  case onnx::AttributeProto::FLOAT:
    if (proto.has_f())
      value = builder.getF32FloatAttr(proto.f());
    proto.clear_f();
    break;
  case onnx::AttributeProto::INT:
    if (proto.has_i())
      value = builder.getI64IntegerAttr(proto.i());
    proto.clear_i();
    break;
  case onnx::AttributeProto::STRING:
    if (proto.has_s())
      value = builder.getStringAttr(proto.s());
    proto.clear_s();
    break;
  case onnx::AttributeProto::TENSOR:
    if (proto.has_t()) {
      FailureOr<TensorAttr> tensor = tensors.read(*proto.mutable_t(), loc);
      if (failed(tensor))
        return failure();
      value = *tensor;
    }
    proto.clear_t();
    break;
  case onnx::AttributeProto::SPARSE_TENSOR:
    if (proto.has_sparse_tensor()) {
      FailureOr<SparseTensorAttr> tensor =
          tensors.read(*proto.mutable_sparse_tensor(), loc);
      if (failed(tensor))
        return failure();
      value = *tensor;
    }
    proto.clear_sparse_tensor();
    break;
  case onnx::AttributeProto::GRAPH:
    if (proto.has_g()) {
      graphs.push_back(proto.release_g());
      ownedGraphs.emplace_back(graphs.back());
      value = builder.getI64IntegerAttr(1);
    }
    break;
  case onnx::AttributeProto::GRAPHS:
    for (onnx::GraphProto &graph : *proto.mutable_graphs()) {
      ownedGraphs.emplace_back(new onnx::GraphProto);
      ownedGraphs.back()->Swap(&graph);
      graphs.push_back(ownedGraphs.back().get());
    }
    value = builder.getI64IntegerAttr(proto.graphs_size());
    proto.clear_graphs();
    break;
  case onnx::AttributeProto::FLOATS:
    value = builder.getDenseF32ArrayAttr(
        ArrayRef(proto.floats().data(), proto.floats_size()));
    proto.clear_floats();
    break;
  case onnx::AttributeProto::INTS:
    value = builder.getDenseI64ArrayAttr(
        ArrayRef(proto.ints().data(), proto.ints_size()));
    proto.clear_ints();
    break;
  case onnx::AttributeProto::STRINGS:
    value = stringArray(proto.strings());
    proto.clear_strings();
    break;
  case onnx::AttributeProto::TENSORS:
    if (failed(readTensors(*proto.mutable_tensors())))
      return failure();
    proto.clear_tensors();
    break;
  case onnx::AttributeProto::SPARSE_TENSORS:
    if (failed(readTensors(*proto.mutable_sparse_tensors())))
      return failure();
    proto.clear_sparse_tensors();
    break;
  default:
    // Types, and attributes without a kind, stay in the rest.
    break;
  }
  return NodeAttr::get(context, name, kind, value, restOf(proto));
}

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
