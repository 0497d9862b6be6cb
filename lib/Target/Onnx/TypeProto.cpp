//===- TypeProto.cpp - ONNX types and the IR's types ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/TypeProto.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

/// A number, a symbol, or a unit where neither is written.
static ArrayAttr importShape(const onnx::TensorShapeProto &shape,
                             Builder &builder) {
  SmallVector<Attribute> dims;
  for (const auto &dim : shape.dim()) {
    if (dim.has_dim_value())
      dims.push_back(builder.getI64IntegerAttr(dim.dim_value()));
    else if (dim.has_dim_param() && !dim.dim_param().empty())
      dims.push_back(builder.getStringAttr(dim.dim_param()));
    else
      dims.push_back(builder.getUnitAttr());
  }
  return builder.getArrayAttr(dims);
}

Type onnx_split::importType(const onnx::TypeProto &proto,
                            MLIRContext *context) {
  Builder builder(context);
  switch (proto.value_case()) {
  case onnx::TypeProto::kTensorType: {
    const auto &tensor = proto.tensor_type();
    return OnnxTensorType::get(context, tensor.elem_type(),
                               tensor.has_shape()
                                   ? importShape(tensor.shape(), builder)
                                   : ArrayAttr());
  }
  case onnx::TypeProto::kSparseTensorType: {
    const auto &tensor = proto.sparse_tensor_type();
    return OnnxSparseTensorType::get(context, tensor.elem_type(),
                                     tensor.has_shape()
                                         ? importShape(tensor.shape(), builder)
                                         : ArrayAttr());
  }
  case onnx::TypeProto::kSequenceType:
    return OnnxSequenceType::get(
        context, importType(proto.sequence_type().elem_type(), context));
  case onnx::TypeProto::kOptionalType:
    return OnnxOptionalType::get(
        context, importType(proto.optional_type().elem_type(), context));
  case onnx::TypeProto::kMapType:
    return OnnxMapType::get(context, proto.map_type().key_type(),
                            importType(proto.map_type().value_type(), context));
  case onnx::TypeProto::kOpaqueType:
    return OnnxOpaqueType::get(
        context, builder.getStringAttr(proto.opaque_type().domain()),
        builder.getStringAttr(proto.opaque_type().name()));
  case onnx::TypeProto::VALUE_NOT_SET:
    break;
  }
  return OnnxUnknownType::get(context);
}

ValueInfoAttr onnx_split::importValueInfo(onnx::ValueInfoProto proto,
                                          MLIRContext *context) {
  Builder builder(context);
  StringAttr name, rest;
  if (proto.has_name())
    name = builder.getStringAttr(proto.name());
  proto.clear_name();
  Type type;
  if (proto.has_type()) {
    type = importType(proto.type(), context);
    onnx::TypeProto copy;
    exportType(type, copy);
    // The type is kept as a message as well where the attribute would lose
    // something.
    if (copy.SerializeAsString() == proto.type().SerializeAsString())
      proto.clear_type();
  }
  if (std::string bytes = proto.SerializeAsString(); !bytes.empty())
    rest = builder.getStringAttr(bytes);
  return ValueInfoAttr::get(context, name, type, rest);
}

//===----------------------------------------------------------------------===//
// Export
//===----------------------------------------------------------------------===//

template <typename TensorProtoType>
static void exportShaped(int32_t elementType, ArrayAttr dims,
                         TensorProtoType &proto) {
  if (elementType)
    proto.set_elem_type(elementType);
  if (!dims)
    return;
  onnx::TensorShapeProto *shape = proto.mutable_shape();
  for (Attribute dim : dims) {
    auto *extent = shape->add_dim();
    if (auto value = dyn_cast<IntegerAttr>(dim))
      extent->set_dim_value(value.getInt());
    else if (auto symbol = dyn_cast<StringAttr>(dim))
      extent->set_dim_param(symbol.str());
  }
}

void onnx_split::exportType(Type type, onnx::TypeProto &proto) {
  if (auto tensor = dyn_cast<OnnxTensorType>(type)) {
    exportShaped(tensor.getElementType(), tensor.getDims(),
                 *proto.mutable_tensor_type());
  } else if (auto sparse = dyn_cast<OnnxSparseTensorType>(type)) {
    exportShaped(sparse.getElementType(), sparse.getDims(),
                 *proto.mutable_sparse_tensor_type());
  } else if (auto sequence = dyn_cast<OnnxSequenceType>(type)) {
    exportType(sequence.getElementType(),
               *proto.mutable_sequence_type()->mutable_elem_type());
  } else if (auto optional = dyn_cast<OnnxOptionalType>(type)) {
    exportType(optional.getElementType(),
               *proto.mutable_optional_type()->mutable_elem_type());
  } else if (auto map = dyn_cast<OnnxMapType>(type)) {
    if (map.getKeyType())
      proto.mutable_map_type()->set_key_type(map.getKeyType());
    exportType(map.getValueType(),
               *proto.mutable_map_type()->mutable_value_type());
  } else if (auto opaque = dyn_cast<OnnxOpaqueType>(type)) {
    proto.mutable_opaque_type()->set_domain(opaque.getDomain().str());
    proto.mutable_opaque_type()->set_name(opaque.getName().str());
  }
}

void onnx_split::exportValueInfo(ValueInfoAttr info,
                                 onnx::ValueInfoProto &proto) {
  // The attribute's verifier has seen that it is one.
  if (info.getRest())
    (void)proto.ParseFromString(info.getRest().str());
  if (info.getName())
    proto.set_name(info.getName().str());
  if (info.getType() && !proto.has_type())
    exportType(info.getType(), *proto.mutable_type());
}
