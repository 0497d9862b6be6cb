//===- ModelWriter.cpp - From the IR to a ModelProto ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelWriter.h"

#include "onnx-split/Target/Onnx/TypeProto.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

namespace {
/// Puts messages together again: each starts from its `rest`, and what the IR
/// models is added. The reverse of ModelReader.
class ModelWriter {
public:
  ModelWriter(PlacePayload placePayload, bool asInSource)
      : place(placePayload), inSourceOrder(asInSource) {}

  void write(ModelOp model, onnx::ModelProto &proto);

private:
  void write(GraphOp graph, onnx::GraphProto &proto);
  void write(FunctionOp function, onnx::FunctionProto &proto);
  void write(NodeOp node, onnx::NodeProto &proto);
  void write(NodeAttr attribute, NodeOp node, unsigned &nextBody,
             onnx::AttributeProto &proto);
  void write(TensorAttr tensor, onnx::TensorProto &proto);
  void write(SparseTensorAttr tensor, onnx::SparseTensorProto &proto);

  PlacePayload place;
  bool inSourceOrder;
};
} // namespace

/// The verifier has seen that a rest is a message of the same kind.
template <typename Proto>
static void startFrom(std::optional<StringRef> rest, Proto &proto) {
  if (rest)
    (void)proto.ParseFromString(rest->str());
}

/// The bytes of an optional rest.
static std::optional<StringRef> bytesOf(StringAttr rest) {
  return rest ? std::optional<StringRef>(rest.getValue()) : std::nullopt;
}

template <typename Add> static void writeOpsets(ArrayAttr opsets, Add add) {
  for (auto opset : opsets.getAsRange<OpsetAttr>()) {
    onnx::OperatorSetIdProto &proto = *add();
    startFrom(bytesOf(opset.getRest()), proto);
    if (opset.getDomain())
      proto.set_domain(opset.getDomain().str());
    if (opset.getVersion())
      proto.set_version(opset.getVersion());
  }
}

template <typename Add> static void writeValueInfos(ArrayAttr infos, Add add) {
  for (auto info : infos.getAsRange<ValueInfoAttr>())
    exportValueInfo(info, *add());
}

void ModelWriter::write(ModelOp model, onnx::ModelProto &proto) {
  startFrom(model.getRest(), proto);
  if (model.getIrVersion())
    proto.set_ir_version(*model.getIrVersion());
  writeOpsets(model.getOpsetImports(),
              [&] { return proto.add_opset_import(); });
  for (Operation &op : model.getBody().front()) {
    if (auto graph = dyn_cast<GraphOp>(op))
      write(graph, *proto.mutable_graph());
    else
      write(cast<FunctionOp>(op), *proto.add_functions());
  }
}

void ModelWriter::write(GraphOp graph, onnx::GraphProto &proto) {
  startFrom(graph.getRest(), proto);
  if (graph.getGraphName())
    proto.set_name(graph.getGraphName()->str());
  writeValueInfos(graph.getInputInfos(), [&] { return proto.add_input(); });
  writeValueInfos(graph.getOutputInfos(), [&] { return proto.add_output(); });
  writeValueInfos(graph.getValueInfos(),
                  [&] { return proto.add_value_info(); });
  bool restore = inSourceOrder && graph->hasAttr(UnsortedAttrName);
  for (NodeOp node :
       restore ? getNodesInSourceOrder(graph)
               : SmallVector<NodeOp>(graph.getBody().getOps<NodeOp>()))
    write(node, *proto.add_node());
  for (Operation &op : graph.getBody().front()) {
    if (auto initializer = dyn_cast<InitializerOp>(op)) {
      if (auto sparse = dyn_cast<SparseTensorAttr>(initializer.getValue()))
        write(sparse, *proto.add_sparse_initializer());
      else
        write(cast<TensorAttr>(initializer.getValue()),
              *proto.add_initializer());
    }
  }
}

void ModelWriter::write(FunctionOp function, onnx::FunctionProto &proto) {
  startFrom(function.getRest(), proto);
  if (function.getFunctionName())
    proto.set_name(function.getFunctionName()->str());
  if (function.getDomain())
    proto.set_domain(function.getDomain()->str());
  if (function.getOverload())
    proto.set_overload(function.getOverload()->str());
  for (auto name : function.getInputNames().getAsRange<StringAttr>())
    proto.add_input(name.str());
  for (auto name : function.getOutputNames().getAsRange<StringAttr>())
    proto.add_output(name.str());
  writeOpsets(function.getOpsetImports(),
              [&] { return proto.add_opset_import(); });
  writeValueInfos(function.getValueInfos(),
                  [&] { return proto.add_value_info(); });
  for (auto node : function.getBody().getOps<NodeOp>())
    write(node, *proto.add_node());
}

