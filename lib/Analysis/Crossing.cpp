//===- Crossing.cpp - What can go from one part to another ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Analysis/Crossing.h"

#include "onnx-split/Analysis/Constants.h"
#include "onnx-split/Analysis/OpCost.h"
#include "onnx-split/Support/ElementTypes.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace onnx_split;
using namespace onnx_split::graph;

std::optional<Boundary> onnx_split::parseBoundary(StringRef name) {
  return llvm::StringSwitch<std::optional<Boundary>>(name)
      .Case("ops", Boundary::Ops)
      .Case("io", Boundary::Io)
      .Case("opaque", Boundary::Opaque)
      .Default(std::nullopt);
}

StringRef onnx_split::toString(Boundary boundary) {
  switch (boundary) {
  case Boundary::Ops:
    return "ops";
  case Boundary::Io:
    return "io";
  case Boundary::Opaque:
    break;
  }
  return "opaque";
}

int64_t onnx_split::getBoundaryOpset(int64_t modelOpset) {
  constexpr int64_t fallback = 17;
  return modelOpset ? modelOpset : fallback;
}

static Type getElementType(Type type) {
  if (auto sequence = dyn_cast<OnnxSequenceType>(type))
    return sequence.getElementType();
  if (auto optional = dyn_cast<OnnxOptionalType>(type))
    return optional.getElementType();
  return {};
}

OnnxTensorType onnx_split::getTensorInside(Type type) {
  while (Type element = getElementType(type))
    type = element;
  return dyn_cast<OnnxTensorType>(type);
}

std::string onnx_split::getContainer(Type type) {
  std::string container;
  while (Type element = getElementType(type)) {
    if (!container.empty())
      container += ' ';
    container += isa<OnnxSequenceType>(type) ? "sequence" : "optional";
    type = element;
  }
  return container;
}

//===----------------------------------------------------------------------===//
// Types of wires
//===----------------------------------------------------------------------===//

static std::optional<int64_t> identitySince(int32_t elementType) {
  switch (elementType) {
  case onnx::TensorProto::FLOAT:
  case onnx::TensorProto::UINT8:
  case onnx::TensorProto::INT8:
  case onnx::TensorProto::UINT16:
  case onnx::TensorProto::INT16:
  case onnx::TensorProto::INT32:
  case onnx::TensorProto::INT64:
  case onnx::TensorProto::STRING:
  case onnx::TensorProto::BOOL:
  case onnx::TensorProto::FLOAT16:
  case onnx::TensorProto::DOUBLE:
  case onnx::TensorProto::UINT32:
  case onnx::TensorProto::UINT64:
    return 1;
  case onnx::TensorProto::BFLOAT16:
    return 13;
  case onnx::TensorProto::FLOAT8E4M3FN:
  case onnx::TensorProto::FLOAT8E4M3FNUZ:
  case onnx::TensorProto::FLOAT8E5M2:
  case onnx::TensorProto::FLOAT8E5M2FNUZ:
    return 19;
  default:
    return std::nullopt;
  }
}

std::optional<int64_t> onnx_split::identitySince(Type type) {
  int64_t since = 1;
  std::string container = getContainer(type);
  if (container == "sequence")
    since = 14;
  else if (container == "optional" || container == "optional sequence")
    since = 16;
  else if (!container.empty())
    return std::nullopt;
  OnnxTensorType tensor = getTensorInside(type);
  if (!tensor)
    return std::nullopt;
  // In containers Identity never took what came after its first types.
  std::optional<int64_t> element = ::identitySince(tensor.getElementType());
  if (!element || (!container.empty() && *element > 1))
    return std::nullopt;
  return std::max(since, *element);
}

std::string onnx_split::whyNoWire(Value value, Boundary boundary,
                                  int64_t opset) {
  Type type = value.getType();
  if (isa<OnnxUnknownType>(type))
    return "its type is unknown, and a part must declare it; giving the shapes "
           "of the model's inputs with --shape may help";
  OnnxTensorType tensor = getTensorInside(type);
  if (!tensor)
    return "no runtime takes maps, sparse tensors and opaque values as inputs "
           "of a model";
  if (tensor.getElementType() == 0)
    return "the type of its elements is unknown, and a part must declare it";
  if (boundary != Boundary::Ops)
    return "";
  std::optional<int64_t> since = identitySince(type);
  std::string what = elementTypeName(tensor.getElementType()).str();
  if (std::string container = getContainer(type); !container.empty())
    what = container + " of " + what;
  if (!since)
    return "runtimes have no Identity for " + what +
           ", of which Send and Recv are made; use --boundary=io";
  opset = getBoundaryOpset(opset);
  if (opset < *since)
    return "Identity, of which Send and Recv are made, takes " + what +
           " since operator set " + std::to_string(*since) +
           ", but theirs is " + std::to_string(opset) + "; use --boundary=io";
  return "";
}

//===----------------------------------------------------------------------===//
// Size
//===----------------------------------------------------------------------===//

int64_t onnx_split::getItemBytes(Value value, ExtentsUse use) {
  OnnxTensorType tensor = getTensorInside(getPlannedType(value, use));
  if (!tensor)
    return 0;
  TensorInfo info;
  info.present = true;
  info.elementType = tensor.getElementType();
  info.hasRank = tensor.hasRank();
  if (tensor.hasRank())
    for (Attribute dim : tensor.getDims()) {
      auto extent = dyn_cast<IntegerAttr>(dim);
      info.dims.push_back(extent && extent.getInt() >= 0 ? extent.getInt() : 1);
    }
  return info.bytes().value_or(info.elements().value_or(0));
}

bool onnx_split::hasKnownSize(Value value, ExtentsUse use) {
  // So many elements that they cannot be counted are not known either.
  return isa<OnnxTensorType>(getPlannedType(value, use)) &&
         getTensorInfo(value, use).elements().has_value();
}
