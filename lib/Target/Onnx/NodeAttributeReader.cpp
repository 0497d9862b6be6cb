//===- NodeAttributeReader.cpp - Attributes of nodes ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeAttributeReader.h"

#include "RestOf.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

FailureOr<NodeAttr>
NodeAttributeReader::read(onnx::AttributeProto &proto,
                          std::vector<onnx::GraphProto *> &graphs,
                          Location loc) {
  StringAttr name = stringIf(builder, proto.has_name(), proto.name());
  int32_t kind = proto.type();
  proto.clear_name();
  if (kind != onnx::AttributeProto::UNDEFINED)
    proto.clear_type();
  FailureOr<Attribute> value = Attribute();
  switch (kind) {
  case onnx::AttributeProto::FLOAT:
  case onnx::AttributeProto::INT:
  case onnx::AttributeProto::STRING:
    value = readScalar(proto, kind);
    break;
  case onnx::AttributeProto::FLOATS:
  case onnx::AttributeProto::INTS:
  case onnx::AttributeProto::STRINGS:
    value = readList(proto, kind);
    break;
  case onnx::AttributeProto::TENSOR:
  case onnx::AttributeProto::SPARSE_TENSOR:
  case onnx::AttributeProto::TENSORS:
  case onnx::AttributeProto::SPARSE_TENSORS:
    value = readTensors(proto, kind, loc);
    break;
  case onnx::AttributeProto::GRAPH:
  case onnx::AttributeProto::GRAPHS:
    value = takeGraphs(proto, kind, graphs);
    break;
  default:
    // Types, and attributes without a kind, stay in the rest.
    break;
  }
  if (failed(value))
    return failure();
  return NodeAttr::get(builder.getContext(), name, kind, *value,
                       restOf(builder, proto));
}

Attribute NodeAttributeReader::readScalar(onnx::AttributeProto &proto,
                                          int32_t kind) {
  Attribute value;
  if (kind == onnx::AttributeProto::FLOAT) {
    if (proto.has_f())
      value = builder.getF32FloatAttr(proto.f());
    proto.clear_f();
  } else if (kind == onnx::AttributeProto::INT) {
    if (proto.has_i())
      value = builder.getI64IntegerAttr(proto.i());
    proto.clear_i();
  } else {
    if (proto.has_s())
      value = builder.getStringAttr(proto.s());
    proto.clear_s();
  }
  return value;
}

Attribute NodeAttributeReader::readList(onnx::AttributeProto &proto,
                                        int32_t kind) {
  Attribute value;
  if (kind == onnx::AttributeProto::FLOATS) {
    value = builder.getDenseF32ArrayAttr(
        ArrayRef(proto.floats().data(), proto.floats_size()));
    proto.clear_floats();
  } else if (kind == onnx::AttributeProto::INTS) {
    value = builder.getDenseI64ArrayAttr(
        ArrayRef(proto.ints().data(), proto.ints_size()));
    proto.clear_ints();
  } else {
    value = stringArray(builder, proto.strings());
    proto.clear_strings();
  }
  return value;
}

FailureOr<Attribute>
NodeAttributeReader::readTensors(onnx::AttributeProto &proto, int32_t kind,
                                 Location loc) {
  auto readOne = [&](auto &tensor) -> FailureOr<Attribute> {
    auto read = tensors.read(tensor, loc);
    if (failed(read))
      return failure();
    return Attribute(*read);
  };
  auto readAll = [&](auto &list) -> FailureOr<Attribute> {
    SmallVector<Attribute> values;
    for (auto &tensor : list) {
      FailureOr<Attribute> value = readOne(tensor);
      if (failed(value))
        return failure();
      values.push_back(*value);
    }
    return Attribute(builder.getArrayAttr(values));
  };

  FailureOr<Attribute> value = Attribute();
  if (kind == onnx::AttributeProto::TENSOR) {
    if (proto.has_t())
      value = readOne(*proto.mutable_t());
    proto.clear_t();
  } else if (kind == onnx::AttributeProto::SPARSE_TENSOR) {
    if (proto.has_sparse_tensor())
      value = readOne(*proto.mutable_sparse_tensor());
    proto.clear_sparse_tensor();
  } else if (kind == onnx::AttributeProto::TENSORS) {
    value = readAll(*proto.mutable_tensors());
    proto.clear_tensors();
  } else {
    value = readAll(*proto.mutable_sparse_tensors());
    proto.clear_sparse_tensors();
  }
  return value;
}

Attribute
NodeAttributeReader::takeGraphs(onnx::AttributeProto &proto, int32_t kind,
                                std::vector<onnx::GraphProto *> &graphs) {
  if (kind == onnx::AttributeProto::GRAPH) {
    if (!proto.has_g())
      return {};
    graphs.push_back(proto.release_g());
    owned.emplace_back(graphs.back());
    return builder.getI64IntegerAttr(1);
  }
  for (onnx::GraphProto &graph : *proto.mutable_graphs()) {
    owned.emplace_back(new onnx::GraphProto);
    owned.back()->Swap(&graph);
    graphs.push_back(owned.back().get());
  }
  Attribute count = builder.getI64IntegerAttr(proto.graphs_size());
  proto.clear_graphs();
  return count;
}