void ModelWriter::write(NodeOp node, onnx::NodeProto &proto) {
  startFrom(node.getRest(), proto);
  for (Value input : node.getInputs())
    proto.add_input(getValueName(input).str());
  for (auto name : node.getOutputNames().getAsRange<StringAttr>())
    proto.add_output(name.str());
  if (node.getNodeName())
    proto.set_name(node.getNodeName()->str());
  proto.set_op_type(node.getOpType().str());
  if (node.getDomain())
    proto.set_domain(node.getDomain()->str());
  if (node.getOverload())
    proto.set_overload(node.getOverload()->str());
  unsigned nextBody = 0;
  for (auto attribute : node.getNodeAttributes().getAsRange<NodeAttr>())
    write(attribute, node, nextBody, *proto.add_attribute());
}

void ModelWriter::write(NodeAttr attribute, NodeOp node, unsigned &nextBody,
                        onnx::AttributeProto &proto) {
  startFrom(bytesOf(attribute.getRest()), proto);
  if (attribute.getName())
    proto.set_name(attribute.getName().str());
  if (attribute.getKind() != onnx::AttributeProto::UNDEFINED)
    proto.set_type(onnx::AttributeProto::AttributeType(attribute.getKind()));
  Attribute value = attribute.getValue();
  // All of it is in the rest.
  if (!value)
    return;
  if (attribute.getKind() == onnx::AttributeProto::GRAPH) {
    write(node.getBodyGraph(nextBody++), *proto.mutable_g());
  } else if (attribute.getKind() == onnx::AttributeProto::GRAPHS) {
    for (int64_t i = 0, e = cast<IntegerAttr>(value).getInt(); i < e; ++i)
      write(node.getBodyGraph(nextBody++), *proto.add_graphs());
  } else if (auto number = dyn_cast<FloatAttr>(value)) {
    proto.set_f(number.getValue().convertToFloat());
  } else if (auto integer = dyn_cast<IntegerAttr>(value)) {
    proto.set_i(integer.getInt());
  } else if (auto string = dyn_cast<StringAttr>(value)) {
    proto.set_s(string.str());
  } else if (auto tensor = dyn_cast<TensorAttr>(value)) {
    write(tensor, *proto.mutable_t());
  } else if (auto sparse = dyn_cast<SparseTensorAttr>(value)) {
    write(sparse, *proto.mutable_sparse_tensor());
  } else if (auto floats = dyn_cast<DenseF32ArrayAttr>(value)) {
    proto.mutable_floats()->Add(floats.asArrayRef().begin(),
                                floats.asArrayRef().end());
  } else if (auto integers = dyn_cast<DenseI64ArrayAttr>(value)) {
    proto.mutable_ints()->Add(integers.asArrayRef().begin(),
                              integers.asArrayRef().end());
  } else if (auto list = dyn_cast<ArrayAttr>(value)) {
    for (Attribute element : list) {
      if (auto text = dyn_cast<StringAttr>(element))
        proto.add_strings(text.str());
      else if (auto part = dyn_cast<TensorAttr>(element))
        write(part, *proto.add_tensors());
      else if (auto sparsePart = dyn_cast<SparseTensorAttr>(element))
        write(sparsePart, *proto.add_sparse_tensors());
    }
  }
}

void ModelWriter::write(TensorAttr tensor, onnx::TensorProto &proto) {
  startFrom(bytesOf(tensor.getRest()), proto);
  proto.mutable_dims()->Add(tensor.getDims().begin(), tensor.getDims().end());
  if (tensor.getDataType())
    proto.set_data_type(tensor.getDataType());
  if (tensor.getName())
    proto.set_name(tensor.getName().str());
  if (tensor.getPayload())
    place(tensor, proto);
}

void ModelWriter::write(SparseTensorAttr tensor,
                        onnx::SparseTensorProto &proto) {
  startFrom(bytesOf(tensor.getRest()), proto);
  write(tensor.getValues(), *proto.mutable_values());
  if (tensor.getIndices())
    write(tensor.getIndices(), *proto.mutable_indices());
  proto.mutable_dims()->Add(tensor.getDims().begin(), tensor.getDims().end());
}

onnx::ModelProto onnx_split::writeModel(ModelOp model, PlacePayload place,
                                        bool inSourceOrder) {
  onnx::ModelProto proto;
  ModelWriter(place, inSourceOrder).write(model, proto);
  return proto;
}
